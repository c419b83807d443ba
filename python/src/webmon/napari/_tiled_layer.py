"""How a napari layer is cut into tiles, and which of them it holds.

This is the one place that knows how napari chooses what to load. It has no interface for chunks; once it has one, this is what changes.
"""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any

import numpy as np

from .. import errors
from .._tile_layers import TileLayer, TileLevel
from ._axes import displayed_axes, hidden_axes
from ._live_frame import LiveFrame
from ._part import Viewer
from ._view import Frame, Rectangle

#: Rows and columns of tiles of a lazy array that does not say how it is cut.
CUT = 512
#: First and last row, and first and last column, each last one not included.
Block = tuple[int, int, int, int]
#: For each axis of an array where a part of it begins and ends.
Region = Sequence[tuple[int, int]]


class Level(TileLevel):
    """One level of a layer in the plane that is displayed."""

    def block(self, rows: tuple[float, float], columns: tuple[float, float]) -> Block:
        """The tiles that have a part in these pixels; the ends are not included."""
        found = []
        for (low, high), extent, tile in zip((rows, columns), self.shape, self.tile, strict=True):
            begin, end = max(0.0, np.floor(low)), min(float(extent), np.ceil(high))
            if not begin < end:
                return 0, 0, 0, 0
            found += [int(begin) // tile, (int(end) - 1) // tile + 1]
        return found[0], found[1], found[2], found[3]


class TiledLayer:
    """A layer of images or labels as tiles, in the plane that its viewer displays. It stays as it was made.

    Parameters
    ----------
    layer : napari.layers.Image or napari.layers.Labels
    viewer : napari.Viewer or napari.components.ViewerModel
    """

    def __init__(self, layer: Any, viewer: Viewer) -> None:
        self.layer = layer
        self.name: str = layer.name
        self.is_multiscale: bool = bool(layer.multiscale)
        #: The axes of the layer that go down and across.
        self.axes: tuple[int, ...] = displayed_axes(layer.ndim, viewer.dims.order)
        data = list(layer.data) if self.is_multiscale else [layer.data]
        self.levels = [level_of(array, self.axes) for array in data]
        self._factors = layer.downsample_factors[:, self.axes]
        self._ndisplay: int = viewer.dims.ndisplay
        #: From the world's displayed plane to the pixels of level 0, whose centres have whole numbers.
        self.pixels, self.is_coupled = self._to_pixels(viewer)

    def region_block(self, level: int, region: Region) -> Block:
        """The tiles that have a part in a region of the level's array."""
        rows, columns = (region[axis] for axis in self.axes)
        return self.levels[level].block(rows, columns)

    def requested(self) -> tuple[int, Block]:
        """The level, and the tiles, that napari holds, or has asked for if the layer is not ``loaded``."""
        layer = self.layer
        level = int(layer.data_level)
        shape = self.levels[level].shape
        if not self.is_multiscale or self._ndisplay != 2:
            return level, self.levels[level].block((0, shape[0]), (0, shape[1]))
        (top, left), (bottom, right) = layer.corner_pixels[:, self.axes].tolist()
        return level, self.levels[level].block((top, bottom + 1), (left, right + 1))

    def visible(self, level: int, rectangle: Rectangle) -> Block:
        """The tiles of a level that have a part in a rectangle of the world."""
        top, left, bottom, right = self.pixels.box(rectangle)
        down, across = self._factors[level]
        return self.levels[level].block(((top + 0.5) / down, (bottom + 0.5) / down), ((left + 0.5) / across, (right + 0.5) / across))

    def has_slice(self, viewer: Viewer) -> bool:
        """Whether the viewer's slice meets the layer."""
        layer = self.layer
        others = list(hidden_axes(layer.ndim, displayed_axes(layer.ndim, viewer.dims.order, self._ndisplay)))
        if not others:
            return True
        places = np.round(np.asarray(layer.world_to_data(viewer.dims.point))[others])
        return bool(((places >= 0) & (places < np.asarray(layer.level_shapes[0])[others])).all())

    def described(self, image: Frame, pixels: str | None) -> TileLayer:
        """The layer as the Tile Viewer takes it, in coordinates of the image, which `image` makes of those of the world."""
        placed = image.after(self.pixels.inverse())
        shape = np.array(self.levels[0].shape, float)
        top, left, bottom, right = placed.box((-0.5, -0.5, shape[0] - 0.5, shape[1] - 0.5))
        scale = np.array([bottom - top, right - left]) / shape
        levels = [
            TileLevel(level.shape, level.tile, (float(scale[0] * factor[0]), float(scale[1] * factor[1])))
            for level, factor in zip(self.levels, self._factors, strict=True)
        ]
        return TileLayer(self.name, levels, pixels, (top, left))

    def straight(self) -> Frame:
        """From the world to the image: the world itself, in pixels of this layer, turned back if this layer is turned or mirrored in it.

        What a pixel is, in micrometres or metres, would leave the page with sizes of nearly nothing.
        """
        scale, translate = (np.asarray(of, float)[list(self.axes)] for of in (self.layer.scale, self.layer.translate))
        # That it is mirrored is in `pixels` already.
        scale = np.abs(scale)
        pixel = float(scale.min())
        if not self.pixels.is_turned:
            return Frame(np.eye(2) / pixel, np.zeros(2))
        return Frame(np.diag(scale) / pixel, translate / pixel).after(self.pixels)

    def _to_pixels(self, viewer: Viewer) -> tuple[Frame, bool]:
        """The frame, and whether it depends on the slice."""
        point = np.array(viewer.dims.point, float)
        axes = list(self.axes)
        # The layer's own two axes: napari draws those, even where the plane that is displayed has others.
        down, across = (axis + len(point) - self.layer.ndim for axis in axes)
        point[[down, across]] = 0
        origin = np.asarray(self.layer.world_to_data(point))[axes]
        # What a step along each axis of the world does.
        steps = [np.asarray(self.layer.world_to_data(point + step))[axes] - origin for step in np.eye(len(point))]
        matrix = np.stack([steps[down], steps[across]], axis=1)
        if abs(np.linalg.det(matrix)) < 1e-12 * np.abs(matrix).max() ** 2:
            # Seen edge on: there is no plane of it in this one.
            matrix = np.diag(1 / np.asarray(self.layer.scale)[axes])
        frame = Frame(matrix, origin)
        others = [step for axis, step in enumerate(steps) if axis not in (down, across)]
        return frame, bool(np.abs(others).max(initial=0) > 1e-9 * np.abs(frame.matrix).max())


def in_memory(array: Any) -> bool:
    """Whether it is known that nothing has to be loaded."""
    # `_in_memory` is xarray's: to ask for `data` would load them all.
    return isinstance(array, np.ndarray | LiveFrame) or getattr(array, "_in_memory", False) is True


def level_of(array: Any, axes: Sequence[int]) -> Level:
    """How an array is cut in the plane of two of its axes: by its chunks, or not at all if it is in memory.

    Raises
    ------
    InvalidError
        There is no such plane.
    """
    if not all(array.shape[axis] > 0 for axis in axes):
        # dask's unknown extents are NaN.
        raise errors.InvalidError(f"its shape is {tuple(array.shape)}: rows and columns must be known, and over 0")
    shape = int(array.shape[axes[0]]), int(array.shape[axes[1]])
    chunks = getattr(array, "chunks", None)
    if isinstance(chunks, Sequence) and len(chunks) > max(axes):
        tile = tuple(_longest(chunks[axis]) for axis in axes)
    else:
        tile = shape if in_memory(array) else (CUT, CUT)
    rows, columns = (min(size, extent) if size > 0 else extent for size, extent in zip(tile, shape, strict=True))
    return Level(shape, (max(1, rows), max(1, columns)))


def _longest(chunks: Any) -> int:
    """The size of an axis' chunks: a number for zarr and HDF5, for dask one for each of them. 0 if it is neither."""
    try:
        return max(operator.index(size) for size in chunks) if isinstance(chunks, Sequence) else operator.index(chunks)
    except (TypeError, ValueError):
        return 0
