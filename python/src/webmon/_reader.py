"""What readers of streams, logs and arrays have in common."""

from __future__ import annotations

import threading
import time
from ctypes import byref
from typing import Any, NoReturn, Self

from . import _description, _native, _process, errors
from ._described import Described
from ._description import SegmentDescription, Status
from ._native import bulk, quick

# A wait in the library cannot see ctrl-C or close(): it is cut into slices of this many nanoseconds.
_SLICE = 100_000_000
#: What a wait meets when there will be nothing more: the writer closed the segment, or another one took its name.
ENDS = (errors.ClosedError, errors.SupersededError)


class ReaderHandle:
    """An ``arrayshm_reader``, freed with the last call that uses it."""

    __slots__ = ("pointer",)

    def __init__(self, pointer: int) -> None:
        self.pointer = pointer

    def __del__(self, _free: Any = bulk.reader_free) -> None:
        _free(self.pointer)


class Reader(Described):
    """Base of :class:`webmon.FrameReader`, :class:`webmon.LogReader` and :class:`webmon.ArrayReader`."""

    def __init__(self, handle: ReaderHandle, description: SegmentDescription, directory: str | None) -> None:
        self._handle: ReaderHandle | None = handle
        self._description = description
        self._directory = directory
        self._subscribed = False
        self._lock = threading.RLock()
        self._sequence = 0
        _process.register(self)

    @property
    def sequence(self) -> int:
        """Number of the newest frame, record or version that this reader handed out; 0 before the first."""
        return self._sequence

    @property
    def _newest(self) -> int:
        """Number of the newest commit: without the kernel, which ``status`` asks."""
        return int(quick.sequence(self._usable().pointer))

    @property
    def status(self) -> Status:
        """How the segment is doing now. This reader is not counted among its readers."""
        handle = self._usable()
        found = _native.StatusInfo()
        _native.check(quick.reader_status(handle.pointer, byref(found)))
        return _description.status(found)

    @property
    def subscribed(self) -> bool:
        """True while this reader makes the writer's ``wanted`` true."""
        return self._subscribed and self._handle is not None

    def subscribe(self, wanted: bool = True) -> None:
        """Asks for data, or no longer: the writer's ``wanted`` is true while any reader asks."""
        _native.check(quick.subscribe(self._usable().pointer, wanted))
        self._subscribed = wanted

    def wait(self, timeout: float | None = None, *, after: int | None = None) -> bool:
        """Waits until there is something newer than what this reader handed out last.

        Parameters
        ----------
        timeout : float, optional
            Seconds; None waits for ever, 0 only looks.
        after : int, optional
            Waits for something newer than this sequence number instead.

        Returns
        -------
        bool
            False if the time ran out.

        Raises
        ------
        ClosedError
            The writer ended, or died, and there is nothing newer; or this reader was closed.
        SupersededError
            The same, and a newer generation took its name.
        """
        return self._wait(self._sequence if after is None else after, deadline_after(timeout))

    def close(self) -> None:
        """Closes this reader, which asks for data no longer. Arrays that it handed out stay valid."""
        handle, self._handle = self._handle, None
        if handle is not None and self._subscribed:
            # A frame in place keeps the native reader; it must not keep asking.
            quick.subscribe(handle.pointer, False)

    @property
    def closed(self) -> bool:
        """True after :meth:`close`."""
        return self._handle is None

    def _usable(self) -> ReaderHandle:
        handle = self._handle
        if handle is None:
            self._unusable()
        return handle

    def _unusable(self) -> NoReturn:
        raise errors.ClosedError(f"this reader of {self.name!r} is closed")

    def _comes_after(self, after: int) -> bool:
        """Waits for what comes after a number; False if the writer ends instead, an error if this reader is closed."""
        try:
            return self._wait(after, None)
        except ENDS:
            if self._handle is None:
                raise
            return False

    def _wait(self, after: int, deadline: float | None) -> bool:
        while True:
            handle = self._usable()
            left = None if deadline is None else max(0, int((deadline - time.monotonic()) * 1e9))
            status = bulk.wait(handle.pointer, after, _SLICE if left is None else min(left, _SLICE))
            if status == 0:
                return True
            if status != _native.TIMEOUT:
                _native.failed(status)
            if left is not None and left <= _SLICE:
                return False

    def _forked(self) -> None:
        # The library opens the segment anew for the child; a lock that another thread held would never be given back.
        self._lock = threading.RLock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __reduce__(self) -> Any:
        from ._open import reopen

        return reopen, (self.name, self._directory, self._subscribed)

    def __repr__(self) -> str:
        about = self._description
        doing = "closed" if self._handle is None else self.status.state
        return f"<webmon.{type(self).__name__} {about.name!r} {about.shape} {about.dtype}, {doing}, at {self._sequence}>"


def deadline_after(timeout: float | None) -> float | None:
    if timeout is None:
        return None
    if not timeout >= 0:
        raise errors.InvalidError(f"timeout is {timeout}: it must be seconds, 0 or more, or None")
    return time.monotonic() + timeout
