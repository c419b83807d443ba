"""Tells of chunks that dask makes, by its own callbacks. The arrays stay as they are."""

from __future__ import annotations

import math
import threading
import weakref
from time import perf_counter
from typing import Any

import numpy as np
from dask.callbacks import Callback

from ._load import FAILED, GIVEN_UP, LOADED, LOADING, WANTED, Load, Tap, listening, tell


class DaskTap(Callback):
    """Follows chunks of known arrays through dask's schedulers of this computer; the distributed one has no such callbacks.

    The time of a chunk is what its own task took and the longest chain of tasks before it, as dask's cache counts it.
    """

    def __init__(self) -> None:
        super().__init__()
        # One for each dask name, for all who follow the array: the tap, and where the chunks of each axis begin.
        self._known: weakref.WeakValueDictionary[str, _Known] = weakref.WeakValueDictionary()
        self._lock = threading.Lock()
        # A computation runs its callbacks on one thread.
        self._run = _Run()

    def add(self, array: Any, name: str = "") -> _Known:
        """Chunks of this array are told of as those of one tap, as long as one of those lives that are given back for it.

        With a `name` that is what they are called while the array is in no layer.
        """
        with self._lock:
            known = self._known.get(array.name)
            if known is None:
                edges = [np.concatenate([[0], np.cumsum(sizes)]).astype(int).tolist() for sizes in array.chunks]
                known = self._known[array.name] = _Known(Tap("dask", array.shape), edges, array.dtype.itemsize)
        if name:
            known.tap.name = name
        return known

    def follow(self) -> None:
        """Is among dask's callbacks while somebody listens. To be called now and then: what is done during a computation does not last."""
        if bool(listening) != (self._callback in Callback.active):
            (Callback.active.add if listening else Callback.active.discard)(self._callback)

    def _load(self, key: Any) -> Load | None:
        """The load of a chunk of a known array; None for any other task."""
        known = self._known.get(key[0]) if isinstance(key, tuple) and key and isinstance(key[0], str) else None
        if known is None or len(key) != len(known.edges) + 1 or not all(isinstance(place, int) for place in key[1:]):
            return None
        region = [(edges[place], edges[place + 1]) for edges, place in zip(known.edges, key[1:], strict=True)]
        load = Load(known.tap, region, WANTED, key)
        load.nbytes = math.prod(end - begin for begin, end in region) * known.itemsize
        return load

    def _start_state(self, dsk: Any, state: Any) -> None:
        run = self._run
        run.loads, run.began, run.spent = {}, {}, {}
        if not listening:
            return
        for key in dsk:
            load = self._load(key)
            if load is None:
                continue
            if key in state["cache"] or key not in state["dependencies"]:
                # It, or what is made of it, is there already: in napari's cache of dask's results, or as an array that is part of the graph.
                load.hit, load.state = True, LOADED
            else:
                run.loads[key] = load
            tell(load)

    def _pretask(self, key: Any, dsk: Any, state: Any) -> None:
        run = self._run
        run.began[key] = perf_counter()
        load = run.loads.get(key)
        if load is not None:
            load.state = LOADING
            tell(load)

    def _posttask(self, key: Any, result: Any, dsk: Any, state: Any, worker: Any) -> None:
        run = self._run
        began = run.began.pop(key, None)
        if began is None:
            return
        spent = perf_counter() - began + max((run.spent.get(before, 0.0) for before in state["dependencies"][key]), default=0.0)
        run.spent[key] = spent
        load = run.loads.pop(key, None)
        if load is not None:
            load.milliseconds, load.nbytes, load.state = spent * 1000, getattr(result, "nbytes", load.nbytes), LOADED
            tell(load)

    def _finish(self, dsk: Any, state: Any, failed: bool) -> None:
        # Of several that were under way dask does not tell which one failed.
        run = self._run
        for key, load in run.loads.items():
            began = run.began.get(key)
            load.state = GIVEN_UP if began is None else FAILED
            if began is not None:
                load.milliseconds = (perf_counter() - began) * 1000
            load.nbytes = 0
            tell(load)
        run.loads, run.began, run.spent = {}, {}, {}


class _Run(threading.local):
    """A computation that goes on on this thread."""

    def __init__(self) -> None:
        self.loads: dict[Any, Load] = {}
        self.began: dict[Any, float] = {}
        self.spent: dict[Any, float] = {}


class _Known:
    __slots__ = ("__weakref__", "edges", "itemsize", "tap")

    def __init__(self, tap: Tap, edges: list[list[int]], itemsize: int) -> None:
        self.tap = tap
        self.edges = edges
        self.itemsize = itemsize


#: Of this process: dask's callbacks are for all of it.
dask_tap = DaskTap()


def kept(keys: list[Any]) -> set[Any]:
    """Which of these chunks napari's cache of dask's results still has."""
    from napari.utils import resize_dask_cache

    data = resize_dask_cache().cache.data
    return {key for key in keys if key in data}
