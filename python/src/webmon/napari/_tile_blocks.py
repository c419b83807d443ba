"""Blocks of tiles, and the states that they have by them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from .._tile_memory import CACHED, DRAWN, EVICTED, WANTED
from ._tiled_layer import Block

Keys = npt.NDArray[np.int64]
States = npt.NDArray[np.uint8]
_LEVEL, _ROW = 58, 29


def keys_of(level: int, block: Block) -> Keys:
    """One number for each tile of a block."""
    top, bottom, left, right = block
    rows = np.arange(top, bottom, dtype=np.int64)[:, None] << _ROW
    return ((level << _LEVEL) | rows | np.arange(left, right, dtype=np.int64)).ravel()


def levels(keys: Keys) -> Keys:
    """The levels of tiles."""
    return keys >> _LEVEL


def places(keys: Keys) -> tuple[Keys, Keys]:
    """The rows and columns of tiles."""
    return (keys >> _ROW) & ((1 << (_LEVEL - _ROW)) - 1), keys & ((1 << _ROW) - 1)


def distinct(parts: Sequence[Keys]) -> Keys:
    """All of these, each once, in order."""
    # np.unique looks all of them up in a table of its own, which takes ten times as long.
    keys: Keys = np.concatenate([np.zeros(0, np.int64), *parts])
    keys.sort()
    each: Keys = keys[np.append(True, keys[1:] != keys[:-1])[: keys.size]]
    return each


class Blocks(NamedTuple):
    """A level and a block of it for each reason to have a state, a later one over those before it."""

    wanted: tuple[int, Block] | None = None
    coarsest: tuple[int, Block] | None = None
    held: tuple[int, Block] | None = None
    shown: tuple[int, Block] | None = None

    def states(self, keys: Keys) -> States:
        """What these tiles are."""
        states = np.full(keys.size, EVICTED, np.uint8)
        level, (rows, columns) = levels(keys), places(keys)
        for found, state in zip(self, (WANTED, CACHED, CACHED, DRAWN), strict=True):
            if found is not None:
                of_level, (top, bottom, left, right) = found
                states[(level == of_level) & (rows >= top) & (rows < bottom) & (columns >= left) & (columns < right)] = state
        return states

    def differences(self, other: Blocks) -> Keys:
        """All tiles that may be something else by the other ones: as many as come and go, however large the blocks."""
        parts = [keys_of(level, part) for mine, its in zip(self, other, strict=True) if mine != its for level, part in _apart(mine, its)]
        return distinct(parts)


def _apart(one: tuple[int, Block] | None, other: tuple[int, Block] | None) -> Iterator[tuple[int, Block]]:
    """What is in one of two blocks, and not in both."""
    for mine, its in ((one, other), (other, one)):
        if mine is None:
            continue
        level, (top, bottom, left, right) = mine
        # What both have; nothing, at the end of this one, where they have nothing.
        upper, lower, first, last = its[1] if its is not None and its[0] == level else (bottom, bottom, right, right)
        upper, first = min(max(top, upper), bottom), min(max(left, first), right)
        lower, last = max(min(bottom, lower), upper), max(min(right, last), first)
        for part in ((top, upper, left, right), (lower, bottom, left, right), (upper, lower, left, first), (upper, lower, last, right)):
            if part[0] < part[1] and part[2] < part[3]:
                yield level, part
