"""The log of what a viewer shows: camera, dims, canvas, rectangle and level."""

from __future__ import annotations

import math
import time
from typing import Any

from .._log import Log
from ._sharing import Sharing
from ._view import followed_layer, seen_rectangle

_RECORDS = 16384


class ViewState:
    """The log ``PREFIX.view-state``: a record for each change, at most one a tick, while somebody looks; whoever comes gets the present one.

    Its dtype has as many places as the viewer has axes: another number of them makes another generation.
    """

    def __init__(self, sharing: Sharing) -> None:
        self._sharing = sharing
        self._viewer = sharing.viewer
        self._told: tuple[Any, ...] | None = None
        self._has_other_axes = False
        self._viewer.dims.events.axis_labels.connect(self._on_axes)
        self._log = self._open()

    def tick(self) -> None:
        """Tells the state if it changed and somebody looks."""
        if self._has_other_axes:
            self._has_other_axes = False
            if tuple(self._viewer.dims.axis_labels) != self._axes:
                self._log.close()
                self._log = self._open()
        if not self._log.wanted:
            self._told = None
            return
        state = self._state()
        if state != self._told:
            self._told = state
            rectangle = state[-5:-1]
            # NaN is no equal of itself: there is no rectangle where there is None.
            told = (*state[:-5], *(math.nan if edge is None else edge for edge in rectangle), state[-1])
            self._log.append((time.time(), *told))

    def close(self) -> None:
        """Lets go of the viewer and ends the log."""
        self._viewer.dims.events.axis_labels.disconnect(self._on_axes)
        self._log.close()

    def _on_axes(self, event: object = None) -> None:
        self._has_other_axes = True

    def _open(self) -> Log:
        dims = self._viewer.dims
        self._told = None
        self._axes = tuple(dims.axis_labels)
        ndim = dims.ndim
        dtype = [
            ("time", "<f8"),
            ("center", "<f8", (3,)),
            ("zoom", "<f8"),
            ("angles", "<f8", (3,)),
            ("perspective", "<f8"),
            ("ndisplay", "u1"),
            ("order", "u1", (ndim,)),
            ("current_step", "<i8", (ndim,)),
            ("point", "<f8", (ndim,)),
            ("grid", "?"),
            ("canvas_height", "<u4"),
            ("canvas_width", "<u4"),
            ("top", "<f8"),
            ("left", "<f8"),
            ("bottom", "<f8"),
            ("right", "<f8"),
            ("level", "<i2"),
        ]
        metadata = {"role": "view-state", "axis_labels": list(self._axes), "field_units": {"time": "s"}}
        return Log(self._sharing.name("view-state"), dtype, records=_RECORDS, metadata=metadata, directory=self._sharing.directory)

    def _state(self) -> tuple[Any, ...]:
        viewer = self._viewer
        camera, dims, canvas = viewer.scene.camera, viewer.dims, viewer.canvas
        layer = followed_layer(viewer)
        height, width = canvas.size
        return (
            tuple(camera.center),
            camera.zoom,
            tuple(camera.angles),
            camera.perspective,
            dims.ndisplay,
            tuple(dims.order),
            tuple(dims.current_step),
            tuple(dims.point),
            bool(canvas.grid.enabled),
            int(height),
            int(width),
            *(seen_rectangle(viewer) or (None,) * 4),
            -1 if layer is None else int(layer.data_level),
        )
