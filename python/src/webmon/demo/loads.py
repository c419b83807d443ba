"""``loads``: how long each publication of the demo really took."""

from __future__ import annotations

import time

import webmon

RECORD = [
    ("time", "f8"),
    ("stream", "S8"),
    ("load_ms", "f4"),
    ("publish_ms", "f4"),
    ("frame_ms", "f4"),
    ("nbytes", "u8"),
]


class Loads:
    """A log with one record for each publication.

    ``time`` is seconds since 1970, ``load_ms`` the work on the data, ``publish_ms`` the way into shared memory, ``frame_ms`` the time since the
    same stream's last publication (NaN for the first), and ``nbytes`` what was written.
    """

    name = "loads"

    def __init__(self, directory: str | None) -> None:
        self._log = webmon.Log(
            self.name,
            RECORD,
            records=16384,
            directory=directory,
            metadata={
                "role": "chunk-loads",
                # The page Loader Stats begins with these fields.
                "plots": {"frame_time": "frame_ms", "chunk_time": "load_ms", "chunk_bytes": "nbytes"},
                "field_units": {"time": "s", "load_ms": "ms", "publish_ms": "ms", "frame_ms": "ms", "nbytes": "B"},
            },
        )
        self._last: dict[str, float] = {}

    def add(self, stream: str, started: float, computed: float, published: float, nbytes: int) -> None:
        """Logs one publication; the times are those of `time.perf_counter`."""
        last = self._last.get(stream, float("nan"))
        self._last[stream] = started
        self._log.append(
            (
                time.time(),
                stream.encode(),
                (computed - started) * 1e3,
                (published - computed) * 1e3,
                (started - last) * 1e3,
                nbytes,
            )
        )

    def close(self) -> None:
        """Ends the log."""
        self._log.close()
