"""A WebSocket of webmon's protocol for small messages, spoken by hand: next to nothing of what is timed through it is its own."""

from __future__ import annotations

import base64
import json
import os
import socket
import struct
from typing import Any, NamedTuple
from urllib.parse import urlsplit


class Data(NamedTuple):
    """What a data message says of itself (docs/wire-protocol.md)."""

    id: int
    sequence: int
    lost: int
    records: int
    payload: bytes


class WebSocket:
    """Waits in a plain blocking receive."""

    def __init__(self, address: str) -> None:
        url = urlsplit(address)
        self._socket = socket.create_connection((url.hostname or "127.0.0.1", url.port or 80), 20)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._received = b""
        key = base64.b64encode(os.urandom(16)).decode()
        self._socket.sendall(
            f"GET /ws HTTP/1.1\r\nHost: {url.netloc}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Protocol: webmon.v1\r\n\r\n".encode()
        )
        while b"\r\n\r\n" not in self._received:
            self._receive()
        head, self._received = self._received.split(b"\r\n\r\n", 1)
        assert head.startswith(b"HTTP/1.1 101"), head

    def fileno(self) -> int:
        """For `select`."""
        return self._socket.fileno()

    def close(self) -> None:
        """Ends the connection."""
        self._socket.close()

    @staticmethod
    def frame(message: dict[str, Any]) -> bytes:
        """A text message with a mask of zeros, which changes nothing."""
        text = json.dumps(message).encode()
        length = bytes([0x80 | len(text)]) if len(text) < 126 else struct.pack(">BH", 0x80 | 126, len(text))
        return b"\x81" + length + bytes(4) + text

    def send(self, frame: bytes) -> None:
        """Sends what `frame` made."""
        self._socket.sendall(frame)

    def next(self) -> bytes:
        """The next message, text or binary."""
        while (message := self.whole()) is None:
            self._receive()
        return message

    def come(self) -> list[bytes]:
        """What is whole after one receive."""
        self._receive()
        messages = []
        while (message := self.whole()) is not None:
            messages.append(message)
        return messages

    def whole(self) -> bytes | None:
        """A message that was received already."""
        data = self._received
        start = 2 if len(data) < 2 or data[1] < 126 else 4 if data[1] == 126 else 10
        if len(data) < start:
            return None
        length = data[1] if start == 2 else int.from_bytes(data[2:start], "big")
        if len(data) < start + length:
            return None
        self._received = data[start + length :]
        return data[start : start + length]

    def credit(self, data: Data) -> None:
        """Gives back the credit of a data message."""
        self.send(self.frame({"type": "credit", "id": data.id, "seq": data.sequence}))

    def _receive(self) -> None:
        chunk = self._socket.recv(1 << 16)
        assert chunk, "the server closed the connection"
        self._received += chunk


def is_data(message: bytes) -> bool:
    """Whether it is a data message and no text."""
    return message.startswith(b"WMD1")


def data(message: bytes) -> Data:
    """A data message, taken apart."""
    (id_,) = struct.unpack_from("<I", message, 12)
    (sequence,) = struct.unpack_from("<Q", message, 24)
    nbytes, lost = struct.unpack_from("<QQ", message, 48)
    (records,) = struct.unpack_from("<I", message, 92)
    payload = message[message[6] * 8 :]
    assert len(payload) == nbytes, f"{len(payload)} bytes in the payload, not {nbytes}"
    return Data(id_, sequence, lost, records, payload)


def field_offset(subscribed: dict[str, Any], name: str) -> tuple[int, int]:
    """Where a field of a stream's records lies, and their size, as `subscribed` tells."""
    stream = subscribed["stream"]
    return next(field["offset"] for field in stream["fields"] if field["name"] == name), stream["itemsize"]
