"""``stack``: the slide's stains, one plane after the other."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

import webmon
from webmon.demo import images

LARGEST_PERCENTILE = 99.8
FULL_SCALE = 60_000


class Stack:
    """(512, 512) uint16 planes, 6 a second: haematoxylin, DAB, the residual, and again. Each frame says which plane it is."""

    name = "stack"
    period = 1 / 6

    def __init__(self, directory: str | None) -> None:
        densities = images.stains()
        # Each stain over the whole range of 16 bits: their densities differ several times.
        largest = np.percentile(densities, LARGEST_PERCENTILE, axis=(1, 2), keepdims=True)
        scaled = densities / largest * FULL_SCALE
        self._planes: npt.NDArray[np.uint16] = scaled.clip(0, 65535).astype(np.uint16)
        self._plane = -1
        self._stream = webmon.Stream(
            self.name,
            shape=self._planes.shape[1:],
            dtype=self._planes.dtype,
            slots=6,
            directory=directory,
            metadata={
                "axes": ["y", "x"],
                "units": ["um", "um"],
                "scale": [0.5, 0.5],
                "colormap": "magma",
                "contrast_limits": [0, FULL_SCALE],
                "planes": images.STAINS,
            },
        )

    @property
    def wanted(self) -> bool:
        return self._stream.wanted

    def compute(self, time: float) -> None:
        self._plane = (self._plane + 1) % len(self._planes)

    def publish(self) -> int:
        plane: npt.NDArray[np.uint16] = self._planes[self._plane]
        self._stream.put(plane, plane=self._plane)
        return plane.nbytes

    @property
    def commands(self) -> tuple[Callable[..., object], ...]:
        return ()

    def close(self) -> None:
        self._stream.close()
