"""Frames out of a ring."""

from __future__ import annotations

from collections.abc import Iterator
from ctypes import byref, c_uint64, c_void_p
from typing import Any

import numpy as np
import numpy.typing as npt

from . import _memory, _native, errors
from ._description import SegmentDescription
from ._frame_info import FrameInfo, from_native
from ._memory import Memory
from ._native import bulk, quick
from ._reader import ENDS, Reader, ReaderHandle, deadline_after


class FrameReader(Reader):
    """Reads a :class:`webmon.Stream`; made by :func:`webmon.open`.

    Frames are given in place, without a copy, as read-only arrays. Such an array holds its slot (a lease) as long as it lives, or any view
    of it: the frame in it does not change. A reader holds at most ``max(1, slots - 2)`` slots; while its caller keeps so many frames, the
    next ones are copies, so that a caller who keeps everything does not starve the writer.

    Iterating gives every frame from the oldest that is still there and that this reader has not handed out yet, waits for new ones,
    and ends with the writer.

    Examples
    --------
    >>> import numpy as np, webmon
    >>> stream = webmon.Stream("spectrum", shape=3, dtype="f4")
    >>> reader = webmon.open("spectrum")
    >>> _ = stream.put([1, 2, 3])
    >>> reader.latest()
    array([1., 2., 3.], dtype=float32)
    >>> reader.info.sequence
    1
    >>> stream.close()
    >>> reader.close()
    """

    def __init__(self, handle: ReaderHandle, description: SegmentDescription, directory: str | None) -> None:
        super().__init__(handle, description, directory)
        self._most_leases = max(1, description.slots - 2)
        self._stride = description._stride
        self._missed = 0
        self._frame_out = c_void_p()
        self._missed_out = c_uint64()
        # Of the frame that was handed out last; never written again, so that another thread may read it.
        self._native_info: _native.FrameInfo | None = None

    @property
    def slots(self) -> int:
        """Frames in the ring."""
        return self._description.slots

    @property
    def info(self) -> FrameInfo | None:
        """Sequence number, time, level, plane and region of the frame that was handed out last; None before the first."""
        native = self._native_info
        return None if native is None else from_native(native)

    @property
    def missed(self) -> int:
        """Frames that were overwritten before :meth:`next` or iteration came to them. What came before the first one read is not counted."""
        return self._missed

    def latest(self, *, copy: bool = False, out: npt.NDArray[Any] | None = None) -> npt.NDArray[Any]:
        """The newest frame.

        Parameters
        ----------
        copy : bool, default False
            Gives an ordinary array of its own, checked for tearing, instead of one in place.
        out : ndarray, optional
            C-contiguous array of the stream's shape and dtype to copy into, and to return.

        Returns
        -------
        ndarray
            In place and read-only, unless a copy was asked for or this reader holds as many slots as it may.

        Raises
        ------
        NoDataError
            There is no frame yet.
        """
        with self._lock:
            handle = self._usable()
            info = _native.FrameInfo()
            if not copy and out is None and quick.leases(handle.pointer) < self._most_leases:
                pointer = quick.lease_latest(handle.pointer, byref(self._frame_out), byref(info))
                if pointer is None:
                    _native.failed()
                return self._in_place(pointer, info)
            array = self._room(out)
            copy_latest = quick.copy_latest if self._stride <= _native.BULK_BYTES else bulk.copy_latest
            status = copy_latest(handle.pointer, _memory.address(array), array.nbytes, byref(info))
            if status < 0:
                _native.failed(status)
            return self._copied(array, info)

    def next(
        self, timeout: float | None = None, *, copy: bool = False, out: npt.NDArray[Any] | None = None
    ) -> npt.NDArray[Any]:
        """The oldest frame that is still there and newer than what this reader handed out last; waits for it if need be.

        Parameters
        ----------
        timeout : float, optional
            Seconds; None waits for ever, 0 only looks.
        copy, out
            As in :meth:`latest`.

        Raises
        ------
        TimeoutError
            No new frame came in time.
        ClosedError, SupersededError
            The writer ended, and every frame was read.
        """
        limit = deadline_after(timeout)
        while True:
            # To look for a frame that is not there costs more than to wait for one that is.
            if not self._wait(self._sequence, limit):
                raise errors.TimeoutError(f"stream {self.name!r}: nothing newer than frame {self._sequence} came in {timeout} s")
            # None if another thread was quicker.
            frame = self._next(copy, out)
            if frame is not None:
                return frame

    def __iter__(self) -> Iterator[npt.NDArray[Any]]:
        while True:
            try:
                frame = self.next()
            except ENDS:
                if self._handle is None:
                    raise
                return
            yield frame
            del frame  # or its slot would be held while the next one is awaited

    def intact(self, frame: npt.NDArray[Any]) -> bool:
        """False if the writer overwrote a frame that was handed out in place.

        Only a stream with ``overwrite_after`` does that. A copy is always intact.
        """
        memory = _memory.memory_of(frame)
        return memory is None or memory.intact

    def _next(self, copy: bool, out: npt.NDArray[Any] | None) -> npt.NDArray[Any] | None:
        with self._lock:
            handle = self._usable()
            first = self._sequence == 0
            info = _native.FrameInfo()
            if not copy and out is None and quick.leases(handle.pointer) < self._most_leases:
                pointer = quick.lease_next(
                    handle.pointer, self._sequence, byref(self._frame_out), byref(info), byref(self._missed_out)
                )
                if pointer is None:
                    code = quick.error_code()
                    if code == _native.NONE:
                        return None
                    _native.failed(code)
                frame = self._in_place(pointer, info)
            else:
                array = self._room(out)
                status = bulk.copy_next(
                    handle.pointer,
                    self._sequence,
                    _memory.address(array),
                    array.nbytes,
                    byref(info),
                    byref(self._missed_out),
                )
                if status == _native.NONE:
                    return None
                _native.check(status)
                frame = self._copied(array, info)
            if not first:
                self._missed += self._missed_out.value
            return frame

    def _in_place(self, pointer: int, info: _native.FrameInfo) -> npt.NDArray[Any]:
        memory = Memory(pointer)
        description = self._description
        frame = _memory.readonly(self._frame_out.value or 0, memory, self._stride, description.shape, description.dtype)
        return self._seen(frame, info)

    def _seen(self, frame: npt.NDArray[Any], info: _native.FrameInfo) -> npt.NDArray[Any]:
        self._native_info = info
        self._sequence = info.sequence
        return frame

    def _copied(self, array: npt.NDArray[Any], info: _native.FrameInfo) -> npt.NDArray[Any]:
        valid = info.valid_bytes
        if valid < self._stride:
            # The library copies what the writer said is valid; the rest would be whatever lay in this memory.
            array.reshape(-1).view(np.uint8)[valid:] = 0
        return self._seen(array, info)

    def _room(self, out: npt.NDArray[Any] | None) -> npt.NDArray[Any]:
        if out is None:
            return _memory.shown(np.empty(self.shape, self.dtype))
        if out.shape != self.shape or out.dtype != self.dtype or not out.flags.c_contiguous or not out.flags.writeable:
            raise errors.InvalidError(
                f"stream {self.name!r}: out has shape {out.shape}, dtype {out.dtype}, C-contiguous: {out.flags.c_contiguous}, "
                f"writeable: {out.flags.writeable}; expected shape {self.shape}, dtype {self.dtype}, C-contiguous and writeable"
            )
        return out
