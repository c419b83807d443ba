"""Filling an array with tiles from a larger whole, block by block."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from .._array import Array

_TILE = 256
#: Tiles of a block along rows and columns: an edit of one is a moment for all other threads.
_BLOCK = 4


def tile_of(shape: tuple[int, ...], is_rgb: bool) -> tuple[int, ...]:
    """Extent of a tile: rows and columns, all colours, one of each other axis."""
    colours = shape[-1:] if is_rgb else ()
    places = shape[: len(shape) - len(colours)]
    return tuple(max(1, extent) for extent in (*(1 for _ in places[:-2]), *(_TILE for _ in places[-2:]), *colours))


class TileFill:
    """Brings an array to a state of the data, and tells its readers of those blocks alone that are others.

    Parameters
    ----------
    array : webmon.Array
        Sparse, and as yet unwritten.
    """

    def __init__(self, array: Array) -> None:
        self._array = array
        self._written: set[tuple[int, ...]] = set()

    def take(self, data: Any, ended: Callable[[], bool]) -> bool:
        """Copies what is other in `data`, which is anything that gives an array for a tuple of slices. False if it `ended` before."""
        for block in self._blocks():
            if ended():
                return False
            part = np.asarray(data[block])
            corner = tuple(side.start for side in block)
            if corner in self._written:
                before = self._array.array[block]
                if np.array_equal(before, part, equal_nan=before.dtype.kind in "fc"):
                    continue
            elif not part.any():
                continue  # To read what was never written would take memory: it is zeros as it is.
            self._array[block] = part
            self._written.add(corner)
        return True

    def _blocks(self) -> Iterator[tuple[slice, ...]]:
        shape, tile = self._array.shape, self._array.tile
        steps = [extent * _BLOCK if extent == _TILE else extent for extent in tile]
        for corner in itertools.product(*(range(0, extent, step) for extent, step in zip(shape, steps, strict=True))):
            yield tuple(slice(at, min(at + step, extent)) for at, step, extent in zip(corner, steps, shape, strict=True))
