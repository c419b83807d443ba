"""multiprocessing.Pipe with the bytes of an array, which its documentation recommends over objects for buffers."""

from collections.abc import Callable, Iterable

import numpy as np
from harness.hand_over import Peer, Place
from harness.numbered_frames import Frame


def produce(place: Place, frames: Iterable[Frame]) -> None:
    """Waits for the consumer."""
    _, sender = place.shared
    for frame in frames:
        sender.send_bytes(frame)


def consume(place: Place, take: Callable[[Frame], bool]) -> None:
    """Every frame, into one array."""
    receiver, _ = place.shared
    frame = np.empty(place.bytes, np.uint8)
    receiver.recv_bytes_into(frame)
    while take(frame):
        receiver.recv_bytes_into(frame)


PEERS = [Peer("pipe", "multiprocessing.Pipe", produce, consume, "4", "every frame; the producer waits for the consumer", share=lambda context: context.Pipe(duplex=False))]
