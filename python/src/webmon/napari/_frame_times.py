"""How long a viewer's frames take."""

from __future__ import annotations

import logging
import time
from typing import Any

from .._log import Log
from ._part import Viewer
from ._sharing import Sharing

_logger = logging.getLogger("webmon.napari")
_FRAME = [("time", "<f8"), ("frame_ms", "<f4"), ("interval_ms", "<f4")]


class FrameTimes:
    """The log ``PREFIX.frame-times``: a record for each frame that is drawn while somebody looks.

    ``frame_ms`` is what napari took to draw on the processor, slicing included; ``interval_ms`` the time since the frame before began.
    """

    def __init__(self, sharing: Sharing) -> None:
        metadata = {"role": "frame-times", "field_units": {"time": "s", "frame_ms": "ms", "interval_ms": "ms"}}
        self._log = Log(sharing.name("frame-times"), _FRAME, metadata=metadata, directory=sharing.directory)
        self._viewer = sharing.viewer
        self._draws: Any = None
        self._began = 0.0
        self._before = 0.0
        self._frames: list[tuple[float, float, float]] = []

    def tick(self) -> None:
        """Times frames while somebody looks, and tells of them."""
        if self._log.wanted != (self._draws is not None):
            if self._draws is None:
                self._connect()
            else:
                self._disconnect()
        if self._frames:
            frames, self._frames = self._frames, []
            self._log.append(frames)

    def close(self) -> None:
        """Lets go of the canvas and ends the log."""
        if self._draws is not None:
            self._disconnect()
        self._log.close()

    def _connect(self) -> None:
        self._draws = draw_events(self._viewer)
        if self._draws is not None:
            self._began = self._before = 0.0
            self._draws.connect(self._begin, position="first")
            self._draws.connect(self._end, position="last")

    def _disconnect(self) -> None:
        self._draws.disconnect(self._begin)
        self._draws.disconnect(self._end)
        self._draws = None
        self._frames = []

    def _begin(self, event: object) -> None:
        self._before, self._began = self._began, time.perf_counter()

    def _end(self, event: object) -> None:
        if self._began:
            took = (time.perf_counter() - self._began) * 1000
            interval = (self._began - self._before) * 1000 if self._before else float("nan")
            self._frames.append((time.time(), took, interval))


def draw_events(viewer: Viewer) -> Any:
    """What tells of each frame; None for a viewer without window.

    napari has no public way to it. Qt's ``frameSwapped`` comes after a frame only, and for what napari did not draw too.
    """
    window = getattr(viewer, "window", None)
    return None if window is None else window._qt_viewer.canvas._scene_canvas.events.draw
