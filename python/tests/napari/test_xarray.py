"""Layers of xarray's arrays, which load all of a file when they are asked for their data."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import dask.array as da
import numpy as np
import pytest
import webmon
from napari.components import ViewerModel
from webmon.napari._array_tap import TappedArray
from webmon.napari._loads import Loads
from webmon.napari._sharing import Sharing
from webmon.napari._tiled_layer import level_of
from webmon.napari._tiles import Tiles

xarray = pytest.importorskip("xarray")
SHAPE = (50, 64, 64)


def lazy() -> tuple[Any, list[int]]:
    """An array of a file, and how many elements each read of it had."""
    from xarray.backends import BackendArray
    from xarray.core import indexing

    reads: list[int] = []

    class File(BackendArray):
        shape, dtype = SHAPE, np.dtype("u1")

        def __getitem__(self, key: Any) -> Any:
            return indexing.explicit_indexing_adapter(key, self.shape, indexing.IndexingSupport.BASIC, self._read)

        def _read(self, key: Any) -> Any:
            part = np.zeros(self.shape, self.dtype)[key]
            reads.append(part.size)
            return part

    return xarray.DataArray(xarray.Variable(("t", "y", "x"), indexing.LazilyIndexedArray(File()))), reads


def test_nothing_is_read_but_by_napari(directory: Path) -> None:
    array, reads = lazy()
    viewer = ViewerModel()
    layer = viewer.add_image(array, name="file", contrast_limits=(0, 1))
    sharing = Sharing(viewer, "napari", str(directory), [Loads, Tiles])
    reads.clear()
    sharing.tick()
    layer.name = "renamed"
    sharing.tick()
    with webmon.open("napari.tiles"), webmon.open("napari.chunk-loads") as page:
        sharing.tick()
        assert reads == [] and type(layer.data) is TappedArray
        viewer.dims.set_current_step(0, 3)
        sharing.tick()
        assert reads == [64 * 64]
        assert [int(each["nbytes"]) for each in page.latest(10)] == [64 * 64]
    sharing.tick()
    assert layer.data is array
    sharing.close()


def test_how_they_are_cut() -> None:
    assert level_of(xarray.DataArray(np.zeros(SHAPE)), (1, 2)).tile == (64, 64), "in memory"
    chunked = xarray.DataArray(da.zeros(SHAPE, chunks=(1, 32, 16)), dims=("t", "y", "x"))
    assert level_of(chunked, (1, 2)).tile == (32, 16)


def test_dask_inside_is_followed(directory: Path) -> None:
    array = xarray.DataArray(da.zeros(SHAPE, chunks=(1, 32, 32), dtype="u1") + 1)
    viewer = ViewerModel()
    layer = viewer.add_image(array, contrast_limits=(0, 1))
    sharing = Sharing(viewer, "napari", str(directory), [Loads])
    with webmon.open("napari.chunk-loads") as page:
        sharing.tick()
        assert layer.data is array
        viewer.dims.set_current_step(0, 7)
        sharing.tick()
        records = page.latest(10)
        assert sorted((int(each["row"]), int(each["column"])) for each in records) == [(0, 0), (0, 1), (1, 0), (1, 1)]
    sharing.close()
