"""How the viewer draws: channels blended, parts of complex numbers, images turned, mirrored, magnified and reduced."""

import numpy as np
import pytest
from canvas import assert_gray, eventually, gray_levels, screen, viewer_address, wait_for_frame
from conftest import wait_until

RNG = np.random.default_rng(77)
SHAPE = (120, 200)

CHANNELS = [
    {"name": "nuclei", "color": "#0000ff", "contrast_limits": [100, 900]},
    {"name": "actin", "colormap": "green", "contrast_limits": [0, 2000]},
    {"name": "beads", "color": "ff8000", "contrast_limits": [50, 1500]},
]
COLOURS = np.array([[0, 0, 255], [0, 255, 0], [255, 128, 0]])
LIMITS = [(100, 900), (0, 2000), (50, 1500)]


def blended(data, shown=(0, 1, 2), colours=COLOURS, limits=LIMITS):
    """The sum of the channels' colours, each from black at its lower limit; `data` has channels first."""
    total = np.zeros((*data.shape[1:], 3))
    for channel in shown:
        low, high = limits[channel]
        share = np.clip((data[channel].astype(float) - low) / (high - low), 0, 1)
        total += np.round(share[..., None] * colours[channel])
    return np.minimum(total, 255)


def is_near(page, expected, shape, allowed):
    return np.abs(screen(page, shape).astype(int) - expected).max() <= allowed


@pytest.mark.parametrize("kind", ["stream", "array"])
@pytest.mark.parametrize("axis", [0, 2])
def test_channels_are_added(new_page, producer, kind, axis):
    data = RNG.integers(0, 2200, (3, *SHAPE)).astype("<u2")
    stored = np.ascontiguousarray(np.moveaxis(data, 0, axis))
    axes = ["y", "x"]
    axes.insert(axis, "c")
    getattr(producer, kind)("cells", stored, metadata={"axes": axes, "channels": CHANNELS})
    page = new_page(viewer_address("cells", SHAPE))
    wait_for_frame(page)
    wait_until(lambda: is_near(page, blended(data), SHAPE, 3), 30, "the blended picture")
    page.get_by_label("Show actin").click()
    page.wait_for_url("**c1=off,00ff00,0,2000")
    wait_until(lambda: is_near(page, blended(data, shown=(0, 2)), SHAPE, 2), 30, "the picture without a channel")
    assert page.locator("#contrast").is_hidden()


def test_channels_are_chosen_in_the_address_or_have_a_slider(new_page, producer):
    data = RNG.integers(0, 2200, (3, *SHAPE)).astype("<u2")
    producer.stream("cells", data, metadata={"axes": ["channel", "y", "x"]})
    page = new_page(viewer_address("cells", SHAPE, c0="on,ff0000,0,1000", c1="off,00ff00,auto", c2="on,00ffff,500,1500"))
    wait_for_frame(page)
    colours = np.array([[255, 0, 0], [0, 0, 0], [0, 255, 255]])
    expected = blended(data, (0, 2), colours, [(0, 1000), (0, 1), (500, 1500)])
    wait_until(lambda: is_near(page, expected, SHAPE, 2), 30, "the picture of the address")
    page = new_page(viewer_address("cells", SHAPE, blend="0", at="1", limits="0,2200"))
    wait_for_frame(page)
    assert_gray(screen(page, SHAPE), gray_levels(data[1], 0, 2200))
    assert page.locator("#channels").is_hidden()
    page.get_by_label("Channels blended").check()
    page.get_by_label("Show channel 2").wait_for()


def phase_colours(data):
    phase = np.angle(data)[..., None] - np.array([0, 2, 4]) * np.pi / 3
    return 255 * (0.5 + 0.5 * np.cos(phase))


@pytest.mark.parametrize("dtype", ["<c8", ">c16"])
def test_parts_of_complex_numbers(new_page, producer, dtype):
    data = (RNG.normal(0, 1, SHAPE) + 1j * RNG.normal(0, 1, SHAPE)).astype(dtype)
    producer.stream("field", data)
    page = new_page(viewer_address("field", SHAPE, part="phase"))
    wait_for_frame(page)
    assert is_near(page, phase_colours(data), SHAPE, 2)
    page = new_page(viewer_address("field", SHAPE, part="real", limits="-2,2"))
    wait_for_frame(page)
    assert_gray(screen(page, SHAPE), gray_levels(data.real, -2, 2))
    page.select_option("#part", "imaginary")
    page.wait_for_url("**part=imaginary**")
    eventually(lambda: assert_gray(screen(page, SHAPE), gray_levels(data.imag, -2, 2)))


@pytest.mark.parametrize("turn", [90, 180, 270])
@pytest.mark.parametrize("flip", ["", "h", "v"])
def test_turned_by_right_angles(new_page, producer, turn, flip):
    data = RNG.integers(0, 256, SHAPE).astype("u1")
    producer.stream("image", data)
    expected = {"": data, "h": data[:, ::-1], "v": data[::-1]}[flip]
    expected = np.rot90(expected, -turn // 90)
    state = {"turn": turn, **({"flip": flip} if flip else {})}
    page = new_page(viewer_address("image", SHAPE, **state))
    wait_for_frame(page)
    assert_gray(screen(page, expected.shape), expected.astype(int), allowed=0)


def test_turned_and_mirrored_by_keys(new_page, producer):
    data = RNG.integers(0, 256, (120, 120)).astype("u1")
    producer.stream("image", data)
    page = new_page(viewer_address("image", data.shape))
    wait_for_frame(page)
    page.keyboard.press("r")
    page.wait_for_url("**turn=90**")
    # What is seen is mirrored, not the array.
    page.keyboard.press("h")
    page.wait_for_url("**flip=v**")
    eventually(lambda: assert_gray(screen(page, data.shape), np.rot90(data, -1)[:, ::-1].astype(int), allowed=0))
    page.keyboard.press("Shift+R")
    page.keyboard.press("v")
    page.wait_for_function("() => !location.search.includes('turn')")
    eventually(lambda: assert_gray(screen(page, data.shape), data.astype(int), allowed=0))


def test_a_free_angle_turns_about_the_middle(new_page, producer):
    data = np.zeros((201, 201), "u1")
    data[100, :] = 255
    producer.stream("image", data)
    page = new_page(viewer_address("image", data.shape, turn=30))
    wait_for_frame(page)
    pixels = screen(page, data.shape)[..., 0]
    for along in (-80, -40, 0, 40, 80):
        y, x = 100 + along * np.sin(np.radians(30)), 100 + along * np.cos(np.radians(30))
        around = pixels[round(y) - 2 : round(y) + 3, round(x) - 2 : round(x) + 3]
        assert around.max() == 255, along


def linear(data, factor):
    """Each pixel as `factor` ones, between the four whose middles lie around its own."""
    rows, columns = data.shape
    y = np.clip((np.arange(rows * factor) + 0.5) / factor - 0.5, 0, rows - 1)
    x = np.clip((np.arange(columns * factor) + 0.5) / factor - 0.5, 0, columns - 1)
    y0, x0 = np.minimum(y.astype(int), rows - 2), np.minimum(x.astype(int), columns - 2)
    v, u = (y - y0)[:, None], (x - x0)[None]
    d = data.astype(float)
    top = d[y0][:, x0] * (1 - u) + d[y0][:, x0 + 1] * u
    return top * (1 - v) + (d[y0 + 1][:, x0] * (1 - u) + d[y0 + 1][:, x0 + 1] * u) * v


@pytest.mark.parametrize(("kind", "dtype"), [("stream", "<u2"), ("stream", "<i4"), ("array", "<u2"), ("stream", "<f4")])
def test_linear_interpolation(new_page, producer, kind, dtype):
    # Over the edges of tiles, where an array has them.
    shape, factor = (40, 60), 8
    data = (RNG.random((300, 600)) * 4000).astype(dtype)
    getattr(producer, kind)("image", data)
    row, column = 240, 250
    view = f"{column + shape[1] / 2},{row + shape[0] / 2},{factor}"
    page = new_page(f"/viewer/?stream=image&limits=0,4000&interp=linear&view={view}")
    wait_for_frame(page)
    expected = gray_levels(linear(data, factor), 0, 4000)[row * factor : (row + shape[0]) * factor, column * factor : (column + shape[1]) * factor]
    wait_until(lambda: is_near(page, expected[..., None], expected.shape, 1), 30, "the interpolated picture")


@pytest.mark.parametrize("step", [2, 4])
def test_the_mean_of_what_a_pixel_covers(new_page, producer, step):
    data = RNG.integers(0, 60_000, (120 * step, 200 * step)).astype("<u2")
    producer.stream("image", data)
    view = f"{data.shape[1] / 2},{data.shape[0] / 2},{1 / step}"
    page = new_page(f"/viewer/?stream=image&limits=0,60000&shrink=mean&view={view}")
    wait_for_frame(page)
    mean = data.reshape(120, step, 200, step).mean((1, 3))
    assert_gray(screen(page, SHAPE), gray_levels(mean, 0, 60_000))


@pytest.mark.parametrize(("dtype", "base"), [("<i8", 2**60), (">u8", 2**60), ("<f8", 1e12)])
def test_a_narrow_range_of_large_numbers(new_page, producer, dtype, base):
    data = (RNG.integers(0, 1000, SHAPE) * 256 + int(base)).astype(dtype)
    producer.stream("image", data)
    low, high = int(base), int(base) + 256_000
    page = new_page(viewer_address("image", SHAPE, limits=f"{low},{high}"))
    wait_for_frame(page)
    exact = (data.astype(object) - low).astype(float)
    assert_gray(screen(page, SHAPE), gray_levels(exact, 0, 256_000))
