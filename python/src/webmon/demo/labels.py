"""``labels``: the slide's nuclei, segmented by region growing while one looks."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

import numpy as np
import numpy.typing as npt
from scipy.ndimage import gaussian_filter, grey_dilation
from skimage.feature import peak_local_max
from skimage.filters import threshold_otsu

import webmon
from webmon.demo import images

TILE = 128
TILES_A_STEP = 2
SMOOTHING = 1.5
SEED_DISTANCE = 6
REST_STEPS = 90


class Labels:
    """A (512, 512) uint16 array. A few tiles at a time, every label takes the free pixels of its nucleus that touch it."""

    name = "labels"
    period = 1 / 30

    def __init__(self, directory: str | None) -> None:
        density = gaussian_filter(images.stains()[0], SMOOTHING)
        self._nuclei: npt.NDArray[np.bool_] = density > threshold_otsu(density)
        self._seeds = peak_local_max(density, min_distance=SEED_DISTANCE, labels=self._nuclei.astype(np.uint8))
        extents = [range(0, extent, TILE) for extent in density.shape]
        self._tiles = [np.s_[y : y + TILE, x : x + TILE] for y, x in product(*extents)]
        self._next = 0
        self._at_rest = REST_STEPS  # begins with sowing
        self._changes: list[tuple[tuple[slice, slice], npt.NDArray[np.uint16]]] = []
        self._labels = webmon.Array(
            self.name,
            shape=density.shape,
            dtype="u2",
            tile=(TILE, TILE),
            directory=directory,
            metadata={
                "axes": ["y", "x"],
                "units": ["um", "um"],
                "scale": [0.5, 0.5],
                "colormap": "labels",
                "contrast_limits": [0, len(self._seeds)],
            },
        )

    @property
    def wanted(self) -> bool:
        return self._labels.wanted

    def compute(self, time: float) -> None:
        """Grows the labels of the next tiles by one pixel; sows anew some seconds after nothing grew any more."""
        if self._at_rest >= REST_STEPS:
            self._changes = [(np.s_[:, :], self._sown())]
            self._at_rest = 0
            return
        self._changes = []
        for _ in range(TILES_A_STEP):
            tile = self._tiles[self._next]
            self._next = (self._next + 1) % len(self._tiles)
            grown = self._grown(tile)
            if grown is not None:
                self._changes.append((tile, grown))
        self._at_rest = 0 if self._changes else self._at_rest + 1

    def publish(self) -> int:
        for tile, labels in self._changes:
            with self._labels.edit(tile) as view:
                view[...] = labels
        return sum(labels.nbytes for _, labels in self._changes)

    @property
    def commands(self) -> tuple[Callable[..., object], ...]:
        return ()

    def close(self) -> None:
        self._labels.close()

    def _sown(self) -> npt.NDArray[np.uint16]:
        labels = np.zeros(self._labels.shape, np.uint16)
        labels[tuple(self._seeds.T)] = np.arange(1, len(self._seeds) + 1)
        return labels

    def _grown(self, tile: tuple[slice, slice]) -> npt.NDArray[np.uint16] | None:
        """The tile with each label one pixel larger, None if none could grow."""
        # One pixel more on each side: labels grow from tile to tile.
        around = tuple(slice(max(0, side.start - 1), side.stop + 1) for side in tile)
        within = tuple(slice(side.start - wide.start, side.stop - wide.start) for side, wide in zip(tile, around, strict=True))
        before = self._labels.array[tile]
        reached: npt.NDArray[np.uint16] = grey_dilation(self._labels.array[around], size=(3, 3))[within]
        grown = np.where((before == 0) & self._nuclei[tile], reached, before)
        return None if np.array_equal(grown, before) else grown
