"""States of tiles, against what napari really reads and holds."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import dask
import dask.array as da
import numpy as np
import pytest
import webmon
import zarr
from napari.components import ViewerModel
from webmon._tile_log import TileLog
from webmon._tile_memory import CACHED, DRAWN, EVICTED, FAILED, RESTATED
from webmon.napari._axes import displayed_axes
from webmon.napari._layers import Layers
from webmon.napari._live_frame import LiveFrame
from webmon.napari._load import Tap
from webmon.napari._loads import Loads
from webmon.napari._part import MakePart
from webmon.napari._sharing import Sharing
from webmon.napari._tiled_layer import TiledLayer
from webmon.napari._tiles import Tiles
from webmon.napari._view import seen_rectangle

Picture = np.ndarray[Any, np.dtype[np.uint16]]
TILE = 64


class Lazy:
    """A level on a slow disk, which notes the tiles that are read of it."""

    def __init__(self, data: Picture) -> None:
        self._data = data
        self.shape, self.dtype, self.ndim, self.size = data.shape, data.dtype, data.ndim, data.size
        self.chunks = (1,) * (data.ndim - 2) + (TILE, TILE)
        self.read: set[tuple[int, int]] = set()
        self.broken = False

    def __getitem__(self, key: Any) -> Picture:
        if self.broken:
            raise OSError("the disk is gone")
        part: Picture = np.array(self._data[key])
        rows, columns = (range(extent)[each] for extent, each in zip(self.shape[-2:], key[-2:], strict=True))
        self.read |= {(row, column) for row in range(rows[0] // TILE, rows[-1] // TILE + 1) for column in range(columns[0] // TILE, columns[-1] // TILE + 1)}
        return part

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Picture:
        return self[(slice(None),) * self.ndim]


class Page:
    """What a page believes of the tiles."""

    def __init__(self) -> None:
        self.reader = webmon.open("napari.tiles")
        assert isinstance(self.reader, webmon.LogReader)
        self.sequence = 0
        self.states: dict[tuple[int, int, int, int], int] = {}
        self.bytes: dict[tuple[int, int, int, int], int] = {}
        self.milliseconds: dict[tuple[int, int, int, int], float] = {}

    def read(self) -> Any:
        found = self.reader.since(self.sequence)  # type: ignore[union-attr]
        self.sequence = found.sequence
        for event in found.records:
            place = tuple(int(event[name]) for name in ("layer", "level", "row", "column"))
            if event["state"] == RESTATED:
                self.states.clear()
            elif event["state"] == EVICTED:
                self.states.pop(place, None)  # type: ignore[call-overload]
            else:
                self.states[place] = int(event["state"])  # type: ignore[index]
                if event["nbytes"]:
                    self.bytes[place] = int(event["nbytes"])  # type: ignore[index]
                    self.milliseconds[place] = float(event["milliseconds"])  # type: ignore[index]
        return found.records

    def tiles(self, state: int, level: int, layer: int = 0) -> set[tuple[int, int]]:
        return {place[2:] for place, found in self.states.items() if found == state and place[:2] == (layer, level)}


@pytest.fixture
def picture() -> Picture:
    return np.random.default_rng(5).integers(0, 60000, (1024, 1024)).astype("u2")


@pytest.fixture
def viewer() -> Iterator[ViewerModel]:
    made = ViewerModel()
    made.canvas.size = (200, 300)
    yield made
    made.layers.clear()


@pytest.fixture
def share(viewer: ViewerModel, directory: Path) -> Iterator[Callable[..., Sharing]]:
    made: list[Sharing] = []

    def make(*before: MakePart) -> Sharing:
        made.append(Sharing(viewer, "napari", str(directory), [*before, Loads, Tiles]))
        return made[-1]

    yield make
    for each in made:
        each.close()


@pytest.fixture
def look() -> Iterator[Callable[[Sharing], Page]]:
    pages: list[Page] = []

    def make(sharing: Sharing) -> Page:
        pages.append(Page())
        sharing.tick()
        pages[-1].read()
        return pages[-1]

    yield make
    for page in pages:
        page.reader.close()


def pyramid(picture: Picture, levels: int = 3) -> list[Lazy]:
    return [Lazy(picture[..., :: 2**level, :: 2**level]) for level in range(levels)]


def draw(viewer: ViewerModel) -> None:
    """What a window does at each draw."""
    rectangle = seen_rectangle(viewer)
    assert rectangle is not None
    for layer in viewer.layers:
        layer._update_draw(1 / viewer.scene.camera.zoom, np.array(rectangle).reshape(2, 2), np.array(viewer.canvas.size))


def see(viewer: ViewerModel, y: float, x: float, zoom: float) -> None:
    viewer.scene.camera.center = (0, y, x)
    viewer.scene.camera.zoom = zoom
    draw(viewer)


def block(rows: tuple[int, int], columns: tuple[int, int]) -> set[tuple[int, int]]:
    return {(row, column) for row in range(*rows) for column in range(*columns)}


def in_view(layer: Any, viewer: ViewerModel, level: int) -> set[tuple[int, int]]:
    """The tiles that have a part in the view, by napari's transforms, pixel by pixel's edge."""
    rectangle = seen_rectangle(viewer)
    assert rectangle is not None
    low, high = (np.asarray(layer.world_to_data(rectangle[at : at + 2])) + 0.5 for at in (0, 2))
    factor = layer.downsample_factors[level]
    begin, end = np.maximum(low / factor, 0), np.minimum(high / factor, layer.level_shapes[level])
    return block(*((int(a // TILE), int(-(-b // TILE))) for a, b in zip(begin, end, strict=True)))


def test_a_pan_over_a_pyramid(viewer: ViewerModel, share: Any, look: Any, picture: Picture) -> None:
    levels = pyramid(picture)
    layer = viewer.add_image(levels, multiscale=True, contrast_limits=[0, 1], scale=(0.5, 0.5), translate=(10, 20))
    see(viewer, 260, 200, 2)
    sharing = share()
    page = look(sharing)
    everywhere: set[tuple[int, int]] = set()
    assert layer.data_level == 0
    for y, x in ((260, 200), (262, 203), (300, 260), (400, 420), (150, 40), (-40, 10)):
        levels[0].read.clear()
        see(viewer, y, x, 2)
        sharing.tick()
        events = page.read()
        assert layer.data_level == 0
        corners = layer.corner_pixels // TILE
        held = block(*((int(low), int(high) + 1) for low, high in corners.T))
        assert levels[0].read <= held and (not levels[0].read or levels[0].read == held)
        assert page.tiles(DRAWN, 0) == held & in_view(layer, viewer, 0)
        assert page.tiles(CACHED, 0) == held - in_view(layer, viewer, 0)
        # The coarsest level is held whole, for the thumbnail.
        assert page.tiles(CACHED, 2) == block((0, 4), (0, 4))
        loaded = {(int(each["row"]), int(each["column"])) for each in events if each["level"] == 0 and each["nbytes"]}
        assert loaded == levels[0].read
        everywhere |= loaded
    assert all(page.milliseconds[(0, 0, *place)] > 0 and page.bytes[(0, 0, *place)] == TILE * TILE * 2 for place in everywhere)
    # Another level: what was held is evicted.
    see(viewer, 260, 260, 0.4)
    sharing.tick()
    page.read()
    assert layer.data_level == 2 and page.tiles(DRAWN, 0) == page.tiles(CACHED, 0) == set()
    assert page.tiles(DRAWN, 2) == block((0, 4), (0, 4)) & in_view(layer, viewer, 2)
    # What is not visible is not on screen.
    layer.visible = False
    sharing.tick()
    page.read()
    assert DRAWN not in page.states.values()
    layer.visible = True
    sharing.tick()
    page.read()
    assert page.tiles(DRAWN, 2) != set()


def test_a_page_that_comes_late_knows_all(viewer: ViewerModel, share: Any, look: Any, picture: Picture) -> None:
    viewer.add_image(pyramid(picture), multiscale=True, contrast_limits=[0, 1])
    see(viewer, 300, 300, 1)
    sharing = share()
    first = look(sharing)
    see(viewer, 700, 700, 1)
    sharing.tick()
    first.read()
    late = look(sharing)
    assert late.states == first.states and DRAWN in late.states.values()
    for page in (first, late):
        page.reader.close()
    sharing.tick()
    see(viewer, 100, 100, 1)
    sharing.tick()
    again = look(sharing)
    assert DRAWN in again.states.values() and again.states != first.states


def test_tiles_that_fail(viewer: ViewerModel, share: Any, look: Any, picture: Picture) -> None:
    levels = pyramid(picture)
    layer = viewer.add_image(levels, multiscale=True, contrast_limits=[0, 1])
    see(viewer, 200, 200, 1)
    sharing = share()
    page = look(sharing)
    levels[0].broken = True
    with pytest.raises(OSError, match="the disk is gone"):
        see(viewer, 800, 800, 1)
    sharing.tick()
    page.read()
    corners = layer.corner_pixels // TILE
    asked = block(*((int(low), int(high) + 1) for low, high in corners.T))
    assert page.tiles(FAILED, 0) == asked
    levels[0].broken = False
    layer.refresh()
    sharing.tick()
    page.read()
    assert page.tiles(FAILED, 0) == set() and page.tiles(DRAWN, 0) == in_view(layer, viewer, 0)


def test_planes_of_a_stack(viewer: ViewerModel, share: Any, look: Any, picture: Picture) -> None:
    layer = viewer.add_image([Lazy(np.stack([picture] * 3)[..., :: 2**level, :: 2**level]) for level in range(2)], multiscale=True, contrast_limits=[0, 1])
    see(viewer, 512, 512, 2)
    sharing = share()
    page = look(sharing)
    drawn = page.tiles(DRAWN, 0)
    assert drawn
    layer.data[0].read.clear()
    viewer.dims.set_current_step(0, 2)
    sharing.tick()
    page.read()
    assert page.tiles(DRAWN, 0) == drawn <= layer.data[0].read
    # Beyond the stack nothing is drawn.
    viewer.add_image(np.zeros((9, 4, 4), "u1"), name="longer")
    viewer.dims.set_current_step(0, 8)
    sharing.tick()
    page.reader.close()
    page = look(sharing)
    assert page.tiles(DRAWN, 0) == set() and page.tiles(DRAWN, 0, layer=1) <= {(0, 0)}


def test_chunks_of_dask_that_its_cache_keeps(viewer: ViewerModel, share: Any, look: Any, picture: Picture) -> None:
    made: list[tuple[int, int]] = []

    def part(block_info: Any = None) -> Picture:
        (top, bottom), (left, right) = block_info[None]["array-location"]
        made.append((top // TILE, left // TILE))
        return picture[top:bottom, left:right]

    with dask.config.set(scheduler="synchronous"):
        finest = da.map_blocks(part, dtype="u2", chunks=((TILE,) * 16, (TILE,) * 16), meta=np.zeros((0, 0), "u2"))
        layer = viewer.add_image([finest, picture[::4, ::4]], multiscale=True, contrast_limits=[0, 1])
        see(viewer, 300, 300, 4)
        sharing = share()
        page = look(sharing)
        see(viewer, 600, 600, 4)
        sharing.tick()
        page.read()
        there = page.tiles(DRAWN, 0)
        made.clear()
        see(viewer, 900, 900, 4)
        sharing.tick()
        page.read()
        corners = layer.corner_pixels // TILE
        assert set(made) == block(*((int(low), int(high) + 1) for low, high in corners.T)), "nothing that it had already"
        assert there <= page.tiles(CACHED, 0), "napari's cache has them"
        made.clear()
        see(viewer, 600, 600, 4)
        sharing.tick()
        page.read()
        assert page.tiles(DRAWN, 0) == there and made == []
        from napari.utils import resize_dask_cache

        size = resize_dask_cache().cache.available_bytes
        resize_dask_cache(1)
        resize_dask_cache().cache.clear()
        sharing.part(Tiles)._next_look = 0.0
        sharing.tick()
        page.read()
        assert page.tiles(CACHED, 0) | page.tiles(DRAWN, 0) == block(*((int(low), int(high) + 1) for low, high in (layer.corner_pixels // TILE).T))
        resize_dask_cache(size)


def test_layers_that_come_and_go(viewer: ViewerModel, share: Any, picture: Picture) -> None:
    sharing = share(Layers)
    assert webmon.streams() == [] or "napari.tiles" not in {each.name for each in webmon.streams()}

    def told() -> Any:
        sharing.tick()
        with webmon.open("napari.tiles") as reader:
            return reader.metadata

    stored = zarr.create_array(zarr.storage.MemoryStore(), shape=(1000, 900), chunks=(100, 300), dtype="u2")
    first = viewer.add_image(stored, name="stored", scale=(0.5, 0.25), translate=(10, 20))
    metadata = told()
    [layer] = metadata["layers"]
    assert layer["name"] == "stored" and layer["translate"] == [40 - 1, 80 - 0.5], "in pixels of the lowest layer"
    assert layer["levels"] == [{"shape": [1000, 900], "tile": [100, 300], "scale": [2, 1]}]
    assert layer["pixels"] == "napari.layer.stored" and metadata["target"] == "napari" and metadata["image"] == "napari"
    # Data in memory are one tile; the data of a stack have no stream of their whole.
    viewer.add_image(np.zeros((3, 50, 60), "u1"), name="plain")
    viewer.add_labels(da.zeros((300, 200), chunks=((100, 100, 100), (150, 50)), dtype="u1"), name="cells")
    viewer.add_points(np.zeros((3, 2)))
    plain, cells = told()["layers"][1:]
    assert plain["levels"][0] == {"shape": [50, 60], "tile": [50, 60], "scale": [4, 4]} and "pixels" not in plain
    assert cells["levels"][0]["tile"] == [100, 150] and cells["translate"] == [-2, -2]
    first.scale = (1, 1)
    assert told()["layers"][0]["levels"][0]["scale"] == [1, 1]
    first.name = "renamed"
    end = time.monotonic() + 30
    while told()["layers"][0].get("pixels") != "napari.layer.renamed":
        assert time.monotonic() < end, told()["layers"][0]
        time.sleep(0.02)
    assert told()["layers"][0]["name"] == "renamed"
    viewer.layers.move(0, 3)
    assert [layer["name"] for layer in told()["layers"]] == ["plain", "cells", "renamed"]
    viewer.dims.order = (0, 2, 1)
    assert told()["layers"][0]["levels"][0]["shape"] == [60, 50]
    viewer.layers.clear()
    sharing.tick()
    assert "napari.tiles" not in {each.name for each in webmon.streams()}


def test_a_turned_layer_lies_straight(viewer: ViewerModel, share: Any, picture: Picture) -> None:
    viewer.add_image(picture, name="turned", rotate=30, scale=(2, 3), translate=(100, 50))
    viewer.add_image(picture, name="the same way", rotate=30, scale=(1, 1))
    share()
    with webmon.open("napari.tiles") as reader:
        turned, other = reader.metadata["layers"]
    assert turned["translate"] == pytest.approx([49.5, 24.25]) and turned["levels"][0]["scale"] == pytest.approx([1, 1.5])
    assert other["levels"][0]["scale"] == pytest.approx([0.5, 0.5])


@pytest.mark.parametrize(
    "way", [{"scale": (-1, 1)}, {"scale": (1, -0.5), "translate": (3, 4)}, {"scale": (-2, -2)}, {"affine": [[-1, 0, 9], [0, 1, 0], [0, 0, 1]]}]
)
def test_a_mirrored_layer_lies_as_its_rows_do(viewer: ViewerModel, share: Any, look: Any, picture: Picture, way: dict[str, Any]) -> None:
    layer = viewer.add_image(pyramid(picture, 1)[0], contrast_limits=[0, 1], **way)
    # What is seen are rows and columns 100 to 200 of it, at least.
    y, x = layer.data_to_world((150, 150))
    see(viewer, y, x, 1)
    sharing = share()
    page = look(sharing)
    with webmon.open("napari.tiles.view") as view:
        sharing.tick()
        seen = view.latest(copy=True)[0]  # type: ignore[union-attr]
    [told] = page.reader.metadata["layers"]
    edges = []
    for low, high, corner, scale in zip((seen["top"], seen["left"]), (seen["bottom"], seen["right"]), told["translate"], told["levels"][0]["scale"], strict=True):
        begin, end = (low - corner) / scale / TILE, (high - corner) / scale / TILE
        edges.append((max(0, int(np.floor(begin + 1e-9))), min(16, int(np.ceil(end - 1e-9)))))
    assert page.tiles(DRAWN, 0) == block(*edges) == in_turned_view(layer, viewer)


def in_turned_view(layer: Any, viewer: ViewerModel) -> set[tuple[int, int]]:
    """The tiles that have a part in the view, tile by tile: the middle of each of their pixels' edges."""
    top, left, bottom, right = seen_rectangle(viewer) or (0, 0, 0, 0)
    found = set()
    for row in range(16):
        for column in range(16):
            corners = [layer.data_to_world(((row + down) * TILE - 0.5, (column + across) * TILE - 0.5)) for down in (0, 1) for across in (0, 1)]
            (low_y, low_x), (high_y, high_x) = np.min(corners, 0), np.max(corners, 0)
            if low_y < bottom and high_y > top and low_x < right and high_x > left:
                found.add((row, column))
    return found


def test_a_slice_in_three_dimensions(viewer: ViewerModel) -> None:
    viewer.add_image(np.zeros((40, 6, 32, 32), "u1"))
    small = viewer.add_image(np.zeros((10, 4, 32, 32), "u1"))
    viewer.dims.ndisplay = 3
    for order in ((1, 0, 2, 3), (0, 1, 2, 3), (2, 1, 0, 3)):
        viewer.dims.order = order
        for place in ((30, 5, 31, 31), (5, 5, 5, 5), (30, 1, 1, 1), (1, 1, 1, 1)):
            viewer.dims.set_point(range(4), place)
            assert TiledLayer(small, viewer).has_slice(viewer) == (not small._slice.empty), (order, place)


@pytest.mark.parametrize(("ndim", "order", "axes"), [(2, (0, 1), (0, 1)), (2, (0, 2, 1), (1, 0)), (3, (2, 0, 1), (0, 1)), (2, (2, 0, 1), (1, 0)), (2, (1, 2, 0), (0, 1)), (3, (1, 2, 0), (2, 0))])
def test_displayed_axes_are_naparis(ndim: int, order: tuple[int, ...], axes: tuple[int, int]) -> None:
    viewer = ViewerModel()
    layer = viewer.add_image(np.zeros((4,) * ndim))
    if ndim < len(order):
        viewer.add_image(np.zeros((4,) * len(order)))
    viewer.dims.order = order
    assert displayed_axes(ndim, viewer.dims.order) == axes == tuple(layer._slice_input.displayed)
    viewer.layers.clear()


def test_loads_from_many_threads(viewer: ViewerModel, share: Any, look: Any, picture: Picture) -> None:
    layer = viewer.add_image(pyramid(picture), multiscale=True, contrast_limits=[0, 1])
    see(viewer, 300, 300, 1)
    sharing = share()
    page = look(sharing)

    def read() -> None:
        for row in range(16):
            layer.data[0][row * TILE : (row + 1) * TILE, :TILE]

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    sharing.tick()
    page.read()
    assert {(row, 0) for row in range(16)} <= page.tiles(CACHED, 0) | page.tiles(DRAWN, 0)
    assert isinstance(next(iter(sharing.part(Loads).taps.places)), Tap)
    assert isinstance(sharing.part(Loads).layers.layers[0], TiledLayer)


@pytest.mark.parametrize("step", ["described", "requested"])
def test_a_layer_that_raises_leaves_the_others(
    viewer: ViewerModel, share: Any, look: Any, picture: Picture, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, step: str
) -> None:
    bad = viewer.add_image(picture, name="bad")
    viewer.add_image(picture, name="good")
    does = getattr(TiledLayer, step)

    def raises(tiled: TiledLayer, *arguments: Any) -> Any:
        if tiled.layer is bad:
            raise OSError("it is gone")
        return does(tiled, *arguments)

    monkeypatch.setattr(TiledLayer, step, raises)
    sharing = share()
    page = look(sharing)
    for scale in (2, 3):
        sharing.tick()
        page.read()
        assert page.tiles(DRAWN, 0, layer=0 if step == "described" else 1) == {(0, 0)}
        bad.scale = (scale, scale)
        sharing.tick()
        page.reader.close()
        page = look(sharing)
    page.reader.close()
    assert caplog.text.count("the layer 'bad' is left out of the tiles: OSError: it is gone") == 1
    assert isinstance(sharing.part(Tiles), Tiles)


def test_a_load_that_ends_in_the_view_is_drawn(viewer: ViewerModel, share: Any, look: Any, picture: Picture) -> None:
    layer = viewer.add_image(pyramid(picture, 1)[0], contrast_limits=[0, 1])
    see(viewer, 512, 512, 0.1)
    sharing = share()
    page = look(sharing)
    layer.data[:TILE, :TILE]
    for _ in range(2):
        sharing.tick()
    page.read()
    assert page.tiles(DRAWN, 0) == block((0, 16), (0, 16)), "read by others, and napari still shows it"
    assert page.bytes[(0, 0, 0, 0)] == TILE * TILE * 2


def test_a_log_that_is_closed_while_others_load(viewer: ViewerModel, share: Any, look: Any, picture: Picture, monkeypatch: pytest.MonkeyPatch) -> None:
    layer = viewer.add_image(pyramid(picture, 1)[0], contrast_limits=[0, 1])
    sharing = share()
    page = look(sharing)
    tiles = sharing.part(Tiles)
    said: list[bool] = []
    threads: list[threading.Thread] = []
    close = TileLog.close

    def close_slowly(log: TileLog) -> None:
        close(log)
        threads.append(threading.Thread(target=lambda: said.append(tiles.wants_loads)))
        threads[-1].start()
        threads[-1].join(0.1)

    monkeypatch.setattr(TileLog, "close", close_slowly)
    layer.scale = (2, 3)
    sharing.tick()
    page.reader.close()
    sharing.close()
    for thread in threads:
        thread.join()
    assert said == [False, False]


def test_a_live_layer_keeps_its_data(viewer: ViewerModel, share: Any, look: Any) -> None:
    frame = LiveFrame(np.zeros((1000, 600), "u2"))
    layer = viewer.add_image(frame, contrast_limits=(0, 1))
    sharing = share()
    page = look(sharing)
    page.read()
    assert layer.data is frame, "nothing of it is loaded, so nothing is measured"
    with webmon.open("napari.tiles") as reader:
        assert reader.metadata["layers"][0]["levels"][0]["tile"] == [1000, 600]
