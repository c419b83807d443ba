"""Which tiles became something else, found without a look at the others."""

from __future__ import annotations

from typing import Any

import numpy as np
from webmon._tile_memory import CACHED, DRAWN, EVICTED, WANTED
from webmon.napari._tile_blocks import Blocks, keys_of, levels, places

_ORDER = (WANTED, CACHED, CACHED, DRAWN)


def one_by_one(blocks: Blocks) -> dict[tuple[int, int, int], int]:
    found = {}
    for block, state in zip(blocks, _ORDER, strict=True):
        if block is not None:
            level, (top, bottom, left, right) = block
            found.update({(level, row, column): state for row in range(top, bottom) for column in range(left, right)})
    return found


def some(random: np.random.Generator) -> Any:
    """A block, or none, or one without a tile; sometimes the same again."""
    if random.random() < 0.2:
        return None
    top, bottom, left, right = random.integers(0, 7, 4).tolist()
    return int(random.integers(0, 2)), (top, bottom, left, right)


def test_all_differences_are_found() -> None:
    random = np.random.default_rng(3)
    told = Blocks()
    for _ in range(2000):
        blocks = Blocks(*(before if random.random() < 0.3 else some(random) for before in told))
        keys = blocks.differences(told)
        assert (np.diff(keys) > 0).all(), "each once"
        where = list(zip(levels(keys).tolist(), *(each.tolist() for each in places(keys)), strict=True))
        before, after = one_by_one(told), one_by_one(blocks)
        assert told.states(keys).tolist() == [before.get(place, EVICTED) for place in where]
        assert blocks.states(keys).tolist() == [after.get(place, EVICTED) for place in where]
        assert {place for place in before | after if before.get(place) != after.get(place)} <= set(where)
        told = blocks


def test_a_pan_is_as_much_as_comes_and_goes() -> None:
    held = 0, (0, 3000, 0, 3000)
    before, after = (Blocks(held=held, shown=(0, (top, top + 200, 50, 350))) for top in (100, 102))
    assert after.differences(before).size == 2 * 2 * 300
    assert after.differences(after).size == 0
    assert after.differences(Blocks()).size == keys_of(*held).size
