"""What the clients in Python find out: the same as clients/direct.c, with the same words."""

from __future__ import annotations

import json
import time
from typing import Any

import numpy as np
import numpy.typing as npt

CHECK_STEP = 4096
WARM_UP_NS = 200_000_000


def frame_byte(offset: npt.NDArray[np.int64]) -> npt.NDArray[np.uint8]:
    """As in limits/frame_pattern.h."""
    found: npt.NDArray[np.uint8] = (offset * 7 + (offset >> 8) * 13 + (offset >> 16) * 31 + 5).astype("u1")
    return found


class Measured:
    """Checks frames, and counts them."""

    def __init__(self, nbytes: int, seconds: float) -> None:
        places = np.arange(CHECK_STEP, nbytes, CHECK_STEP)
        self._expected = frame_byte(places)
        self._last_byte = frame_byte(np.array([nbytes - 1]))[0]
        self._nbytes = nbytes
        self._nanoseconds = int(seconds * 1e9)
        self._latencies: list[int] = []
        self._begin = self._first = 0
        self._cpu = 0.0
        self.outside = 0

    def take(self, frame: npt.NDArray[np.uint8], sequence: int) -> dict[str, Any] | None:
        """Takes a frame, as flat bytes; gives what was found if it was the last one.

        Raises
        ------
        ValueError
            A byte is wrong.
        """
        due, number = frame[:16].view("u8").tolist()
        if frame.nbytes != self._nbytes or number != sequence:
            raise ValueError(f"frame {sequence} of {frame.nbytes} bytes says that it is frame {number}; {self._nbytes} bytes would be right")
        if not np.array_equal(frame[CHECK_STEP::CHECK_STEP], self._expected) or (self._nbytes > 16 and frame[-1] != self._last_byte):
            raise ValueError(f"frame {sequence} has wrong bytes")
        now = time.monotonic_ns()
        if self._begin == 0:
            self._begin = now + WARM_UP_NS
        if now < self._begin:
            return None
        if self._first == 0:
            self._first, self._begin, self._cpu = sequence, now, time.process_time()
            return None
        self._latencies.append(now - due)
        if now - self._begin < self._nanoseconds:
            return None
        return {
            "seconds": (now - self._begin) / 1e9,
            "frames": len(self._latencies),
            "published": sequence - self._first,
            "bytes": len(self._latencies) * self._nbytes,
            "cpu_seconds": time.process_time() - self._cpu,
            "outside": self.outside,
            "latencies_ns": self._latencies,
        }


def tell(found: dict[str, Any]) -> None:
    """Prints what was found."""
    print(json.dumps(found), flush=True)
