"""Frames at intended times, as benchmarks/clients/many_clients.c expects them."""

from __future__ import annotations

from time import monotonic_ns, sleep

import numpy as np
import webmon

#: Of four bytes, in one frame.
WORDS = 4096
#: Frames a second.
RATE = 30


def publish(stream: webmon.Stream, frames: int) -> None:
    """Publishes at intended times, each frame with the time that it was due; the stream counts those that find no slot."""
    frame = np.zeros(WORDS, "u4")
    start = monotonic_ns() + 50_000_000
    for number in range(frames):
        due = start + number * 1_000_000_000 // RATE
        if (wait := due - monotonic_ns()) > 0:
            sleep(wait / 1e9)
        frame[2:] = number + 1
        frame[:2].view("u8")[0] = due
        stream.put(frame)
