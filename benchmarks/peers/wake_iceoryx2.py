"""iceoryx2: an event for each way, and a sample of 64 bytes beside it."""

from __future__ import annotations

import contextlib
import ctypes
from collections.abc import Iterator
from typing import Any

import iceoryx2
from harness.ping_pong import BYTES, Corner, Receive, Send, Waker

Message = ctypes.c_uint8 * BYTES


@contextlib.contextmanager
def ends(corner: Corner) -> Iterator[tuple[Send, Receive]]:
    """The sample is sent first, and is there when the event comes."""
    iceoryx2.set_log_level(iceoryx2.LogLevel.Error)
    node = iceoryx2.NodeBuilder.new().create(iceoryx2.ServiceType.Ipc)

    def services(name: str) -> tuple[Any, Any]:
        service = node.service_builder(iceoryx2.ServiceName.new(name))
        return service.publish_subscribe(iceoryx2.Slice[ctypes.c_uint8]).open_or_create(), node.service_builder(iceoryx2.ServiceName.new(name)).event().open_or_create()

    samples, events = services(corner.mine)
    publisher, notifier = samples.publisher_builder().initial_max_slice_len(BYTES).create(), events.notifier_builder().create()
    samples, events = services(corner.theirs)
    subscriber, listener = samples.subscriber_builder().create(), events.listener_builder().create()
    corner.meet()

    def send(message: bytes) -> None:
        sample = publisher.loan_slice_uninit(BYTES)
        ctypes.memmove(sample.payload_ptr, message, BYTES)
        sample.assume_init().send()
        notifier.notify()

    def receive() -> bytes:
        while True:
            listener.blocking_wait()
            if (sample := subscriber.receive()) is not None:
                return ctypes.string_at(sample.payload_ptr, BYTES)

    yield send, receive


WAKERS = [Waker("iceoryx2", "iceoryx2, event and sample", ends, package="iceoryx2")]
