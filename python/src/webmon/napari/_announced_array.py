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
        self._grid = [-(-extent // size) for extent, size in zip(array.shape, array.tile, strict=True)]

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
        flat = tuple(at.reshape(-1) for at in places)
        elements = flat if self.is_whole(target) else self._elements_of(target, flat)
        numbers = np.ravel_multi_index([at // size for at, size in zip(elements, self.array.tile, strict=True)], self._grid)
        for chosen in by_tile(numbers):
            touched = [int(at[chosen[0]]) for at in elements]
            self.write(target, tuple(at[chosen] for at in flat), values[chosen], (touched, [at + 1 for at in touched]))

    def mask(self, mask: npt.NDArray[Any], value: Any) -> None:
        """``plain[mask] = value``, a single value, tile by tile: much quicker than :meth:`scatter` where there are many."""
        for tile in tiles(np.arange(int(np.prod(self._grid))), self.array.shape, self.array.tile):
            if mask[tile].any():
                self.write(self.plain[tile], mask[tile], value, box(tile, self.array.shape))

    def announce(self, touched: Box | None) -> None:
        """Tells of a change that was made already, in a box."""
        if not self.array.closed:
            edit = _Announced(self.array, touched)
            with edit:
                pass
            self.edits += edit.version is not None

    def take(self, data: npt.NDArray[Any]) -> None:
        """Writes the tiles that are other ones in `data`, an array of the same shape."""
        for tile in tiles(np.arange(int(np.prod(self._grid))), self.array.shape, self.array.tile):
            if (self.plain[tile] != data[tile]).any():
                self.write(self.plain, tile, data[tile], box(tile, self.array.shape))

    def is_whole(self, view: npt.NDArray[Any]) -> bool:
        """True if a view has all elements of the array, each where the array has it."""
        return (view.shape, view.strides) == (self.plain.shape, self.plain.strides)

    def _elements_of(self, view: npt.NDArray[Any], places: Places) -> Places:
        """Where the array has what lies at `places` of a view of it."""
        size = self.plain.itemsize
        first = (view.ctypes.data - self.plain.ctypes.data) // size
        numbers = first + sum((at * (step // size) for at, step in zip(places, view.strides, strict=True)), np.zeros(1, np.intp))
        return np.unravel_index(numbers, self.plain.shape)

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
        is_whole = announcer.is_whole(plain)
        if is_basic(index):
            announcer.write(plain, index, value, touched if is_whole else announcer.box_of(plain[view_index(index)]))
        elif touched is None:
            announcer.write(plain, index, value, None)
        elif is_whole and isinstance(index, np.ndarray) and index.dtype == bool and index.shape == self.shape and np.ndim(value) == 0:
            announcer.mask(_plain(index), value)
        elif (places := places_of(index, self.shape)) is not None:
            announcer.scatter(plain, places, value)
        else:
            announcer.write(plain, index, value, touched if is_whole else announcer.box_of(plain))

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
