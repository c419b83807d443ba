"""Where the viewer's pixels come from: planes of n-D frames, tiles of arrays, parts of large frames."""

import re

import numpy as np
import pytest
from canvas import assert_gray, gray_levels, screen, viewer_address, wait_for_frame
from conftest import wait_until

RNG = np.random.default_rng(20261122)
SHAPE = (120, 200)


def reduced(data, level):
    """The mean of each block of 2^level pixels, rounded as the server promises; extents must be multiples of it."""
    step = 2**level
    rows, columns = data.shape[0] // step, data.shape[1] // step
    return np.round(data.reshape(rows, step, columns, step).mean((1, 3))).astype(data.dtype)


def wait_for_picture(page, stream, expected, shape, seconds=30):
    """Waits until the picture is what is expected, within a level."""

    def is_there():
        return np.abs(screen(page, shape)[..., 0].astype(int) - expected).max() <= 1

    wait_until(is_there, seconds, what=f"the picture of {stream}")


@pytest.mark.parametrize("kind", ["stream", "array"])
def test_a_plane_of_four_dimensions(new_page, producer, kind):
    data = RNG.integers(0, 256, (3, 4, *SHAPE)).astype("u1")
    getattr(producer, kind)("stack", data, metadata={"axes": ["t", "z", "y", "x"]})
    page = new_page(viewer_address("stack", SHAPE, at="2,1"))
    wait_for_frame(page)
    assert_gray(screen(page, SHAPE), data[2, 1].astype(int), allowed=0)
    page.get_by_label("Index on t").fill("0")
    page.wait_for_url("**at=0,1**")
    wait_for_picture(page, "stack", data[0, 1].astype(int), SHAPE)
    page.keyboard.press("Escape")
    page.locator("#canvas").focus()
    page.keyboard.press("]")
    wait_for_picture(page, "stack", data[1, 1].astype(int), SHAPE)


@pytest.mark.parametrize("kind", ["stream", "array"])
@pytest.mark.parametrize("axes", [(0, 2), (0, 1), (2, 0), (2, 1)])
def test_other_axes_are_shown(new_page, producer, kind, axes):
    data = RNG.integers(0, 256, (60, 90, 150)).astype("u1")
    getattr(producer, kind)("volume", data, metadata={"axes": ["z", "y", "x"]})
    other = ({0, 1, 2} - set(axes)).pop()
    expected = np.moveaxis(data, (axes[0], axes[1], other), (1, 2, 0))[7]
    page = new_page(viewer_address("volume", expected.shape, axes=f"{axes[0]},{axes[1]}", at="7"))
    wait_for_frame(page)
    assert_gray(screen(page, expected.shape), expected.astype(int), allowed=0)
    assert page.get_by_label("Index on " + "zyx"[other]).input_value() == "7"


def test_the_axes_are_chosen_in_the_page(new_page, producer):
    data = RNG.integers(0, 256, (60, 90, 150)).astype("u1")
    producer.stream("volume", data, metadata={"axes": ["z", "y", "x"], "scale": [0.5, 1, 1], "units": ["um", "um", "um"]})
    page = new_page("/viewer/?stream=volume&at=3")
    wait_for_frame(page)
    assert page.locator("#sliders .place").inner_text().startswith("1.5")
    page.select_option("#shown-axes", label="z, x")
    page.wait_for_url("**axes=0,2**")
    page.locator("#one").click()
    wait_for_picture(page, "volume", data[:, 45].astype(int), (60, 150))


def test_play_goes_along_an_axis_and_is_in_the_address(new_page, producer):
    data = np.stack([np.full(SHAPE, 10 * z, "u1") for z in range(12)])
    producer.stream("stack", data)
    page = new_page(viewer_address("stack", SHAPE, at="0", play="0,30,bounce"))
    wait_for_frame(page)
    # Every step is noted in the page: who only looks now and then may miss one for long.
    page.evaluate(
        """() => {
          const output = document.querySelector("#sliders output");
          window.seen = new Set();
          new MutationObserver(() => seen.add(output.textContent)).observe(output, { childList: true, characterData: true, subtree: true });
        }"""
    )
    page.wait_for_function("() => seen.size === 12", timeout=60_000)
    page.get_by_role("button", name="Stop").click()
    page.wait_for_function("() => !location.search.includes('play')")
    index = int(page.locator("#sliders output").inner_text().split()[0])
    wait_for_picture(page, "stack", data[index].astype(int), SHAPE)


@pytest.mark.parametrize("level", [0, 1, 2, 3])
def test_tiles_of_an_array_at_a_level(new_page, producer, level):
    step = 2**level
    data = RNG.integers(0, 60_000, (300 * step, 520 * step)).astype("<u2")
    producer.array("array", data)
    view = f"{data.shape[1] / 2},{data.shape[0] / 2},{1 / step}"
    page = new_page(f"/viewer/?stream=array&limits=0,60000&view={view}")
    wait_for_frame(page)
    small = reduced(data, level)
    assert_gray(screen(page, small.shape), gray_levels(small, 0, 60_000))
    changed = data.copy()
    changed[: 100 * step] = 1000
    producer.edit("array", changed)
    wait_for_frame(page, 2)
    assert_gray(screen(page, small.shape), gray_levels(reduced(changed, level), 0, 60_000))


def test_a_huge_sparse_array(new_page, producer):
    edge = 100_000
    producer.sparse("canvas", shape=[edge, edge], dtype="u1")
    patch = RNG.integers(1, 256, (600, 600)).astype("u1")
    producer.paint("canvas", patch, y=70_000, x=30_000)
    page = new_page("/viewer/?stream=canvas&limits=0,255")
    wait_for_frame(page)
    assert page.locator("#badge").is_hidden()
    page = new_page("/viewer/?stream=canvas&limits=0,255&view=30300,70300,1")
    wait_for_frame(page)
    wait_for_picture(page, "canvas", patch[100:500, 50:550].astype(int), (400, 500))
    # What was black comes as it is moved to.
    page.locator("#canvas").focus()
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Shift+ArrowDown")
    page.wait_for_url("**view=30500,70500,1")
    expected = np.zeros((400, 500), int)
    expected[:300, :350] = patch[300:, 250:]
    wait_for_picture(page, "canvas", expected, (400, 500))


def wait_for_tiles(page):
    """Until all tiles in view are here: the canvas is told of a drawing again, with a sequence once that is so."""
    page.evaluate(
        """() => {
          delete document.querySelector("#canvas").dataset.sequence;
          document.dispatchEvent(new CustomEvent("themechange"));
        }"""
    )
    wait_for_frame(page)


def test_tiles_that_are_not_needed_leave_the_memory(new_page, producer):
    producer.sparse("canvas", shape=[60_000, 60_000], dtype="f8")
    producer.paint("canvas", np.ones((1, 1), "f8"), y=0, x=0)
    page = new_page("/viewer/?stream=canvas&view=3000,3000,1")
    wait_for_frame(page)
    canvas = page.locator("#canvas")
    canvas.focus()
    most = 0
    for move in range(1, 13):
        # To a place that has few tiles in common with the one before; about 30 of 512 KiB each.
        for _ in range(8):
            page.keyboard.press("Shift+ArrowRight")
        page.wait_for_url(f"**view={3000 + 1600 * move},3000,1")
        wait_for_tiles(page)
        most = max(most, int(canvas.get_attribute("data-textures")))
    assert 200 < most <= 320


def test_a_large_frame_comes_as_the_part_that_is_seen(new_page, producer):
    data = RNG.integers(0, 256, (4200, 4300)).astype("u1")
    producer.stream("large", data, slots=2)
    page = new_page("/viewer/?stream=large&limits=0,255&view=1000,800,1")
    wait_for_frame(page)
    wait_for_picture(page, "large", data[600:1000, 750:1250].astype(int), (400, 500))
    page.locator("#canvas").focus()
    for _ in range(4):
        page.keyboard.press("Shift+ArrowRight")
    page.wait_for_url("**view=1800,800,1")
    wait_for_picture(page, "large", data[600:1000, 1550:2050].astype(int), (400, 500))
    page.wait_for_function("() => document.querySelector('#delivery .figure.behind').title.startsWith('You are 0 frames behind')")
    # The frame itself has 18 MB.
    assert re.search(r"; (\d+ KB|\d\.\d+ MB) in all", page.locator("#delivery .figure.bytes").get_attribute("title"))
