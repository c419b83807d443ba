"""Loads of parts of arrays, from the threads that read them to the parts that tell of them."""

from __future__ import annotations

import logging
import math
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any

from ._tiled_layer import Region

_logger = logging.getLogger("webmon.napari")

WANTED, LOADING, LOADED, FAILED, GIVEN_UP = range(5)

#: Seconds between two deliveries: the display's rate.
_PERIOD = 0.016


class Tap:
    """An array whose reads are told of.

    Parameters
    ----------
    source : str
        ``"array"``, ``"zarr"`` or ``"dask"``.
    shape : tuple of int
        Of the array.
    name : str, optional
        What it is called where it is in no layer.
    """

    __slots__ = ("__weakref__", "name", "shape", "source")

    def __init__(self, source: str, shape: tuple[int, ...], name: str = "") -> None:
        self.source = source
        self.shape = shape
        self.name = name

    @property
    def whole(self) -> Region:
        """The region of all of it."""
        return [(0, extent) for extent in self.shape]


class Load:
    """One read of a part of an array."""

    __slots__ = ("began", "hit", "key", "milliseconds", "nbytes", "region", "state", "tap")

    def __init__(self, tap: Tap, region: Region, state: int = LOADING, key: Any = None) -> None:
        self.tap = tap
        self.region = region
        self.state = state
        #: What a cache calls it; None if no cache can have it.
        self.key = key
        #: Seconds since 1970.
        self.began = time.time()
        self.milliseconds = math.nan
        self.nbytes = 0
        #: It was in memory already.
        self.hit = False


class LoadQueue:
    """Takes loads from any thread; gives them, at the display's rate, to whom they are for.

    They are delivered by a thread that loads if the viewer's own does not come: while it waits for data itself, pages see what it waits for.

    Parameters
    ----------
    deliver : callable
        Gets a list of loads, each once for each change of its state. One thread at a time.
    limit : int
        Loads that wait at most; more are dropped, and counted.
    """

    def __init__(self, deliver: Callable[[list[Load]], None], limit: int = 65536) -> None:
        self._deliver = deliver
        self._limit = limit
        self._waiting: deque[Load] = deque()
        self._turn = threading.Lock()
        self._next = 0.0
        #: Loads that were not told of.
        self.dropped = 0

    def put(self, load: Load) -> None:
        """A load is wanted, begins or has ended."""
        if len(self._waiting) >= self._limit:
            with self._turn:
                self.dropped += 1
            return
        self._waiting.append(load)
        if time.monotonic() >= self._next:
            self.flush()

    def flush(self) -> None:
        """Delivers what waits, unless another thread does."""
        if not self._waiting or not self._turn.acquire(blocking=False):
            return
        try:
            self._next = time.monotonic() + _PERIOD
            loads = [self._waiting.popleft() for _ in range(len(self._waiting))]
            self._deliver(loads)
        except Exception:
            # It would end the read of whoever loads.
            _logger.exception("%d loads were not told of", len(loads))
        finally:
            self._turn.release()

    def clear(self) -> None:
        """Forgets what waits."""
        self._waiting.clear()


#: The queues of those who look now. Empty: nothing is measured.
listening: list[LoadQueue] = []


def tell(load: Load) -> None:
    """To all who look."""
    for queue in list(listening):
        queue.put(load)
