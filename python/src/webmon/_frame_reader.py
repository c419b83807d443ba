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
        few = self._stride <= _native.BULK_BYTES
        self._copy_latest = quick.copy_latest if few else bulk.copy_latest
        self._copy_next = quick.copy_next if few else bulk.copy_next
        self._missed = 0
        #: Frames handed out: if it is another one than before, another thread was quicker.
        self._given = 0
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
                found = c_void_p()
                pointer = quick.lease_latest(handle.pointer, byref(found), byref(info))
                if pointer is None:
                    _native.failed()
                array = self._in_place(pointer, found.value)
            else:
                array = self._room(out)
                status = self._copy_latest(handle.pointer, _memory.address(array), self._stride, byref(info))
                if status < 0:
                    _native.failed(status)
                if info.valid_bytes != self._stride:
                    self._blank(array, info.valid_bytes)
            self._native_info = info
            self._sequence = info.sequence
            self._given += 1
            return array

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
            # All that can be made ready before the wait is: after it each step is on the way of the frame, and takes double, with cold caches.
            handle = self._usable()
            given = self._given  # First: whoever hands a frame out changes it last.
            after = self._sequence
            info, found, passed_by = _native.FrameInfo(), c_void_p(), c_uint64()
            info_out, found_out, passed_by_out = byref(info), byref(found), byref(passed_by)
            array = None
            must_copy = copy or out is not None
            if must_copy or quick.leases(handle.pointer) >= self._most_leases:
                array = self._room(out)
                address = _memory.address(array)
            # To look for a frame that is not there costs more than to wait for one that is.
            if not self._wait(after, limit):
                raise errors.TimeoutError(f"stream {self.name!r}: nothing newer than frame {after} came in {timeout} s")
            with self._lock:
                if given != self._given:
                    continue  # Another thread was quicker.
                # What was held before the wait may have been let go meanwhile.
                if array is None or not must_copy and quick.leases(handle.pointer) < self._most_leases:
                    pointer = quick.lease_next(handle.pointer, after, found_out, info_out, passed_by_out)
                    if pointer is None:
                        _native.failed()
                    array = self._in_place(pointer, found.value)
                else:
                    status = self._copy_next(handle.pointer, after, address, self._stride, info_out, passed_by_out)
                    if status < 0:
                        _native.failed(status)
                    if info.valid_bytes != self._stride:
                        self._blank(array, info.valid_bytes)
                self._native_info = info
                self._sequence = info.sequence
                self._given += 1
                if after:
                    self._missed += passed_by.value
                return array

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

    def _in_place(self, pointer: int, address: int | None) -> npt.NDArray[Any]:
        description = self._description
        return _memory.readonly(address or 0, Memory(pointer), self._stride, description.shape, description.dtype)

    def _blank(self, array: npt.NDArray[Any], valid: int) -> None:
        # The library copies what the writer said is valid; the rest would be whatever lay in this memory.
        array.reshape(-1).view(np.uint8)[valid:] = 0

    def _room(self, out: npt.NDArray[Any] | None) -> npt.NDArray[Any]:
        if out is None:
            return _memory.shown(np.empty(self.shape, self.dtype))
        description = self._description
        if out.shape != description.shape or out.dtype != description.dtype or not out.flags.c_contiguous or not out.flags.writeable:
            raise errors.InvalidError(
                f"stream {self.name!r}: out has shape {out.shape}, dtype {out.dtype}, C-contiguous: {out.flags.c_contiguous}, "
                f"writeable: {out.flags.writeable}; expected shape {self.shape}, dtype {self.dtype}, C-contiguous and writeable"
            )
        return out
