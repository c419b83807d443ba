"""The real images of the demo: those that come inside scikit-image's wheel. Nothing is downloaded."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from skimage import data
from skimage.color import hdx_from_rgb, separate_stains

Image = npt.NDArray[np.float32]

STAINS = ("haematoxylin", "DAB", "residual")


def slide() -> npt.NDArray[np.uint8]:
    """A tissue slide in colour, (512, 512, 3): colon, stained for FHL2. ``skimage.data.immunohistochemistry``."""
    return _load("immunohistochemistry")


def slide_gray() -> Image:
    """The slide as a monochrome camera sees it, (512, 512), 0 to 255: its green channel, where the stains absorb most."""
    return slide()[..., 1].astype(np.float32)


def stains() -> Image:
    """Density of each stain of the slide, (3, 512, 512), in the order of `STAINS`: nuclei, the protein, and what neither explains."""
    separated = separate_stains(slide(), hdx_from_rgb)
    return np.ascontiguousarray(np.moveaxis(separated, -1, 0).clip(min=0), np.float32)


def retina_green() -> Image:
    """The green channel of a fundus photograph, (1411, 1411), 0 to 255. ``skimage.data.retina``."""
    return _load("retina")[..., 1].astype(np.float32)


def _load(name: str) -> npt.NDArray[np.uint8]:
    image: Any = getattr(data, name)()
    return np.asarray(image, np.uint8)
