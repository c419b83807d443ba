"""From shared memory to a socket: webmon beside its limit and beside what else could send the same frames.

    python benchmarks/hops/memory_to_socket.py [--runs N] [--seconds S] [--bytes B] [--only NAME]... [--quick] [--json] [--out FILE]

One reader in C takes everything as fast as it comes and compares a byte of every page; a wrong one fails the run. The frames lie in a segment that a
producer publishes every 2 ms without touching them, so that only the sending is measured. Contenders take turns.

The limit is a C program that does nothing but `sendmsg` from the same mapping. Bars (medians of ratios within a run): webmon at least 0.95 of it, at
least 5 times `lws_write` as it comes, ahead of the Python servers; at most 0.4 CPU seconds a GB; no payload byte copied in user space.
"""

from __future__ import annotations

import argparse
import functools
import json
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from harness.benchmark import Benchmark, Contender, Figure, Options, run  # noqa: E402
from harness.machine import version  # noqa: E402
from harness.metrics import total  # noqa: E402
from harness.programs import ROOT, Process, compile_c, webmon_server  # noqa: E402

CREDITS = 4
LIMIT_BAR = 0.95
LWS_BAR = 5.0
CPU_BAR = 0.4
PEERS = {"websockets": "websockets", "aiohttp": "aiohttp", "flask_socketio": "Flask-SocketIO"}
FIGURES = {
    "gigabytes_a_second": Figure("throughput", "GB/s", "more"),
    "server_cpu_seconds_a_gigabyte": Figure("server CPU", "s/GB", "less"),
    "reader_cpu_seconds_a_gigabyte": Figure("reader CPU", "s/GB", ""),
}


class Socket:
    """The contenders, on one segment."""

    def __init__(self, directory: Path, programs: Path, bytes_: int, seconds: float) -> None:
        self.directory = directory
        self.bytes = bytes_
        self.seconds = seconds
        #: By the webmon servers so far; None before the first.
        self.copied_bytes: float | None = None
        self.reader = compile_c("clients/websocket_reader.c", programs)
        self.producer = compile_c("limits/idle_producer.c", programs)
        self.bare = compile_c("limits/bare_server.c", programs, "crypto")
        self.lws = compile_c("peers/lws_write_server.c", programs, "websockets")

    def read(self, server: Process, port: int, path: str, *options: str) -> dict[str, float]:
        """What the reader gets of a server, and what that costs the server."""
        before = server.cpu_seconds
        with Process(self.reader, port, path, self.seconds, self.bytes, *options) as reader:
            result: dict[str, float] = json.loads(reader.line())
        gigabytes = result["bytes"] / 1e9
        return {
            "gigabytes_a_second": gigabytes / result["seconds"],
            "server_cpu_seconds_a_gigabyte": (server.cpu_seconds - before) / gigabytes,
            "reader_cpu_seconds_a_gigabyte": result["cpu_seconds"] / gigabytes,
        }

    def webmon(self) -> dict[str, float]:
        subscribe = {"type": "subscribe", "id": 1, "stream": "frames", "credits": CREDITS}
        with webmon_server(self.directory) as (server, port):
            result = self.read(
                server, port, "/ws", "--protocol", "webmon.v1", "--send", json.dumps(subscribe),
                "--credit", json.dumps({"type": "credit", "id": 1, "seq": 0}),
            )  # fmt: skip
            self.copied_bytes = (self.copied_bytes or 0) + total(port, "webmon_stream_copied_bytes_total")
            return result

    def limit(self) -> dict[str, float]:
        with Process(self.bare, self.directory, "frames", 1 << 20) as server:
            return self.read(server, int(server.line()), "/")

    def lws_write(self) -> dict[str, float]:
        with Process(self.lws, self.directory, "frames") as server:
            return self.read(server, int(server.line()), "/", "--protocol", "webmon.v1")

    def python(self, name: str) -> dict[str, float]:
        script = ROOT / "benchmarks" / "peers" / f"{name}_server.py"
        socketio = ["--send", "40", "--send", '42["go"]', "--header", "0"] if name == "flask_socketio" else ["--header", "0"]
        path = "/socket.io/?EIO=4&transport=websocket" if name == "flask_socketio" else "/"
        with Process(sys.executable, script, self.directory, "frames") as server:
            return self.read(server, int(server.line()), path, *socketio)


def measure(options: Options, arguments: argparse.Namespace) -> Benchmark:
    """All contenders on one segment."""
    found = Benchmark(
        "memory_to_socket",
        "Shared memory to a socket",
        "How fast does the server hand frames to the kernel, and what does it take of the processor?",
        "One reader in C takes everything as fast as it comes and checks a byte of every page. The producer publishes without touching the frames.",
        options,
        FIGURES,
        parameters={"bytes": arguments.bytes, "credits": CREDITS},
        contenders={
            "webmon": Contender("webmon", "webmon"),
            "limit": Contender("bare C sendmsg", "limit"),
            "lws_write": Contender("lws_write as it comes", "peer"),
        },
    )
    with tempfile.TemporaryDirectory(prefix="webmon-bench-", dir="/dev/shm") as directory, tempfile.TemporaryDirectory() as programs:
        socket = Socket(Path(directory), Path(programs), arguments.bytes, options.seconds)
        contenders = {"limit": socket.limit, "webmon": socket.webmon, "lws_write": socket.lws_write}
        for name, package in PEERS.items():
            if found.has_package(name, package):
                found.contenders[name] = Contender(package, "peer", version(package) or "", "no compression")
                contenders[name] = functools.partial(socket.python, name)
        with Process(socket.producer, directory, "frames", arguments.bytes, 8, 2000) as producer:
            producer.line()
            rounds = found.measure(contenders)

    ratios = {name: found.compare(rounds, "webmon", name, "gigabytes_a_second") for name in contenders if name != "webmon"}
    found.hold(f"at least {LIMIT_BAR} of the limit", ratios["limit"], lambda value: value >= LIMIT_BAR)
    found.hold(f"at least {LWS_BAR:g} times lws_write", ratios["lws_write"], lambda value: value >= LWS_BAR)
    for name in PEERS:
        found.hold(f"not behind {name}", ratios.get(name), lambda value: value >= 1)
    found.hold(f"at most {CPU_BAR} CPU s a GB", found.median("webmon", "server_cpu_seconds_a_gigabyte"), lambda value: value <= CPU_BAR)
    found.hold("no payload byte copied in user space", socket.copied_bytes, lambda value: value == 0, counts=True)
    return found


def extend(parser: argparse.ArgumentParser) -> None:
    """The options of this benchmark alone."""
    parser.add_argument("--bytes", type=int, default=8 << 20, help="of one frame (default 8 MiB)")


if __name__ == "__main__":
    run(measure, __doc__ or "", runs=5, seconds=3, extend=extend)
