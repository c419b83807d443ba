"""multiprocessing.Queue of arrays, as its documentation shows it."""

from collections.abc import Callable, Iterable

from harness.hand_over import Peer, Place
from harness.numbered_frames import Frame


def produce(place: Place, frames: Iterable[Frame]) -> None:
    """A thread of the queue pickles later: it must get an array that nobody changes."""
    for frame in frames:
        place.shared.put(frame.copy())


def consume(place: Place, take: Callable[[Frame], bool]) -> None:
    """Every frame."""
    while take(place.shared.get()):
        pass


PEERS = [Peer("queue", "multiprocessing.Queue", produce, consume, "5 or more", "every frame, pickled; the producer waits for the consumer", share=lambda context: context.Queue(4))]
