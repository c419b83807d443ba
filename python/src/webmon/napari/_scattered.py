"""Elements that an index names one by one, by the tile that each lies in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

Places = tuple[npt.NDArray[Any], ...]


def places_of(index: Any, shape: tuple[int, ...]) -> Places | None:
    """Where the elements of ``array[index]`` lie, an array an axis; None if it names rows or blocks, which have slices in them.

    `index` is one that fits the shape.
    """
    found: list[npt.NDArray[Any]] = []
    for part in index if isinstance(index, tuple) else (index,):
        if part is None or part is Ellipsis or isinstance(part, slice | str):
            return None
        array = np.asarray(part)
        if array.dtype == bool and array.ndim:
            found.extend(array.nonzero())
        elif array.dtype.kind in "iu":
            found.append(array)
        else:
            return None
    if len(found) != len(shape):
        return None
    from_the_begin = [np.where(at < 0, at + extent, at) if at.size and at.min() < 0 else at for at, extent in zip(found, shape, strict=True)]
    return tuple(np.broadcast_arrays(*from_the_begin))


def by_tile(numbers: npt.NDArray[Any]) -> Iterator[npt.NDArray[Any]]:
    """Which elements have the same number, for each number; in their order, for of two at one place the last one counts."""
    if not numbers.size:
        return
    if numbers.max() < 1 << 16:
        numbers = numbers.astype(np.uint16)  # sorted ten times faster
    order = np.argsort(numbers, kind="stable")
    yield from np.split(order, np.flatnonzero(np.diff(numbers[order])) + 1)
