"""Frames into a ring of slots."""

from __future__ import annotations

import weakref
from collections.abc import Mapping, Sequence
from ctypes import byref, c_uint64
from typing import Any

import numpy as np
import numpy.typing as npt

from . import _frames, _memory, _native, errors
from ._frame_info import set_region
from ._native import quick
from ._turn import Turn
from ._writer import Directory, Writer, count, shape_and_dtype

_put = quick.put
_loan = quick.loan
_commit = quick.commit
_copyto = np.copyto


class Stream(Writer):
    """A stream of frames: images, tiles, spectra, any arrays of one shape and dtype.

    The frames lie in a ring of `slots` in shared memory. Readers use them in place; a slot that a reader holds is passed over. The
    writer never waits: when all slots are held, the frame is dropped and counted (``status.dropped``).

    Parameters
    ----------
    name : str
        1 to 120 characters of ``A-Z a-z 0-9 . _ -``, not starting with a dot. One live writer may hold a name.
    shape : int or tuple of int
        Shape of one frame.
    dtype : dtype
        Anything of fixed size without pointers, structured dtypes too. Not carried: the ``align`` flag and ``metadata`` of a dtype.
        For ``numpy.record`` dtypes readers get recarrays.
    slots : int, default 4
        Frames in the ring, 2 to 1024. A reader holds at most ``max(1, slots - 2)`` of them.
    metadata : mapping, optional
        Any JSON object; numpy values are converted, NaN is refused. Pages know ``axes``, ``units``, ``scale``, ``translate``,
        ``channel``, ``colormap``, ``contrast_limits``, ``level``, ``group``.
    like : ndarray, optional
        Shape and dtype where these are not given. Its data is not copied.
    directory : path, optional
        Segment directory; default ``$WEBMON_DIR``, else ``/dev/shm/webmon-<uid>``.
    persist : bool, default False
        Keep the file after :meth:`close`.
    overwrite_after : int, default 0
        After so many frames dropped in a row overwrite a slot that is held; 0: never.
    resume : bool, default False
        Go on with an equal segment whose writer is gone, if there is one: numbers and frames continue, and its metadata stays.

    Examples
    --------
    >>> import numpy as np, webmon
    >>> with webmon.Stream("camera", shape=(480, 640), dtype="u2") as camera:
    ...     camera.put(np.zeros((480, 640), "u2"))
    ...     with camera.loan(plane=3) as view:
    ...         view[...] = 7
    1
    """

    def __init__(
        self,
        name: str,
        shape: int | Sequence[int] | None = None,
        dtype: npt.DTypeLike | None = None,
        *,
        slots: int = 4,
        metadata: Mapping[str, Any] | None = None,
        like: npt.NDArray[Any] | None = None,
        directory: Directory = None,
        persist: bool = False,
        overwrite_after: int = 0,
        resume: bool = False,
    ) -> None:
        dims, dt = shape_and_dtype(shape, dtype, like)
        self._turn = Turn(f"a loan of stream {name!r}")
        self._create(
            _native.FRAMES,
            name,
            dims,
            dt,
            slots=count(slots, "slots", 2, 1024),
            tile=None,
            metadata=metadata,
            directory=directory,
            persist=persist,
            overwrite_after=overwrite_after,
            resume=resume,
        )
        self._slots: list[npt.NDArray[Any]] = []
        if self._handle is not None:
            address, memory = self._memory()
            ring = _memory.writable(address, memory, self._description.nbytes, (slots, *dims), dt)
            self._slots = [ring[slot, ...] for slot in range(slots)]
        self._sequence = c_uint64()
        self._sequence_out = byref(self._sequence)
        self._info = _native.FrameInfo()
        self._info_in = byref(self._info)
        self._spare: npt.NDArray[Any] | None = None
        # A small frame goes through here, into the library's put: one call instead of two.
        self._small: npt.NDArray[Any] | None = None
        if 0 < self._description._stride <= _native.FEW_BYTES:
            self._small = np.zeros(dims, dt)
            self._small_address = _memory.address(self._small)

    @property
    def slots(self) -> int:
        """Frames in the ring."""
        return self._description.slots

    def put(
        self,
        frame: npt.ArrayLike,
        *,
        level: int = 0,
        plane: int = 0,
        region: Sequence[slice] | None = None,
        time: int | None = None,
        user: int = 0,
        casting: _frames.Casting = "safe",
    ) -> int | None:
        """Publishes a copy of `frame`: one copy, straight into shared memory (one more of up to 4 KiB, which takes less than a call).

        Parameters
        ----------
        frame : array_like
            Of the stream's shape exactly. An array of another dtype must be castable by `casting`; Python numbers in lists may become
            any type of their kind that has room for them.
        level, plane : int
            Where the frame belongs: pyramid level (0 = full resolution) and plane.
        region : pair of slices, optional
            The rows and columns of its level that it covers; None: all.
        time : int, optional
            Nanoseconds of CLOCK_MONOTONIC (`time.monotonic_ns`); default now.
        user : int
            64 bits of your own.
        casting : str, default "safe"
            As in `numpy.copyto`.

        Returns
        -------
        int or None
            The frame's sequence number, from 1; None if it was dropped because readers hold every slot.
        """
        description = self._description
        # Identity of the dtype is the quick test; an equal one that is another object goes the long way round.
        if type(frame) is not np.ndarray or frame.dtype is not description.dtype or frame.shape != description.shape:
            frame = _frames.frame(frame, description.shape, description.dtype, casting, f"stream {self.name!r}")
        if self._turn.check():
            self._abandon()
        with self._turn.lock:
            try:
                handle = self._handle
                if handle is None:
                    self._unusable()
                info = None
                if level or plane or region is not None or time is not None or user:
                    info = self._info_in
                    self._set_info(level, plane, region, time, user, 0)
                if self._small is not None:
                    self._small[...] = frame
                    status = _put(handle.pointer, self._small_address, description._stride, info, self._sequence_out)
                else:
                    status = slot = _loan(handle.pointer)
                    if slot >= 0:
                        _copyto(self._slots[slot], frame, casting=casting)
                        status = _commit(handle.pointer, slot, info, self._sequence_out)
                if status < 0:
                    if status == _native.DROPPED:
                        return None
                    _native.failed(status)
                return self._sequence.value
            except BaseException:
                self._abandon()
                raise

    def loan(
        self,
        *,
        level: int = 0,
        plane: int = 0,
        region: Sequence[slice] | None = None,
        time: int | None = None,
        user: int = 0,
    ) -> Loan:
        """A slot to fill in place: no copy at all.

        ``with stream.loan() as view:`` gives an ordinary, writable ndarray of the stream's shape and dtype. It holds an old frame, not
        zeros. At the end of the block the frame is published; after an exception it is not. The view is read-only from then on.

        If readers hold every slot the view is ordinary memory, and what is written there is dropped and counted: see ``loan.dropped``.

        Parameters
        ----------
        level, plane, region, time, user
            As in :meth:`put`. They are attributes of the loan as well, and may be set inside the block.

        Examples
        --------
        >>> with webmon.Stream("spectrum", shape=4, dtype="f4") as stream:
        ...     loan = stream.loan()
        ...     with loan as view:
        ...         view[:] = [1, 2, 3, 4]
        ...         loan.plane = 2
        ...     loan.sequence
        1
        """
        return Loan(self, level, plane, region, time, user)

    def _set_info(
        self, level: int, plane: int, region: Sequence[slice] | None, time: int | None, user: int, valid_bytes: int
    ) -> None:
        info = self._info
        info.level = count(level, "level", 0, 2**32 - 1)
        info.plane = count(plane, "plane", 0, 2**32 - 1)
        info.user = count(user, "user", 0, 2**64 - 1)
        info.published_ns = 0 if time is None else count(time, "time", 1, 2**64 - 1)
        info.valid_bytes = valid_bytes
        set_region(info, region)

    def _abandon(self) -> None:
        # ctrl-C can come between the library's loan and Python's note of its number; whichever slot it was, there is only one.
        handle = self._handle
        if handle is not None:
            for slot in range(len(self._slots)):
                quick.abandon(handle.pointer, slot)

    def _forked(self) -> None:
        super()._forked()
        self._turn = Turn(f"a loan of stream {self.name!r}")


class Loan:
    """A slot that is being filled; made by :meth:`Stream.loan`, used with ``with``, once."""

    def __init__(
        self, stream: Stream, level: int, plane: int, region: Sequence[slice] | None, time: int | None, user: int
    ) -> None:
        self.level = level
        self.plane = plane
        self.region = region
        self.time = time
        self.user = user
        #: Bytes of the frame that mean something; None: all of them.
        self.valid_bytes: int | None = None
        #: Number of the published frame; None before, and if it was dropped or abandoned.
        self.sequence: int | None = None
        #: True if readers hold every slot, so that the frame will not be published.
        self.dropped = False
        self._stream = stream
        self._slot = -1
        self._view: npt.NDArray[Any] | None = None

    def __enter__(self) -> npt.NDArray[Any]:
        stream = self._stream
        if self._view is not None:
            raise errors.InvalidError(f"this loan of stream {stream.name!r} was used: take another")
        turn = stream._turn
        if turn.check():
            stream._abandon()
        try:
            turn.lock.acquire()
            turn.holder = weakref.ref(self)
            handle = stream._handle
            if handle is None:
                stream._unusable()
            self._slot = _loan(handle.pointer)
            if self._slot >= 0:
                self._view = stream._slots[self._slot].view()
            elif self._slot == _native.DROPPED:
                self.dropped = True
                if stream._spare is None:
                    stream._spare = np.zeros_like(stream._slots[0])
                self._view = stream._spare.view()
            else:
                _native.failed(self._slot)
            return self._view
        except BaseException:
            if turn.is_mine:
                self._end()
            raise

    def __exit__(self, error: type[BaseException] | None, *_: object) -> None:
        stream = self._stream
        if not stream._turn.is_mine and not stream.closed:
            raise errors.InvalidError(f"a loan of stream {stream.name!r} must end in the thread that began it")
        try:
            if error is None and not self.dropped:
                self._commit()
        finally:
            self._end()

    def _commit(self) -> None:
        stream = self._stream
        handle = stream._handle
        if handle is None:
            stream._unusable()
        valid_bytes = 0
        if self.valid_bytes is not None:
            valid_bytes = count(self.valid_bytes, "valid_bytes", 1, stream._description._stride)
        stream._set_info(self.level, self.plane, self.region, self.time, self.user, valid_bytes)
        _native.check(_commit(handle.pointer, self._slot, stream._info_in, stream._sequence_out))
        self.sequence = stream._sequence.value

    def _end(self) -> None:
        """Gives the slot back if it was not published, and the turn to the next."""
        if self._view is not None:
            self._view.flags.writeable = False
        if self.sequence is None:
            self._stream._abandon()
        self._stream._turn.give()

    def __repr__(self) -> str:
        return f"<webmon.Loan of {self._stream.name!r}, slot {self._slot}, plane {self.plane}, level {self.level}>"
