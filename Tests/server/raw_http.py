"""HTTP by hand: what http.client would not send, and answers as they came."""

import socket


class Answer:
    def __init__(self, raw):
        self.raw = raw
        head, _, self.body = raw.partition(b"\r\n\r\n")
        lines = head.split(b"\r\n")
        parts = lines[0].split(b" ", 2)
        self.status = int(parts[1]) if len(parts) > 1 and parts[1].isdigit() else 0
        self.headers = {}
        for line in lines[1:]:
            name, _, value = line.partition(b": ")
            self.headers[name.decode().lower()] = value.decode()


def connect(port, *, address="127.0.0.1", unix=None, tls=None, timeout=20):
    """A connection by TCP, or to the Unix socket at the path `unix`; `tls` is an SSLContext."""
    if unix is None:
        connection = socket.create_connection((address, port), timeout=timeout)
    else:
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(timeout)
        connection.connect(str(unix))
    return tls.wrap_socket(connection, server_hostname="localhost") if tls else connection


def exchange(port, raw, *, timeout=20, **options):
    """Sends bytes and reads to the end of the connection, or to the time limit."""
    with connect(port, timeout=timeout, **options) as connection:
        received = b""
        try:
            connection.sendall(raw)
            while chunk := connection.recv(65536):
                received += chunk
        except (ConnectionError, TimeoutError):
            pass
    return Answer(received)


def request(port, path, *, method="GET", host=None, headers=(), body=b"", version="HTTP/1.1", **options):
    """One request on a connection of its own; `options` are those of `exchange`."""
    lines = [f"{method} {path} {version}", f"Host: {f'127.0.0.1:{port}' if host is None else host}", "Connection: close"]
    lines += headers
    return exchange(port, ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1") + body, **options)
