"""Lines in the Viewer: values, envelope, axes, address."""

import io
import re

import numpy as np
import pytest
from canvas import settled_address
from conftest import wait_until
from PIL import Image

RNG = np.random.default_rng(23)


def wait_for_plot(page, sequence=1):
    page.locator(f'#plot[data-sequence="{sequence}"]').wait_for()
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")


def csv(page):
    with page.expect_download() as waiting:
        page.get_by_role("button", name="CSV", exact=True).click()
    head, *rows = (line.split(",") for line in waiting.value.path().read_text().splitlines())
    return head, np.array([[float(cell.replace("NaN", "nan")) for cell in row] for row in rows])


def legend(page):
    """The place and the values under the cursor."""
    return page.locator("#plot .plot-legend").inner_text().split("\n")


@pytest.mark.parametrize("dtype", ["b1", "u1", ">i2", "<u8", "<f2", "<f4", ">f8"])
def test_a_line_of_every_dtype(new_page, producer, dtype):
    data = RNG.integers(0, 2, 300).astype(dtype)
    metadata = {"axes": ["energy"], "scale": [0.5], "translate": [100], "units": ["eV"]}
    producer.stream("spectrum", data, metadata=metadata)
    page = new_page("/viewer/?stream=spectrum")
    wait_for_plot(page)
    head, values = csv(page)
    assert head == ["energy", "value"]
    np.testing.assert_array_equal(values[:, 0], 100 + 0.5 * np.arange(300))
    np.testing.assert_array_equal(values[:, 1], data.astype("f8"))


def test_the_value_under_the_cursor(new_page, producer):
    data = RNG.normal(0, 1, 101).astype("f8")
    producer.stream("spectrum", data, metadata={"axes": ["energy"], "scale": [0.5], "translate": [100], "units": ["eV"]})
    page = new_page("/viewer/?stream=spectrum")
    wait_for_plot(page)
    page.locator("#plot canvas").focus()
    page.keyboard.press("Home")
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    page.locator("#plot .plot-legend", has_text="energy [eV] 101.5").wait_for()
    assert float(page.locator("#plot .plot-legend b").last.inner_text()) == pytest.approx(data[3], rel=1e-6)
    # The value follows the data.
    producer.put("spectrum", data + 10)
    wait_for_plot(page, 2)
    assert float(page.locator("#plot .plot-legend b").last.inner_text()) == pytest.approx(data[3] + 10, rel=1e-6)
    page.keyboard.press("End")
    page.locator("#plot .plot-legend", has_text="energy [eV] 150").wait_for()


def test_the_envelope_is_numpys(new_page):
    page = new_page("/streams/")
    values = RNG.normal(0, 1, 10_000)
    values[RNG.random(10_000) < 0.01] = np.nan
    values[3000:3200] = np.nan
    found = page.evaluate(
        """async (values) => {
          const { envelope } = await import("/plot/envelope.js");
          const { low, high } = envelope(values.map((v) => v ?? NaN), 0, values.length, 100);
          return [[...low], [...high]].map((list) => list.map((v) => Number.isNaN(v) ? null : v));
        }""",
        [None if np.isnan(value) else value for value in values.tolist()],
    )
    low, high = (np.array([np.nan if value is None else value for value in part]) for part in found)
    parts = values.reshape(100, 100)
    empty = np.isnan(parts).all(1)
    assert empty.sum() == 2
    np.testing.assert_array_equal(low[~empty], np.nanmin(parts[~empty], 1))
    np.testing.assert_array_equal(high[~empty], np.nanmax(parts[~empty], 1))
    assert np.isnan(low[empty]).all() and np.isnan(high[empty]).all()


def plotted(page):
    """Where the plot has the colour of its line, the only one that is blue; edges are blended with the ground."""
    shot = np.asarray(Image.open(io.BytesIO(page.locator("#plot canvas").screenshot())).convert("RGB")).astype(int)
    return shot[..., 2] - shot[..., 0] > 40


def test_no_peak_is_lost(new_page, producer):
    """One sample of half a million is high, another low: both are on screen, in their own columns."""
    count = 500_000
    data = np.zeros(count, "f4")
    data[123_457], data[400_001] = 100, -100
    producer.stream("trace", data)
    page = new_page("/viewer/?stream=trace", color_scheme="light")
    wait_for_plot(page)
    page.mouse.move(5, 5)
    wait_until(lambda: bool(plotted(page).any()), what="the line")
    drawn = plotted(page)
    rows, columns = np.nonzero(drawn)
    zero = np.bincount(rows).argmax()
    left, right = columns.min(), columns.max()
    for at, direction in ((123_457, -1), (400_001, 1)):
        column = round(left + at / (count - 1) * (right - left))
        beyond = drawn[:, column - 2 : column + 3].any(1).nonzero()[0]
        assert (direction * (beyond - zero)).max() > 0.35 * drawn.shape[0]
        other = drawn[:, column + 6 : column + 30].any(1).nonzero()[0]
        assert np.abs(other - zero).max() <= 3


def test_zoom_and_range_are_in_the_address(new_page, producer):
    producer.stream("trace", np.sin(np.arange(1000) / 20).astype("f4"))
    page = new_page("/viewer/?stream=trace")
    wait_for_plot(page)
    box = page.locator("#plot canvas").bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.wheel(0, -600)
    page.wait_for_url(re.compile(r"x=[\d.]+,[\d.]+"))
    page.get_by_label("Fixed range").check()
    page.get_by_label("Lowest value shown").fill("-3")
    page.press("[aria-label='Lowest value shown']", "Enter")
    page.get_by_label("Highest value shown").fill("2")
    page.press("[aria-label='Highest value shown']", "Enter")
    page.wait_for_url("**y=-3,2**")
    first, last = (float(part) for part in re.search(r"x=([\d.]+),([\d.]+)", page.url).groups())
    assert 0 < first < 500 < last < 999
    page.mouse.move(5, 5)
    again = new_page(page.url.removeprefix(page.url.split("/viewer/")[0]))
    wait_for_plot(again)
    wait_until(
        lambda: len({p.locator("#plot canvas").screenshot() for p in (page, again)}) == 1, 30, "the same plot in both"
    )
    again.keyboard.press("f")
    again.wait_for_function("() => !location.search.includes('x=')")
    again.get_by_label("Fixed range").uncheck()
    again.wait_for_function("() => !location.search.includes('y=')")


def test_dragging_moves_what_is_seen(new_page, producer):
    producer.stream("trace", np.arange(1000).astype("f4"))
    page = new_page("/viewer/?stream=trace&x=400,500")
    wait_for_plot(page)
    box = page.locator("#plot canvas").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + 100
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 100, y, steps=4)
    page.mouse.up()
    # It names a part from the beginning, and perhaps one on the way.
    first, last = (float(part) for part in re.search(r"x=([\d.]+),([\d.]+)", settled_address(page)).groups())
    assert last - first == pytest.approx(100) and 405 < first < 420


def test_complex_lines(new_page, producer):
    data = np.exp(1j * np.linspace(-3, 3, 200)) * np.linspace(1, 2, 200)
    producer.stream("wave", data.astype("c16"))
    page = new_page("/viewer/?stream=wave")
    wait_for_plot(page)
    np.testing.assert_allclose(csv(page)[1][:, 1], np.abs(data))
    for part, expected in (("phase", np.angle(data)), ("real", data.real), ("imaginary", data.imag)):
        page.select_option("#line-part", part)
        np.testing.assert_allclose(csv(page)[1][:, 1], expected, atol=1e-12)
    page.wait_for_url("**part=imaginary**")
    again = new_page("/viewer/?stream=wave&part=imaginary")
    wait_for_plot(again)
    np.testing.assert_allclose(csv(again)[1][:, 1], data.imag, atol=1e-12)


def test_several_lines_and_a_slider(new_page, producer):
    data = RNG.normal(0, 1, (5, 3, 400)).astype("f4")
    metadata = {"plot": "lines", "axes": ["t", "trace", "x"], "channels": ["left", "middle", "<i>right</i>"]}
    producer.stream("traces", data, metadata=metadata)
    page = new_page("/viewer/?stream=traces&at=4")
    wait_for_plot(page)
    head, values = csv(page)
    assert head == ["x", "left", "middle", "<i>right</i>"]
    np.testing.assert_allclose(values[:, 1:].T, data[4], rtol=1e-6)
    page.get_by_label("Index on t").fill("1")
    page.wait_for_url("**at=1**")
    np.testing.assert_allclose(csv(page)[1][:, 1:].T, data[1], rtol=1e-6)
    page.locator("#plot .plot-legend", has_text="<i>right</i>").wait_for()


def test_an_image_as_lines_and_back(new_page, producer):
    data = RNG.integers(0, 100, (4, 60)).astype("u2")
    producer.stream("image", data)
    page = new_page("/viewer/?stream=image")
    page.locator('#canvas[data-sequence="1"]').wait_for()
    page.select_option("#as", "plot")
    wait_for_plot(page)
    np.testing.assert_array_equal(csv(page)[1][:, 1:].T, data)
    assert page.locator("#canvas").is_hidden()
    page.wait_for_url("**as=plot**")
    page.select_option("#as", "image")
    page.locator("#canvas").wait_for()
    page.locator('#canvas[data-sequence="1"]').wait_for()
    assert page.locator("#plot").is_hidden()


def test_a_line_as_a_table_and_back(new_page, producer):
    data = np.linspace(0, 1, 30).astype("f4")
    producer.stream("spectrum", data)
    page = new_page("/viewer/?stream=spectrum")
    wait_for_plot(page)
    page.select_option("#as", "table")
    page.wait_for_selector('#records[data-sequence="1"]')
    assert page.locator("#plot").is_hidden()
    page.select_option("#as", "plot")
    wait_for_plot(page)
    assert page.locator("#records").is_hidden()


def test_lines_follow_the_data_and_are_paused(new_page, producer):
    producer.stream("trace", np.zeros(50, "f4"))
    page = new_page("/viewer/?stream=trace")
    wait_for_plot(page)
    producer.put("trace", np.ones(50, "f4"))
    wait_for_plot(page, 2)
    assert (csv(page)[1][:, 1] == 1).all()
    page.get_by_role("button", name="Pause").click()
    wait_until(lambda: not producer.wanted("trace"), what="`wanted` being false while paused")
    producer.put("trace", np.full(50, 2, "f4"))
    page.get_by_role("button", name="Go on").click()
    wait_for_plot(page, 3)
    assert (csv(page)[1][:, 1] == 2).all()


@pytest.mark.parametrize("values", [np.full(40, np.nan), np.full(40, 5.0), np.array([1.0]), np.full(9, np.inf)])
def test_odd_lines(new_page, producer, values):
    producer.stream("trace", values, metadata={"scale": ["x"], "axes": 7, "units": [None], "plot": {}, "channels": 3})
    page = new_page("/viewer/?stream=trace&x=nonsense&y=5,1&part=none")
    wait_for_plot(page)
    np.testing.assert_array_equal(csv(page)[1][:, 1], values)
    page.keyboard.press("+")
    page.keyboard.press("-")
