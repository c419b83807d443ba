"""Frames that tell their number on every page, so that their reader knows a wrong byte, and a frame of two halves, from a whole one."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Frame = npt.NDArray[np.uint8]

#: Words of 8 bytes from one mark to the next: one on every page of 4096 bytes, and never in the same place of two, which a cache would keep in one set.
STEP = 504
#: A frame that is not measured: before the first, and (this number and those over it) after the last.
WARM_UP = 0
AFTER = 0xF0000000


def marks(frame: Frame) -> npt.NDArray[np.uint64]:
    """The words that are marked and checked."""
    return frame.view(np.uint64)[::STEP]


def places(count: int) -> npt.NDArray[np.uint64]:
    """The low halves of the marks: each place has another. The high halves are the number."""
    return (np.arange(1, count + 1, dtype=np.uint64) * np.uint64(2654435761)) & np.uint64(0xFFFFFFFF)


class NumberedFrame:
    """The array that a producer has: numbered anew for each frame.

    Parameters
    ----------
    bytes_ : int
        Of the frame, a multiple of 8.
    """

    def __init__(self, bytes_: int) -> None:
        self.frame: Frame = np.full(bytes_, 0x5A, np.uint8)
        self._marks = marks(self.frame)
        self._places = places(self._marks.size)

    def number(self, number: int) -> Frame:
        """The frame, with this number."""
        np.bitwise_or(self._places, np.uint64(number << 32), out=self._marks)
        return self.frame


class FrameCheck:
    """What a consumer does with each frame, in two steps: :meth:`read` touches every page, :meth:`number` says what was there."""

    def __init__(self, bytes_: int) -> None:
        self._bytes = bytes_
        self._places = places(-(-bytes_ // (8 * STEP)))

    def read(self, frame: Frame) -> npt.NDArray[np.uint64]:
        """Every mark of the frame, without its place."""
        if frame.nbytes != self._bytes:
            raise ValueError(f"a frame of {frame.nbytes} bytes came; {self._bytes} were sent")
        return np.bitwise_xor(marks(frame), self._places)

    def number(self, read: npt.NDArray[np.uint64]) -> int | None:
        """The number of the frame; None if it has parts of several.

        Raises
        ------
        ValueError
            A byte is wrong.
        """
        first = int(read[0])
        if not first & 0xFFFFFFFF and (read == read[0]).all():
            return first >> 32
        if wrong := np.flatnonzero(read & np.uint64(0xFFFFFFFF)).tolist():
            raise ValueError(f"a wrong byte: mark {wrong[0]} of {read.size} is {int(read[wrong[0]]):#x}")
        return None
