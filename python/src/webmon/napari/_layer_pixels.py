"""The pixels that a reader gives a layer."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from .._array_reader import ArrayReader
from .._frame_reader import FrameReader
from ._live_frame import LiveFrame


class Pixels(Protocol):
    """What a reader gives a layer."""

    #: The layer's ``data``.
    data: Any
    #: Number of the frame, or version of the array, that it shows.
    sequence: int

    def take(self) -> None:
        """Shows the newest."""

    def keep(self) -> None:
        """Keeps what is shown without its reader."""


class _Frames:
    """The newest frame, in its slot. One slot is held: that of the frame before is let go when the layer has been refreshed."""

    def __init__(self, reader: FrameReader, labels: bool) -> None:
        self._reader = reader
        # napari has no labels that are bools.
        self._dtype = np.dtype(np.uint8) if labels and reader.dtype == bool else reader.dtype
        nothing = np.zeros((), self._dtype)
        nothing.flags.writeable = False
        self.data = LiveFrame(np.broadcast_to(nothing, reader.shape))
        self.sequence = 0
        if reader._newest:
            self.take()

    def take(self) -> None:
        self.data.show(self._reader.latest().view(self._dtype))
        self.sequence = self._reader.sequence

    def keep(self) -> None:
        frame = self.data.frame.copy()
        frame.flags.writeable = False
        self.data.show(frame)


class _Memory:
    """An array that another process edits, in its mapping."""

    def __init__(self, reader: ArrayReader, labels: bool) -> None:
        self._reader = reader
        self.data: npt.NDArray[Any] = reader.array.view(np.uint8) if labels and reader.dtype == bool else reader.array
        self.sequence = reader._newest

    def take(self) -> None:
        self.sequence = self._reader._newest

    def keep(self) -> None:
        pass


def pixels_of(reader: FrameReader | ArrayReader, labels: bool) -> Pixels:
    """What a reader gives a layer."""
    return _Frames(reader, labels) if isinstance(reader, FrameReader) else _Memory(reader, labels)
