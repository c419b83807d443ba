"""What readers of one stream cost, by how many there are: processes in C that read each frame in place."""

from __future__ import annotations

import contextlib

from harness.benchmark import Figure
from harness.latency import percentiles
from harness.programs import Process

from .study import STREAM, Axis, Cost, Tools, private_directory

BYTES = 1 << 20
SLOTS = 8
PERIOD_NS = 1_000_000_000 // 60


def measure(tools: Tools, readers: int) -> dict[str, float]:
    """So many processes on one stream at 60 Hz."""
    with private_directory() as directory, tools.producer(directory, BYTES, SLOTS, PERIOD_NS) as producer:
        with contextlib.ExitStack() as started:
            clients = [started.enter_context(Process(tools.program("clients/direct.c"), directory, STREAM, tools.seconds)) for _ in range(readers)]
            for client in clients:
                if client.line() != "ready":
                    raise RuntimeError("a reader did not start")
            found = [client.result() for client in clients]
    [made] = producer
    if any(one["outside"] for one in found):
        raise ValueError("a reader in place copied a frame")
    told = percentiles([latency for one in found for latency in one["latencies_ns"]], "us")
    frames = sum(one["frames"] for one in found)
    return {
        "producer_cpu_us": made["cpu_seconds"] / made["published"] * 1e6,
        "reader_cpu_us": sum(one["cpu_seconds"] for one in found) / frames * 1e6,
        "p50_us": told["p50_us"],
        "p99_us": told["p99_us"],
        "passed_over": 1 - frames / sum(one["published"] for one in found),
        "dropped": made["dropped"],
    }


AXIS = Axis(
    "readers of a stream",
    "",
    (1, 2, 4, 8, 16, 32, 64),
    (1, 8, 64),
    {
        "producer_cpu_us": Cost(Figure("producer CPU a frame", "us", "less"), 1),
        "reader_cpu_us": Cost(Figure("CPU a frame and reader", "us", "less"), 0),
        "p50_us": Cost(Figure("due to read, p50", "us", "less"), 1),
        "p99_us": Cost(Figure("due to read, p99", "us", "less"), 1),
        "passed_over": Cost(Figure("passed over", "share", "less"), None),
        "dropped": Cost(Figure("dropped: every slot held", "", "less"), None),
    },
    measure,
)
