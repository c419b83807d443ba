"""posix_ipc: one shared array, and a semaphore that says that it changed."""

from __future__ import annotations

import contextlib
import mmap
import os
from collections.abc import Callable, Iterable, Iterator

import numpy as np
import posix_ipc
from harness.hand_over import Peer, Place
from harness.numbered_frames import Frame


@contextlib.contextmanager
def _array(place: Place, flags: int) -> Iterator[tuple[Frame, posix_ipc.Semaphore]]:
    semaphore = posix_ipc.Semaphore(f"/{place.name}", flags)
    memory = posix_ipc.SharedMemory(f"/{place.name}", flags, size=place.bytes if flags else 0)
    array = np.frombuffer(mmap.mmap(memory.fd, place.bytes), np.uint8)
    os.close(memory.fd)
    if flags:
        array[:] = 0
    try:
        yield array, semaphore
    finally:
        semaphore.close()
        if flags:
            posix_ipc.unlink_semaphore(f"/{place.name}")
            memory.unlink()


def produce(place: Place, frames: Iterable[Frame]) -> None:
    """Writes and posts."""
    with _array(place, posix_ipc.O_CREX) as (array, semaphore):
        for frame in frames:
            array[:] = frame
            semaphore.release()


def consume(place: Place, take: Callable[[Frame], bool]) -> None:
    """Reads in place, while the producer may write."""
    with _array(place, 0) as (array, semaphore):
        while True:
            semaphore.acquire()
            while semaphore.value:
                semaphore.acquire()
            if not take(array):
                return


PEERS = [Peer("posix_ipc", "posix_ipc semaphore and mmap", produce, consume, "1", "the newest frame, which may be torn", package="posix_ipc")]
