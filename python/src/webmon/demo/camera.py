"""``camera``: a stage moves the slide under a monochrome camera, and the focus drifts a little."""

from __future__ import annotations

from collections.abc import Callable
from math import sin

import numpy as np
from scipy.ndimage import gaussian_filter, zoom

import webmon
from webmon.demo import images

SIDE = 512
MAGNIFICATION = 2
# Blur of the focal planes, in pixels: in focus, then further and further out.
BLURS = (0.0, 0.8, 1.6, 2.6)


class Camera:
    """A (512, 512) uint8 view of the magnified slide, about 30 a second."""

    name = "camera"
    period = 1 / 30

    def __init__(self, directory: str | None) -> None:
        magnified = zoom(images.slide_gray(), MAGNIFICATION, order=3).clip(0, 255)
        self._focal_planes = [gaussian_filter(magnified, blur) if blur else magnified for blur in BLURS]
        self._travel = magnified.shape[0] - SIDE
        self._view = np.empty((SIDE, SIDE), np.float32)
        self._holds = False
        self._time = 0.0
        self._stream = webmon.Stream(
            self.name,
            shape=(SIDE, SIDE),
            dtype="u1",
            directory=directory,
            metadata={
                "axes": ["y", "x"],
                "units": ["um", "um"],
                "scale": [0.25, 0.25],
                "colormap": "gray",
                "contrast_limits": [0, 255],
                "channel": "transmission",
            },
        )

    @property
    def wanted(self) -> bool:
        return self._stream.wanted

    def compute(self, time: float) -> None:
        """Moves the stage on a curve that never quite repeats, and blends the two nearest focal planes."""
        self._time = time = self._time if self._holds else time
        y = round(self._travel * (0.5 + 0.5 * sin(0.23 * time)))
        x = round(self._travel * (0.5 + 0.5 * sin(0.31 * time + 1)))
        depth = (len(BLURS) - 1) * (0.5 - 0.5 * sin(0.47 * time + 1.5)) ** 3  # in focus most of the time
        near = min(int(depth), len(BLURS) - 2)
        window = np.s_[y : y + SIDE, x : x + SIDE]
        sharp, blurred = self._focal_planes[near][window], self._focal_planes[near + 1][window]
        np.subtract(blurred, sharp, out=self._view)
        self._view *= depth - near
        self._view += sharp

    def publish(self) -> int:
        """Converts straight into the slot: no copy in between."""
        with self._stream.loan() as slot:
            np.rint(self._view, out=slot, casting="unsafe")
        return slot.nbytes

    @property
    def commands(self) -> tuple[Callable[..., object], ...]:
        return (self.hold_stage,)

    def hold_stage(self, on: bool = True) -> None:
        """Holds the stage of camera, and its focus, where they are; or lets them go on."""
        self._holds = on

    def close(self) -> None:
        self._stream.close()
