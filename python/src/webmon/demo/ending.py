"""When the demo is to end."""

from __future__ import annotations

import os
import select
import signal
import stat
import sys
import threading


class Ending:
    """SIGTERM, SIGINT, or the end of a pipe at standard input: whoever started the demo with one is gone then, however it ended."""

    def __init__(self) -> None:
        self._told = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self._told.set())
        self._pipe = _piped_input()

    @property
    def has_come(self) -> bool:
        """True once the demo is to end."""
        if self._pipe is not None and select.select([self._pipe], [], [], 0)[0] and not os.read(self._pipe, 4096):
            self._told.set()
        return self._told.is_set()

    def wait(self, timeout: float) -> None:
        """Waits so many seconds, or until a signal."""
        self._told.wait(timeout)


def _piped_input() -> int | None:
    try:
        descriptor = sys.stdin.fileno()
        return descriptor if stat.S_ISFIFO(os.fstat(descriptor).st_mode) else None
    except (AttributeError, OSError, ValueError):  # there is no standard input
        return None
