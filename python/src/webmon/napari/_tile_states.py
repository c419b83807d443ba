"""What the tiles of one layer are, and what of that was told."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from .._tile_memory import CACHED, DRAWN, EVICTED, FAILED, LOADING, WANTED
from ._part import Viewer
from ._tiled_layer import Block, TiledLayer
from ._view import Rectangle

Keys = npt.NDArray[np.int64]
_LEVEL, _ROW = 58, 29


@dataclass(frozen=True)
class Change:
    """Tiles of a level that are something else now."""

    state: int
    level: int
    rows: Keys
    columns: Keys


def keys_of(level: int, block: Block) -> Keys:
    """One number for each tile of a block."""
    top, bottom, left, right = block
    rows = np.arange(top, bottom, dtype=np.int64)[:, None] << _ROW
    return ((level << _LEVEL) | rows | np.arange(left, right, dtype=np.int64)).ravel()


def places(keys: Keys) -> tuple[Keys, Keys]:
    """The rows and columns of tiles."""
    return (keys >> _ROW) & ((1 << (_LEVEL - _ROW)) - 1), keys & ((1 << _ROW) - 1)


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
        self._told: dict[int, int] = {}
        self._seen: object = None
        self._sliced = True
        tiled.layer.events.set_data.connect(self._on_set_data)

    def close(self) -> None:
        """Lets go of the layer."""
        self.tiled.layer.events.set_data.disconnect(self._on_set_data)

    def hear(self, keys: Keys, state: int | None, cache_key: Any) -> None:
        """A load of tiles was told of; a state of None: it was given up."""
        for key in keys.tolist():
            if state is None:
                self._heard.pop(key, None)
            else:
                self._heard[key] = state, cache_key
                self._told[key] = state
        if state is None:
            self._seen = None

    def move(self) -> None:
        """The slice is another one: what was heard is of another plane."""
        if self.tiled.layer.ndim > 2:
            self._heard = {key: heard for key, heard in self._heard.items() if heard[0] == LOADING}
            self._seen = None

    def forget_evicted(self) -> None:
        """Chunks that dask's cache has no more are evicted."""
        keys = [cache_key for state, cache_key in self._heard.values() if state == CACHED and cache_key is not None]
        if keys:
            kept = sys.modules[f"{__package__}._dask_tap"].kept(keys)
            self._heard = {key: heard for key, heard in self._heard.items() if heard[0] != CACHED or heard[1] is None or heard[1] in kept}
            self._seen = None

    def changes(self, viewer: Viewer, rectangle: Rectangle | None) -> list[Change]:
        """What has become of tiles since this was asked before."""
        layer, tiled = self.tiled.layer, self.tiled
        visible, loaded = bool(layer.visible), bool(layer.loaded)
        requested = None if loaded and not self._sliced else tiled.requested()
        if self._sliced and loaded and visible:
            self._sliced = False
            self._take(requested, viewer)
        shown = None
        if visible and self._held is not None:
            level, (top, bottom, left, right) = self._held
            # In three dimensions all that is held is on screen.
            view = self._held[1] if rectangle is None else tiled.visible(level, rectangle)
            shown = max(top, view[0]), min(bottom, view[1]), max(left, view[2]), min(right, view[3])
        seen = visible, loaded, None if loaded else requested, self._held, shown
        if seen == self._seen:
            return []
        self._seen = seen
        return list(self._differences(self._states(visible, None if loaded else requested, shown)))

    def _on_set_data(self, event: object = None) -> None:
        self._sliced = True

    def _take(self, requested: tuple[int, Block] | None, viewer: Viewer) -> None:
        """napari has a new slice: what was asked for is held, and nothing else but what caches have."""
        asked = set(keys_of(*requested).tolist()) if requested is not None else set()
        self._heard = {
            key: heard
            for key, heard in self._heard.items()
            if heard[0] == LOADING or (heard[0] == FAILED and key in asked) or (heard[0] == CACHED and heard[1] is not None)
        }
        if not any(state == FAILED for state, _ in self._heard.values()):
            self._held = requested if self.tiled.has_slice(viewer) else None
        self._seen = None

    def _states(self, visible: bool, requested: tuple[int, Block] | None, shown: Block | None) -> dict[int, int]:
        states: dict[int, int] = {}
        tiled = self.tiled
        if requested is not None and visible:
            states.update(dict.fromkeys(keys_of(*requested).tolist(), WANTED))
        if self._held is not None:
            level, block = self._held
            if tiled.is_multiscale and visible:
                # The coarsest level is read in whole for the thumbnail, and kept.
                rows, columns = tiled.levels[-1].grid
                states.update(dict.fromkeys(keys_of(len(tiled.levels) - 1, (0, rows, 0, columns)).tolist(), CACHED))
            states.update(dict.fromkeys(keys_of(level, block).tolist(), CACHED))
            if shown is not None:
                states.update(dict.fromkeys(keys_of(level, shown).tolist(), DRAWN))
        for key, (state, _) in self._heard.items():
            if state != CACHED or states.get(key) != DRAWN:
                states[key] = state
        return states

    def _differences(self, states: dict[int, int]) -> Iterator[Change]:
        told = self._told
        self._told = states
        changed: dict[int, list[int]] = {}
        for key, state in states.items():
            if told.get(key) != state:
                changed.setdefault(state, []).append(key)
        gone = [key for key in told if key not in states]
        if gone:
            changed[EVICTED] = gone
        for state, keys in changed.items():
            yield from _by_level(state, np.array(keys, np.int64))


def _by_level(state: int, keys: Keys) -> Iterator[Change]:
    levels = keys >> _LEVEL
    for level in np.unique(levels).tolist():
        of_level = keys[levels == level]
        yield Change(state, level, *places(of_level))
