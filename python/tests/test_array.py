from __future__ import annotations

import threading
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

import webmon
from webmon import _region


def array_reader(name: str) -> webmon.ArrayReader:
    reader = webmon.open(name)
    assert isinstance(reader, webmon.ArrayReader)
    return reader


def test_edits_are_seen_tile_by_tile(directory: Path) -> None:
    with webmon.Array("labels", (600, 500), "u2", tile=(256, 256)) as labels, array_reader("labels") as reader:
        assert reader.changed(0) == ([], 0) and not reader.array.any()
        edit = labels.edit((slice(0, 99), slice(None)))
        with edit as view:
            view[...] = 3
        assert edit.version == 1
        assert reader.changed(0) == ([np.s_[0:256, 0:256], np.s_[0:256, 256:500]], 1)
        labels[512:, -1] = 4
        tiles, version = reader.changed(1)
        assert tiles == [np.s_[512:600, 256:500]] and version == 2
        assert (reader.copy(tiles[0])[:, -1] == 4).all()
        assert np.array_equal(reader.latest(), labels.array) and np.array_equal(reader.array, labels.array)
        assert reader.array.flags.writeable is False and reader.array is reader.array
        assert np.array_equal(np.load(labels.path, mmap_mode="r"), labels.array)


def test_a_tile_in_the_middle_of_an_edit_counts_as_changed_and_is_not_copied(directory: Path) -> None:
    with webmon.Array("labels", (4, 4), "u1", tile=2) as labels, array_reader("labels") as reader:
        assert labels.tile == reader.tile == (2, 2)
        with labels.edit(np.s_[0:2, 0:2]):
            assert reader.changed(0).tiles == [np.s_[0:2, 0:2]]
            assert reader.copy(np.s_[2:, 2:]).shape == (2, 2)
            with pytest.raises(webmon.TornError):
                reader.copy(np.s_[0, 0])


def test_an_exception_does_not_leave_the_edit_open(directory: Path) -> None:
    with webmon.Array("labels", (4, 4), "u1") as labels, array_reader("labels") as reader:
        with pytest.raises(KeyError), labels.edit() as view:
            view[0, 0] = 1
            raise KeyError
        assert reader.changed(0).version == 1 and reader.copy()[0, 0] == 1
        with pytest.raises(ValueError, match="broadcast"):
            labels[0] = np.zeros(3)
        labels[0] = 2
        assert (reader[0] == 2).all()


def test_one_edit_at_a_time(directory: Path) -> None:
    with webmon.Array("labels", (4, 4), "u1") as labels:
        with labels.edit():
            with pytest.raises(webmon.BusyError, match="edit"), labels.edit():
                pass
            with pytest.raises(BlockingIOError):
                labels[0] = 1
        labels[0] = 1


def test_two_threads_edit(directory: Path) -> None:
    with webmon.Array("labels", (64, 64), "u4", tile=16) as labels, array_reader("labels") as reader:
        def paint(value: int) -> None:
            for number in range(200):
                if number % 2:
                    labels[:, value * 16 : value * 16 + 16] = number
                else:
                    with labels.edit(np.s_[:, value * 16 : value * 16 + 16]) as view:
                        view[...] = number

        threads = [threading.Thread(target=paint, args=(value,)) for value in range(4)]
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads):
            column = reader.copy(np.s_[:16, 16:32])
            assert (column == column[0, 0]).all()
            time.sleep(0.001)
        for thread in threads:
            thread.join()
        assert (labels.array == 199).all() and reader.changed(0).version == 800


def test_masks_and_index_arrays(directory: Path) -> None:
    with webmon.Array("labels", (8, 8), "u1", tile=4) as labels, array_reader("labels") as reader:
        mask = np.zeros((8, 8), bool)
        mask[5, 6] = True
        labels[mask] = 3
        assert reader.changed(0) == ([np.s_[4:8, 4:8]], 1) and labels.array[5, 6] == 3
        labels[[0, -8], [1, 2]] = 4
        assert reader.changed(1) == ([np.s_[0:4, 0:4]], 2) and labels.array[0, 1:3].tolist() == [4, 4]
        labels[np.zeros((8, 8), bool)] = 5
        labels[3:3] = 5
        assert reader.changed(2) == ([], 2)
        for bad in (np.s_[8], np.s_[0, 0, 0], np.s_[..., ...], np.zeros(7, bool)):
            with pytest.raises(IndexError):
                labels[bad] = 1
        with pytest.raises(webmon.InvalidError, match="copy"):
            labels.edit(mask)  # type: ignore[arg-type]
        with pytest.raises(webmon.InvalidError, match="single items"):
            reader.copy([1, 2])  # type: ignore[arg-type]


def test_fields(directory: Path) -> None:
    with webmon.Array("points", 5, [("y", "f4"), ("x", "f4")]) as points, array_reader("points") as reader:
        points["x"] = 2
        points[["y"]] = np.zeros(5, [("y", "f4")])
        assert reader.changed(0).version == 2 and reader.copy()["x"].tolist() == [2] * 5


@pytest.mark.parametrize("shape", [(), (0, 3), (1,), (2, 3, 4, 5)])
def test_odd_shapes(directory: Path, shape: tuple[int, ...]) -> None:
    with webmon.Array("values", shape, "i4") as values, array_reader("values") as reader:
        assert values.array.shape == reader.array.shape == reader.copy().shape == shape
        values[...] = 5
        assert (reader.copy() == 5).all() and (reader.array == 5).all()
        with values.edit() as view:
            view += 1
        assert (reader.copy() == 6).all()
        tiles = reader.changed(0).tiles
        assert sum(values.array[tile].size for tile in tiles) == values.array.size
        loaded = np.load(values.path, mmap_mode=None if 0 in shape else "r")
        assert loaded.shape == shape and (loaded == 6).all()


def test_iterating_gives_changes(directory: Path) -> None:
    with webmon.Array("labels", (4, 4), "u1", tile=2) as labels, array_reader("labels") as reader:
        def paint() -> None:
            for number in range(50):
                labels[number % 4] = number
                time.sleep(0.001)
            labels.close()

        thread = threading.Thread(target=paint)
        thread.start()
        versions = [change.version for change in reader]
        thread.join()
        assert versions == sorted(set(versions)) and versions[-1] == 50


def test_numpy_sees_an_array(directory: Path) -> None:
    with webmon.Array("labels", (4, 4), "u1") as labels:
        labels[1] = 7
        assert np.asarray(labels).sum() == 28 and len(labels) == 4 and labels[1, 1] == 7
        assert np.shares_memory(np.asarray(labels), labels.array)
        assert not np.shares_memory(np.array(labels), labels.array)


@pytest.mark.parametrize("tile", [(2,), (0, 2), (2, 2, 2), (1.5, 2), -1])
def test_refused_tiles(directory: Path, tile: object) -> None:
    with pytest.raises(webmon.InvalidError, match="tile"):
        webmon.Array("labels", (4, 4), "u1", tile=tile)  # type: ignore[arg-type]


def indexes(shape: tuple[int, ...]) -> st.SearchStrategy[object]:
    return st.one_of(
        npst.basic_indices(shape, allow_newaxis=True),
        npst.integer_array_indices(shape),
        npst.arrays(bool, shape),
    )


@settings(max_examples=500, deadline=None)
@given(st.data(), npst.array_shapes(min_dims=1, max_dims=4, min_side=1, max_side=6))
def test_the_box_holds_what_an_index_touches(data: st.DataObject, shape: tuple[int, ...]) -> None:
    index = data.draw(indexes(shape))
    touched = np.zeros(shape, bool)
    touched[index] = True  # type: ignore[index]
    box = _region.box(index, shape)
    if box is None:
        assert not touched.any()
        return
    inside = np.zeros(shape, bool)
    inside[_region.slices(*box)] = True
    assert inside[touched].all()
    if not isinstance(index, tuple) or not any(isinstance(part, np.ndarray) and part.ndim for part in index):
        # It is the smallest: every face of the box has something of it.
        for axis, (low, high) in enumerate(zip(*box, strict=True)):
            hit = touched.any(tuple(other for other in range(len(shape)) if other != axis)).nonzero()[0]
            assert (hit[0], hit[-1] + 1) == (low, high)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_copies_of_regions_are_numpys(directory: Path, data: st.DataObject) -> None:
    shape = (5, 4, 6)
    with webmon.Array("values", shape, "i4", tile=(2, 3, 4)) as values, array_reader("values") as reader:
        values[...] = np.arange(120).reshape(shape)
        index = data.draw(npst.basic_indices(shape, allow_newaxis=True, allow_ellipsis=True))
        copied = reader.copy(index)
        assert np.array_equal(copied, values.array[index]) and copied.shape == np.shape(values.array[index])
        assert not np.shares_memory(copied, values.array)


def test_a_sparse_array_takes_memory_as_it_is_written(directory: Path) -> None:
    with webmon.Array("canvas", (100_000, 100_000), "u1", sparse=True) as canvas, array_reader("canvas") as reader:
        assert canvas.description.sparse and reader.description.sparse and canvas.description.nbytes == 10**10

        def taken() -> int:
            return Path(canvas.path).stat().st_blocks * 512

        # 8 bytes for each of the 391 x 391 tiles, and the header.
        assert taken() < 2 << 20
        canvas[50_000:50_010, 50_000:50_010] = 7
        before = taken()
        assert before < 3 << 20
        assert reader.copy(np.s_[49_000:51_000, 49_000:51_000]).sum() == 700
        assert not reader[0].any() and reader.changed(0).version == 1
        assert [stream.sparse for stream in webmon.streams()] == [True]
        assert taken() == before
    with webmon.Array("labels", (10, 10), "u1") as labels:
        assert not labels.description.sparse
