"""SharedArray: one array by name. It has nothing to wait for, so the consumer looks again and again."""

from collections.abc import Callable, Iterable

import SharedArray
from harness.hand_over import Peer, Place
from harness.numbered_frames import Frame


def produce(place: Place, frames: Iterable[Frame]) -> None:
    """Writes, and counts in another array."""
    array, count = SharedArray.create(f"shm://{place.name}", place.bytes, "u1"), SharedArray.create(f"shm://{place.name}-count", 1, "u8")
    try:
        for frame in frames:
            array[:] = frame
            count += 1
    finally:
        SharedArray.delete(f"shm://{place.name}")
        SharedArray.delete(f"shm://{place.name}-count")


def consume(place: Place, take: Callable[[Frame], bool]) -> None:
    """Reads in place, while the producer may write."""
    array, count = SharedArray.attach(f"shm://{place.name}"), SharedArray.attach(f"shm://{place.name}-count")
    seen = 0
    while True:
        while (now := int(count[0])) == seen:
            pass
        seen = now
        if not take(array):
            return


PEERS = [Peer("shared_array", "SharedArray, spinning", produce, consume, "1", "the newest frame, which may be torn; its consumer never sleeps", package="SharedArray")]
