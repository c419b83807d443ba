"""What a frame costs, by how many of them come a second: who publishes, who reads in place, and the server that sends."""

from __future__ import annotations

from time import perf_counter

from harness.benchmark import Figure
from harness.latency import percentiles
from harness.programs import Process, webmon_server

from .study import STREAM, Axis, Cost, Tools, private_directory

BYTES = 16 << 10
SLOTS = 8


def measure(tools: Tools, rate: int) -> dict[str, float]:
    """So many frames a second to one that reads in place and one on the WebSocket."""
    with private_directory() as directory, tools.producer(directory, BYTES, SLOTS, 1_000_000_000 // rate) as producer, webmon_server(directory) as (server, port):
        before, begin = server.cpu_seconds, perf_counter()
        # The reader in place begins last, so that it measures while the other does.
        with tools.socket_reader(port, BYTES) as socket, Process(tools.program("clients/direct.c"), directory, STREAM, tools.seconds) as direct:
            if direct.line() != "ready":
                raise RuntimeError("the reader did not start")
            in_place, sent = direct.result(), socket.result()
        spent, wall = server.cpu_seconds - before, perf_counter() - begin
    [made] = producer
    return {
        "producer_cpu_us": made["cpu_seconds"] / made["published"] * 1e6,
        "reader_cpu_us": in_place["cpu_seconds"] / in_place["frames"] * 1e6,
        "server_cpu_us": spent / (wall * rate) * 1e6,
        "p50_us": percentiles(in_place["latencies_ns"], "us")["p50_us"],
        "socket_p50_us": percentiles(sent["latencies_ns"], "us")["p50_us"],
        "passed_over": 1 - in_place["frames"] / in_place["published"],
        "socket_passed_over": 1 - sent["frames"] / sent["published"],
    }


AXIS = Axis(
    "rate",
    "Hz",
    (1, 3, 10, 30, 100, 300, 1000, 3000, 10_000),
    (30, 1000, 10_000),
    {
        "producer_cpu_us": Cost(Figure("producer CPU a frame", "us", "less"), 0),
        "reader_cpu_us": Cost(Figure("CPU of a reader in place, a frame", "us", "less"), 0),
        "server_cpu_us": Cost(Figure("server CPU a frame published", "us", "less"), 0),
        "p50_us": Cost(Figure("due to read in place, p50", "us", "less"), 0),
        "socket_p50_us": Cost(Figure("due to read from the WebSocket, p50", "us", "less"), 0),
        "passed_over": Cost(Figure("passed over in place", "share", "less"), None),
        "socket_passed_over": Cost(Figure("passed over on the WebSocket", "share", "less"), None),
    },
    measure,
)
