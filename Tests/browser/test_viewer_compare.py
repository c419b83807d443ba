"""Two streams in the viewer with linked views; and links that open the same picture elsewhere."""

import io
import math

import numpy as np
import pytest
from canvas import NOTHING_ABOVE, gray_levels, settled_address, wait_for_frame
from conftest import wait_until
from PIL import Image

RNG = np.random.default_rng(4711)
SHAPE = (100, 150)
HIDDEN = NOTHING_ABOVE + ".caption, .split { visibility: hidden !important }"


def both_there(page):
    wait_for_frame(page)
    page.wait_for_function("() => Number(document.querySelector('#canvas2')?.dataset.sequence ?? 0) >= 1")
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")


def middle(page, selector, shape):
    """What is on screen in the middle of an element; (rows, columns, 3)."""
    box = page.locator(selector).bounding_box()
    rows, columns = shape
    x = box["x"] + math.floor(box["width"] / 2 - columns / 2 + 0.5)
    y = box["y"] + math.floor(box["height"] / 2 - rows / 2 + 0.5)
    png = page.screenshot(clip={"x": x, "y": y, "width": columns, "height": rows}, style=HIDDEN)
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB")).astype(int)


def test_linked_views_with_contrast_of_their_own(new_page, producer):
    one = RNG.integers(0, 256, (4, 400, 600)).astype("u1")
    two = RNG.integers(0, 4000, (4, 400, 600)).astype("<u2")
    producer.stream("one", one)
    producer.stream("two", two)
    page = new_page("/viewer/?stream=one&with=two&at=2&view=300,200,1&limits2=0,4000&cmap2=green")
    both_there(page)

    def shows(index, y, x):
        part = np.s_[index, y - 50 : y + 50, x - 75 : x + 75]
        left, right = middle(page, "#canvas", SHAPE), middle(page, "#canvas2", SHAPE)
        is_left = np.abs(left[..., 0] - one[part]).max() <= 0
        return is_left and np.abs(right[..., 1] - gray_levels(two[part], 0, 4000)).max() <= 1 and right[..., 0].max() == 0

    wait_until(lambda: shows(2, 200, 300), 30, "both pictures")
    # Moved in the second, both move; the slider is one for both.
    page.locator("#canvas2").focus()
    page.keyboard.press("Shift+ArrowRight")
    page.wait_for_url("**view=500,200,1**")
    wait_until(lambda: shows(2, 200, 500), 30, "both pictures, moved")
    page.get_by_label("Index on axis 0").fill("3")
    wait_until(lambda: shows(3, 200, 500), 30, "both pictures of another plane")
    page.keyboard.press("Escape")
    page.select_option("#with", "")
    page.wait_for_function("() => !location.search.includes('with')")
    assert page.locator("#stage2").is_hidden() and page.locator("#contrast2").is_hidden()


@pytest.mark.parametrize("mode", ["swipe", "difference"])
def test_one_over_the_other(new_page, producer, mode):
    one, two = (RNG.integers(0, 256, SHAPE).astype("u1") for _ in range(2))
    producer.stream("one", one)
    producer.array("two", two)
    view = f"{SHAPE[1] / 2},{SHAPE[0] / 2},1"
    page = new_page(f"/viewer/?stream=one&with=two&compare={mode}&view={view}")
    both_there(page)
    if mode == "difference":
        expected = np.abs(one.astype(int) - two)
        wait_until(lambda: np.abs(middle(page, "#stages", SHAPE)[..., 0] - expected).max() <= 1, 30, "the difference")
        return
    half = SHAPE[1] // 2

    def is_split():
        shown = middle(page, "#stages", SHAPE)[..., 0]
        # The edge itself is drawn over the pixels there.
        return (shown[:, : half - 3] == one[:, : half - 3]).all() and (shown[:, half + 3 :] == two[:, half + 3 :]).all()

    wait_until(is_split, 30, "both halves")


def test_the_other_stream_may_come_later_or_be_no_image(new_page, producer):
    producer.stream("one", RNG.integers(0, 256, SHAPE).astype("u1"))
    page = new_page("/viewer/?stream=one&with=two")
    page.get_by_text("Waiting for two").wait_for()
    producer.stream("two", RNG.integers(0, 256, SHAPE).astype("u1"))
    both_there(page)
    assert page.locator("#said2").is_hidden()
    producer.stream("numbers", np.arange(5.0))
    page = new_page("/viewer/?stream=one&with=numbers")
    page.get_by_text("numbers is no image.").wait_for()


LINKS = [
    "stream=stack&axes=0,2&at=4&turn=30&flip=h&interp=linear&view=50,3,11.5",
    "stream=stack&with=other&compare=swipe&split=30&at=5&cmap2=viridis&limits=10,200",
    "stream=cells&c0=on,ff0000,10,200&c1=off,00ff00,auto&c2=on,0080ff,auto&view=40,30,6",
]


@pytest.mark.parametrize("link", LINKS)
def test_a_link_shows_the_same_in_another_browser(new_page, producer, link):
    producer.stream("stack", RNG.integers(0, 256, (7, 80, 120)).astype("u1"))
    producer.array("other", RNG.integers(0, 256, (7, 80, 120)).astype("u1"))
    producer.stream("cells", RNG.integers(0, 256, (3, 80, 120)).astype("u1"), metadata={"axes": ["c", "y", "x"]})
    pages = []
    for _ in range(2):
        pages.append(new_page(f"/viewer/?{link}"))
        (both_there if "with" in link else wait_for_frame)(pages[-1])
        pages[-1].wait_for_timeout(800)
        # Nothing of the address was lost or written otherwise.
        assert settled_address(pages[-1]).endswith("?" + link)
    wait_until(lambda: len({page.locator("#stages").screenshot(style=HIDDEN) for page in pages}) == 1, 30, "the same picture in both")
