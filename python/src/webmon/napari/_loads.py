"""Loads of chunks, for Loader Stats and for the tiles."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from .._log import Log
from ._layer_set import LayerSet
from ._load import FAILED, LOADED, Load, LoadQueue, listening
from ._sharing import Sharing
from ._taps import LayerTaps

#: One load: see docs/napari-view.md.
LOAD = np.dtype(
    [
        ("time", "<f8"),
        ("layer", "S32"),
        ("source", "S10"),
        ("level", "<i2"),
        ("row", "<i4"),
        ("column", "<i4"),
        ("rows", "<u4"),
        ("columns", "<u4"),
        ("load_ms", "<f4"),
        ("nbytes", "<u8"),
        ("hit", "?"),
        ("failed", "?"),
    ]
)
_TOLD = (LOADED, FAILED)


class Follower(Protocol):
    """Another part that is told of loads."""

    @property
    def wants_loads(self) -> bool:
        """Whether somebody looks."""

    def follow(self, loads: list[Load]) -> None:
        """Takes loads whose state changed. From any thread, one at a time."""


class Loads:
    """The log ``PREFIX.chunk-loads`` of all that is loaded for a viewer's layers. Nothing is measured while nobody looks."""

    def __init__(self, sharing: Sharing) -> None:
        self.layers = LayerSet(sharing.viewer)
        self.taps = LayerTaps()
        self._followers: list[Follower] = []
        self._queue = LoadQueue(self._deliver)
        self._generation = -1
        self._wanted = False
        metadata = {"role": "chunk-loads", "plots": {"color": "source"}, "field_units": {"time": "s", "load_ms": "ms", "nbytes": "B"}}
        self._log = Log(sharing.name("chunk-loads"), LOAD, metadata=metadata, directory=sharing.directory)

    def add(self, follower: Follower) -> None:
        """Tells another part of loads, too."""
        self._followers.append(follower)

    @property
    def dropped(self) -> int:
        """Loads that were not told of because too many came at once."""
        return self._queue.dropped

    def tick(self) -> None:
        """Puts the taps where somebody looks, takes them out where nobody does, and tells of loads."""
        self._wanted = self._log.wanted
        wanted = self._wanted or any(follower.wants_loads for follower in self._followers)
        if not wanted:
            if self._queue in listening:
                self._stop()
            return
        if self._queue not in listening:
            listening.append(self._queue)
            self._generation = -1
        layers = self.layers.layers
        if self._generation != self.layers.generation:
            self._generation = self.layers.generation
            self.taps.put_in(layers)
        _follow_dask()
        self._queue.flush()

    def close(self) -> None:
        """Takes out all taps and ends the log."""
        try:
            if self._queue in listening:
                self._stop()
            self.layers.close()
        finally:
            self._log.close()

    def _stop(self) -> None:
        listening.remove(self._queue)
        self._queue.clear()
        self.taps.take_out()
        _follow_dask()

    def _deliver(self, loads: list[Load]) -> None:
        for follower in self._followers:
            if follower.wants_loads:
                follower.follow(loads)
        if self._wanted:
            told = {id(load): load for load in loads if load.state in _TOLD}
            records = [record for load in told.values() for record in self._records(load)]
            if records:
                self._log.append(np.array(records, LOAD))

    def _records(self, load: Load) -> list[tuple[object, ...]]:
        places = self.taps.places.get(load.tap)
        seconds = 0.0 if np.isnan(load.milliseconds) else load.milliseconds / 1000
        ended = (load.milliseconds, load.nbytes, load.hit, load.state == FAILED)
        # So that a graph tells hits apart by its colour.
        source = (f"{load.tap.source} hit" if load.hit else load.tap.source).encode()
        if not places:
            # Of no layer of this viewer: told if a script tapped and named it.
            name = load.tap.name.encode()[:32]
            return [(load.began + seconds, name, source, -1, -1, -1, 0, 0, *ended)] if name else []
        records: list[tuple[object, ...]] = []
        for layer, level in places:
            top, bottom, left, right = layer.region_block(level, load.region)
            where = (level, top, left, bottom - top, right - left)
            records.append((load.began + seconds, layer.name.encode()[:32], source, *where, *ended))
        return records


def _follow_dask() -> None:
    """Has dask tell, or not any more; nothing where dask was never tapped."""
    import sys

    module = sys.modules.get(f"{__package__}._dask_tap")
    if module is not None:
        module.dask_tap.follow()
