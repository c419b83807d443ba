"""pyzmq: a pair of sockets over ipc."""

import contextlib
from collections.abc import Iterator

import zmq
from harness.ping_pong import Corner, Receive, Send, Waker


@contextlib.contextmanager
def ends(corner: Corner) -> Iterator[tuple[Send, Receive]]:
    """The lesser name binds, the other one connects."""
    with zmq.Context() as context, context.socket(zmq.PAIR) as pair:
        address = f"ipc://{corner.directory}/{min(corner.mine, corner.theirs)}"
        if corner.mine < corner.theirs:
            pair.bind(address)
        corner.meet()
        if corner.mine > corner.theirs:
            pair.connect(address)
        yield pair.send, pair.recv


WAKERS = [Waker("pyzmq", "pyzmq, ipc", ends, package="pyzmq")]
