"""How long a command takes from a page to a Python producer and back, held against a `ping` that the server answers itself.

    python benchmarks/hops/command_round_trip.py [--runs N] [--calls N] [--quick] [--json] [--out FILE]

The bar: a median under 1 ms. Server, producer and client are three processes; the client speaks the WebSocket by hand, so that next to nothing of the
time is its own. Calls and pings take turns: a busy moment of the machine meets both. Every reply is compared with what it must be.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path
from time import perf_counter_ns

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from clients.websocket import WebSocket  # noqa: E402
from harness.benchmark import Benchmark, Contender, Figure, Options, run  # noqa: E402
from harness.latency import percentiles  # noqa: E402
from harness.medians import Run  # noqa: E402
from harness.programs import Process, webmon_server  # noqa: E402

BAR_US = 1000.0
WARM_UP = 200
QUICK_CALLS = 300

PRODUCER = """
import sys, webmon

@webmon.command(target="producer")
def add(a: int, b: int) -> int:
    return a + b

print("ready", flush=True)
sys.stdin.read()
"""


def times(client: WebSocket, calls: int) -> dict[str, list[int]]:
    """Of commands and of pings, in nanoseconds."""
    took: dict[str, list[int]] = {"webmon": [], "ping": []}
    for number in range(-WARM_UP, calls):
        ref = number + WARM_UP
        frames = {
            "webmon": WebSocket.frame({"type": "command", "ref": ref, "name": "add", "args": {"a": ref, "b": 1}}),
            "ping": WebSocket.frame({"type": "ping", "t": ref}),
        }
        for name, frame in frames.items():
            start = perf_counter_ns()
            client.send(frame)
            text = client.next()
            end = perf_counter_ns()
            message = json.loads(text)
            expected = {"type": "reply", "ref": ref, "ok": True, "value": ref + 1} if name == "webmon" else {"type": "pong", "t": ref}
            assert message == {**message, **expected}, message
            if number >= 0:
                took[name].append(end - start)
    return took


def once(calls: int) -> Run:
    """One server, one producer, one client."""
    with tempfile.TemporaryDirectory(prefix="webmon-bench-", dir="/dev/shm") as directory:
        environment = {"WEBMON_DIR": directory, "PYTHONPATH": os.pathsep.join(sys.path)}
        with (
            webmon_server(Path(directory)) as (_, port),
            Process(sys.executable, "-c", PRODUCER, environment=environment) as producer,
        ):
            assert producer.line() == "ready"
            client = WebSocket(f"http://127.0.0.1:{port}/")
            while b'"name":"add"' not in client.next():
                pass
            took = times(client, calls)
            client.close()
    return {name: percentiles(each, "us") for name, each in took.items()}


def measure(options: Options, arguments: argparse.Namespace) -> Benchmark:
    """Commands and pings in turns."""
    calls = min(arguments.calls, QUICK_CALLS) if options.quick else arguments.calls
    found = Benchmark(
        "command_round_trip",
        "A command of a page",
        "How long does it take until a function of a Python program was called by a page, and its value is back?",
        "Server, producer and client are three processes. Calls take turns with pings that the server answers itself. Every reply is compared with what it must be.",
        options,
        {f"{name}_us": Figure(title, "us", "less") for name, title in [("p50", "round trip, p50"), ("p90", "p90"), ("p99", "p99"), ("p999", "p99.9"), ("max", "max")]},
        parameters={"calls": calls},
        contenders={
            "webmon": Contender("command", "webmon"),
            "ping": Contender("ping", "limit", note="the server alone answers"),
        },
    )
    rounds = found.measure_together(lambda: once(calls))
    found.compare(rounds, "webmon", "ping", "p50_us")
    found.hold(f"a median under {BAR_US:g} us", found.median("webmon", "p50_us"), lambda value: value < BAR_US)
    return found


def extend(parser: argparse.ArgumentParser) -> None:
    """The options of this benchmark alone."""
    parser.add_argument("--calls", type=int, default=2000, help=f"in each round (default 2000; quick: at most {QUICK_CALLS})")


if __name__ == "__main__":
    run(measure, __doc__ or "", runs=5, seconds=1, extend=extend)
