"""``retina16``: a fundus photograph through the model of a scientific camera with 16-bit output."""

from __future__ import annotations

from math import sin

import numpy as np
import numpy.typing as npt

import webmon
from webmon.demo import images

SIDE = 768
# A sCMOS camera: full well in electrons, read noise in electrons, electrons for one grey value, grey value of no light.
FULL_WELL = 30_000
READ_NOISE = 1.6
GAIN = 0.46
OFFSET = 100


class Retina:
    """A (768, 768) uint16 view, 15 a second. Its low bits are alive with shot noise, as those of a camera are."""

    name = "retina16"
    period = 1 / 15

    def __init__(self, directory: str | None) -> None:
        self._electrons = images.retina_green() * np.float32(FULL_WELL / 255)
        self._noise = np.sqrt(self._electrons + np.float32(READ_NOISE**2))
        self._random = np.random.default_rng()
        self._view = np.empty((SIDE, SIDE), np.float32)
        self._stream = webmon.Stream(
            self.name,
            shape=(SIDE, SIDE),
            dtype="u2",
            directory=directory,
            metadata={
                "axes": ["y", "x"],
                "units": ["pixel", "pixel"],
                "scale": [1, 1],
                "colormap": "green",
                "contrast_limits": [OFFSET, self._brightest()],
                "channel": "red-free",
            },
        )

    @property
    def wanted(self) -> bool:
        return self._stream.wanted

    def compute(self, time: float) -> None:
        """Lets the eye drift, and exposes: photons come at random, so that the noise is the root of the signal."""
        travel = self._electrons.shape[0] - SIDE
        y = round(travel * (0.5 + 0.1 * sin(0.9 * time)))
        x = round(travel * (0.5 + 0.1 * sin(1.3 * time + 2)))
        window = np.s_[y : y + SIDE, x : x + SIDE]
        view = self._view
        self._random.standard_normal(dtype=np.float32, out=view)
        view *= self._noise[window]
        view += self._electrons[window]
        view *= np.float32(1 / GAIN)
        view += np.float32(OFFSET + 0.5)
        np.clip(view, 0, 65535, out=view)

    def publish(self) -> int:
        with self._stream.loan() as slot:
            np.copyto(slot, self._view, casting="unsafe")
        return slot.nbytes

    def close(self) -> None:
        self._stream.close()

    def _brightest(self) -> int:
        electrons: npt.NDArray[np.float32] = self._electrons
        return int(np.percentile(electrons, 99.9) / GAIN + OFFSET)
