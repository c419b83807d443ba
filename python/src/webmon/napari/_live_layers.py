"""The layers of a viewer that show segments."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

from .. import errors
from .._array import Array
from .._array_reader import ArrayReader
from .._frame_reader import FrameReader
from .._open import open as open_reader
from .._writer import Directory
from ._live_layer import LiveLayer
from ._painted_layer import PaintedLayer
from ._part import Viewer

_logger = logging.getLogger("webmon.napari")


class LiveLayers:
    """The layers of one viewer that show segments. On the viewer's thread.

    Parameters
    ----------
    viewer : napari.Viewer or napari.components.ViewerModel
    """

    def __init__(self, viewer: Viewer) -> None:
        self._viewer = viewer
        self._live: list[LiveLayer | PaintedLayer] = []
        #: Is called once there is none any more.
        self.on_empty: Callable[[], None] | None = None
        viewer.layers.events.removing.connect(self._removing)

    def open(self, name: str, directory: Directory, timeout: float | None, labels: bool | None, options: Mapping[str, Any]) -> Any:
        """Adds a layer for what another process writes, or this one."""
        reader: Any = open_reader(name, directory=directory, timeout=timeout)
        try:
            if not isinstance(reader, FrameReader | ArrayReader):
                reader.subscribe(False)
            live = LiveLayer(self._viewer, reader, directory, labels, options)
        except BaseException:
            reader.close()
            raise
        self._live.append(live)
        return live.layer

    def paint(self, array: Array, labels: bool | None, options: Mapping[str, Any]) -> Any:
        """Adds a layer on an array of this process."""
        if array.closed:
            raise errors.ClosedError(f"array {array.name!r} is closed: nobody could see what is painted")
        painted = PaintedLayer(self._viewer, array, labels, options)
        self._live.append(painted)
        return painted.layer

    def tick(self) -> None:
        """Lets each show what is newest."""
        if not self._live:
            self.close()
        for live in list(self._live):
            try:
                live.tick()
                if live.left:
                    self._live.remove(live)
            except Exception:
                # The viewer goes on, and so do the other layers.
                _logger.exception("the layer %s follows its stream no more", live.layer.name)
                self._drop(live, live.close)

    def close(self) -> None:
        """Lets go of all segments; the layers stay as they are."""
        self._viewer.layers.events.removing.disconnect(self._removing)
        for live in list(self._live):
            self._drop(live, live.close)
        if self.on_empty is not None:
            self.on_empty()

    def _removing(self, event: Any) -> None:
        # Before it is gone: its picture, which holds a slot, is still there to be given another one.
        layer = self._viewer.layers[event.index]
        for live in list(self._live):
            if live.layer is layer:
                self._drop(live, live.release)

    def _drop(self, live: LiveLayer | PaintedLayer, end: Callable[[], None]) -> None:
        self._live.remove(live)
        try:
            end()
        except Exception:
            _logger.exception("the layer %s could not let go of its stream", live.layer.name)
