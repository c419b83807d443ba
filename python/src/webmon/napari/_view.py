"""What part of the world a viewer shows."""

from __future__ import annotations

from typing import Any

import numpy as np

from ._part import Viewer

#: Top, left, bottom and right.
Rectangle = tuple[float, float, float, float]


def seen_rectangle(viewer: Viewer) -> Rectangle | None:
    """What is visible, in world coordinates along the two displayed axes; None in three dimensions, where it is no rectangle.

    In grid mode it is what each of the cells shows: they have one camera and the same size. Not what napari holds of a layer
    (``layer.corner_pixels``): that reaches to the edges of chunks.
    """
    if viewer.dims.ndisplay != 2:
        return None
    height, width = viewer.canvas.viewbox_size(viewer.layers)
    camera = viewer.scene.camera
    zoom = camera.zoom
    if not zoom > 0:
        return None
    y, x = camera.center[-2:]
    down, across = height / zoom / 2, width / zoom / 2
    return float(y - down), float(x - across), float(y + down), float(x + across)


def followed_layer(viewer: Viewer) -> Any:
    """The layer whose level is told as the viewer's: of those that are visible and multiscale, else visible, the active one or the topmost. None if there is none."""
    best, found = 0, None
    active = viewer.layers.selection.active
    for layer in viewer.layers:
        if layer.visible and hasattr(layer, "data_level"):
            worth = 1 + 2 * bool(layer.multiscale) + (layer is active)
            if worth >= best:
                best, found = worth, layer
    return found


class Frame:
    """A plane of coordinates in the world's displayed plane: (y, x) = matrix @ world (y, x) + offset."""

    def __init__(self, matrix: np.ndarray, offset: np.ndarray) -> None:
        self.matrix = matrix
        self.offset = offset

    def box(self, rectangle: Rectangle) -> Rectangle:
        """What encloses a rectangle of the world."""
        top, left, bottom, right = rectangle
        corners = np.array([[top, left], [top, right], [bottom, left], [bottom, right]]) @ self.matrix.T + self.offset
        (low_y, low_x), (high_y, high_x) = corners.min(0).tolist(), corners.max(0).tolist()
        return low_y, low_x, high_y, high_x

    def inverse(self) -> Frame:
        """From these coordinates to the world's."""
        back = np.linalg.inv(self.matrix)
        return Frame(back, -back @ self.offset)

    def after(self, first: Frame) -> Frame:
        """First the one, then this."""
        return Frame(self.matrix @ first.matrix, self.matrix @ first.offset + self.offset)

    @property
    def is_turned(self) -> bool:
        """Whether rows and columns do not stay rows and columns, from the top and from the left."""
        away = np.abs(self.matrix[[0, 1], [1, 0]])
        return bool((away > 1e-9 * np.abs(self.matrix).max()).any() or (np.diag(self.matrix) < 0).any())
