"""Loads tiles of the enlarged fundus photograph in threads, as a viewer loads them from a slow store."""

from __future__ import annotations

import random
import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.ndimage import grey_closing

TILE = 128
THREADS = 3
# What the store takes to answer, as one over a network does, and how often it does not.
ANSWERS_AFTER = (0.004, 0.05)
FAILS = 0.006
# Wider than the widest vessels, in pixels of a level.
VESSEL_SIZE = 9

FUNDUS, VESSELS = range(2)

#: Layer, level, row, column.
Key = tuple[int, int, int, int]


@dataclass(frozen=True)
class Loaded:
    """What became of a load."""

    key: Key
    pixels: npt.NDArray[np.uint8] | None  # None: it failed
    milliseconds: float


class TileLoader:
    """Three threads that load what is wanted.

    Parameters
    ----------
    source : ndarray
        The image at level 0, (rows, columns) of uint8.
    """

    def __init__(self, source: npt.NDArray[np.uint8]) -> None:
        self._source = source
        self._pool = ThreadPoolExecutor(THREADS, "tiles")
        self._waiting: dict[Key, Future[None]] = {}
        # Lists, whose appends are whole: threads add, the owner takes.
        self._started: list[Key] = []
        self._ended: list[Loaded] = []

    @property
    def keys(self) -> set[Key]:
        """What is wanted or being loaded."""
        return set(self._waiting)

    def want(self, key: Key) -> None:
        """Loads a tile as soon as a thread is free."""
        self._waiting[key] = self._pool.submit(self._load, key)

    def drop(self, key: Key) -> bool:
        """A tile is not wanted any more. False if it is being loaded already."""
        if not self._waiting[key].cancel():
            return False
        del self._waiting[key]
        return True

    def news(self) -> tuple[list[Key], list[Loaded]]:
        """Which loads began, and which ended, since the last call."""
        # What ended began before: ends are taken first.
        ended, self._ended = self._ended, []
        started, self._started = self._started, []
        for loaded in ended:
            self._waiting.pop(loaded.key, None)
        return started, ended

    def close(self) -> None:
        """Loads no more."""
        self._pool.shutdown(cancel_futures=True)

    def _load(self, key: Key) -> None:
        self._started.append(key)
        start = time.perf_counter()
        pixels: npt.NDArray[np.uint8] | None
        try:
            pixels = self._read(key)
        except OSError:
            pixels = None
        self._ended.append(Loaded(key, pixels, (time.perf_counter() - start) * 1e3))

    def _read(self, key: Key) -> npt.NDArray[np.uint8]:
        time.sleep(random.uniform(*ANSWERS_AFTER))
        if random.random() < FAILS:
            raise OSError(f"the store did not give tile {key}")
        layer, level, row, column = key
        tile = self._reduced(level, row, column)
        if layer == VESSELS:
            # Vessels are dark: what a closing fills up.
            closed: npt.NDArray[np.uint8] = grey_closing(tile, size=(VESSEL_SIZE, VESSEL_SIZE))
            return closed - tile
        return tile

    def _reduced(self, level: int, row: int, column: int) -> npt.NDArray[np.uint8]:
        """A tile of a level: the mean of each block of 2^level x 2^level pixels; at the edge, of what there is."""
        size, step = TILE << level, 1 << level
        block = self._source[row * size : (row + 1) * size, column * size : (column + 1) * size]
        if step == 1:
            return block.copy()
        rows, columns = (np.arange(0, extent, step) for extent in block.shape)
        sums = np.add.reduceat(np.add.reduceat(block, rows, axis=0, dtype=np.uint32), columns, axis=1)
        heights, widths = (np.minimum(step, extent - begins) for extent, begins in zip(block.shape, (rows, columns), strict=True))
        means: npt.NDArray[np.uint8] = (sums // (heights[:, None] * widths[None, :])).astype(np.uint8)
        return means
