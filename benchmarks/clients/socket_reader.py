"""Takes frames from a server with what Python users have: clients/direct.py with the socket between.

socket_reader.py PORT NAME SECONDS WAY       WAY: websocket (the package websockets), or body (an endless HTTP body, read into place)
"""

from __future__ import annotations

import http.client
import json
import struct
import sys
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from clients.measured import Measured, tell  # noqa: E402

CREDITS = 4


class Messages:
    """Data messages (docs/wire-protocol.md) as frames."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._measured: Measured | None = None

    def take(self, header: bytes | memoryview, payload: npt.NDArray[np.uint8]) -> dict[str, Any] | None:
        """What was found, if it was the last one."""
        self._measured = self._measured or Measured(payload.nbytes, self._seconds)
        return self._measured.take(payload, sequence_of(header))


def sequence_of(header: bytes | memoryview) -> int:
    """Of a data message."""
    found: int = struct.unpack_from("<Q", header, 24)[0]
    return found


def credit(sequence: int) -> str:
    """What lets one more message come."""
    return json.dumps({"type": "credit", "id": 1, "seq": sequence})


def by_websockets(address: str, subscribe: str, messages: Messages) -> dict[str, Any]:
    """Over a WebSocket of the package websockets."""
    from websockets.sync.client import connect
    from websockets.typing import Subprotocol

    with connect(address, subprotocols=[Subprotocol("webmon.v1")], compression=None, max_size=None) as socket:
        socket.send(subscribe)
        while True:
            message = socket.recv()
            if isinstance(message, bytes):
                socket.send(credit(sequence_of(message)))
                if found := messages.take(message, np.frombuffer(message, "u1", offset=message[6] * 8)):
                    return found


def by_body(port: int, name: str, messages: Messages) -> dict[str, Any]:
    """From an endless body, of which each frame is read into the same array."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.request("GET", f"/api/streams/{name}/frames")
    answer = connection.getresponse()

    def fill(room: memoryview) -> None:
        while room:
            if (count := answer.readinto(room)) == 0:
                sys.exit("the server ended the body")
            room = room[count:]

    payload = np.empty(0, "u1")
    while True:
        fixed = memoryview(bytearray(96))
        fill(fixed)
        fill(memoryview(bytearray(fixed[6] * 8 - 96)))
        nbytes: int = struct.unpack_from("<Q", fixed, 48)[0]
        if payload.nbytes != nbytes:
            payload = np.empty(nbytes, "u1")
        fill(payload.data)
        fill(memoryview(bytearray(-nbytes % 16)))
        if found := messages.take(fixed, payload):
            return found


def main() -> None:
    """Takes the newest frame again and again."""
    port, name, seconds, way = sys.argv[1:]
    messages = Messages(float(seconds))
    address = f"ws://127.0.0.1:{port}/ws"
    subscribe = json.dumps({"type": "subscribe", "id": 1, "stream": name, "credits": CREDITS})
    print("ready", flush=True)
    tell(by_websockets(address, subscribe, messages) if way == "websocket" else by_body(int(port), name, messages))


if __name__ == "__main__":
    main()
