"""Lines between a benchmark and a process that takes part in it, on a Unix socket."""

from __future__ import annotations

import json
import select
import socket
from typing import Any


class Link:
    """One end. What is said is JSON, one line each.

    Parameters
    ----------
    path : str
        Where :class:`Listener` listens.
    """

    def __init__(self, path: str = "", connected: socket.socket | None = None) -> None:
        if connected is None:
            connected = socket.socket(socket.AF_UNIX)
            connected.connect(path)
        self.socket = connected
        self._lines = connected.makefile("r")

    def tell(self, what: Any) -> None:
        """Says one line."""
        self.socket.sendall(json.dumps(what).encode() + b"\n")

    def hear(self) -> Any:
        """Waits for the next line.

        Raises
        ------
        EOFError
            The other end is gone.
        """
        line = self._lines.readline()
        if not line:
            raise EOFError
        return json.loads(line)

    def heard(self, seconds: float = 0) -> bool:
        """True if a line has come, or the other end has gone, within so many seconds. To be used where lines come one at a time."""
        return bool(select.select([self.socket], [], [], seconds)[0])

    def close(self) -> None:
        """Ends it for both."""
        self._lines.close()
        self.socket.close()
