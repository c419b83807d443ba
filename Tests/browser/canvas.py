"""The pixels of the viewer's canvas as they are on screen, and what comes a little later than what was done."""

import io
import math
import time

import numpy as np
from PIL import Image


# What the page says over the picture is not of the picture.
NOTHING_ABOVE = "#badge, .notice { visibility: hidden !important }"


def viewer_address(stream, shape=None, **state):
    """The viewer at 1:1 with the image of a shape (rows, columns) in the middle."""
    query = {"stream": stream}
    if shape is not None:
        query["view"] = f"{shape[1] / 2},{shape[0] / 2},1"
    query.update(state)
    return "/viewer/?" + "&".join(f"{key}={value}" for key, value in query.items())


def wait_for_frame(page, sequence=1):
    page.wait_for_function(
        "sequence => Number(document.querySelector('#canvas').dataset.sequence ?? 0) >= sequence", arg=sequence
    )
    # The picture was drawn; the next two animation frames bring it to the screen.
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")


def eventually(check, seconds=30):
    """Calls what asserts something until it holds; at the end it fails by itself."""
    end = time.monotonic() + seconds
    while True:
        try:
            return check()
        except AssertionError:
            if time.monotonic() > end:
                raise
        time.sleep(0.05)


def settled_address(page):
    """The page's address once all that was done is in it: pages write it 200 ms after the first change, by a timer that is before this one."""
    return page.evaluate("() => new Promise((done) => setTimeout(() => done(location.href), 250))")


def screen(page, shape):
    """What is on screen of an image of a shape (rows, columns) that is shown at 1:1 in the middle; uint8, (rows, columns, 3)."""
    box = page.locator("#canvas").bounding_box()
    rows, columns = shape
    x = box["x"] + math.floor(box["width"] / 2 - columns / 2 + 0.5)
    y = box["y"] + math.floor(box["height"] / 2 - rows / 2 + 0.5)
    assert x >= box["x"] and y >= box["y"], "the image is larger than the canvas"
    png = page.screenshot(clip={"x": x, "y": y, "width": columns, "height": rows}, style=NOTHING_ABOVE)
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))


def gray_levels(values, low, high, gamma=1.0):
    """The gray level of each value, as the page promises it."""
    share = np.clip((values.astype(np.float64) - low) / (high - low), 0, 1) ** gamma
    return np.floor(share * 255 + 0.5).astype(int)


def assert_gray(pixels, expected, allowed=1):
    """Every pixel is gray and within one level of what is expected, and nearly all are exactly that."""
    assert (pixels == pixels[..., :1]).all(), "a gray image has coloured pixels"
    difference = np.abs(pixels[..., 0].astype(int) - expected)
    assert difference.max() <= allowed, f"{difference.max()} levels off at {np.argwhere(difference > allowed)[:5].tolist()}"
    assert (difference > 0).mean() < 0.03
