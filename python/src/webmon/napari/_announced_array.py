"""A shared array whose edits are announced, however napari makes them."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from .._array import Array, _Announced
from .._region import box, is_basic, tiles, view_index
from ._scattered import Places, by_tile, places_of

Box = tuple[list[int], list[int]]


class Announcer:
    """Tells readers of an array what was written to it.

    Parameters
    ----------
    array : webmon.Array
    plain : ndarray, shape of `array`
        Its memory.
    """

    def __init__(self, array: Array, plain: npt.NDArray[Any]) -> None:
        self.array = array
        self.plain = plain
        #: Edits that were announced here.
        self.edits = 0

    def write(self, target: npt.NDArray[Any], index: Any, value: Any, touched: Box | None) -> None:
        """``target[index] = value``, announced as a change of the box `touched`."""
        if self.array.closed:
            target[index] = value  # the memory stays, its readers have gone
            return
        edit = _Announced(self.array, touched)
        with edit:
            target[index] = value
        self.edits += edit.version is not None

    def scatter(self, target: npt.NDArray[Any], places: Places, value: Any) -> None:
        """``target[places] = value``, tile by tile: those between are not told. `target` is a view of the memory."""
        values = np.asarray(value)
        if values.ndim > places[0].ndim:
            values = values.reshape(values.shape[values.ndim - places[0].ndim :])  # as numpy takes leading axes of length 1
        values = np.broadcast_to(values, places[0].shape).reshape(-1)
        flat = [at.reshape(-1) for at in places]
        steps = [step // self.plain.itemsize for step in target.strides]
        first = (target.ctypes.data - self.plain.ctypes.data) // self.plain.itemsize
        corners = np.unravel_index(first + sum(at * step for at, step in zip(flat, steps, strict=True)), self.plain.shape)
        grid = [-(-extent // size) for extent, size in zip(self.array.shape, self.array.tile, strict=True)]
        numbers = np.ravel_multi_index([at // size for at, size in zip(corners, self.array.tile, strict=True)], grid)
        for chosen in by_tile(numbers):
            touched = [int(at[chosen[0]]) for at in corners]
            self.write(target, tuple(at[chosen] for at in flat), values[chosen], (touched, [at + 1 for at in touched]))

    def announce(self, touched: Box | None) -> None:
        """Tells of a change that was made already, in a box."""
        if not self.array.closed:
            edit = _Announced(self.array, touched)
            with edit:
                pass
            self.edits += edit.version is not None

    def take(self, data: npt.NDArray[Any]) -> None:
        """Writes the tiles that are other ones in `data`, an array of the same shape."""
        grid = [-(-extent // size) for extent, size in zip(self.array.shape, self.array.tile, strict=True)]
        for tile in tiles(np.arange(int(np.prod(grid))), self.array.shape, self.array.tile):
            if (self.plain[tile] != data[tile]).any():
                self.write(self.plain, tile, data[tile], box(tile, self.array.shape))

    def box_of(self, view: npt.NDArray[Any]) -> Box | None:
        """The box of the array that a view of it covers, made by indices, slices and steps."""
        if not view.size:
            return None
        low, high = np.lib.array_utils.byte_bounds(view)
        begin = self.plain.ctypes.data
        size = self.plain.itemsize
        start, last = (np.unravel_index((at - begin) // size, self.plain.shape) for at in (low, high - size))
        return [int(at) for at in start], [int(at) + 1 for at in last]


# What writes to its first argument, as functions and as methods.
_WRITING_FUNCTIONS = (np.copyto, np.put, np.putmask, np.place, np.put_along_axis, np.fill_diagonal)
_WRITING_METHODS = ("fill", "put", "sort", "partition")


class AnnouncedArray(np.ndarray[Any, Any]):
    """The memory of a :class:`webmon.Array`: ``array[index] = value`` is an announced edit of the tiles of the box, or of the elements, that it names.

    So is the same on what ``array[index]`` gives by integers and slices; operations in place are announced when they are done. What is made of it
    (``array + 1``, copies) is an array like any other, and so is another view of it (``array.ravel()``): what is written there is told to nobody.
    """

    announcer: Announcer | None = None

    def __getitem__(self, index: Any) -> Any:
        item = super().__getitem__(index)
        if self.announcer is not None and isinstance(item, AnnouncedArray) and is_basic(index):
            item.announcer = self.announcer
        return item

    def __setitem__(self, index: Any, value: Any) -> None:
        announcer = self.announcer
        if announcer is None:
            super().__setitem__(index, value)
            return
        plain = self.view(np.ndarray)
        touched = box(index, self.shape)
        places = None if touched is None or is_basic(index) else places_of(index, self.shape)
        if places is not None:
            announcer.scatter(plain, places, value)
            return
        if (self.shape, self.strides) != (announcer.plain.shape, announcer.plain.strides):
            touched = announcer.box_of(plain[view_index(index)] if is_basic(index) else plain)
        announcer.write(plain, index, value, touched)

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Any:
        written = [*options.get("out", ()), *(inputs[:1] if method == "at" else ())]
        if "out" in options:
            options["out"] = tuple(map(_plain, options["out"]))
        result = getattr(ufunc, method)(*map(_plain, inputs), **options)
        for each in written:
            _announce(each)
        return written[0] if written and len(written) == 1 and method != "at" else result

    def __array_function__(self, function: Any, types: Any, arguments: Any, options: Any) -> Any:
        result = super().__array_function__(function, types, arguments, options)
        if function in _WRITING_FUNCTIONS:
            _announce(arguments[0] if arguments else options.get("dst", options.get("a", options.get("arr"))))
        return result


def _writing(name: str) -> Any:
    def method(self: AnnouncedArray, *arguments: Any, **options: Any) -> None:
        getattr(self.view(np.ndarray), name)(*arguments, **options)
        _announce(self)

    method.__name__ = name
    return method


for _name in _WRITING_METHODS:
    setattr(AnnouncedArray, _name, _writing(_name))


def _plain(value: Any) -> Any:
    return value.view(np.ndarray) if isinstance(value, AnnouncedArray) else value


def _announce(array: Any) -> None:
    announcer = getattr(array, "announcer", None)
    if announcer is not None:
        announcer.announce(announcer.box_of(_plain(array)))


def announced(array: Array, labels: bool) -> AnnouncedArray:
    """The memory of an array, to be a layer's data."""
    plain = array.array
    if labels and plain.dtype == bool:
        plain = plain.view(np.uint8)  # napari has no labels that are bools
    data: AnnouncedArray = plain.view(AnnouncedArray)
    data.announcer = Announcer(array, plain)
    return data
