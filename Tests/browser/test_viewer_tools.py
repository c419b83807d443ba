"""The Viewer's tools over a picture: profile, regions, scale bar, cursor, steps, files. Numbers are compared with numpy's."""

import io
import re

import numpy as np
import pytest
from canvas import assert_gray, eventually, gray_levels, screen, viewer_address, wait_for_frame
from conftest import wait_until
from PIL import Image

RNG = np.random.default_rng(7)
SHAPE = (100, 160)


def at(page, row, column, shape=SHAPE):
    """Where a point of the image is on the page, with the image at 1:1 in the middle."""
    box = page.locator("#canvas").bounding_box()
    x = box["x"] + round(box["width"] / 2 - shape[1] / 2) + column
    y = box["y"] + round(box["height"] / 2 - shape[0] / 2) + row
    return x, y


def drag(page, start, end):
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move((start[0] + end[0]) / 2, (start[1] + end[1]) / 2)
    page.mouse.move(*end)
    page.mouse.up()


def begin(page, key):
    """A tool's key; then what is measured has its place, and the picture its size."""
    page.keyboard.press(key)
    page.get_by_text("Enter puts it into the middle").wait_for()
    page.wait_for_function("() => { const c = document.querySelector('#canvas'); return c.height === c.clientHeight; }")
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")


def saved(page, button):
    """The bytes and the name of the file that a button gives."""
    with page.expect_download() as waiting:
        button.click()
    return waiting.value.path().read_bytes(), waiting.value.suggested_filename


def table(page, pane):
    """The numbers that a pane saves, by column."""
    text, _ = saved(page, page.get_by_role("region", name=pane, exact=True).get_by_role("button", name="Save CSV"))
    head, *rows = (line.split(",") for line in text.decode().splitlines())
    return {name: [row[i] for row in rows] for i, name in enumerate(head)}


def profile(page):
    columns = table(page, "Line profile")
    return {name: np.array([float(value.replace("NaN", "nan")) for value in column]) for name, column in columns.items()}


def wait_for_tools(page, pane, sequence=1):
    page.locator(f'section[aria-label="{pane}"][data-sequence="{sequence}"]').wait_for()


def interpolated(data, x, y):
    """Between the middles of the four nearest pixels; those lie at .5."""
    x, y = x - 0.5, y - 0.5
    left, top = np.floor(x).astype(int), np.floor(y).astype(int)
    sx, sy = x - left, y - top
    right, bottom = np.minimum(left + 1, data.shape[1] - 1), np.minimum(top + 1, data.shape[0] - 1)
    upper = data[top, left] * (1 - sx) + data[top, right] * sx
    return upper * (1 - sy) + (data[bottom, left] * (1 - sx) + data[bottom, right] * sx) * sy


@pytest.mark.parametrize("dtype", ["u1", "<f4", ">i2", "<u8", "<f2"])
def test_a_profile_along_a_row_is_the_row(new_page, producer, dtype):
    data = RNG.integers(0, 200, SHAPE).astype(dtype)
    producer.stream("image", data)
    page = new_page(viewer_address("image", SHAPE, line="10.5,20.5,90.5,20.5"))
    wait_for_tools(page, "Line profile")
    found = profile(page)
    np.testing.assert_array_equal(found["value"], data[20, 10:91].astype(float))
    np.testing.assert_allclose(found["distance [px]"], np.arange(81))


def test_a_wide_slanted_profile_with_units(new_page, producer):
    data = RNG.normal(0, 1, SHAPE).astype("f4")
    producer.stream("image", data, metadata={"scale": [0.2, 0.1], "units": ["um", "um"]})
    x0, y0, x1, y1 = 20, 30, 110, 70
    page = new_page(viewer_address("image", SHAPE, line=f"{x0},{y0},{x1},{y1},5"))
    wait_for_tools(page, "Line profile")
    found = profile(page)
    length = np.hypot(x1 - x0, y1 - y0)
    along = np.linspace(0, length, round(length) + 1)
    ux, uy = (x1 - x0) / length, (y1 - y0) / length
    expected = np.mean(
        [interpolated(data.astype("f8"), x0 + ux * along - uy * off, y0 + uy * along + ux * off) for off in range(-2, 3)], 0
    )
    np.testing.assert_allclose(found["value"], expected, atol=1e-9)
    physical = np.hypot((x1 - x0) * 0.1, (y1 - y0) * 0.2)
    np.testing.assert_allclose(found["distance [µm]"][-1], physical)
    page.get_by_text(f"{physical:.4g} µm ({length:.4g} px)").wait_for()


def test_a_line_is_drawn_moved_and_remembered(new_page, producer):
    data = RNG.integers(0, 4096, SHAPE).astype("u2")
    producer.stream("image", data)
    page = new_page(viewer_address("image", SHAPE))
    wait_for_frame(page)
    begin(page, "l")
    drag(page, at(page, 10, 10), at(page, 60, 130))
    page.wait_for_url("**line=10,10,130,60")
    # An end is dragged, then moved by a key.
    drag(page, at(page, 60, 130), at(page, 80, 100))
    page.wait_for_url("**line=10,10,100,80")
    page.get_by_role("button", name="End of the line").focus()
    page.keyboard.press("Shift+ArrowRight")
    page.wait_for_url("**line=10,10,110,80")
    wait_for_tools(page, "Line profile")
    again = new_page(page.url.removeprefix(page.url.split("/viewer/")[0]))
    wait_for_tools(again, "Line profile")
    before = profile(again)
    # What is measured follows the line, and a slow machine measures seldom: the address may be there first.
    eventually(lambda: np.testing.assert_array_equal(profile(page)["value"], before["value"]))
    # It follows the data.
    producer.put("image", (data // 2).astype("u2"))
    wait_for_tools(again, "Line profile", 2)
    assert (profile(again)["value"] < before["value"]).mean() > 0.9
    again.keyboard.press("l")
    again.wait_for_function("() => !location.search.includes('line')")
    assert again.locator("#drawer").is_hidden()


def test_a_line_outside_of_the_image(new_page, producer):
    producer.stream("image", RNG.integers(0, 4096, SHAPE).astype("u2"))
    page = new_page(viewer_address("image", SHAPE, line="-500,-500,-400,-400"))
    page.get_by_text("outside of the image").wait_for()
    new_page(viewer_address("image", SHAPE, line="1,2,nonsense", regions="r1,2,3_x_e,,,")).locator("#canvas").wait_for()


def statistics(values):
    values = values[~np.isnan(values)]
    return {
        "count": values.size,
        "mean": values.mean(),
        "std": values.std(),
        "min": values.min(),
        "max": values.max(),
        "sum": values.sum(),
        "median": np.median(values),
    }


def assert_statistics(columns, row, values):
    expected = statistics(values.astype("f8"))
    found = {name: float(columns[name][row]) for name in expected}
    for name, value in expected.items():
        np.testing.assert_allclose(found[name], value, rtol=1e-9, atol=1e-9, err_msg=name)


def test_statistics_of_regions(new_page, producer):
    data = RNG.normal(5, 3, SHAPE).astype("f4")
    data[25, 25] = np.nan
    producer.stream("image", data)
    page = new_page(viewer_address("image", SHAPE, regions="r20,15,41,30_e60,20,50,33_r-10,90,20,40"))
    wait_for_tools(page, "Regions")
    columns = table(page, "Regions")
    assert_statistics(columns, 0, data[15:45, 20:61])
    y, x = np.mgrid[: SHAPE[0], : SHAPE[1]] + 0.5
    ellipse = ((x - 85) / 25) ** 2 + ((y - 36.5) / 16.5) ** 2 <= 1
    assert_statistics(columns, 1, data[ellipse])
    assert_statistics(columns, 2, data[90:, :10])


@pytest.mark.parametrize("dtype", ["b1", "u1", "<i4", "<u8", "<c8"])
def test_statistics_of_dtypes(new_page, producer, dtype):
    data = RNG.integers(0, 2 if dtype == "b1" else 250, SHAPE).astype(dtype)
    producer.stream("image", data)
    page = new_page(viewer_address("image", SHAPE, regions="r3,4,60,50"))
    wait_for_tools(page, "Regions")
    assert_statistics(table(page, "Regions"), 0, np.abs(data[4:54, 3:63]) if dtype == "<c8" else data[4:54, 3:63])


@pytest.mark.parametrize("dtype", ["u1", "<i2", "<f4"])
@pytest.mark.parametrize("width", [399, 400])
def test_statistics_of_a_large_region(new_page, producer, dtype, width):
    data = RNG.normal(100, 20, (301, 400)).astype(dtype)
    producer.stream("image", data)
    page = new_page(f"/viewer/?stream=image&regions=r0,0,{width},301")
    wait_for_tools(page, "Regions")
    assert_statistics(table(page, "Regions"), 0, data[:, :width])


def test_statistics_of_colours(new_page, producer):
    data = RNG.integers(0, 256, (*SHAPE, 3)).astype("u1")
    producer.stream("image", data)
    page = new_page(viewer_address("image", SHAPE, regions="r3,4,60,50"))
    wait_for_tools(page, "Regions")
    columns = table(page, "Regions")
    assert columns["channel"] == ["red", "green", "blue"]
    for channel in range(3):
        assert_statistics(columns, channel, data[4:54, 3:63, channel])


def test_the_part_of_complex_numbers_that_is_shown_is_measured(new_page, producer):
    data = (RNG.normal(0, 1, SHAPE) + 1j * RNG.normal(0, 1, SHAPE)).astype("c16")
    producer.stream("image", data)
    page = new_page(viewer_address("image", SHAPE, regions="r3,4,60,50", line="10.5,20.5,90.5,20.5", part="real"))
    wait_for_tools(page, "Regions")
    wait_for_tools(page, "Line profile")
    assert_statistics(table(page, "Regions"), 0, data.real[4:54, 3:63])
    np.testing.assert_array_equal(profile(page)["value"], data.real[20, 10:91])
    page.select_option("#part", "imaginary")
    wait_until(lambda: (profile(page)["value"] == data.imag[20, 10:91]).all(), what="the imaginary parts")
    # Each tool measures when its turn comes.
    eventually(lambda: assert_statistics(table(page, "Regions"), 0, data.imag[4:54, 3:63]))


def test_regions_are_drawn_moved_resized_and_removed(new_page, producer):
    data = RNG.integers(0, 4096, SHAPE).astype("u2")
    producer.stream("image", data)
    page = new_page(viewer_address("image", SHAPE))
    wait_for_frame(page)
    begin(page, "o")
    drag(page, at(page, 10, 20), at(page, 40, 60))
    page.wait_for_url("**regions=r20,10,40,30")
    drag(page, at(page, 10, 30), at(page, 25, 35))  # Its upper edge moves it.
    page.wait_for_url("**regions=r25,25,40,30")
    drag(page, at(page, 55, 65), at(page, 65, 85))  # Its corner resizes it.
    page.wait_for_url("**regions=r25,25,60,40")
    begin(page, "O")
    drag(page, at(page, 70, 100), at(page, 90, 140))
    page.wait_for_url("**regions=r25,25,60,40_e100,70,40,20")
    page.get_by_role("button", name="2 ◯", exact=False).first.focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Alt+ArrowDown")
    page.wait_for_url("**_e99,70,40,21")
    producer.put("image", (data // 3).astype("u2"))
    wait_for_tools(page, "Regions", 2)
    assert_statistics(table(page, "Regions"), 0, data[25:65, 25:85] // 3)
    again = new_page(page.url.removeprefix(page.url.split("/viewer/")[0]))
    wait_for_tools(again, "Regions", 2)
    assert table(again, "Regions") == table(page, "Regions")
    page.get_by_role("button", name="Remove 1").click()
    page.wait_for_url("**regions=e99,70,40,21")
    page.get_by_role("button", name="Remove all regions").click()
    page.wait_for_function("() => !location.search.includes('regions')")


def test_a_file_is_of_what_is_drawn_now(new_page, producer):
    """Not of what was measured last, which may be of a region that is gone."""
    data = RNG.integers(0, 4096, SHAPE).astype("u2")
    producer.stream("image", data)
    page = new_page(viewer_address("image", SHAPE, regions="r20,15,41,30_r60,20,50,33", line="10.5,10.5,59.5,10.5"))
    wait_for_tools(page, "Regions")
    wait_for_tools(page, "Line profile")
    with page.expect_download() as waiting:
        page.evaluate(
            """() => {
              document.querySelector('[aria-label^="Remove 1 "]').click();
              document.querySelector('section[aria-label="Regions"] [aria-label="Save CSV"]').click();
            }"""
        )
    _, *rows = waiting.value.path().read_text().splitlines()
    assert len(rows) == 1 and rows[0].startswith("1,rectangle,60,20,50,33,")
    with page.expect_download() as waiting:
        page.evaluate(
            """() => {
              const width = document.querySelector('[aria-label^="Width of the line"]');
              width.value = "5";
              width.dispatchEvent(new Event("change"));
              document.querySelector('section[aria-label="Line profile"] [aria-label="Save CSV"]').click();
            }"""
        )
    _, *rows = waiting.value.path().read_text().splitlines()
    expected = data[8:13, 10:60].mean(0)
    np.testing.assert_allclose([float(row.split(",")[1]) for row in rows], expected, rtol=1e-9)


def test_drawing_without_a_pointer(new_page, producer):
    producer.stream("image", RNG.integers(0, 4096, SHAPE).astype("u2"))
    page = new_page(viewer_address("image", SHAPE))
    wait_for_frame(page)
    page.keyboard.press("l")
    page.get_by_text("Enter puts it into the middle").wait_for()
    page.keyboard.press("Escape")
    page.get_by_text("Enter puts it into the middle").wait_for(state="hidden")
    page.keyboard.press("l")
    page.keyboard.press("Enter")
    page.wait_for_url("**line=**")


def bars(page):
    """Text and length, in CSS pixels, of the bars that are shown."""
    return page.evaluate(
        """() => [...document.querySelectorAll(".scale-bar > g")]
          .filter((bar) => getComputedStyle(bar).visibility === "visible")
          .map((bar) => [bar.querySelector("text").textContent, bar.querySelector("path").getTotalLength()])"""
    )


@pytest.mark.parametrize(
    ("metadata", "zoom", "expected"),
    [
        ({"scale": [0.108, 0.108], "units": ["um", "um"]}, 1, [("10 µm", 10 / 0.108)]),
        ({"scale": [0.108, 0.108], "units": ["micrometer"] * 2}, 20, [("500 nm", 0.5 / 0.108 * 20)]),
        ({"scale": [25, 25], "units": ["nm", "nm"]}, 1, [("2 µm", 80)]),
        ({"scale": [2.0, 0.5], "units": ["um", "um"]}, 1, [("50 µm", 100), ("200 µm", 100)]),
        ({"scale": [3, 3]}, 1, [("200", 200 / 3)]),
        ({"scale": [1, 0.5], "units": ["s", "um"]}, 1, [("50 µm", 100), ("100 s", 100)]),
    ],
)
def test_the_scale_bar_is_as_long_as_it_says(new_page, producer, metadata, zoom, expected):
    producer.stream("image", RNG.integers(0, 4096, SHAPE).astype("u2"), metadata=metadata)
    page = new_page(f"/viewer/?stream=image&view=80,50,{zoom}")
    wait_for_frame(page)
    wait_until(lambda: bars(page), what="a scale bar")
    found = bars(page)
    assert [text for text, _ in found] == [text for text, _ in expected]
    np.testing.assert_allclose([length for _, length in found], [length for _, length in expected], rtol=1e-3)


def test_the_scale_bar_of_a_turned_view(new_page, producer):
    producer.stream("image", RNG.integers(0, 4096, SHAPE).astype("u2"), metadata={"scale": [2.0, 0.5], "units": ["um", "um"]})
    page = new_page("/viewer/?stream=image&view=80,50,1&turn=90")
    wait_for_frame(page)
    wait_until(lambda: bars(page), what="a scale bar")
    (across, wide), (upright, tall) = bars(page)
    assert (across, upright) == ("200 µm", "50 µm")
    np.testing.assert_allclose([wide, tall], 100, rtol=1e-3)


def test_the_scale_bar_is_switched(new_page, producer):
    producer.stream("image", RNG.integers(0, 4096, SHAPE).astype("u2"), metadata={"scale": "nonsense", "units": 5})
    page = new_page(viewer_address("image", SHAPE))
    wait_for_frame(page)
    assert bars(page) == []
    page.keyboard.press("s")
    page.wait_for_url("**bar=on")
    assert bars(page) == [["100 px", 100]]
    page.keyboard.press("s")
    page.wait_for_url("**bar=off")
    assert bars(page) == []


def test_the_cursor_tells_complex_numbers_and_labels(new_page, producer):
    waves = (RNG.normal(0, 1, SHAPE) + 1j * RNG.normal(0, 1, SHAPE)).astype("c16")
    waves[30, 47] = 3 - 4j
    producer.stream("waves", waves)
    page = new_page(viewer_address("waves", SHAPE))
    wait_for_frame(page)
    page.mouse.move(*(c + 0.5 for c in at(page, 30, 47)))
    page.locator("#cursor", has_text="[30, 47]  3-4j = 5∠-0.9273").wait_for()
    labels = np.zeros((3, *SHAPE), "i4")
    labels[1, 30, 47] = 7
    metadata = {"colormap": "labels", "label_names": {"7": "<b>nucleus</b>"}, "axes": ["z", "y", "x"], "scale": [2.5, 1, 1], "units": ["um"] * 3}
    producer.array("labels", labels, metadata=metadata)
    page = new_page(viewer_address("labels", SHAPE, at="1"))
    wait_for_frame(page)
    page.mouse.move(*(c + 0.5 for c in at(page, 30, 47)))
    page.locator("#cursor", has_text="[1, 30, 47]  (2.5, 30, 47 um)  7  <b>nucleus</b>").wait_for()
    # The value changes under a pointer that rests.
    labels[1, 30, 47] = 8
    producer.edit("labels", labels)
    page.locator("#cursor", has_text="47 um)  8").wait_for()


DTYPES = ["|b1", "|u1", "<u2", ">u2", "<i4", "<u8", ">f2", "<f4", ">f8", "<c8", ">c16"]


@pytest.mark.parametrize("dtype", DTYPES)
def test_the_npy_file_is_what_is_shown(new_page, producer, dtype):
    data = RNG.integers(0, 2, (3, *SHAPE)).astype(dtype)
    producer.stream("stack", data)
    page = new_page(viewer_address("stack", SHAPE, at="2"))
    wait_for_frame(page)
    raw, name = saved(page, page.get_by_role("button", name=".npy", exact=True))
    assert name == "stack-1-plane.npy"
    header = 10 + int.from_bytes(raw[8:10], "little")
    assert raw[:8] == b"\x93NUMPY\x01\x00" and header % 64 == 0 and raw[header - 1 : header] == b"\n"
    plane = np.load(io.BytesIO(raw))
    assert plane.dtype == np.dtype(dtype).newbyteorder("=")
    np.testing.assert_array_equal(plane, data[2])


def test_pictures_are_what_is_seen(new_page, producer):
    data = RNG.integers(0, 4096, SHAPE).astype("u2")
    producer.stream("image", data, metadata={"scale": [1, 1], "units": ["um", "um"], "contrast_limits": [100, 4000]})
    page = new_page(viewer_address("image", SHAPE))
    wait_for_frame(page)
    raw, name = saved(page, page.get_by_role("button", name="PNG 1:1"))
    assert name == "image-1-plane.png"
    whole = np.asarray(Image.open(io.BytesIO(raw)).convert("RGB"))
    assert_gray(whole, gray_levels(data, 100, 4000))
    raw, name = saved(page, page.get_by_role("button", name="PNG", exact=True))
    assert name == "image-1.png"
    seen = np.asarray(Image.open(io.BytesIO(raw)).convert("RGB"))
    width, height = page.evaluate("[canvas.width, canvas.height]")
    assert seen.shape == (height, width, 3)
    top, left = round(height / 2 - SHAPE[0] / 2), round(width / 2 - SHAPE[1] / 2)
    np.testing.assert_array_equal(seen[top : top + SHAPE[0], left : left + SHAPE[1]], screen(page, SHAPE))
    # The scale bar: white, on black, from 14 pixels of the left edge to as far as it says.
    text, length = bars(page)[0]
    assert (text, length) == ("100 µm", 100)
    assert (seen[height - 14, 14:114] == 255).all()
    assert (seen[height - 14, 120:150] != 255).any()


def test_frames_are_stepped_through(new_page, producer):
    frames = [np.full(SHAPE, level, "u1") for level in (10, 20, 30)]
    producer.stream("camera", frames[0])
    page = new_page(viewer_address("camera", SHAPE))
    wait_for_frame(page)
    for number, frame in enumerate(frames[1:], 2):
        producer.put("camera", frame)
        wait_for_frame(page, number)

    def level():
        return int(screen(page, SHAPE)[0, 0, 0])

    page.keyboard.press(",")
    wait_until(lambda: level() == 20, what="the frame before")
    page.get_by_role("button", name="The frame before").click()
    wait_until(lambda: level() == 10, what="the first frame")
    assert page.get_by_role("button", name="Go on").is_visible()
    page.keyboard.press(".")
    wait_until(lambda: level() == 20, what="the second frame")
    page.keyboard.press(" ")
    producer.put("camera", np.full(SHAPE, 40, "u1"))
    wait_until(lambda: level() == 40, what="the newest frame")


def test_full_screen(new_page, producer):
    producer.stream("image", RNG.integers(0, 4096, SHAPE).astype("u2"))
    page = new_page(viewer_address("image", SHAPE))
    wait_for_frame(page)
    page.get_by_role("button", name="Full screen").click()
    page.wait_for_function("() => document.fullscreenElement?.localName === 'main'")
    assert page.locator(".panel").is_hidden()
    page.keyboard.press("F")
    page.wait_for_function("() => document.fullscreenElement === null")
    assert page.locator(".panel").is_visible()


def test_another_stream_takes_the_drawings_away(new_page, producer):
    producer.stream("one", RNG.integers(0, 4096, SHAPE).astype("u2"))
    producer.stream("two", RNG.integers(0, 4096, SHAPE).astype("u2"))
    page = new_page(viewer_address("one", SHAPE, line="1,2,30,40", regions="r1,2,3,4", bar="on"))
    wait_for_tools(page, "Regions")
    page.select_option("#picker", "two")
    page.wait_for_url(re.compile(r"\?stream=two$"))
    wait_for_frame(page)
    assert page.locator("#drawer").is_hidden()
    assert bars(page) == []
