"""Layers of napari in the Viewer: what it displays, the page displays, until something else is chosen there."""

import os
import subprocess
import sys
import textwrap

import numpy as np
import pytest
from canvas import gray_levels, screen, viewer_address, wait_for_frame
from conftest import PAGES, ROOT, wait_until

RNG = np.random.default_rng(21)
SHAPE = (100, 160)
RECORD = np.dtype(
    [("layer", "u4"), ("order", "i4"), ("contrast_low", "f8"), ("contrast_high", "f8"), ("gamma", "f4"), ("colormap", "S200"), ("colormap_name", "U32")]
)
DISPLAY = {"display": {"log": "layers", "layer": 3}, "contrast_limits": [0, 255]}


def say(low, high, colormap="gray", gamma=1.0, layer=3, name=""):
    return np.array([(layer, 0, low, high, gamma, colormap.encode(), name or colormap)], RECORD)


def limits(page):
    return [float(page.input_value(f"#{end}-number")) for end in ("low", "high")]


def wait_for_gray(page, data, low, high, gamma=1.0):
    """The picture has these limits on the screen."""
    expected = gray_levels(data, low, high, gamma)
    wait_until(lambda: np.abs(screen(page, SHAPE).astype(int) - expected[..., None]).max() <= 1, 60, f"the picture from {low} to {high}")


@pytest.fixture
def data():
    return RNG.integers(0, 256, SHAPE).astype("u1")


def test_the_page_follows_the_producer(new_page, producer, data):
    producer.log("layers", np.concatenate([say(50, 200), say(1, 2, layer=4)]))
    producer.stream("image", data, metadata=DISPLAY)
    page = new_page(viewer_address("image", SHAPE))
    wait_for_frame(page)
    wait_for_gray(page, data, 50, 200)
    producer.append("layers", say(20, 90, gamma=0.5))
    wait_for_gray(page, data, 20, 90, 0.5)
    # What is said of another layer is nothing to this one.
    producer.append("layers", say(0, 1, "magma", layer=4))
    producer.append("layers", say(30, 90))
    wait_for_gray(page, data, 30, 90)
    assert limits(page) == [30, 90]
    assert page.get_by_role("button", name="As the producer").get_attribute("aria-pressed") == "true"
    assert "limits" not in page.evaluate("location.search")


def test_what_is_chosen_here_holds_until_it_is_given_back(new_page, producer, data):
    producer.log("layers", say(50, 200))
    producer.stream("image", data, metadata=DISPLAY)
    page = new_page(viewer_address("image", SHAPE))
    wait_for_frame(page)
    wait_for_gray(page, data, 50, 200)
    page.fill("#low-number", "10")
    page.keyboard.press("Tab")
    wait_for_gray(page, data, 10, 200)
    button = page.get_by_role("button", name="As the producer")
    wait_until(lambda: button.get_attribute("aria-pressed") == "false")
    # The colour map was not chosen, so it follows all the same.
    producer.append("layers", say(60, 100, "magma"))
    wait_until(lambda: page.input_value("#colormap") == "magma")
    assert limits(page) == [10, 200]
    producer.append("layers", say(70, 110, "gray"))
    wait_until(lambda: page.input_value("#colormap") == "gray")
    button.click()
    wait_for_gray(page, data, 70, 110)
    producer.append("layers", say(80, 110, "gray"))
    wait_for_gray(page, data, 80, 110)
    assert button.get_attribute("aria-pressed") == "true"


def test_the_last_picture_of_a_layer_that_is_gone_stays_as_it_is(new_page, producer, data):
    producer.log("layers", np.concatenate([say(50, 200, gamma=0.5), say(0, 1, layer=4)]))
    producer.stream("image", data, metadata=DISPLAY)
    producer.stream("other", data, metadata={"display": {"log": "layers", "layer": 4}})
    other = new_page(viewer_address("other", SHAPE))
    page = new_page(viewer_address("image", SHAPE))
    wait_for_frame(page)
    wait_for_gray(page, data, 50, 200, 0.5)
    gone = np.array([(3, -1, np.nan, np.nan, 1, b"", "")], RECORD)
    producer.append("layers", np.concatenate([gone, say(0, 9, "magma", layer=4)]))
    wait_until(lambda: other.input_value("#colormap") == "magma", what="that pages have the records")
    page.wait_for_timeout(300)
    wait_for_gray(page, data, 50, 200, 0.5)


def test_choices_of_the_address_hold(new_page, producer, data):
    producer.log("layers", say(50, 200))
    producer.stream("image", data, metadata=DISPLAY)
    page = new_page(viewer_address("image", SHAPE, limits="0,100"))
    wait_for_frame(page)
    page.get_by_role("button", name="As the producer").wait_for()
    producer.append("layers", say(60, 200, "viridis"))
    wait_until(lambda: page.input_value("#colormap") == "viridis")
    assert limits(page) == [0, 100]


def test_a_colour_map_that_only_the_producer_has(new_page, producer):
    data = np.tile(np.linspace(0, 255, SHAPE[1]).round().astype("u1"), (SHAPE[0], 1))
    producer.log("layers", say(0, 255, "#000000ff6600", name="<b>mine</b>"))
    producer.stream("image", data, metadata={**DISPLAY, "colormap": "#000000ff6600"})
    page = new_page(viewer_address("image", SHAPE))
    wait_for_frame(page)
    share = data[..., None] / 255 * [255, 0x66, 0]
    wait_until(lambda: np.abs(screen(page, SHAPE) - share).max() <= 2, what="the producer's colours")
    assert page.locator("#colormap option:checked").get_attribute("aria-label") == "<b>mine</b>"
    page.select_option("#colormap", "gray")
    producer.append("layers", say(0, 255, "#ffffff0000ff", name="other"))
    page.locator("#colormap option[aria-label=other]").wait_for(state="attached")
    assert page.input_value("#colormap") == "gray"
    # Turned round.
    page.get_by_role("button", name="As the producer").click()
    wait_until(lambda: np.abs(screen(page, SHAPE)[50, 0].astype(int) - 255).max() <= 2)
    page.locator("#inverted").check()
    wait_until(lambda: np.abs(screen(page, SHAPE)[50, 0].astype(int) - [0, 0, 255]).max() <= 2)


@pytest.mark.parametrize("display", ["layers", {"log": 5, "layer": 3}, {"log": "layers"}, {"log": "nothing", "layer": 1}, {"log": "other", "layer": 3}, None])
def test_displays_that_say_nothing(new_page, producer, data, display):
    producer.log("other", np.ones(4))
    producer.stream("image", data, metadata={"display": display})
    page = new_page(viewer_address("image", SHAPE))
    wait_for_frame(page)
    wait_for_gray(page, data, 0, 255)


def test_what_is_idle_is_not_shown(new_page, producer, data):
    producer.array("image", np.zeros(SHAPE, "u1"), metadata={"idle": True})
    page = new_page(viewer_address("image", SHAPE))
    page.get_by_text("image has no data yet").wait_for()
    wait_until(lambda: producer.wanted("image"), what="that a page looks")
    producer.close("image")
    producer.stream("image", data)
    wait_for_frame(page)
    wait_for_gray(page, data, 0, 255)


def test_colour_maps_that_share_a_name_share_their_colours(new_page):
    from napari.utils.colormaps import ensure_colormap
    from webmon.napari._colormap import SHARED

    page = new_page("/viewer/")
    for name in sorted(SHARED):
        table = page.evaluate("async name => Array.from((await import('/image/colormaps.js')).colormapTable(name))", name)
        found = np.array(table).reshape(256, 4)[:, :3]
        expected = np.asarray(ensure_colormap(name).map(np.linspace(0, 1, 256)))[:, :3] * 255
        assert np.abs(found - expected).max() <= 6, name


NAPARI = """
    import queue, sys, threading
    import napari, numpy as np, webmon
    from qtpy.QtCore import QTimer

    viewer = napari.Viewer()
    points = viewer.add_points(np.arange(10.0).reshape(5, 2), name="spots", features={"note": list("abcde")})
    image = viewer.add_image(np.load(sys.argv[1]), name="camera", contrast_limits=(50, 200))
    webmon.share(viewer)
    lines = queue.Queue()

    def read():
        for line in sys.stdin:
            lines.put(line)
        lines.put("viewer.close()")

    def act():
        while not lines.empty():
            exec(lines.get())

    threading.Thread(target=read, daemon=True).start()
    timer = QTimer()
    timer.timeout.connect(act)
    timer.start(20)
    napari.run()
"""


@pytest.fixture
def napari(directory, server, tmp_path, data):
    script, file = tmp_path / "napari_script.py", tmp_path / "data.npy"
    script.write_text(textwrap.dedent(NAPARI))
    stack = np.stack([data, data[::-1], data[:, ::-1]])
    np.save(file, stack)
    environment = {
        **os.environ, "WEBMON_DIR": directory, "WEBMON_PAGES": str(PAGES), "PYTHONPATH": str(ROOT / "python" / "src"),
        "NAPARI_CONFIG": str(tmp_path / "settings.yaml"),
    }
    process = subprocess.Popen(
        ["xvfb-run", "-a", "-s", "-screen 0 1400x1000x24", sys.executable, str(script), str(file)],
        stdin=subprocess.PIPE, text=True, env=environment,
    )

    def do(line):
        process.stdin.write(line + "\n")
        process.stdin.flush()

    do.stack = stack
    yield do
    process.stdin.close()
    assert process.wait(60) == 0


def test_a_real_viewer(new_page, napari, directory):
    import webmon

    page = new_page(viewer_address("napari.layer.camera", SHAPE), width=1000)
    page.set_default_timeout(90_000)
    page.locator("#canvas[data-sequence]").wait_for()
    napari("viewer.dims.set_current_step(0, 0)")
    wait_for_gray(page, napari.stack[0], 50, 200)
    napari("image.contrast_limits = (20, 120)")
    wait_for_gray(page, napari.stack[0], 20, 120)
    napari("viewer.dims.set_current_step(0, 2)")
    wait_for_gray(page, napari.stack[2], 20, 120)
    # In place, and nobody else is told.
    napari("image.data[2, :50] = 70; image.refresh()")
    edited = napari.stack[2].copy()
    edited[:50] = 70
    wait_for_gray(page, edited, 20, 120)
    napari("image.colormap = 'bop blue'")
    page.locator("#colormap option[aria-label='bop blue']").wait_for(state="attached")
    # Records, of which more come.
    table = new_page("/table/?stream=napari.layer.spots")
    table.set_default_timeout(90_000)
    table.locator("#grid[data-rows='5']").wait_for()
    assert "note" in table.locator("#grid").inner_text()
    napari("points.add([100.5, 200.25])")
    table.locator("#grid[data-rows='6']").wait_for()
    table.get_by_text("200.25").wait_for()
    napari("points.data = points.data[:0]")
    table.get_by_text("napari.layer.spots has no elements").wait_for()
    table.goto("about:blank")
    # Nobody looks any more: it takes no memory.
    page.goto("about:blank")
    def idle():
        listing = {listing.name: listing for listing in webmon.streams(directory)}.get("napari.layer.camera")
        return listing is not None and listing.kind == "array" and os.stat(listing.path).st_blocks * 512 < 20_000

    wait_until(idle, 60, "the memory back")
    # The log is still there, whole.
    with webmon.open("napari.layers", directory=directory) as log:
        record = log.latest(1)[-1]
        assert (record["name"], record["contrast_low"], record["colormap_name"]) == ("camera", 20, "bop blue")
