"""``retina16``: a fundus photograph through the model of a scientific camera with 16-bit output."""

from __future__ import annotations

from collections.abc import Callable
from math import sin
from typing import Annotated

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
        self._image = images.retina_green()
        self._exposure = self._exposed(FULL_WELL)
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
        electrons, noise = self._exposure
        travel = electrons.shape[0] - SIDE
        y = round(travel * (0.5 + 0.1 * sin(0.9 * time)))
        x = round(travel * (0.5 + 0.1 * sin(1.3 * time + 2)))
        window = np.s_[y : y + SIDE, x : x + SIDE]
        view = self._view
        self._random.standard_normal(dtype=np.float32, out=view)
        view *= noise[window]
        view += electrons[window]
        view *= np.float32(1 / GAIN)
        view += np.float32(OFFSET + 0.5)
        np.clip(view, 0, 65535, out=view)

    def publish(self) -> int:
        with self._stream.loan() as slot:
            np.copyto(slot, self._view, casting="unsafe")
        return slot.nbytes

    def close(self) -> None:
        self._stream.close()

    @property
    def commands(self) -> tuple[Callable[..., object], ...]:
        return (self.set_exposure,)

    def set_exposure(self, electrons: Annotated[float, "where it is brightest, 10 to 30000"]) -> None:
        """Exposes retina16 longer or shorter: the fewer electrons, the more noise there is in the picture."""
        if not 10 <= electrons <= FULL_WELL:
            raise ValueError(f"electrons is {electrons:g}; the camera takes 10 to {FULL_WELL}")
        # One assignment: the picture that is being computed keeps what it began with.
        self._exposure = self._exposed(electrons)

    def _exposed(self, brightest: float) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
        """Electrons in each pixel, and their noise."""
        electrons = self._image * np.float32(brightest / 255)
        return electrons, np.sqrt(electrons + np.float32(READ_NOISE**2))

    def _brightest(self) -> int:
        electrons, _ = self._exposure
        return int(np.percentile(electrons, 99.9) / GAIN + OFFSET)
