"""The Viewer's contrast: handles on the histogram, what follows the data, colour maps."""

import re

import numpy as np
import pytest
from canvas import gray_levels, screen, viewer_address, wait_for_frame
from conftest import wait_until

RNG = np.random.default_rng(5)
SHAPE = (100, 160)


def limits(page):
    return [float(page.input_value(f"#{end}-number")) for end in ("low", "high")]


def handle(page, name):
    return page.get_by_role("slider", name=name, exact=True)


def pull(page, name, dx):
    """Drags a handle by pixels of the page."""
    box = handle(page, name).bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + dx / 2, y)
    page.mouse.move(x + dx, y)
    page.mouse.up()


def field_width(page):
    return page.locator("#histogram").bounding_box()["width"]


def test_limits_are_dragged_on_the_histogram(new_page, producer):
    data = RNG.integers(0, 256, SHAPE).astype("u1")
    producer.stream("image", data)
    page = new_page(viewer_address("image", SHAPE))
    wait_for_frame(page)
    unit = field_width(page) / 255
    pull(page, "Lower contrast limit", 50 * unit)
    pull(page, "Upper contrast limit", -55 * unit)
    low, high = limits(page)
    assert abs(low - 50) <= 1 and abs(high - 200) <= 1 and low == int(low) and high == int(high)
    wait_until(
        lambda: np.abs(screen(page, SHAPE)[..., 0].astype(int) - gray_levels(data, low, high)).max() <= 1,
        what="the picture with these limits",
    )
    # What is between them moves both.
    pull(page, "Both contrast limits", -20 * unit)
    assert limits(page) == [pytest.approx(low - 20, abs=1), pytest.approx(high - 20, abs=1)]
    assert limits(page)[1] - limits(page)[0] == high - low
    page.wait_for_url(re.compile(r"limits=\d+,\d+"))
    # Neither passes the other, nor the edge.
    pull(page, "Lower contrast limit", 5000)
    assert limits(page)[0] == limits(page)[1]
    pull(page, "Lower contrast limit", -5000)
    assert limits(page)[0] == 0


def test_limits_are_moved_by_keys(new_page, producer):
    producer.stream("image", RNG.integers(0, 256, SHAPE).astype("u1"))
    page = new_page(viewer_address("image", SHAPE, limits="100,200"))
    wait_for_frame(page)
    handle(page, "Lower contrast limit").focus()
    page.keyboard.press("ArrowRight")
    first = limits(page)[0]
    assert first > 100
    assert handle(page, "Lower contrast limit").get_attribute("aria-valuenow") == str(int(first))
    page.keyboard.press("PageUp")
    assert limits(page)[0] == pytest.approx(100 + 11 * (first - 100))
    handle(page, "Both contrast limits").focus()
    page.keyboard.press("ArrowLeft")
    assert limits(page) == [pytest.approx(100 + 10 * (first - 100)), 200 - (first - 100)]


def test_automatic_once_and_reset(new_page, producer):
    first = RNG.normal(1000, 100, SHAPE).astype("u2")
    producer.stream("image", first, metadata={"contrast_limits": [0, 5000], "colormap": "magma"})
    page = new_page(viewer_address("image", SHAPE))
    wait_for_frame(page)
    assert limits(page) == [0, 5000]
    page.get_by_role("button", name="Auto once").click()
    ordered = np.sort(first.ravel())
    expected = [float(ordered[round(p * (ordered.size - 1))]) for p in (0.001, 0.999)]
    assert limits(page) == expected
    assert page.input_value("#mode") == "fixed"
    # Once: other data do not move them.
    producer.put("image", (first * 3).astype("u2"))
    wait_for_frame(page, 2)
    page.wait_for_timeout(700)
    assert limits(page) == expected
    # And to follow does.
    page.select_option("#mode", "minmax")
    wait_until(lambda: limits(page) == [float(first.min()) * 3, float(first.max()) * 3], what="limits that follow")
    page.wait_for_url("**auto=minmax**")
    page.select_option("#colormap", "viridis")
    page.get_by_role("button", name="Reset").click()
    assert limits(page) == [0, 5000]
    assert page.input_value("#colormap") == "magma"
    page.wait_for_function("() => !/auto|limits|cmap/.test(location.search)")


KINDS = {
    "negative": RNG.normal(-500, 30, SHAPE).astype("f4"),
    "constant": np.full(SHAPE, 7, "u2"),
    "constant zero": np.zeros(SHAPE, "f8"),
    "only NaN": np.full(SHAPE, np.nan, "f4"),
    "some NaN": np.where(RNG.random(SHAPE) < 0.9, np.nan, RNG.normal(0, 1, SHAPE)).astype("f4"),
    "infinite": np.where(RNG.random(SHAPE) < 0.1, -np.inf, RNG.normal(0, 1, SHAPE)).astype("f8"),
    "large": RNG.integers(2**62, 2**63, SHAPE).astype("u8"),
    "small": RNG.normal(0, 1e-12, SHAPE),
    "bool": RNG.random(SHAPE) > 0.5,
    "complex": (RNG.normal(0, 1, SHAPE) + 1j * RNG.normal(0, 1, SHAPE)).astype("c8"),
}


@pytest.mark.parametrize("kind", KINDS)
def test_data_of_every_kind(new_page, producer, kind):
    data = KINDS[kind]
    producer.stream("image", data)
    page = new_page(viewer_address("image", SHAPE, auto="minmax"))
    wait_for_frame(page)
    numbers = np.abs(data) if data.dtype.kind == "c" else data.astype("f8")
    numbers = numbers[np.isfinite(numbers)]
    expected = [numbers.min(), numbers.max()] if numbers.size else [0, 0]
    wait_until(lambda: limits(page) == pytest.approx(expected, rel=1e-5, abs=1e-30), what=f"limits {expected}")
    pull(page, "Upper contrast limit", -30)
    pull(page, "Lower contrast limit", 30)
    low, high = limits(page)
    assert low <= high
    ticks = page.locator(".histogram .ticks span").all_inner_texts()
    assert ticks and all(np.isfinite(float(tick)) for tick in ticks)
    for counts in ("log", "linear", "sqrt"):
        page.get_by_label("Scale of the counts").select_option(counts)


def test_the_histogram_tells_value_and_count(new_page, producer):
    data = np.zeros(SHAPE, "u1")
    data[:30, :40] = 255
    producer.stream("image", data)
    page = new_page(viewer_address("image", SHAPE))
    wait_for_frame(page)
    box = page.locator("#histogram").bounding_box()
    page.mouse.move(box["x"] + box["width"] - 0.5, box["y"] + 10)
    page.get_by_label("Count under the pointer").get_by_text(re.compile(r"^25\d: 1\s200 px$")).wait_for()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 10)
    page.get_by_label("Count under the pointer").get_by_text(": 0 px").wait_for()


def chart(page):
    """Pixels of the histogram."""
    size, values = page.evaluate(
        """() => { const c = document.querySelector("#histogram");
          const { width, height } = c;
          const copy = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
          copy.drawImage(c, 0, 0);
          return [[height, width], [...copy.getImageData(0, 0, width, height).data]]; }"""
    )
    return np.array(values, "u1").reshape(*size, 4)


def test_the_scale_of_the_counts(new_page, producer):
    data = np.zeros(SHAPE, "u1")
    data[0, :64] = 128
    producer.stream("image", data)
    page = new_page(viewer_address("image", SHAPE, counts="linear"))
    wait_for_frame(page)

    def bar():
        drawn = chart(page)[..., 3] > 0
        middle = drawn.shape[1] // 2
        return drawn[:, middle - 2 : middle + 4].any(1).sum() / drawn.shape[0]

    shares = {}
    for counts in ("linear", "sqrt", "log"):
        page.get_by_label("Scale of the counts").select_option(counts)
        shares[counts] = bar()
    zeros = data.size - 64
    assert shares["linear"] <= 2 / 64
    assert shares["sqrt"] == pytest.approx(np.sqrt(64 / zeros), abs=0.03)
    assert shares["log"] == pytest.approx(np.log1p(64) / np.log1p(zeros), abs=0.03)
    page.wait_for_url("**counts=log**")


def test_colours_have_a_line_each(new_page, producer):
    data = np.zeros((*SHAPE, 3), "u1")
    data[..., 0], data[..., 1], data[..., 2] = 40, 120, 210
    producer.stream("image", data)
    page = new_page(viewer_address("image", SHAPE))
    wait_for_frame(page)

    def peaks():
        pixels = chart(page).astype(int)
        top = pixels[: pixels.shape[0] // 2]
        width = top.shape[1]
        found = []
        for channel in range(3):
            other = np.delete(top[..., :3], channel, -1).max(-1)
            columns = np.nonzero(((top[..., channel] > other + 25) & (top[..., 3] > 100)).any(0))[0]
            found.append(columns.mean() / width * 255 if columns.size else -1)
        return found

    wait_until(lambda: np.allclose(peaks(), [40, 120, 210], atol=4), what="a peak of each colour")


def test_a_diverging_map_is_centred(new_page, producer):
    data = RNG.normal(0, 1, SHAPE).astype("f4")
    data[0, 0], data[0, 1] = -1, 9
    producer.stream("image", data)
    page = new_page(viewer_address("image", SHAPE, cmap="coolwarm", auto="minmax"))
    wait_for_frame(page)
    wait_until(lambda: limits(page) == [-9, 9], what="limits about zero")
    zeros = np.zeros(SHAPE, "f4")
    zeros[0, 0] = 9
    producer.put("image", zeros)
    wait_for_frame(page, 2)
    assert np.abs(screen(page, SHAPE)[50, 50].astype(int) - 221).max() <= 1
    page.get_by_label("Value in the middle").fill("4")
    page.press("[aria-label='Value in the middle of the colour map']", "Enter")
    wait_until(lambda: limits(page) == [-1, 9], what="limits about four")
    page.wait_for_url("**centre=4**")
    page.get_by_label("Centred at").uncheck()
    wait_until(lambda: limits(page) == [0, 9], what="limits of the data")
    page.wait_for_url("**centre=off**")


# First, middle and last colour, as published.
PUBLISHED = {
    "gray": [(0, 0, 0), (128, 128, 128), (255, 255, 255)],
    "cividis": [(0, 34, 78), (124, 123, 120), (254, 232, 56)],
    "coolwarm": [(59, 76, 192), (221, 221, 221), (180, 4, 38)],
    "twilight": [(226, 217, 226), (47, 20, 54), (226, 217, 226)],
    "green": [(0, 0, 0), (0, 128, 0), (0, 255, 0)],
}


@pytest.mark.parametrize("name", PUBLISHED)
@pytest.mark.parametrize("inverted", [False, True])
def test_colour_maps(new_page, producer, name, inverted):
    data = np.zeros(SHAPE, "u1")
    data[:, 60:120], data[:, 120:] = 128, 255
    producer.stream("image", data)
    page = new_page(viewer_address("image", SHAPE, cmap=name + "_r" * inverted))
    wait_for_frame(page)
    assert page.input_value("#colormap") == name
    assert page.get_by_label("inv.").is_checked() == inverted
    pixels = screen(page, SHAPE).astype(int)
    colours = PUBLISHED[name][::-1] if inverted else PUBLISHED[name]
    for column, colour in zip((20, 90, 160), colours, strict=True):
        assert np.abs(pixels[60, column - 1] - colour).max() <= 4


def test_a_cyclic_map_ends_where_it_begins(new_page, producer):
    data = np.zeros(SHAPE, "u1")
    data[:, 80:] = 255
    producer.stream("image", data)
    for name in ("twilight", "phase"):
        page = new_page(viewer_address("image", SHAPE, cmap=name))
        wait_for_frame(page)
        pixels = screen(page, SHAPE)
        assert (pixels[10, 10] == pixels[10, 150]).all()


def test_the_choice_round_trip(new_page, producer):
    data = RNG.integers(0, 4096, SHAPE).astype("u2")
    producer.stream("image", data)
    page = new_page(viewer_address("image", SHAPE))
    wait_for_frame(page)
    page.select_option("#colormap", "inferno")
    page.get_by_label("inv.").check()
    page.get_by_label("Scale of the counts").select_option("log")
    page.fill("#low-number", "1000")
    page.press("#low-number", "Enter")
    page.wait_for_url("**limits=1000,**")
    again = new_page(page.url.removeprefix(page.url.split("/viewer/")[0]))
    wait_for_frame(again)
    assert limits(again) == limits(page)
    assert again.input_value("#colormap") == "inferno" and again.get_by_label("inv.").is_checked()
    wait_until(lambda: np.array_equal(screen(again, SHAPE), screen(page, SHAPE)), 30, "the same picture in both")


def test_nothing_jumps_while_contrast_is_chosen(new_page, producer):
    producer.stream("image", RNG.normal(0, 1, SHAPE).astype("f4"))
    page = new_page(viewer_address("image", SHAPE))
    wait_for_frame(page)

    def places():
        return page.evaluate(
            "[...document.querySelectorAll('#contrast > *, #zooming')].map((e) => [e.offsetTop, e.offsetHeight])"
        )

    before = places()
    box = page.locator("#histogram").bounding_box()
    page.mouse.move(box["x"] + 100, box["y"] + 20)
    pull(page, "Lower contrast limit", 50)
    page.get_by_role("button", name="Auto once").click()
    producer.put("image", RNG.normal(0, 1e6, SHAPE).astype("f4"))
    wait_for_frame(page, 2)
    page.select_option("#mode", "minmax")
    page.wait_for_timeout(600)
    assert places() == before
