"""A WebSocket client that shows every frame as it came, and that can misbehave."""

import base64
import hashlib
import json
import os
import socket
import struct
import time
from typing import NamedTuple

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


class Frame(NamedTuple):
    opcode: int
    final: bool
    payload: bytes


class Refused(Exception):
    def __init__(self, status, body):
        super().__init__(f"{status}: {body!r}")
        self.status = status
        self.body = body


class RawWebSocket:
    """`address`, or the path `unix`, says where the server is; `tls` is an SSLContext; `headers` are sent beside the usual ones."""

    def __init__(
        self, port, *, host=None, origin=None, protocol="webmon.v1", path="/ws", receive_buffer=None, timeout=20,
        address="127.0.0.1", unix=None, tls=None, headers=(),
    ):  # fmt: skip
        self.socket = socket.socket(socket.AF_UNIX if unix else socket.AF_INET)
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(timeout)
        self.socket.connect(str(unix) if unix else (address, port))
        if tls:
            self.socket = tls.wrap_socket(self.socket, server_hostname="localhost")
        self.buffer = bytearray()
        self.streams = None
        key = base64.b64encode(os.urandom(16))
        lines = [f"GET {path} HTTP/1.1", f"Host: {host or f'127.0.0.1:{port}'}", "Upgrade: websocket", "Connection: Upgrade"]
        lines += [f"Sec-WebSocket-Key: {key.decode()}", "Sec-WebSocket-Version: 13"]
        if protocol:
            lines.append(f"Sec-WebSocket-Protocol: {protocol}")
        if origin:
            lines.append(f"Origin: {origin}")
        lines += headers
        self.socket.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        head = self._head()
        status = int(head.split(b" ", 2)[1])
        if status != 101:
            body = bytes(self.buffer)
            try:
                while chunk := self.socket.recv(65536):
                    body += chunk
            except ConnectionError:
                pass
            self.socket.close()
            raise Refused(status, body)
        accept = base64.b64encode(hashlib.sha1(key + GUID).digest())
        assert accept in head
        assert b"extensions" not in head.lower()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _head(self):
        while b"\r\n\r\n" not in self.buffer:
            chunk = self.socket.recv(4096)
            if not chunk:
                raise Refused(0, bytes(self.buffer))
            self.buffer += chunk
        head, _, rest = bytes(self.buffer).partition(b"\r\n\r\n")
        self.buffer = bytearray(rest)
        return head

    # Sending

    def send_frame(self, opcode, payload=b"", *, final=True, masked=True):
        head = bytearray([(0x80 if final else 0) | opcode])
        mask_bit = 0x80 if masked else 0
        if len(payload) < 126:
            head.append(mask_bit | len(payload))
        elif len(payload) < 65536:
            head += struct.pack(">BH", mask_bit | 126, len(payload))
        else:
            head += struct.pack(">BQ", mask_bit | 127, len(payload))
        if masked:
            mask = os.urandom(4)
            head += mask
            # As one number: byte by byte a large message takes long enough for time limits to pass.
            masks = (mask * (len(payload) // 4 + 1))[: len(payload)]
            payload = (int.from_bytes(payload) ^ int.from_bytes(masks)).to_bytes(len(payload))
        self.socket.sendall(bytes(head) + payload)

    def send(self, type, **fields):
        self.send_frame(TEXT, json.dumps({"type": type, **fields}).encode())

    def credit(self, id, header):
        self.send("credit", id=id, seq=header.sequence, painted_ns=time.monotonic_ns())

    def close(self):
        self.socket.close()

    def reset(self):
        """Goes without a word: the kernel sends a reset."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    # Receiving

    def _take(self, count, slowly=None):
        while len(self.buffer) < count:
            if slowly:
                time.sleep(slowly)
            chunk = self.socket.recv(1 << 16 if slowly else 1 << 20)
            if not chunk:
                raise EOFError(f"{len(self.buffer)} of {count} bytes came before the end")
            self.buffer += chunk
        taken = bytes(memoryview(self.buffer)[:count])
        del self.buffer[:count]
        return taken

    def frame(self, slowly=None):
        first, second = self._take(2)
        assert first & 0x70 == 0, f"reserved bits in {first:#x}: the stream is out of step"
        opcode = first & 0xF
        assert opcode in (CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG), f"opcode {opcode}: the stream is out of step"
        assert second & 0x80 == 0, "a server must not mask"
        length = second & 0x7F
        if length == 126:
            (length,) = struct.unpack(">H", self._take(2))
            assert length >= 126
        elif length == 127:
            (length,) = struct.unpack(">Q", self._take(8))
            assert length >= 65536
        assert opcode < 8 or (length < 126 and first & 0x80)
        return Frame(opcode, bool(first & 0x80), self._take(length, slowly))

    def message(self, pongs=None, fragments=None, slowly=None):
        """The next message: a dict (control) or bytes (data). Pongs on the way go into `pongs`."""
        parts, opcode = [], None
        while True:
            frame = self.frame(slowly)
            if frame.opcode == PONG:
                if pongs is None:
                    raise AssertionError("a pong that nobody asked for")
                pongs.append(frame.payload)
                continue
            if frame.opcode == CLOSE:
                raise Closed(frame.payload)
            assert frame.opcode != PING, "the server sends no pings"
            assert (frame.opcode == CONTINUATION) == bool(parts), "a message in the middle of another"
            opcode = frame.opcode if not parts else opcode
            parts.append(frame.payload)
            if fragments is not None:
                fragments.append(len(frame.payload))
            if frame.final:
                break
        whole = b"".join(parts)
        return json.loads(whole) if opcode == TEXT else whole

    def control(self, type, **options):
        """The next control message, which must be of this type."""
        message = self.message(**options)
        assert isinstance(message, dict), "data came where control was expected"
        assert message["type"] == type, message
        return message

    def data(self, **options):
        message = self.message(**options)
        assert isinstance(message, bytes), message
        return message

    def greeted(self):
        """Reads the two messages that every session begins with."""
        hello = self.control("hello")
        self.streams = {stream["name"]: stream for stream in self.control("streams")["streams"]}
        return hello

    def learn(self, *names):
        """Reads until the server has told of these streams, and nothing else."""
        if self.streams is None:
            self.greeted()
        while not self.streams.keys() >= set(names):
            stream = self.control("added")["stream"]
            self.streams[stream["name"]] = stream

    def subscribed(self, id, stream, **fields):
        """One subscription to a stream that the server has told of."""
        self.learn(stream)
        self.send("subscribe", id=id, stream=stream, **fields)
        return self.control("subscribed")["stream"]


class Closed(Exception):
    def __init__(self, payload):
        self.code = struct.unpack(">H", payload[:2])[0] if payload else None
        self.reason = payload[2:].decode()
        super().__init__(f"{self.code} {self.reason}")
