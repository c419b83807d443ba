"""Commands about what part of the data is seen."""

from __future__ import annotations

import math
import reprlib
from collections.abc import Callable
from typing import Annotated, Any, Literal

import numpy as np

from .. import errors
from ._find_layer import LayerName, find_layer
from ._part import Viewer
from ._tiled_layer import level_of

#: Places of a grid, where there are no more layers than these: napari takes 70 ms for each.
_CELLS = 64
#: napari draws with numbers of 32 bits, which end at 3.4e38.
_FARTHEST = 1e30


class CameraCommands:
    """Grid, camera, dims. Places are in the viewer's world coordinates, as its status bar tells them.

    Parameters
    ----------
    viewer : napari.Viewer or napari.components.ViewerModel
    """

    def __init__(self, viewer: Viewer) -> None:
        self._viewer = viewer

    def all(self) -> list[Callable[..., Any]]:
        """All of them."""
        return [
            self.reset_view,
            self.look_at,
            self.set_view,
            self.go_to_tile,
            self.set_camera,
            self.set_dims_step,
            self.set_ndisplay,
            self.show_grid,
        ]

    def reset_view(self) -> dict:  # type: ignore[type-arg]
        "Shows all layers as a whole."
        self._viewer.reset_view()
        return self._camera()

    def look_at(
        self, y: float, x: float, zoom: Annotated[float | None, "pixels of the canvas for one unit; nothing: as it is"] = None
    ) -> dict:  # type: ignore[type-arg]
        "Puts a place into the middle of the canvas."
        _check_number("y", y)
        _check_number("x", x)
        if zoom is not None:
            _check_zoom(zoom)
        self._look(y, x, zoom)
        return self._camera()

    def set_view(self, top: float, left: float, bottom: float, right: float) -> dict:  # type: ignore[type-arg]
        "Shows a rectangle as large as the canvas has room for."
        for name, value in (("top", top), ("left", left), ("bottom", bottom), ("right", right)):
            _check_number(name, value)
        given = f"top, left, bottom, right are {top:g}, {left:g}, {bottom:g}, {right:g}"
        if not (top < bottom and left < right):
            raise errors.InvalidError(f"{given}: top < bottom and left < right are needed")
        height, width = map(float, self._viewer.canvas.viewbox_size(self._viewer.layers))
        zoom = min(height / (bottom - top), width / (right - left))
        if not _is_zoom(zoom):
            raise errors.InvalidError(f"{given}: napari's canvas of {width:g} x {height:g} pixels cannot show that")
        self._look((top + bottom) / 2, (left + right) / 2, zoom)
        return self._camera()

    def go_to_tile(self, layer: LayerName, level: int, row: int, column: int) -> dict:  # type: ignore[type-arg]
        "Puts a tile of a layer into the middle, with a pixel of the canvas for each of its own."
        found = find_layer(self._viewer, layer)
        if not hasattr(found, "level_shapes"):
            raise errors.InvalidError(f"the layer {found.name!r} has no tiles: it is no image")
        viewer = self._viewer
        if viewer.dims.ndisplay != 2:
            raise errors.InvalidError("the viewer shows 3 dimensions: call set_ndisplay with 2 first")
        levels = len(found.level_shapes)
        _check_range("level", level, levels, f"the layer {found.name!r} has {levels} levels")
        # The viewer's axes that are seen, and the layer's own: it has the last ones.
        seen = viewer.dims.displayed
        axes = [axis - (viewer.dims.ndim - found.ndim) for axis in seen]
        if min(axes) < 0:
            raise errors.InvalidError(f"the layer {found.name!r} has {found.ndim} axes: those that are seen are not among them")
        cut = level_of(found.data[level] if found.multiscale else found.data, axes)
        tile, grid = cut.tile, cut.grid
        factor = np.asarray(found.downsample_factors)[level, axes]
        for name, place, count in (("row", row, grid[0]), ("column", column, grid[1])):
            _check_range(name, place, count, f"level {level} of {found.name!r} has {grid[0]} rows and {grid[1]} columns of tiles")
        middle = np.array(found.world_to_data(viewer.dims.point), float)
        low = np.array([row, column]) * tile
        high = np.minimum(low + tile, cut.shape)
        middle[axes] = (low + high) / 2 * factor - 0.5
        beside = middle.copy()
        beside[axes[1]] += factor[1]
        world = np.asarray(found.data_to_world(middle))
        length = float(np.linalg.norm(np.asarray(found.data_to_world(beside)) - world))
        self._look(float(world[axes[0]]), float(world[axes[1]]), 1 / length)
        return self._camera()

    def set_camera(
        self,
        center: Annotated[list | None, "[y, x] or [z, y, x]"] = None,  # type: ignore[type-arg]
        zoom: Annotated[float | None, "pixels of the canvas for one unit"] = None,
        angles: Annotated[list | None, "three, in degrees"] = None,  # type: ignore[type-arg]
    ) -> dict:  # type: ignore[type-arg]
        "Sets what is given of the camera; gives all of it."
        if center is not None:
            _check_numbers("center", center, (2, 3))
        if zoom is not None:
            _check_zoom(zoom)
        if angles is not None:
            _check_numbers("angles", angles, (3,))
        camera = self._viewer.scene.camera
        if center is not None:
            camera.center = (*camera.center[: 3 - len(center)], *center)
        if zoom is not None:
            camera.zoom = zoom
        if angles is not None:
            # Of huge angles napari makes NaN.
            camera.angles = tuple(math.fmod(angle, 360) for angle in angles)
        return self._camera()

    def set_dims_step(self, axis: Annotated[str, "its label, or its number; -1 is the last"], step: int) -> list:  # type: ignore[type-arg]
        "Moves the slider of an axis; gives the steps of all axes."
        dims = self._viewer.dims
        labels = list(dims.axis_labels)
        if axis in labels:
            number = labels.index(axis)
        else:
            try:
                number = range(dims.ndim)[int(axis)]
            except (ValueError, IndexError):
                raise errors.InvalidError(f"there is no axis {axis!r}; there are {', '.join(map(repr, labels))}, or 0 to {dims.ndim - 1}") from None
        if number in dims.displayed:
            raise errors.InvalidError(f"the axis {labels[number]!r} is on the canvas: it has no slider")
        steps = int(dims.nsteps[number])
        _check_range("step", step, steps, f"the axis {labels[number]!r} has {steps} steps")
        dims.set_current_step(number, step)
        return [int(each) for each in dims.current_step]

    def set_ndisplay(self, ndisplay: Literal[2, 3]) -> int:
        "Shows two dimensions, or three."
        self._viewer.dims.ndisplay = ndisplay
        return int(self._viewer.dims.ndisplay)

    def show_grid(
        self,
        show: bool,
        rows: Annotated[int | None, "-1: as many as are needed"] = None,
        columns: Annotated[int | None, "-1: as many as are needed"] = None,
        stride: Annotated[int | None, "layers in each place; below 0: the other way round"] = None,
    ) -> bool:
        "Shows the layers side by side, or over each other."
        grid = self._viewer.canvas.grid
        for name, value in (("rows", rows), ("columns", columns)):
            if value is not None and value != -1 and not 1 <= value <= 1000:
                raise errors.InvalidError(f"{name} is {value}: it must be 1 to 1000, or -1 for as many as are needed")
        if stride is not None and (stride == 0 or abs(stride) > 1000):
            raise errors.InvalidError(f"stride is {stride}: it must be 1 to 1000, or -1 to -1000 for the other way round")
        shape = (grid.shape[0] if rows is None else rows, grid.shape[1] if columns is None else columns)
        most = max(_CELLS, len(self._viewer.layers))
        # -1 adds fewer than a row or column to what the layers need.
        if (show or shape != grid.shape) and abs(shape[0] * shape[1]) > most:
            raise errors.InvalidError(f"rows and columns are {shape[0]} and {shape[1]}: napari makes a view for each place, so at most {most} places are allowed")
        grid.shape = shape
        if stride is not None:
            grid.stride = stride
        grid.enabled = show
        return bool(grid.enabled)

    def _look(self, y: float, x: float, zoom: float | None) -> None:
        camera = self._viewer.scene.camera
        camera.center = (*camera.center[:-2], y, x)
        if zoom is not None:
            camera.zoom = zoom

    def _camera(self) -> dict[str, Any]:
        camera = self._viewer.scene.camera
        return {
            "center": [float(each) for each in camera.center],
            "zoom": float(camera.zoom),
            "angles": [float(each) for each in camera.angles],
        }


def _check_number(name: str, value: float) -> None:
    if not abs(value) <= _FARTHEST:
        raise errors.InvalidError(f"{name} is {value}: a number from {-_FARTHEST:g} to {_FARTHEST:g} is needed")


def _check_numbers(name: str, values: list[Any], lengths: tuple[int, ...]) -> None:
    if len(values) not in lengths or not all(type(each) in (int, float) and abs(each) <= _FARTHEST for each in values):
        counts = " or ".join(map(str, lengths))
        raise errors.InvalidError(f"{name} is {reprlib.repr(values)}: {counts} numbers are needed, each from {-_FARTHEST:g} to {_FARTHEST:g}")


def _check_zoom(value: float) -> None:
    if not _is_zoom(value):
        raise errors.InvalidError(f"zoom is {value}: it must be from {1 / _FARTHEST:g} to {_FARTHEST:g}")


def _is_zoom(value: float) -> bool:
    return 1 / _FARTHEST <= value <= _FARTHEST


def _check_range(name: str, value: int, count: int, why: str) -> None:
    if not 0 <= value < count:
        raise errors.InvalidError(f"{name} is {value}: {why}, counted from 0")
