"""What is on screen is the array: pixels of the canvas compared with the source, dtype by dtype."""

import io
import math

import numpy as np
import pytest
from canvas import assert_gray, eventually, gray_levels, screen, viewer_address, wait_for_frame
from PIL import Image

SHAPE = (120, 200)
RNG = np.random.default_rng(20240501)

INTEGERS = ["u1", "i1", "<u2", ">u2", "<i2", ">i2", "<u4", ">u4", "<i4", ">i4", "<u8", ">u8", "<i8", ">i8"]
FLOATS = ["<f2", ">f2", "<f4", ">f4", "<f8", ">f8"]

# Where contrast limits lie, by kind and size: at the ends of a type's range a float32 could not tell neighbours apart.
LIMITS = {
    "u1": (20, 220),
    "i1": (-100, 90),
    "u2": (60_000, 64_000),
    "i2": (-32_000, -29_000),
    "u4": (4_294_900_000, 4_294_901_000),
    "i4": (-2_147_480_000, -2_147_479_200),
    "u8": (1_000, 9_000),
    "i8": (-9_000_000, -1_000_000),
}


def show(new_page, producer, data, limits, **state):
    producer.stream("image", data)
    page = new_page(viewer_address("image", data.shape[:2], limits=f"{limits[0]},{limits[1]}", **state))
    wait_for_frame(page)
    return page


@pytest.mark.parametrize("dtype", INTEGERS)
def test_integers(new_page, producer, dtype):
    low, high = LIMITS[dtype.lstrip("<>")]
    margin = (high - low) // 10
    info = np.iinfo(dtype)
    data = RNG.integers(max(info.min, low - margin), min(info.max, high + margin), SHAPE, endpoint=True).astype(dtype)
    data[0, 0], data[-1, -1] = info.min, info.max
    page = show(new_page, producer, data, (low, high))
    assert_gray(screen(page, SHAPE), gray_levels(data, low, high))


@pytest.mark.parametrize("dtype", FLOATS)
def test_floats(new_page, producer, dtype):
    data = RNG.normal(0.5, 0.4, SHAPE).astype(dtype)
    data[0, :4] = np.inf, -np.inf, 0, np.nan
    page = show(new_page, producer, data, (0, 1))
    pixels = screen(page, SHAPE)
    assert pixels[0, 3].tolist() not in ([0, 0, 0], [255, 255, 255]), "NaN looks like a number"
    numbers = np.nan_to_num(data, nan=0, posinf=9, neginf=-9)
    pixels = pixels.copy()
    pixels[0, 3] = 0
    assert_gray(pixels, gray_levels(numbers, 0, 1))


def test_bool(new_page, producer):
    data = RNG.random(SHAPE) > 0.5
    producer.stream("image", data)
    page = new_page(viewer_address("image", SHAPE))
    wait_for_frame(page)
    assert_gray(screen(page, SHAPE), data * 255, allowed=0)


@pytest.mark.parametrize("dtype", ["<c8", ">c8", "<c16", ">c16"])
def test_complex_numbers_show_their_magnitude(new_page, producer, dtype):
    data = (RNG.normal(0, 1, SHAPE) + 1j * RNG.normal(0, 1, SHAPE)).astype(dtype)
    page = show(new_page, producer, data, (0, 3))
    assert_gray(screen(page, SHAPE), gray_levels(np.abs(data), 0, 3))
    assert page.input_value("#part") == "magnitude"


@pytest.mark.parametrize("channels", [3, 4])
def test_colour(new_page, producer, channels):
    data = RNG.integers(0, 256, (*SHAPE, channels)).astype("u1")
    producer.stream("image", data)
    page = new_page(viewer_address("image", SHAPE))
    wait_for_frame(page)
    if channels == 3:
        np.testing.assert_array_equal(screen(page, SHAPE), data)
        return
    # What is transparent shows a checkerboard of 8 pixels, which lies on the canvas.
    box = page.locator("#canvas").bounding_box()
    y, x = (math.floor(box[side] / 2 - extent / 2 + 0.5) for side, extent in zip(("height", "width"), SHAPE, strict=True))
    rows, columns = np.ogrid[y : y + SHAPE[0], x : x + SHAPE[1]]
    board = np.where((rows // 8 + columns // 8) % 2 == 0, 0.8, 0.6)[..., None]
    opacity = data[..., 3:] / 255
    expected = 255 * (board * (1 - opacity) + data[..., :3] / 255 * opacity)
    assert np.abs(screen(page, SHAPE) - expected).max() <= 1


def test_colour_with_limits_and_gamma(new_page, producer):
    data = RNG.integers(0, 256, (*SHAPE, 3)).astype("u1")
    page = show(new_page, producer, data, (50, 200), gamma=2)
    expected = gray_levels(data, 50, 200, gamma=2)
    assert np.abs(screen(page, SHAPE).astype(int) - expected).max() <= 1


@pytest.mark.parametrize("gamma", [0.4, 2.2])
def test_gamma(new_page, producer, gamma):
    data = RNG.integers(0, 60_000, SHAPE).astype("u2")
    page = show(new_page, producer, data, (1000, 50_000), gamma=gamma)
    pixels = screen(page, SHAPE)
    difference = np.abs(pixels[..., 0].astype(int) - gray_levels(data, 1000, 50_000, gamma))
    # The table has 4096 steps: at the dark end of a small gamma one of them is several levels.
    assert np.percentile(difference, 99) <= 1 and difference.max() <= 12


def test_inverted_gray(new_page, producer):
    data = RNG.integers(0, 256, SHAPE).astype("u1")
    page = show(new_page, producer, data, (0, 255), cmap="gray_r")
    assert_gray(screen(page, SHAPE), 255 - data.astype(int), allowed=0)


# Colours that the maps' authors published, at the beginning, the middle and the end.
PUBLISHED = {
    "viridis": [(68, 1, 84), (33, 145, 140), (253, 231, 37)],
    "magma": [(0, 0, 4), (183, 55, 121), (252, 253, 191)],
    "inferno": [(0, 0, 4), (188, 55, 84), (252, 255, 164)],
    "plasma": [(13, 8, 135), (204, 71, 120), (240, 249, 33)],
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_colour_maps(new_page, producer, name):
    data = np.zeros(SHAPE, "u1")
    data[:, 60:120], data[:, 120:] = 128, 255
    page = show(new_page, producer, data, (0, 255), cmap=name)
    pixels = screen(page, SHAPE)
    for column, colour in zip((20, 90, 160), PUBLISHED[name], strict=True):
        assert np.abs(pixels[60, column].astype(int) - colour).max() <= 4
    # As many colours as gray levels, and each the same wherever its value is.
    assert len(np.unique(pixels.reshape(-1, 3), axis=0)) == 3


def test_hilo_marks_what_is_clipped(new_page, producer):
    data = np.full(SHAPE, 100, "u2")
    data[:60, :100], data[60:, 100:] = 5, 900
    page = show(new_page, producer, data, (50, 150), cmap="hilo")
    pixels = screen(page, SHAPE).astype(int)
    assert pixels[30, 50, 2] > 200 > pixels[30, 50, 0]
    assert pixels[90, 150, 0] > 200 > pixels[90, 150, 2]
    assert_gray(pixels[:60, 100:], np.full((60, 100), 128))


@pytest.mark.parametrize("dtype", ["u1", "<i4", ">u2"])
def test_labels_have_a_colour_each(new_page, producer, dtype):
    data = np.repeat(np.repeat(np.arange(60).reshape(6, 10), 20, 0), 20, 1).astype(dtype)
    producer.array("labels", data, metadata={"colormap": "labels"})
    page = new_page(viewer_address("labels", SHAPE))
    wait_for_frame(page)
    pixels = screen(page, SHAPE)
    colours = [np.unique(pixels[data == label].reshape(-1, 3), axis=0) for label in range(60)]
    assert all(len(colour) == 1 for colour in colours), "one label has two colours"
    assert colours[0].tolist() == [[0, 0, 0]]
    assert len({tuple(colour[0]) for colour in colours}) == 60


def test_contrast_limits_and_colour_map_of_the_metadata(new_page, producer):
    data = RNG.integers(0, 4096, SHAPE).astype("u2")
    producer.stream("image", data, metadata={"contrast_limits": [500, 3000], "colormap": "green"})
    page = new_page(viewer_address("image", SHAPE))
    wait_for_frame(page)
    pixels = screen(page, SHAPE).astype(int)
    assert np.abs(pixels[..., 1] - gray_levels(data, 500, 3000)).max() <= 1
    assert (pixels[..., [0, 2]] == 0).all()


@pytest.mark.parametrize(("mode", "percentiles"), [("minmax", (0, 100)), ("percentile", (0.1, 99.9))])
def test_automatic_contrast(new_page, producer, mode, percentiles):
    data = RNG.normal(1000, 100, SHAPE).astype("u2")
    data[0, 0] = 65_535
    producer.stream("image", data)
    page = new_page(viewer_address("image", SHAPE, auto=mode))
    wait_for_frame(page)
    ordered = np.sort(data.ravel())
    low, high = (int(ordered[round(p / 100 * (data.size - 1))]) for p in percentiles)
    assert abs(float(page.input_value("#low-number")) - low) <= 1
    assert abs(float(page.input_value("#high-number")) - high) <= 1
    assert_gray(screen(page, SHAPE), gray_levels(data, low, high), allowed=2 if mode == "percentile" else 1)


def test_a_plane_of_a_stack(new_page, producer):
    data = RNG.integers(0, 256, (4, 5, *SHAPE)).astype("u1")
    producer.stream("stack", data, metadata={"axes": ["t", "z", "y", "x"]})
    page = new_page(viewer_address("stack", SHAPE, at="3,1"))
    wait_for_frame(page)
    assert_gray(screen(page, SHAPE), data[3, 1].astype(int), allowed=0)
    page.get_by_label("Index on z").fill("4")
    page.wait_for_url("**at=3,4**")
    eventually(lambda: assert_gray(screen(page, SHAPE), data[3, 4].astype(int), allowed=0))


def test_a_new_frame_and_an_edited_array_are_drawn(new_page, producer):
    first, second = (RNG.integers(0, 256, SHAPE).astype("u1") for _ in range(2))
    producer.array("array", first)
    page = new_page(viewer_address("array", SHAPE))
    wait_for_frame(page)
    assert_gray(screen(page, SHAPE), first.astype(int), allowed=0)
    producer.edit("array", second)
    wait_for_frame(page, 2)
    assert_gray(screen(page, SHAPE), second.astype(int), allowed=0)


def test_an_image_larger_than_a_texture(new_page, producer):
    data = RNG.integers(0, 256, (40, 20_000)).astype("u1")
    producer.stream("wide", data)
    # Where the second texture begins, whatever of the usual sizes is the largest.
    for edge in (8192, 16_384):
        page = new_page(f"/viewer/?stream=wide&view={edge},20,1")
        wait_for_frame(page)
        shown = screen(page, (40, 400))
        assert_gray(shown, data[:, edge - 200 : edge + 200].astype(int), allowed=0)


def test_the_context_comes_back(new_page, producer):
    data = RNG.integers(0, 256, SHAPE).astype("u1")
    page = show(new_page, producer, data, (0, 255))
    page.evaluate(
        """() => {
          const gl = document.querySelector("#canvas").getContext("webgl2");
          window.loss = gl.getExtension("WEBGL_lose_context");
          window.loss.loseContext();
        }"""
    )
    page.get_by_text("took the graphics context away").wait_for()
    page.evaluate("() => window.loss.restoreContext()")
    page.get_by_text("took the graphics context away").wait_for(state="hidden")
    eventually(lambda: assert_gray(screen(page, SHAPE), data.astype(int), allowed=0))
    page.problems.clear()  # Chromium reports the loss that the test asked for.


# A page's own canvas


def test_the_last_frame_of_a_burst_gets_its_own_limits(new_page, producer):
    """image/draw.js measures limits a few times a second; nothing comes after the last frame to have them measured."""
    image = np.zeros((40, 40), "u2")
    image[:10], image[10:30] = 1000, 500
    producer.stream("image", image)
    page = new_page("/healthz")
    page.evaluate(
        """async () => {
          document.body.innerHTML = '<canvas style="width: 40px; height: 40px; display: block"></canvas>';
          const [{ connect }, { drawOn }] = await Promise.all([import("/webmon.js"), import("/image/draw.js")]);
          window.draw = drawOn("canvas");
          window.frames = [];
          (await connect()).subscribe("image", { policy: "all", onFrame: (frame) => frames.push(frame) });
        }"""
    )
    page.wait_for_function("() => frames.length === 1")
    image[:10] = 4000
    producer.put("image", image)
    page.wait_for_function("() => frames.length === 2")
    page.evaluate(
        """async () => {
          const picture = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
          for (let turn = 0; turn < 3; turn += 1) {
            draw(frames[0]);
            await picture();
          }
          draw(frames[1]);
        }"""
    )
    canvas = page.locator("canvas")

    def middle():
        return np.asarray(Image.open(io.BytesIO(canvas.screenshot())).convert("RGB"))[20, 20].tolist()

    eventually(lambda: np.testing.assert_allclose(middle(), round(500 / 4000 * 255), atol=1))
