"""A napari with commands, in a process of its own: shared, with a command of its user, until a page ends it."""

import napari
import numpy as np

import webmon
import webmon.napari


@webmon.napari.command(timeout=60)
def pixel(viewer: napari.Viewer) -> list:
    "What stands in the middle of the canvas."
    picture = viewer.screenshot(canvas_only=True, flash=False)
    return picture[picture.shape[0] // 2, picture.shape[1] // 2, :3].tolist()


@webmon.napari.command
def end(viewer: napari.Viewer) -> None:
    "Closes the viewer."
    viewer.close()


viewer = napari.Viewer()
viewer.add_image(np.full((64, 64), 100, "u1"), name="camera", contrast_limits=(0, 200))
viewer.add_image(np.full((64, 64), 255, "u1"), name="above", colormap="green", visible=False)
webmon.share(viewer)
print("ready", flush=True)
napari.run()
