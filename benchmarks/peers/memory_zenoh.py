"""zenoh through its shared memory, keeping the newest sample only. Its Python package reads and writes bytes, no buffers."""

from collections.abc import Callable, Iterable

import numpy as np
import zenoh
from harness.hand_over import Peer, Place
from harness.numbered_frames import Frame


def _open(place: Place, listen: bool) -> zenoh.Session:
    """A session that knows the other one by a socket, not by multicast, which other zenohs would hear."""
    config = zenoh.Config()
    config.insert_json5("mode", '"peer"')
    config.insert_json5("scouting/multicast/enabled", "false")
    config.insert_json5("transport/shared_memory/enabled", "true")
    config.insert_json5("listen/endpoints" if listen else "connect/endpoints", f'["unixsock-stream/{place.directory}/zenoh"]')
    return zenoh.open(config)


def produce(place: Place, frames: Iterable[Frame]) -> None:
    """Four frames' room; waits until old ones are given back."""
    with _open(place, listen=True) as session:
        provider = zenoh.shm.ShmProvider.default_backend(4 * place.bytes + (1 << 16))
        publisher = session.declare_publisher("webmon/bench")
        for frame in frames:
            buffer = provider.alloc(place.bytes, policy=zenoh.shm.BlockOn(zenoh.shm.GarbageCollect()))
            buffer[:] = frame.tobytes()
            publisher.put(buffer)


def consume(place: Place, take: Callable[[Frame], bool]) -> None:
    """The newest sample."""
    with _open(place, listen=False) as session, session.declare_subscriber("webmon/bench", zenoh.handlers.RingChannel(1)) as subscriber:
        while take(np.frombuffer(subscriber.recv().payload.to_bytes(), np.uint8)):
            pass


PEERS = [Peer("zenoh", "zenoh, shared memory", produce, consume, "3", "the newest frame; two of the copies are its Python package's", package="eclipse-zenoh")]
