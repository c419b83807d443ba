"""Loads of a viewer's layers, against what was really read."""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import dask
import dask.array as da
import numpy as np
import pytest
import webmon
import zarr
from dask.callbacks import Callback
from napari.components import ViewerModel
from webmon.napari import tap, tap_layers
from webmon.napari._array_tap import TappedArray, cut
from webmon.napari._load import Load, LoadQueue, Tap, listening
from webmon.napari._loads import Loads
from webmon.napari._sharing import Sharing

Picture = np.ndarray[Any, np.dtype[np.uint16]]


class Lazy:
    """An array on a slow disk, which notes what is read of it."""

    def __init__(self, data: Picture, chunks: tuple[int, ...] | None = None) -> None:
        self._data = data
        self.shape, self.dtype, self.ndim, self.size = data.shape, data.dtype, data.ndim, data.size
        if chunks is not None:
            self.chunks = chunks
        self.read: list[tuple[Any, int]] = []
        self.broken = False

    def __getitem__(self, key: Any) -> Picture:
        if self.broken:
            raise OSError("the disk is gone")
        part: Picture = np.array(self._data[key])
        self.read.append((key, part.nbytes))
        return part

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Picture:
        return self[...]


class Later:
    """An array whose parts are lazy too."""

    def __init__(self, data: Picture) -> None:
        self._data = data
        self.shape, self.dtype, self.ndim, self.size = data.shape, data.dtype, data.ndim, data.size

    def __getitem__(self, key: Any) -> Later:
        return Later(self._data[key])

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Picture:
        return np.array(self._data, dtype)


@pytest.fixture
def picture() -> Picture:
    return np.random.default_rng(5).integers(0, 60000, (512, 512)).astype("u2")


@pytest.fixture
def viewer() -> Iterator[ViewerModel]:
    made = ViewerModel()
    yield made
    made.layers.clear()


class Shared:
    def __init__(self, viewer: ViewerModel, directory: Path) -> None:
        self.sharing = Sharing(viewer, "napari", str(directory), [Loads])
        self.reader: Any = None
        self.sequence = 0

    def look(self) -> None:
        """As a page does."""
        self.reader = webmon.open("napari.chunk-loads")
        self.sharing.tick()

    def leave(self) -> None:
        self.reader.close()
        self.sharing.tick()

    def records(self) -> Any:
        self.sharing.tick()
        found = self.reader.since(self.sequence)
        self.sequence = found.sequence
        return found.records


@pytest.fixture
def share(viewer: ViewerModel, directory: Path) -> Iterator[Callable[[], Shared]]:
    made: list[Shared] = []

    def make() -> Shared:
        made.append(Shared(viewer, directory))
        return made[-1]

    yield make
    for each in made:
        if each.reader is not None:
            each.reader.close()
        each.sharing.close()
    assert listening == [] and not Callback.active


def test_an_array_as_it_is_read(viewer: ViewerModel, share: Callable[[], Shared], picture: Picture) -> None:
    lazy = Lazy(picture, (128, 128))
    layer = viewer.add_image(lazy, name="slow", contrast_limits=[0, 1])
    shared = share()
    shared.sharing.tick()
    assert layer.data is lazy, "nothing is replaced while nobody looks"
    shared.look()
    lazy.read.clear()
    layer.refresh()
    records = shared.records()
    assert len(records) == len(lazy.read) == 1
    [record] = records
    assert record["nbytes"] == lazy.read[0][1] == picture.nbytes
    assert (record["layer"], record["source"], record["level"]) == (b"slow", b"array", 0)
    assert [record[name] for name in ("row", "column", "rows", "columns")] == [0, 0, 4, 4]
    assert record["load_ms"] > 0 and not record["hit"] and not record["failed"]
    # What a part of it is.
    assert (layer.data[130:260, 400] == picture[130:260, 400]).all()
    [record] = shared.records()
    assert [record[name] for name in ("row", "column", "rows", "columns")] == [1, 3, 2, 1] and record["nbytes"] == 260
    shared.leave()
    assert layer.data is lazy
    assert isinstance(layer.data, Lazy)


def test_nothing_is_changed_but_that_it_is_measured(viewer: ViewerModel, share: Callable[[], Shared], picture: Picture) -> None:
    layer = viewer.add_image(Lazy(picture), contrast_limits=[3, 900])
    told = []
    layer.events.data.connect(told.append)
    layer.events.contrast_limits.connect(told.append)
    shared = share()
    shared.look()
    data = layer.data
    assert type(data) is TappedArray and isinstance(data, Lazy)
    assert data.shape == (512, 512) and data.read is not None and not hasattr(data, "chunks")
    assert type(copy.copy(data)) is Lazy and type(copy.deepcopy(data)) is Lazy
    assert layer.contrast_limits == [3, 900] and told == []
    # Another array in its place is another array afterwards, too.
    other = Lazy(picture + 1)
    layer.data = other
    shared.sharing.tick()
    assert type(layer.data) is TappedArray
    shared.sharing.close()
    assert layer.data is other


def test_failed_loads(viewer: ViewerModel, share: Callable[[], Shared], picture: Picture) -> None:
    lazy = Lazy(picture)
    layer = viewer.add_image(lazy, contrast_limits=[0, 1])
    shared = share()
    shared.look()
    lazy.broken = True
    with pytest.raises(OSError, match="the disk is gone"):
        layer.refresh()
    [record] = shared.records()
    assert record["failed"] and record["nbytes"] == 0 and record["load_ms"] >= 0
    lazy.broken = False
    layer.refresh()
    assert not shared.records()["failed"].any()


def test_parts_that_are_lazy_are_measured_when_they_are_read(viewer: ViewerModel, share: Callable[[], Shared], picture: Picture) -> None:
    layer = viewer.add_image(Later(picture), contrast_limits=[0, 1])
    shared = share()
    shared.look()
    part = layer.data[100:200]
    assert len(shared.records()) == 0
    assert (np.asarray(part[:, 7]) == picture[100:200, 7]).all()
    [record] = shared.records()
    assert record["nbytes"] == 200


def zarrs(picture: Picture, levels: int = 3, chunk: int = 64) -> list[Any]:
    made = []
    for level in range(levels):
        part = picture[:: 2**level, :: 2**level]
        made.append(zarr.create_array(zarr.storage.MemoryStore(), shape=part.shape, chunks=(chunk, chunk), dtype="u2", compressors=None))
        made[-1][:] = part
    return made


def chunks_of(records: Any) -> list[tuple[int, int, int]]:
    return sorted((int(each["level"]), int(each["row"]), int(each["column"])) for each in records)


def test_chunks_of_zarr(viewer: ViewerModel, share: Callable[[], Shared], picture: Picture) -> None:
    levels = zarrs(picture)
    layer = viewer.add_image(levels, multiscale=True, name="slide", contrast_limits=[0, 1])
    shared = share()
    shared.look()
    assert type(layer.data[0]) is zarr.Array and layer.data[0] is not levels[0]
    assert (layer.data[0][100:300, 0:64] == picture[100:300, 0:64]).all()
    records = shared.records()
    assert chunks_of(records) == [(0, row, 0) for row in range(1, 5)]
    assert (records["nbytes"] == 64 * 64 * 2).all() and (records["source"] == b"zarr").all() and not records["hit"].any()
    assert (records["load_ms"] > 0).all() and (records["rows"] == 1).all()
    # The user's own array is not told of, and stays as it was.
    assert levels[0][0, 0] == picture[0, 0] and len(shared.records()) == 0
    # It can be written to.
    layer.data[0][0, 0] = 7
    assert levels[0][0, 0] == 7
    shared.leave()
    assert [layer.data[level] is levels[level] for level in range(3)] == [True] * 3


def test_hits_of_zarrs_cache(viewer: ViewerModel, share: Callable[[], Shared], picture: Picture) -> None:
    from zarr.experimental.cache_store import CacheStore

    source = zarr.storage.MemoryStore()
    zarr.create_array(source, shape=(512, 512), chunks=(128, 128), dtype="u2", compressors=None)[:] = picture
    cached = zarr.open_array(CacheStore(source, cache_store=zarr.storage.MemoryStore()), mode="r")
    layer = viewer.add_image(cached, contrast_limits=[0, 1])
    shared = share()
    shared.look()
    shared.records()
    assert (layer.data[:128, :256] == picture[:128, :256]).all()
    again = shared.records()
    assert len(again) == 2 and again["hit"].all(), "napari had read all of it before"


def test_a_chunk_that_zarr_cannot_read(viewer: ViewerModel, share: Callable[[], Shared], picture: Picture) -> None:
    class Broken(zarr.storage.WrapperStore):  # type: ignore[misc, unused-ignore]
        broken = False

        async def get(self, key: str, prototype: Any, byte_range: Any = None) -> Any:
            if Broken.broken and key == "c/1/1":
                raise OSError("the disk is gone")
            return await self._store.get(key, prototype, byte_range)

    source = zarr.storage.MemoryStore()
    zarr.create_array(source, shape=(512, 512), chunks=(256, 256), dtype="u2")[:] = picture
    layer = viewer.add_image(zarr.open_array(Broken(source), mode="r"), contrast_limits=[0, 1])
    shared = share()
    shared.look()
    Broken.broken = True
    with pytest.raises(OSError, match="the disk is gone"):
        layer.refresh()
    records = shared.records()
    assert chunks_of(records[records["failed"]]) == [(0, 1, 1)]


def test_a_layer_that_gets_fewer_levels(viewer: ViewerModel, share: Callable[[], Shared], picture: Picture) -> None:
    [other] = zarrs(picture, 1)
    first = viewer.add_image(other, name="other", contrast_limits=[0, 1])
    layer = viewer.add_image(zarrs(picture), multiscale=True, name="slide", contrast_limits=[0, 1])
    last = viewer.add_image(other, name="last", contrast_limits=[0, 1])
    shared = share()
    shared.look()
    fewer = zarrs(picture, 2)
    layer.data = fewer
    shared.records()
    assert (layer.data[1][:64, :64] == fewer[1][:64, :64]).all()
    assert chunks_of(shared.records()) == [(1, 0, 0)], "it is followed as before"
    layer.data = fewer[:1]
    shared.reader.close()
    shared.sharing.close()
    assert first.data is other and last.data is other and layer.data[0] is fewer[0]
    assert webmon.streams() == []


def test_a_layer_that_cannot_be_tapped_leaves_the_others(
    viewer: ViewerModel, share: Callable[[], Shared], picture: Picture, caplog: pytest.LogCaptureFixture
) -> None:
    class Strange(Lazy):
        @property
        def store(self) -> Any:
            raise OSError("the bucket is gone")

    viewer.add_image(Strange(picture), name="strange", contrast_limits=[0, 1])
    layer = viewer.add_image(Lazy(picture), name="good", contrast_limits=[0, 1])
    shared = share()
    shared.look()
    layer.name = "better"
    shared.records()
    layer.refresh()
    assert [each["layer"] for each in shared.records()] == [b"better"]
    assert caplog.text.count("the layer 'strange' is not measured: OSError: the bucket is gone") == 1


@pytest.fixture
def graph(picture: Picture) -> tuple[da.Array, list[tuple[int, int]]]:
    """A dask array, and the chunks that it really made."""
    made: list[tuple[int, int]] = []

    def block(block_info: Any = None) -> Picture:
        (top, bottom), (left, right) = block_info[None]["array-location"]
        made.append((top // 128, left // 128))
        return picture[top:bottom, left:right]

    return da.map_blocks(block, dtype="u2", chunks=((128,) * 4, (128,) * 4), meta=np.zeros((0, 0), "u2")), made


@pytest.mark.parametrize("scheduler", ["threads", "synchronous"])
def test_chunks_of_dask_and_hits(viewer: ViewerModel, share: Callable[[], Shared], graph: tuple[da.Array, Any], scheduler: str, picture: Picture) -> None:
    array, made = graph
    with dask.config.set(scheduler=scheduler):
        layer = viewer.add_image(array, name="graph", contrast_limits=[0, 1], cache=False)
        shared = share()
        shared.look()
        assert layer.data is array
        made.clear()
        layer.refresh()
        records = shared.records()
        assert chunks_of(records) == sorted((0, *place) for place in made) and len(made) == 16
        assert (records["nbytes"] == 128 * 128 * 2).all() and (records["source"] == b"dask").all()
        assert not records["hit"].any() and (records["load_ms"] > 0).all()
        # Others' computations are none of its business.
        (da.ones((100, 100), chunks=50) + 1).sum().compute()
        assert len(shared.records()) == 0
        # With a cache, what is read again is not made again.
        made.clear()
        with dask.cache.Cache(10**8), dask.config.set({"optimization.fuse.active": False}):
            first, second = np.asarray(array[:100, :100]), np.asarray(array[:100, :100])
        assert (first == picture[:100, :100]).all() and (second == first).all()
        records = shared.records()
        assert made == [(0, 0)]
        assert records["hit"].tolist() == [False, True] and np.isnan(records["load_ms"][1]) and chunks_of(records) == [(0, 0, 0)] * 2
    shared.leave()
    made.clear()
    layer.refresh()
    assert not Callback.active and len(made) == 16


def test_a_dask_array_that_several_follow(viewer: ViewerModel, share: Callable[[], Shared], graph: tuple[da.Array, Any], directory: Path) -> None:
    array, _ = graph
    tap(array, "mine")
    other = ViewerModel()
    layers = [each.add_image(array, name=name, contrast_limits=[0, 1], cache=False) for each, name in ((viewer, "one"), (other, "two"))]
    shared, second = share(), Sharing(other, "napari-2", str(directory), [Loads])
    shared.look()
    with webmon.open("napari-2.chunk-loads") as page:
        second.tick()

        def told() -> list[set[bytes]]:
            before = page.status.sequence
            with dask.config.set({"optimization.fuse.active": False}):
                array[0, 0].compute()
            second.tick()
            return [set(shared.records()["layer"]), set(page.since(before).records["layer"])]  # type: ignore[union-attr]

        assert told() == [{b"one"}, {b"two"}]
        layers[1].data = np.zeros((4, 4))
        other.layers.clear()
        assert told() == [{b"one"}, {b"mine"}]
        viewer.layers.clear()
        assert told() == [{b"mine"}, {b"mine"}], "in a layer or not"
    second.close()


def test_naparis_own_dask_cache(viewer: ViewerModel, share: Callable[[], Shared], graph: tuple[da.Array, Any]) -> None:
    array, made = graph
    layer = viewer.add_image(array, contrast_limits=[0, 1])
    shared = share()
    shared.look()
    made.clear()
    layer.refresh()
    records = shared.records()
    assert int((~records["hit"]).sum()) == len(made) and len(records) == 16


def test_a_chunk_that_dask_cannot_make(viewer: ViewerModel, share: Callable[[], Shared], picture: Picture) -> None:
    broken = []

    def block(part: Picture, block_info: Any = None) -> Picture:
        if broken and block_info[0]["chunk-location"] == (1, 1):
            raise OSError("the disk is gone")
        return part + 1

    array = da.from_array(picture, chunks=256).map_blocks(block, dtype="u2")
    with dask.config.set(scheduler="synchronous"):
        layer = viewer.add_image(array, contrast_limits=[0, 1], cache=False)
        shared = share()
        shared.look()
        broken.append(True)
        with pytest.raises(OSError, match="the disk is gone"):
            layer.refresh()
    records = shared.records()
    assert chunks_of(records[records["failed"]]) == [(0, 1, 1)]


def test_taps_of_a_script(viewer: ViewerModel, share: Callable[[], Shared], picture: Picture) -> None:
    lazy, stored = Lazy(picture), zarrs(picture, 1)[0]
    array = da.from_array(picture + 1, chunks=256).map_blocks(np.negative)
    mine, [kept], graph = tap(lazy, "disk"), tap([stored], "bucket"), tap(array, "graph")
    shared = share()
    assert (mine[:10, 0] == picture[:10, 0]).all() and kept[3, 3] == picture[3, 3]
    shared.look()
    assert len(shared.records()) == 0, "before anybody looked"
    mine[:10, 0], kept[3, 3]
    # As napari reads: dask makes no chunk of its own of what it fuses with what comes after.
    with dask.config.set({"optimization.fuse.active": False}):
        graph[0, 0].compute()
    records = shared.records()
    assert set(zip(records["layer"], records["source"], records["level"], strict=True)) == {
        (b"disk", b"array", -1),
        (b"bucket", b"zarr", -1),
        (b"graph", b"dask", -1),
    }
    layer = viewer.add_image(mine, name="now a layer", contrast_limits=[0, 1])
    shared.records()
    layer.refresh()
    assert set(shared.records()["layer"]) == {b"now a layer"}
    with pytest.raises(webmon.InvalidError, match="data is a str: an array with shape and dtype is needed"):
        tap("picture")


def test_the_option(viewer: ViewerModel, share: Callable[[], Shared], picture: Picture) -> None:
    lazy = Lazy(picture)
    layer = viewer.add_image(lazy, contrast_limits=[0, 1])
    tap_layers(False)
    try:
        shared = share()
        shared.look()
        assert layer.data is lazy
    finally:
        tap_layers(True)


def test_threads_and_a_queue_that_is_full() -> None:
    delivered: list[Load] = []
    queue = LoadQueue(delivered.extend, limit=100)
    one = Tap("array", (10, 10))

    def read() -> None:
        for _ in range(1000):
            queue.put(Load(one, one.whole))

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    queue.flush()
    assert len(delivered) + queue.dropped == 4000


@pytest.mark.parametrize(
    ("key", "region", "axes"),
    [
        (3, [(3, 4), (0, 20), (0, 30)], [1, 2]),
        (-1, [(9, 10), (0, 20), (0, 30)], [1, 2]),
        ((slice(2, 8, 3), ..., 5), [(2, 6), (0, 20), (5, 6)], [0, 1]),
        ((slice(8, 2, -3),), [(5, 9), (0, 20), (0, 30)], [0, 1, 2]),
        (slice(5, 5), [(0, 0), (0, 20), (0, 30)], [0, 1, 2]),
        (([1, 4], np.int64(7)), [(0, 10), (7, 8), (0, 30)], [0, 2]),
        ((slice(None, 2.5), 1), [(0, 10), (1, 2), (0, 30)], [0, 2]),
        (None, [(0, 10), (0, 20), (0, 30)], [0, 1, 2]),
    ],
)
def test_which_part_an_index_is(key: Any, region: Any, axes: list[int]) -> None:
    assert cut([(0, 10), (0, 20), (0, 30)], [0, 1, 2], key) == (region, axes)
