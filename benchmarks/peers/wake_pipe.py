"""multiprocessing.Pipe, both ways."""

import contextlib
from collections.abc import Iterator

from harness.ping_pong import Corner, Receive, Send, Waker


@contextlib.contextmanager
def ends(corner: Corner) -> Iterator[tuple[Send, Receive]]:
    """Bytes, not objects."""
    corner.meet()
    yield corner.shared.send_bytes, corner.shared.recv_bytes


WAKERS = [Waker("pipe", "multiprocessing.Pipe", ends, share=lambda context: context.Pipe())]
