"""A client of `/api/streams/NAME/frames`: the head of the answer, then one data message after another."""

import socket

from data_message import LAYOUT, parse


class FramesBody:
    def __init__(self, port, stream, query="", *, method="GET", receive_buffer=None, timeout=20, headers=()):
        self.socket = socket.socket()
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(timeout)
        self.socket.connect(("127.0.0.1", port))
        path = f"/api/streams/{stream}/frames" + (f"?{query}" if query else "")
        lines = [f"{method} {path} HTTP/1.1", f"Host: 127.0.0.1:{port}", *headers]
        self.socket.sendall(("\r\n".join(lines) + "\r\n\r\n").encode("latin-1"))
        self.buffer = bytearray()
        while b"\r\n\r\n" not in self.buffer:
            chunk = self.socket.recv(4096)
            assert chunk, f"no answer: {bytes(self.buffer)!r}"
            self.buffer += chunk
        head, _, rest = bytes(self.buffer).partition(b"\r\n\r\n")
        self.buffer = bytearray(rest)
        self.taken = 0
        lines = head.decode().split("\r\n")
        self.status = int(lines[0].split(" ")[1])
        self.headers = dict(line.lower().split(": ", 1) for line in lines[1:])

    def take(self, count):
        while len(self.buffer) < count:
            chunk = self.socket.recv(1 << 20)
            if not chunk:
                raise EOFError(f"{len(self.buffer)} of {count} bytes came before the end")
            self.buffer += chunk
        taken = bytes(memoryview(self.buffer)[:count])
        del self.buffer[:count]
        self.taken += count
        return taken

    def message(self):
        """The next message, whole and without its padding, which is checked."""
        assert self.taken % 16 == 0, "a message begins at a multiple of 16"
        start = self.take(LAYOUT.size)
        length, nbytes = start[6] * 8, LAYOUT.unpack(start)[13]
        message = start + self.take(length - LAYOUT.size + nbytes)
        assert not any(self.take(-len(message) % 16))
        return message

    def next(self):
        """Header and payload of the next message."""
        return parse(self.message())

    def rest(self):
        """Everything up to the end of the body."""
        received = bytes(self.buffer)
        while chunk := self.socket.recv(1 << 20):
            received += chunk
        self.buffer.clear()
        return received

    def at_end(self):
        return not self.buffer and self.socket.recv(1) == b""

    def close(self):
        self.socket.close()
