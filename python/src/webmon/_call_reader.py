"""The server's calls, for one producer."""

from __future__ import annotations

import logging
import os
from ctypes import byref, c_bool, c_uint64, c_void_p, create_string_buffer
from typing import Any

import numpy as np

from . import _native, errors
from ._command_message import COMMAND_LOG, RECORD, RECORD_BYTES, Assembler, Message
from ._description import SegmentDescription
from ._native import bulk, quick
from ._open import attach
from ._reader import ReaderHandle

_logger = logging.getLogger("webmon.commands")

_BATCH = 64
# How long a server that starts waits at most for a producer to find it.
_LOOK_NS = 100_000_000
_NEVER = 2**64 - 1


class CallReader:
    """Reads calls over all servers of a directory that come and go.

    Belongs to one thread. It sleeps in the kernel until a call comes, the server ends, or the producer's own log is closed.

    Parameters
    ----------
    directory : str
        Segment directory.
    producer : str
        Name of the producer's own log: calls are for its generation, and its end is the end of the reading.
    """

    def __init__(self, directory: str, producer: str) -> None:
        self._directory = directory
        self._path = os.path.join(directory, f"{COMMAND_LOG}.npy")
        self._own, description = attach(producer, directory)
        self._to = description.generation
        self._log: ReaderHandle | None = None
        #: Generation of the server's log that is read, or was read last.
        self._generation = 0
        # What is at the path and needs no further look: a log that was read to its end, or no log.
        self._known_file = 0
        self._position = 0
        self._assembler = Assembler(self._to)
        self._buffer = create_string_buffer(_BATCH * RECORD_BYTES)
        self._readers: Any = (c_void_p * 2)(self._own.pointer, None)
        self._after: Any = (c_uint64 * 2)(_NEVER, 0)
        self._ready: Any = (c_bool * 2)()

    @property
    def generation(self) -> int:
        """Generation of the log that the last calls came from: replies are for it."""
        return self._generation

    def next(self) -> list[Message]:
        """The next calls; waits for some. Now and then there are none.

        Raises
        ------
        ClosedError
            The producer's own log was closed.
        """
        if self._log is None and not self._open():
            self._wait(1, _LOOK_NS)
            return []
        calls = self._read()
        if calls or not self._wait(2, -1):
            return calls
        before = self._position
        calls = self._read()
        if self._position == before:
            self._log = None  # woken with nothing to read: the server is gone
        return calls

    def _open(self) -> bool:
        try:
            file = os.stat(self._path).st_ino
            if file == self._known_file:
                return False
            log, description = attach(COMMAND_LOG, self._directory)
        except (FileNotFoundError, errors.NotFoundError):
            return False
        except (OSError, errors.SegmentError) as error:
            _logger.warning("the server's calls cannot be read: %s", error)
            self._known_file = file
            return False
        self._known_file = file
        if not _is_command_log(description):
            _logger.warning("%s is no command log: its records are %s", description.path, description.dtype)
            return False
        if description.generation == self._generation:
            return False  # read to its end already
        self._log, self._generation, self._position = log, description.generation, 0
        self._assembler.reset()
        self._readers[1] = log.pointer
        return True

    def _read(self) -> list[Message]:
        assert self._log is not None
        calls: list[Message] = []
        found, last, lost = c_uint64(), c_uint64(), c_uint64()
        while not calls:
            # The GIL is kept: to get it back beside a busy thread costs milliseconds, the copy costs microseconds.
            status = quick.since(
                self._log.pointer, self._position, self._buffer, _BATCH, byref(found), byref(last), byref(lost)
            )
            _native.check(status)
            self._position = last.value
            if lost.value:
                self._assembler.reset()
            if not found.value:
                break
            calls.extend(self._assembler.add(memoryview(self._buffer)[: found.value * RECORD_BYTES]))
        self._after[1] = self._position
        return calls

    def _wait(self, count: int, timeout: int) -> bool:
        """True if the server's log has something new, or has ended."""
        _native.check(bulk.wait_many(self._readers, self._after, count, self._ready, timeout))
        if self._ready[0]:
            raise errors.ClosedError("the producer's log was closed")
        return count == 2 and bool(self._ready[1])


def _is_command_log(description: SegmentDescription) -> bool:
    return description.kind == "log" and description.dtype == np.dtype(RECORD)
