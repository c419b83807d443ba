"""Regions: the part of an array that an index touches, and that part as tuples of slices."""

from __future__ import annotations

from types import EllipsisType
from typing import Any

import numpy as np

from . import errors

#: What can be said as ``array[region]`` to get a view: integers, slices and an Ellipsis.
Region = int | slice | EllipsisType | tuple[int | slice | EllipsisType, ...]


def is_basic(index: Any) -> bool:
    """True if ``array[index]`` is a view."""
    parts = index if isinstance(index, tuple) else (index,)
    return all(
        part is None or part is Ellipsis or isinstance(part, slice | int | np.integer) and not isinstance(part, bool | np.bool_)
        for part in parts
    )


def box(index: Any, shape: tuple[int, ...]) -> tuple[list[int], list[int]] | None:
    """The smallest box ``start <= i < stop`` with all that ``array[index]`` touches; None if it touches nothing.

    `index` is anything that numpy takes: integers, slices (steps too), Ellipsis, None, integer arrays and masks.
    """
    if isinstance(index, str) or isinstance(index, list) and index and all(isinstance(name, str) for name in index):
        index = ...  # fields, of every item
    parts = [part for part in (index if isinstance(index, tuple) else (index,)) if part is not None]
    parts = [part if part is Ellipsis or isinstance(part, slice | int) else np.asarray(part) for part in parts]
    used = sum(_axes(part) for part in parts)
    if used > len(shape):
        raise IndexError(f"too many indices: the array has {len(shape)} dimensions, but {used} were indexed")
    dots = [number for number, part in enumerate(parts) if part is Ellipsis]
    if len(dots) > 1:
        raise IndexError("an index can only have a single ellipsis ('...')")
    at = dots[0] if dots else len(parts)
    parts[at : at + 1] = [slice(None)] * (len(shape) - used)
    start: list[int] = []
    stop: list[int] = []
    for part in parts:
        for low, high in _spans(part, shape, len(start)):
            start.append(low)
            stop.append(high)
    return None if any(low >= high for low, high in zip(start, stop, strict=True)) else (start, stop)


def view_index(region: Any) -> tuple[Any, ...]:
    """`region` such that ``array[...]`` gives a view even where it names a single item."""
    parts = region if isinstance(region, tuple) else (region,)
    return parts if any(part is Ellipsis for part in parts) else (*parts, Ellipsis)


def slices(start: list[int], stop: list[int]) -> tuple[slice, ...]:
    """A box as the index of its view."""
    return tuple(slice(low, high) for low, high in zip(start, stop, strict=True))


def tiles(numbers: np.ndarray[Any, Any], shape: tuple[int, ...], tile: tuple[int, ...]) -> list[tuple[slice, ...]]:
    """Flat numbers of the tile grid as regions of the array, cut at its edge."""
    if not shape:
        return [()] * len(numbers)
    grid = tuple(-(-extent // size) for extent, size in zip(shape, tile, strict=True))
    corners = zip(*np.unravel_index(numbers, grid), strict=True) if len(numbers) else ()
    return [
        tuple(slice(int(i) * size, min((int(i) + 1) * size, extent)) for i, size, extent in zip(corner, tile, shape, strict=True))
        for corner in corners
    ]


def _axes(part: Any) -> int:
    if part is Ellipsis:
        return 0
    return part.ndim if isinstance(part, np.ndarray) and part.dtype == bool else 1


def _spans(part: Any, shape: tuple[int, ...], axis: int) -> list[tuple[int, int]]:
    """What a part of an index touches along the axes that it takes."""
    if isinstance(part, slice):
        touched = range(*part.indices(shape[axis]))
        return [(min(touched), max(touched) + 1)] if touched else [(0, 0)]
    array = np.asarray(part)
    if array.dtype == bool:
        if array.shape != shape[axis : axis + array.ndim]:
            raise IndexError(f"mask of shape {array.shape} does not fit axes {axis} to {axis + array.ndim - 1} of shape {shape}")
        return [(int(hit.min()), int(hit.max()) + 1) if hit.size else (0, 0) for hit in array.nonzero()]
    if array.dtype.kind not in "iu" and array.size:
        raise errors.InvalidError(f"{part!r} is no index: found dtype {array.dtype}, expected integers, slices or a mask")
    if not array.size:
        return [(0, 0)]
    low, high = int(array.min()), int(array.max())
    extent = shape[axis]
    if low < -extent or high >= extent:
        raise IndexError(f"index {low if low < -extent else high} is out of bounds for axis {axis} with size {extent}")
    if low < 0:  # negative ones count from the end: look at all as they are meant
        array = np.where(array < 0, array + extent, array)
        low, high = int(array.min()), int(array.max())
    return [(low, high + 1)]
