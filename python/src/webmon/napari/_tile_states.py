"""What the tiles of one layer are, and what of that was told."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from .._tile_memory import CACHED, DRAWN, FAILED, LOADING
from ._part import Viewer
from ._tile_blocks import Blocks, Keys, distinct, keys_of, levels, places
from ._tiled_layer import Block, TiledLayer
from ._view import Rectangle


@dataclass(frozen=True)
class Change:
    """Tiles of a level that are something else now."""

    state: int
    level: int
    rows: Keys
    columns: Keys


class TileStates:
    """The states of a layer's tiles.

    Drawn is what napari holds and shows; cached what it holds outside of the view, what its cache of dask's results has, and the level of the thumbnail;
    wanted what it has asked for (with asynchronous slicing), and what a load is about to begin with.

    Parameters
    ----------
    tiled : TiledLayer
    """

    def __init__(self, tiled: TiledLayer) -> None:
        self.tiled = tiled
        # What was heard of loads: the state, and what dask's cache calls the chunk.
        self._heard: dict[int, tuple[int, Any]] = {}
        self._held: tuple[int, Block] | None = None
        # What was told: what tiles are by these blocks, but for those that were heard of.
        self._told = Blocks()
        self._told_heard: dict[int, int] = {}
        # Those of them that may be something else by now.
        self._unsure: set[int] = set()
        self._sliced = True
        tiled.layer.events.set_data.connect(self._on_set_data)

    def close(self) -> None:
        """Lets go of the layer."""
        self.tiled.layer.events.set_data.disconnect(self._on_set_data)

    def hear(self, keys: Keys, state: int | None, cache_key: Any) -> None:
        """A load of tiles was told of; a state of None: it was given up."""
        heard = keys.tolist()
        self._unsure.update(heard)
        for key in heard:
            if state is None:
                self._heard.pop(key, None)
            else:
                self._heard[key] = state, cache_key
                self._told_heard[key] = state

    def move(self) -> None:
        """The slice is another one: what was heard is of another plane."""
        if self.tiled.layer.ndim > 2:
            self._keep(lambda key, state, cache_key: state == LOADING)

    def forget_evicted(self) -> None:
        """Chunks that dask's cache has no more are evicted."""
        keys = [cache_key for state, cache_key in self._heard.values() if state == CACHED and cache_key is not None]
        if keys:
            kept = sys.modules[f"{__package__}._dask_tap"].kept(keys)
            self._keep(lambda key, state, cache_key: state != CACHED or cache_key is None or cache_key in kept)

    def changes(self, viewer: Viewer, rectangle: Rectangle | None) -> list[Change]:
        """What has become of tiles since this was asked before."""
        layer, tiled = self.tiled.layer, self.tiled
        visible, loaded = bool(layer.visible), bool(layer.loaded)
        requested = None if loaded and not self._sliced else tiled.requested()
        if self._sliced and loaded and visible:
            self._sliced = False
            self._take(requested, viewer)
        blocks = self._blocks(visible, None if loaded else requested, rectangle)
        if blocks == self._told and not self._unsure:
            return []
        return list(self._differences(blocks))

    def _on_set_data(self, event: object = None) -> None:
        self._sliced = True

    def _take(self, requested: tuple[int, Block] | None, viewer: Viewer) -> None:
        """napari has a new slice: what was asked for is held, and nothing else but what caches have."""
        asked: set[int] = set()
        if requested is not None and self._has_failed():
            asked.update(keys_of(*requested).tolist())
        self._keep(
            lambda key, state, cache_key: state == LOADING or (state == FAILED and key in asked) or (state == CACHED and cache_key is not None)
        )
        if not self._has_failed():
            self._held = requested if self.tiled.has_slice(viewer) else None

    def _has_failed(self) -> bool:
        return any(state == FAILED for state, _ in self._heard.values())

    def _keep(self, keeps: Callable[[int, int, Any], bool]) -> None:
        """Forgets what else was heard."""
        kept = {key: heard for key, heard in self._heard.items() if keeps(key, *heard)}
        self._unsure.update(self._heard.keys() - kept.keys())
        self._heard = kept

    def _blocks(self, visible: bool, requested: tuple[int, Block] | None, rectangle: Rectangle | None) -> Blocks:
        tiled, held = self.tiled, self._held
        if not visible:
            return Blocks(held=held)
        if held is None:
            return Blocks(wanted=requested)
        coarsest = None
        if tiled.is_multiscale:
            # The coarsest level is read in whole for the thumbnail, and kept.
            rows, columns = tiled.levels[-1].grid
            coarsest = len(tiled.levels) - 1, (0, rows, 0, columns)
        level, (top, bottom, left, right) = held
        # In three dimensions all that is held is on screen.
        view = held[1] if rectangle is None else tiled.visible(level, rectangle)
        shown = max(top, view[0]), min(bottom, view[1]), max(left, view[2]), min(right, view[3])
        return Blocks(requested, coarsest, held, (level, shown))

    def _differences(self, blocks: Blocks) -> Iterator[Change]:
        keys = blocks.differences(self._told)
        if self._unsure:
            keys = distinct([keys, np.fromiter(self._unsure, np.int64, len(self._unsure))])
            self._unsure = set()
        told, states = self._told.states(keys), blocks.states(keys)
        self._told = blocks
        if self._told_heard:
            for place, key in enumerate(keys.tolist()):
                told[place] = self._told_heard.pop(key, told[place])
                if key in self._heard:
                    state, _ = self._heard[key]
                    if state != CACHED or states[place] != DRAWN:
                        states[place] = state
                    self._told_heard[key] = int(states[place])
        changed = told != states
        keys, states = keys[changed], states[changed]
        for state in np.flatnonzero(np.bincount(states)).tolist():
            yield from _by_level(state, keys[states == state])


def _by_level(state: int, keys: Keys) -> Iterator[Change]:
    of_level = levels(keys)
    for level in np.flatnonzero(np.bincount(of_level)).tolist():
        yield Change(state, level, *places(keys[of_level == level]))
