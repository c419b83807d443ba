"""posix_ipc: a semaphore for each way, beside 64 bytes of shared memory."""

from __future__ import annotations

import contextlib
import mmap
import os
from collections.abc import Iterator

import posix_ipc
from harness.ping_pong import BYTES, Corner, Receive, Send, Waker


@contextlib.contextmanager
def ends(corner: Corner) -> Iterator[tuple[Send, Receive]]:
    """Both ways."""
    posted = posix_ipc.Semaphore(f"/{corner.mine}", posix_ipc.O_CREX)
    memory = posix_ipc.SharedMemory(f"/{corner.mine}", posix_ipc.O_CREX, size=BYTES)
    out = mmap.mmap(memory.fd, BYTES)
    os.close(memory.fd)
    try:
        corner.meet()
        awaited = posix_ipc.Semaphore(f"/{corner.theirs}")
        memory = posix_ipc.SharedMemory(f"/{corner.theirs}")
        inlet = mmap.mmap(memory.fd, BYTES)
        os.close(memory.fd)

        def send(message: bytes) -> None:
            out[:] = message
            posted.release()

        def receive() -> bytes:
            awaited.acquire()
            return inlet[:]

        yield send, receive
    finally:
        posix_ipc.unlink_semaphore(f"/{corner.mine}")
        posix_ipc.unlink_shared_memory(f"/{corner.mine}")


WAKERS = [Waker("posix_ipc", "posix_ipc semaphore and mmap", ends, package="posix_ipc")]
