"""How long a command takes from a page to a Python producer and back, held against a `ping` that the server answers itself.

    python benchmarks/hops/command_round_trip.py [--runs N] [--calls N] [--json]

The bar: a median under 1 ms. Server, producer and client are three processes; the client speaks the WebSocket by hand, so that next to nothing of the
time is its own. Calls and pings take turns: a busy moment of the machine meets both. Every reply is compared with what it must be.
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import platform
import socket
import statistics
import struct
import subprocess
import sys
import tempfile
from time import perf_counter_ns
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import webmon

BAR_MS = 1.0
WARM_UP = 200

PRODUCER = """
import sys, webmon

@webmon.command(target="producer")
def add(a: int, b: int) -> int:
    return a + b

print("ready", flush=True)
sys.stdin.read()
"""


class Client:
    """A WebSocket with small messages, which waits by spinning on nothing: a plain blocking receive."""

    def __init__(self, address: str) -> None:
        url = urlsplit(address)
        self._socket = socket.create_connection((url.hostname, url.port), 20)
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

    def _receive(self) -> None:
        chunk = self._socket.recv(1 << 16)
        assert chunk, "the server closed the connection"
        self._received += chunk

    @staticmethod
    def frame(message: dict[str, Any]) -> bytes:
        """A text message with a mask of zeros, which changes nothing."""
        text = json.dumps(message).encode()
        length = bytes([0x80 | len(text)]) if len(text) < 126 else struct.pack(">BH", 0x80 | 126, len(text))
        return b"\x81" + length + bytes(4) + text

    def send(self, frame: bytes) -> None:
        self._socket.sendall(frame)

    def next(self) -> bytes:
        """The text of the next message."""
        while True:
            data = self._received
            start = 2 if len(data) < 2 or data[1] < 126 else 4 if data[1] == 126 else 10
            if len(data) >= start:
                length = data[1] if start == 2 else int.from_bytes(data[2:start], "big")
                if len(data) >= start + length:
                    self._received = data[start + length :]
                    return data[start : start + length]
            self._receive()

    def close(self) -> None:
        self._socket.close()


def measure(client: Client, calls: int) -> dict[str, list[float]]:
    """Times of calls and of pings, in microseconds."""
    times: dict[str, list[float]] = {"command": [], "ping": []}
    for number in range(-WARM_UP, calls):
        ref = number + WARM_UP
        frames = {
            "command": client.frame({"type": "command", "ref": ref, "name": "add", "args": {"a": ref, "b": 1}}),
            "ping": client.frame({"type": "ping", "t": ref}),
        }
        for name, frame in frames.items():
            start = perf_counter_ns()
            client.send(frame)
            text = client.next()
            took = (perf_counter_ns() - start) / 1e3
            message = json.loads(text)
            expected = {"type": "reply", "ref": ref, "ok": True, "value": ref + 1} if name == "command" else {"type": "pong", "t": ref}
            assert message == {**message, **expected}, message
            if number >= 0:
                times[name].append(took)
    return times


def run(directory: str, calls: int) -> dict[str, float]:
    """One server, one producer, one client: medians and 99th percentiles, in microseconds."""
    with (
        webmon.serve(directory=directory) as server,
        subprocess.Popen(
            [sys.executable, "-c", PRODUCER],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "WEBMON_DIR": directory, "PYTHONPATH": os.pathsep.join(sys.path)},
        ) as producer,
    ):
        assert producer.stdin is not None and producer.stdout is not None
        assert producer.stdout.readline() == b"ready\n"
        client = Client(server)
        while b'"name":"add"' not in client.next():
            pass
        times = measure(client, calls)
        client.close()
        producer.stdin.close()
    return {
        f"{name}_{what}_us": value
        for name, values in times.items()
        for what, value in (("median", statistics.median(values)), ("p99", float(np.percentile(values, 99))))
    }


def main() -> None:
    """Runs it some times, and says whether the bar is met."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5, help="runs of which the medians are taken (default 5)")
    parser.add_argument("--calls", type=int, default=2000, help="calls in each (default 2000)")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    arguments = parser.parse_args()
    runs = []
    for _ in range(arguments.runs):
        with tempfile.TemporaryDirectory(dir="/dev/shm") as directory:
            runs.append(run(directory, arguments.calls))
    result = {key: statistics.median(each[key] for each in runs) for key in runs[0]}
    met = result["command_median_us"] < BAR_MS * 1e3
    load = os.getloadavg()[0]
    if arguments.json:
        facts = {"benchmark": "command_round_trip", "runs": arguments.runs, "calls": arguments.calls, "load": load}
        versions = {"python": platform.python_version(), "bar_ms": BAR_MS, "met": met}
        print(json.dumps({**facts, **versions, **result, "each_run": runs}, indent=2))
    else:
        print(f"round trips over the server, medians of {arguments.runs} runs of {arguments.calls}; load {load:.1f} on {os.cpu_count()} cores")
        for name, bar in (("command", f"   bar {BAR_MS:g} ms"), ("ping", "")):
            print(f"  {name:8} {result[f'{name}_median_us']:8.0f} us   (p99 {result[f'{name}_p99_us']:.0f}){bar}")
    if not met:
        sys.exit("the bar was missed")


if __name__ == "__main__":
    main()
