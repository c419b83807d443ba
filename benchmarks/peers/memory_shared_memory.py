"""multiprocessing.shared_memory: one array, read in place as it changes, or copied under a lock."""

from collections.abc import Callable, Iterable
from multiprocessing.shared_memory import SharedMemory

import numpy as np
from harness.hand_over import Peer, Place
from harness.numbered_frames import Frame


def produce_view(place: Place, frames: Iterable[Frame]) -> None:
    """Says with a semaphore that there is another frame."""
    memory = SharedMemory(place.name, create=True, size=place.bytes)
    array = np.ndarray(place.bytes, np.uint8, memory.buf)
    for frame in frames:
        array[:] = frame
        place.shared.release()
    del array
    memory.close()
    memory.unlink()


def consume_view(place: Place, take: Callable[[Frame], bool]) -> None:
    """Reads in place, while the producer may write."""
    memory = SharedMemory(place.name)
    array = np.ndarray(place.bytes, np.uint8, memory.buf)
    while True:
        place.shared.acquire()
        while place.shared.acquire(block=False):
            pass
        if not take(array):
            break
    del array
    memory.close()


def produce_locked(place: Place, frames: Iterable[Frame]) -> None:
    """Writes under the lock, and counts."""
    changed, count = place.shared
    memory = SharedMemory(place.name, create=True, size=place.bytes)
    array = np.ndarray(place.bytes, np.uint8, memory.buf)
    for frame in frames:
        with changed:
            array[:] = frame
            count.value += 1
            changed.notify()
    del array
    memory.close()
    memory.unlink()


def consume_locked(place: Place, take: Callable[[Frame], bool]) -> None:
    """Copies under the lock, and reads its copy."""
    changed, count = place.shared
    memory = SharedMemory(place.name)
    array, copy, seen = np.ndarray(place.bytes, np.uint8, memory.buf), np.empty(place.bytes, np.uint8), 0
    while True:
        with changed:
            changed.wait_for(lambda: count.value != seen)
            seen = count.value
            copy[:] = array
        if not take(copy):
            break
    del array
    memory.close()


PEERS = [
    Peer("shared_memory_view", "shared_memory, in place", produce_view, consume_view, "1", "the newest frame, which may be torn", share=lambda context: context.Semaphore(0)),
    Peer(
        "shared_memory_lock", "shared_memory, lock and copy", produce_locked, consume_locked, "2", "the newest frame; each waits for the other's copy",
        share=lambda context: (context.Condition(), context.RawValue("Q", 0)),
    ),
]  # fmt: skip
