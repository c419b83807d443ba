"""A napari viewer with real images, shared: ``python -m webmon.demo.viewer``."""

from __future__ import annotations

import os
import sys

import napari
import numpy as np
from skimage.measure import label

import webmon
from webmon.demo import images

_NO_SCREEN = """webmon demo: napari needs a screen, and neither DISPLAY nor WAYLAND_DISPLAY is set. Start this on the machine's desktop, or log in
with `ssh -X`, or, where nobody needs to see the window itself, give it a screen that is not there: xvfb-run -a make demo-napari"""
# Density of the nuclei's stain from which on a pixel belongs to one.
_NUCLEUS = 0.03
_PYRAMID_LEVELS = 4


def main() -> None:
    """Shows the slide, its stains, the nuclei and a pyramid, until the window is closed."""
    if not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        sys.exit(_NO_SCREEN)
    viewer = napari.Viewer(title="webmon demo")
    fill(viewer)
    webmon.share(viewer)
    napari.run()


def fill(viewer: napari.Viewer) -> None:
    """Adds the images: colour, channels, labels and several levels."""
    slide, retina = images.slide(), images.retina_green()
    viewer.add_image(slide, name="slide", rgb=True)
    viewer.add_image(
        [retina[:: 2**level, :: 2**level] for level in range(_PYRAMID_LEVELS)],
        name="retina",
        multiscale=True,
        colormap="green",
        scale=(slide.shape[0] / retina.shape[0],) * 2,
        translate=(0, slide.shape[1] + 20),
    )
    stains = images.stains()
    for number, (name, colormap) in enumerate(zip(images.STAINS[:2], ("cyan", "yellow"), strict=True)):
        viewer.add_image(stains[number], name=name, colormap=colormap, blending="additive", visible=False)
    viewer.add_labels(label(stains[0] > _NUCLEUS).astype(np.uint32), name="nuclei", opacity=0.4)
    viewer.reset_view()


if __name__ == "__main__":
    main()
