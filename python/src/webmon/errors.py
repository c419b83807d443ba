"""What can go wrong, one class a reason. Each is also the builtin exception that a caller would expect."""

from __future__ import annotations

import builtins
import errno as _errno
from typing import ClassVar


class SegmentError(Exception):
    """Base of all errors of webmon. The text says what was wrong, where, what was found and what would be right."""

    #: The status code of the C interface (``arrayshm.h``).
    code: ClassVar[int] = 0


class TimeoutError(SegmentError, builtins.TimeoutError):
    """Nothing new came within the time limit."""

    code = -1


class NoDataError(SegmentError, LookupError):
    """Nothing is there yet, or no longer."""

    code = -2


class BusyError(SegmentError, BlockingIOError):
    """The name has a live writer, or a loan or an edit is open already."""

    code = -4


class NotFoundError(SegmentError, FileNotFoundError):
    """There is no such segment or directory."""

    code = -5


class InvalidError(SegmentError, ValueError):
    """An argument is out of range or does not fit the segment."""

    code = -6


class DTypeError(SegmentError, TypeError):
    """The dtype cannot be shared, or the data cannot be cast to it."""

    code = -7


class CorruptError(SegmentError, ValueError):
    """The file is not a whole and valid segment."""

    code = -8


class NoSpaceError(SegmentError, OSError):
    """The file system is full; ``errno`` is ``ENOSPC``."""

    code = -9

    def __init__(self, *args: object) -> None:
        super().__init__(*args)
        self.errno = _errno.ENOSPC


class PermissionError(SegmentError, builtins.PermissionError):
    """The directory or the file may not be read or written."""

    code = -10


class TooManyFilesError(SegmentError, OSError):
    """The process or the system is out of file descriptors; ``errno`` is ``EMFILE``."""

    code = -11

    def __init__(self, *args: object) -> None:
        super().__init__(*args)
        self.errno = _errno.EMFILE


class ClosedError(SegmentError, ValueError):
    """The object was closed, or the writer ended and everything was read."""

    code = -12


class SupersededError(SegmentError):
    """A newer generation of this name exists: open it again."""

    code = -13


class ForkedError(SegmentError, RuntimeError):
    """The writer belongs to the parent process."""

    code = -14


class TornError(SegmentError, RuntimeError):
    """The data kept changing while it was copied."""

    code = -15


class SystemCallError(SegmentError, OSError):
    """Another error of the operating system."""

    code = -16


def from_code(code: int, message: str) -> SegmentError:
    """The error for a status code of the C interface."""
    return _BY_CODE.get(code, SegmentError)(message)


_BY_CODE: dict[int, type[SegmentError]] = {
    error.code: error
    for error in (
        TimeoutError,
        NoDataError,
        BusyError,
        NotFoundError,
        InvalidError,
        DTypeError,
        CorruptError,
        NoSpaceError,
        PermissionError,
        TooManyFilesError,
        ClosedError,
        SupersededError,
        ForkedError,
        TornError,
        SystemCallError,
    )
}
