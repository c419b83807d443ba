"""What was last said of every tile, so that all of it can be said again."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

#: One tile event: see docs/tile-viewer.md.
EVENT = np.dtype(
    [
        ("time", "<f8"),
        ("layer", "<u2"),
        ("level", "<u2"),
        ("row", "<u4"),
        ("column", "<u4"),
        ("state", "u1"),
        ("milliseconds", "<f4"),
        ("nbytes", "<u4"),
    ]
)
EVICTED, CACHED, WANTED, LOADING, DRAWN, FAILED = range(6)
RESTATED = 255

Events = npt.NDArray[Any]


class TileMemory:
    """The newest event of each tile that is not evicted.

    Events are only kept as they come; they are sorted out, in numpy, when somebody asks or when there are many.
    """

    def __init__(self, compact_at: int) -> None:
        self._compact_at = compact_at
        self._present: Events = np.zeros(0, EVENT)
        self._pending: list[Events] = []
        self._pending_count = 0

    def add(self, events: Events) -> None:
        self._pending.append(events)
        self._pending_count += len(events)
        if self._pending_count > self._compact_at:
            self.present()

    def clear(self) -> None:
        self._present = np.zeros(0, EVENT)
        self._pending = []
        self._pending_count = 0

    def present(self) -> Events:
        """One event for each tile, with the milliseconds and bytes that were last told of it."""
        if self._pending:
            self._present = _newest(np.concatenate([self._present, *self._pending]))
            self._pending = []
            self._pending_count = 0
        return self._present


def _newest(events: Events) -> Events:
    order = np.lexsort((events["column"], events["row"], events["level"], events["layer"]))  # stable: times stay in order
    events = events[order]
    places = np.arange(len(events))
    last = np.zeros(len(events), bool)
    last[-1:] = True
    for name in ("layer", "level", "row", "column"):
        last[:-1] |= events[name][1:] != events[name][:-1]
    first = np.zeros(len(events), np.intp)
    first[1:] = np.where(last[:-1], places[1:], 0)
    first = np.maximum.accumulate(first)
    # What was told before a tile was evicted does not hold any more.
    evicted = np.maximum.accumulate(np.where(events["state"] == EVICTED, places, -1))
    since = np.maximum(first, evicted)
    for name, told in (("milliseconds", ~np.isnan(events["milliseconds"])), ("nbytes", events["nbytes"] > 0)):
        newest = np.maximum.accumulate(np.where(told, places, -1))
        events[name] = np.where(newest >= since, events[name][newest], events[name])
    present: Events = events[last & (events["state"] != EVICTED)]
    return present
