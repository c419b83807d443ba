"""The view of a viewer as pages get it, against napari's own."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import webmon
from napari.components import ViewerModel
from webmon.napari._loads import Loads
from webmon.napari._sharing import Sharing
from webmon.napari._tiles import Tiles
from webmon.napari._view_state import ViewState


@pytest.fixture
def viewer() -> Iterator[ViewerModel]:
    made = ViewerModel()
    made.canvas.size = (400, 600)
    yield made
    made.layers.clear()


@pytest.fixture
def sharing(viewer: ViewerModel, directory: Path) -> Iterator[Sharing]:
    made = Sharing(viewer, "napari", str(directory), [ViewState, Loads, Tiles])
    yield made
    made.close()


def states(sharing: Sharing) -> Any:
    sharing.tick()
    with webmon.open("napari.view-state") as reader:
        return reader.since(0).records  # type: ignore[union-attr]


def test_a_record_for_each_change(viewer: ViewerModel, sharing: Sharing) -> None:
    viewer.add_image(np.zeros((5, 100, 200), "u1"))
    sharing.tick()
    assert len(states(sharing)) == 0, "nobody looked"
    with webmon.open("napari.view-state") as reader:
        assert isinstance(reader, webmon.LogReader)
        sharing.tick()
        sharing.tick()
        assert reader.since(0).sequence == 1, "the present state, once"
        viewer.scene.camera.center = (0, 50, 60)
        viewer.scene.camera.zoom = 4
        viewer.dims.set_current_step(0, 3)
        sharing.tick()
        [_, record] = reader.since(0).records
        assert record["center"].tolist() == [0, 50, 60] and record["zoom"] == 4
        assert record["current_step"].tolist()[0] == 3 and record["point"].tolist()[0] == 3
        assert record["order"].tolist() == [0, 1, 2] and record["ndisplay"] == 2 and not record["grid"]
        assert (record["canvas_height"], record["canvas_width"], record["level"]) == (400, 600, 0)
        assert [record[edge] for edge in ("top", "left", "bottom", "right")] == [0, -15, 100, 135]
        viewer.dims.ndisplay = 3
        viewer.scene.camera.angles = (10, 20, 30)
        sharing.tick()
        record = reader.since(0).records[-1]
        assert record["ndisplay"] == 3 and record["angles"].tolist() == pytest.approx([10, 20, 30])
        assert math.isnan(record["top"]), "in three dimensions it is no rectangle"
        sharing.tick()
        assert reader.since(0).sequence == 3
    # Who comes later gets the present state.
    sharing.tick()
    with webmon.open("napari.view-state") as reader:
        assert isinstance(reader, webmon.LogReader)
        sharing.tick()
        assert reader.since(3).records["ndisplay"].tolist() == [3]


def test_another_number_of_axes_is_another_generation(viewer: ViewerModel, sharing: Sharing) -> None:
    def told() -> Any:
        sharing.tick()
        with webmon.open("napari.view-state") as reader:
            return reader.dtype["point"].shape, reader.metadata["axis_labels"]

    assert told()[0] == (2,)
    viewer.add_image(np.zeros((2, 3, 100, 200), "u1"), axis_labels=("t", "z", "y", "x"))
    assert told()[0] == (4,)
    viewer.dims.axis_labels = ("time", "depth", "down", "across")
    assert told() == ((4,), ["time", "depth", "down", "across"])


def test_the_view_of_the_tiles_while_it_is_wanted(viewer: ViewerModel, sharing: Sharing) -> None:
    viewer.add_image(np.zeros((100, 200), "u1"), scale=(2, 3), translate=(10, 20))
    viewer.scene.camera.center = (0, 50, 60)
    viewer.scene.camera.zoom = 2
    sharing.tick()
    with webmon.open("napari.tiles.view") as reader:
        assert isinstance(reader, webmon.FrameReader)
        assert reader.status.sequence == 0
        reader.subscribe()
        sharing.tick()
        sharing.tick()
        frame = reader.latest()
        assert frame is not None and reader.status.sequence == 1
        view = frame[0]
        assert [view[edge] for edge in ("top", "left", "bottom", "right")] == [-25, -45, 75, 105]
        assert (view["canvas_height"], view["canvas_width"], view["level"]) == (400, 600, 0)


# Real windows

RECTANGLES = """
    import napari, numpy as np
    from napari.settings import get_settings
    from webmon.napari._view import seen_rectangle
    from webmon.napari._tiled_layer import TiledLayer

    get_settings().experimental.async_ = False
    viewer = napari.Viewer()
    canvas = viewer.window._qt_viewer.canvas
    application = napari.Viewer and __import__("qtpy.QtWidgets", fromlist=["QApplication"]).QApplication.instance()

    def draw():
        for _ in range(5):
            application.processEvents()
        canvas._scene_canvas.on_draw(None)
        canvas.on_draw(None)

    def compare(what):
        draw()
        private = canvas._viewbox_corners_in_world[:, -2:]
        found = np.array(seen_rectangle(viewer)).reshape(2, 2)
        allowed = 1e-3 * np.abs(private[1] - private[0]).max() + 1e-6
        assert np.allclose(found, private, atol=allowed), (what, found, private)
        for layer in viewer.layers:
            tiled = TiledLayer(layer, viewer)
            corners = np.array(np.meshgrid(*private.T, indexing="ij")).reshape(2, -1).T
            point = np.array(viewer.dims.point)
            data = np.array([layer.world_to_data(np.concatenate([point[:-2], corner]))[list(tiled.axes)] for corner in corners])
            box = np.array(tiled.pixels.box(tuple(found.ravel()))).reshape(2, 2)
            size = np.abs(data.max(0) - data.min(0)).max()
            assert np.allclose(box, [data.min(0), data.max(0)], atol=2e-3 * size), (what, layer.name, box, data)

    base = np.random.default_rng(1).integers(0, 255, (2, 1024, 1024)).astype("u1")
    turned = viewer.add_image(base, name="turned", scale=(1, 0.5, 2), translate=(0, 100, -30), rotate=np.array([[1, 0, 0], [0, 0.8, -0.6], [0, 0.6, 0.8]]))
    plain = viewer.add_image(base[0, :300, :700], name="plain")
    compare("as it begins")
    camera = viewer.scene.camera
    rng = np.random.default_rng(2)
    for zoom in (0.01, 0.3, 1, 7.5, 200):
        camera.zoom = zoom
        camera.center = (0, *rng.uniform(-300, 900, 2))
        compare(("zoom and pan", zoom))
    for _ in range(3):
        viewer.window._qt_window.resize(*rng.integers(700, 1200, 2).tolist())
        compare("another canvas")
    viewer.canvas.grid.enabled = True
    compare("grid")
    camera.zoom = 0.7
    camera.center = (0, 200, 300)
    compare("grid, zoomed")
    viewer.canvas.grid.enabled = False
    plain.rotate = 30
    plain.shear = [0.2]
    compare("turned and sheared")
    viewer.dims.set_current_step(0, 1)
    compare("another slice")
    viewer.dims.order = (0, 2, 1)
    draw()
    assert TiledLayer(turned, viewer).axes == tuple(turned._slice_input.displayed)
    assert TiledLayer(plain, viewer).axes == tuple(plain._slice_input.displayed)
    print("compared")
    viewer.close()
"""


def test_the_rectangle_is_naparis_own(napari_script: Callable[[str], str]) -> None:
    assert "compared" in napari_script(RECTANGLES)


ASYNCHRONOUS = """
    import time
    import napari, numpy as np, webmon
    from napari.settings import get_settings
    from qtpy.QtWidgets import QApplication
    from webmon._tile_memory import CACHED, DRAWN, LOADING, WANTED
    from webmon.napari._frame_times import FrameTimes
    from webmon.napari._loads import Loads
    from webmon.napari._sharing import Sharing
    from webmon.napari._tiles import Tiles
    from webmon.napari._window import Ticker

    class Slow:
        def __init__(self, data):
            self.inner, self.shape, self.dtype, self.ndim, self.size = data, data.shape, data.dtype, data.ndim, data.size
            self.chunks, self.read, self.threads = (128, 128), 0, set()

        def __getitem__(self, key):
            time.sleep(0.2)
            part = self.inner[key]
            self.read += 1
            self.threads.add(threading.get_ident())
            return part

        def __array__(self, dtype=None, copy=None):
            return self[...]

    import os, threading

    picture = np.random.default_rng(3).integers(0, 255, (2048, 2048)).astype("u1")
    finest = Slow(picture)
    get_settings().experimental.async_ = True
    viewer = napari.Viewer()
    layer = viewer.add_image([finest, picture[::2, ::2]], multiscale=True, contrast_limits=[0, 255])
    sharing = Sharing(viewer, "napari", os.environ["WEBMON_DIR"], [FrameTimes, Loads, Tiles])
    ticker = Ticker(viewer, sharing.tick, sharing.close)
    application = QApplication.instance()
    drawn = []
    draws = viewer.window._qt_viewer.canvas._scene_canvas.events.draw
    draws.connect(drawn.append)

    def wait(what, condition):
        end = time.monotonic() + 40
        while not condition():
            assert time.monotonic() < end, what
            application.processEvents()
            time.sleep(0.001)

    wait("the first draw", lambda: drawn and layer.loaded)
    tiles, loads, frames = (webmon.open("napari." + name) for name in ("tiles", "chunk-loads", "frame-times"))
    wait("the present states", lambda: DRAWN in tiles.since(0).records["state"])
    # What was drawn until now is told now, and counted no more.
    sharing.tick()
    begin, first, finest.read = tiles.since(0).sequence, frames.status.sequence, 0
    drawn.clear()
    viewer.scene.camera.zoom = 2
    viewer.scene.camera.center = (0, 700, 900)
    wait("the level", lambda: layer.data_level == 0 and layer.loaded and finest.read > 0)
    wait("drawn", lambda: DRAWN in tiles.since(begin).records["state"][tiles.since(begin).records["level"] == 0])
    events = tiles.since(begin).records
    of_finest = events[(events["level"] == 0)]
    (row, column) = of_finest["row"][0], of_finest["column"][0]
    # Of a tile that is seen in the end: it is asked for or loading, then there, then drawn.
    last = of_finest[of_finest["state"] == DRAWN][-1]
    of_tile = of_finest[(of_finest["row"] == last["row"]) & (of_finest["column"] == last["column"])]["state"].tolist()
    assert of_tile[-1] == DRAWN and CACHED in of_tile and {WANTED, LOADING} & set(of_tile), of_tile
    assert of_tile.index(LOADING) < of_tile.index(CACHED), of_tile
    assert threading.get_ident() not in finest.threads, "not on the viewer's thread"

    def ended():
        told = loads.since(0).records
        return told[(told["level"] == 0) & ~told["failed"]]

    # The last one perhaps at the next tick.
    wait("as many loads as reads", lambda: len(ended()) == finest.read)
    assert (ended()["load_ms"] >= 200).all(), ended()
    # Synchronous again.
    get_settings().experimental.async_ = False
    finest.threads.clear()
    count = finest.read
    viewer.scene.camera.center = (0, 1700, 300)
    wait("another place", lambda: finest.read > count)
    wait("its load", lambda: (lambda all: (all["level"] == 0).sum())(loads.since(0).records) >= finest.read)
    for _ in range(20):
        application.processEvents()
    wait("frames", lambda: frames.status.sequence - first >= len(drawn) > 0)
    times = frames.since(first).records
    assert (times["frame_ms"] > 0).all() and len(times) <= len(drawn) + 2, (len(times), len(drawn))
    assert (times["interval_ms"][1:] > 0).all()
    # Nobody looks any more: nothing stays.
    for reader in (tiles, loads, frames):
        reader.close()
    wait("the taps to go", lambda: layer.data[0] is finest)
    count = len(draws.callbacks)
    sharing.close()
    ticker.stop()
    assert layer.data[0] is finest and len(draws.callbacks) == count
    assert webmon.streams() == []
    print("told")
    viewer.close()
"""


def test_slicing_in_the_background_and_frames(napari_script: Callable[[str], str]) -> None:
    assert "told" in napari_script(ASYNCHRONOUS)
