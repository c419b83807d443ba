"""napari's own monitor: a manager process with a queue of messages, and a dict that is looked at again and again."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterable, Iterator
from multiprocessing.managers import SharedMemoryManager
from pathlib import Path
from typing import Any

from harness.hand_over import Peer, Place
from harness.numbered_frames import Frame


@contextlib.contextmanager
def _monitor(place: Place) -> Iterator[Any]:
    from napari.components.experimental.monitor._api import MonitorApi

    api = MonitorApi()
    (Path(place.directory) / "port").write_text(str(api.manager.address[1]))
    try:
        yield api
    finally:
        api.manager.shutdown()


def _client(place: Place) -> Any:
    for name in ("napari_data", "napari_messages"):
        SharedMemoryManager.register(name)
    manager = SharedMemoryManager(address=("127.0.0.1", int((Path(place.directory) / "port").read_text())), authkey=b"napari")
    manager.connect()
    return manager


def produce_messages(place: Place, frames: Iterable[Frame]) -> None:
    """As napari sends its frame times."""
    with _monitor(place) as api:
        for frame in frames:
            api.send_napari_message({"frame": frame})


def consume_messages(place: Place, take: Callable[[Frame], bool]) -> None:
    """Every frame."""
    messages = _client(place).napari_messages()
    while take(messages.get()["frame"]):
        pass


def produce_data(place: Place, frames: Iterable[Frame]) -> None:
    """As napari tells what it shows."""
    with _monitor(place) as api:
        for frame in frames:
            api.add_napari_data({"frame": frame})


def consume_data(place: Place, take: Callable[[Frame], bool]) -> None:
    """Looks a thousand times a second at most."""
    data = _client(place).napari_data()
    while take(data.get("frame")):
        time.sleep(0.001)


PEERS = [
    Peer("napari_messages", "napari's monitor, queue", produce_messages, consume_messages, "8 or more", "every frame, pickled, through a third process and a socket; its queue has no end", package="napari", heavy=True),
    Peer("napari_data", "napari's monitor, dict", produce_data, consume_data, "8 or more", "the newest frame, pickled, through a third process and a socket; its consumer looks every millisecond", package="napari", heavy=True),
]
