"""iceoryx2: a publisher with room for overflow, whose subscriber waits for an event, or looks again and again."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterable
from typing import Any

import iceoryx2
import numpy as np
from harness.hand_over import Peer, Place
from harness.numbered_frames import Frame


def _service(place: Place, event: bool) -> tuple[Any, Any, Any]:
    """The node, the service and its event."""
    iceoryx2.set_log_level(iceoryx2.LogLevel.Error)
    node = iceoryx2.NodeBuilder.new().create(iceoryx2.ServiceType.Ipc)
    name = iceoryx2.ServiceName.new(place.name)
    frames = node.service_builder(name).publish_subscribe(iceoryx2.Slice[ctypes.c_uint8]).payload_alignment(iceoryx2.Alignment.new(64))
    # The one that is read, the one before, which its variable still has, and the next.
    service = frames.subscriber_max_borrowed_samples(3).open_or_create()
    return node, service, node.service_builder(name).event().open_or_create() if event else None


def _produce(place: Place, frames: Iterable[Frame], event: bool) -> None:
    node, service, events = _service(place, event)
    publisher = service.publisher_builder().initial_max_slice_len(place.bytes).create()
    notifier = events.notifier_builder().create() if event else None
    for frame in frames:
        sample = publisher.loan_slice_uninit(place.bytes)
        ctypes.memmove(sample.payload_ptr, frame.ctypes.data, place.bytes)
        sample.assume_init().send()
        if notifier is not None:
            notifier.notify()


def _newest(subscriber: Any) -> Any:
    """What came last; None if nothing came."""
    newest = None
    while (sample := subscriber.receive()) is not None:
        newest = sample
    return newest


def _array(sample: Any) -> Frame:
    return np.frombuffer(sample.payload().as_memory_view(), np.uint8)


def produce_event(place: Place, frames: Iterable[Frame]) -> None:
    """Sends, and notifies."""
    _produce(place, frames, event=True)


def consume_event(place: Place, take: Callable[[Frame], bool]) -> None:
    """Sleeps until it is notified."""
    node, service, events = _service(place, event=True)
    subscriber, listener = service.subscriber_builder().create(), events.listener_builder().create()
    while True:
        listener.blocking_wait()
        if (sample := _newest(subscriber)) is not None and not take(_array(sample)):
            return


def produce_polled(place: Place, frames: Iterable[Frame]) -> None:
    """Sends."""
    _produce(place, frames, event=False)


def consume_polled(place: Place, take: Callable[[Frame], bool]) -> None:
    """Never sleeps."""
    node, service, _ = _service(place, event=False)
    subscriber = service.subscriber_builder().create()
    while True:
        if (sample := _newest(subscriber)) is not None and not take(_array(sample)):
            return


PEERS = [
    Peer("iceoryx2_event", "iceoryx2, event", produce_event, consume_event, "1", "the newest frame", package="iceoryx2"),
    Peer("iceoryx2_polling", "iceoryx2, polling", produce_polled, consume_polled, "1", "the newest frame; its consumer never sleeps", package="iceoryx2"),
]
