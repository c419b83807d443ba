"""What a directory costs, by how many streams are in it: the server that has nothing to do, one stream among them, and who lists and opens them."""

from __future__ import annotations

import contextlib
import json
import statistics
import subprocess
import time
from time import perf_counter

import numpy as np
import webmon
from harness.benchmark import Figure
from harness.latency import percentiles
from harness.metrics import total
from harness.processes import exact_cpu_seconds
from harness.programs import WEBMON, webmon_server
from websockets.sync.client import connect
from websockets.typing import Subprotocol

from .study import STREAM, Axis, Cost, Tools, private_directory

BYTES = 64
PERIOD_NS = 2_000_000
OPENED = 20
STATUS_MS = 100


def measure(tools: Tools, streams: int) -> dict[str, float]:
    """So many streams, all of them quiet but one."""
    with private_directory() as directory, contextlib.ExitStack() as kept:
        # The first one of a process takes longer.
        webmon.Stream("first", BYTES, "u1", slots=2, directory=directory).close()
        begin = perf_counter()
        for number in range(streams - 1):
            kept.enter_context(webmon.Stream(f"quiet{number:04}", BYTES, "u1", slots=2, directory=directory))
        create = (perf_counter() - begin) / (streams - 1)
        with tools.producer(directory, BYTES, 4, PERIOD_NS):
            begin = perf_counter()
            listed = subprocess.run([WEBMON, "ls", "--json", "--dir", directory], capture_output=True, check=True)
            ls = perf_counter() - begin
            if len(json.loads(listed.stdout)["streams"]) != streams:
                raise ValueError(f"webmon ls does not list {streams} streams")
            opens = []
            for number in np.linspace(0, streams - 2, OPENED).astype(int):
                begin = perf_counter()
                with webmon.open(f"quiet{number:04}", directory=directory):
                    opens.append(perf_counter() - begin)
            with webmon_server(directory) as (server, port):
                process = server.process.pid
                page = first_page(port, streams)
                before = exact_cpu_seconds(process)
                # The server looks once a second who is alive.
                time.sleep(2 * tools.seconds)
                idle = (exact_cpu_seconds(process) - before) / (2 * tools.seconds)
                before = exact_cpu_seconds(process)
                with tools.socket_reader(port, BYTES) as client:
                    found = client.result()
                delivered = (exact_cpu_seconds(process) - before) / total(port, "webmon_stream_messages_total", STREAM)
                status = status_cost(port, process, streams, tools.seconds / 2)
                memory = server.peak_resident_mb
    return {
        "create_us": create * 1e6,
        "open_us": statistics.median(opens) * 1e6,
        "ls_ms": ls * 1e3,
        "page_ms": page * 1e3,
        "idle_cpu_us": max(idle * 1e6, 1.0),
        "delivery_cpu_us": delivered * 1e6,
        "socket_p50_us": percentiles(found["latencies_ns"], "us")["p50_us"],
        "status_cpu_us": status * 1e6,
        "server_mb": memory,
    }


def first_page(port: int, streams: int) -> float:
    """Seconds from connecting until a page has the list of all streams."""
    while True:
        begin = perf_counter()
        with connect(f"ws://127.0.0.1:{port}/ws", subprotocols=[Subprotocol("webmon.v1")], compression=None, max_size=None) as page:
            while (message := json.loads(page.recv()))["type"] != "streams":
                pass
        # A server that has just begun is still opening them.
        if len(message["streams"]) == streams:
            return perf_counter() - begin
        time.sleep(0.02)


def status_cost(port: int, process: int, streams: int, seconds: float) -> float:
    """CPU seconds of the server for one status message."""
    with connect(f"ws://127.0.0.1:{port}/ws", subprotocols=[Subprotocol("webmon.v1")], compression=None, max_size=None) as page:
        page.send(json.dumps({"type": "status", "every_ms": STATUS_MS}))
        count, before, end = 0, 0.0, 0.0
        while True:
            message = json.loads(page.recv())
            if message["type"] != "status":
                continue
            if len(message["streams"]) != streams:
                raise ValueError(f"a status message has {len(message['streams'])} streams, not {streams}")
            if end == 0:
                before, end = exact_cpu_seconds(process), perf_counter() + seconds
                continue
            count += 1
            if perf_counter() > end:
                return (exact_cpu_seconds(process) - before) / count


AXIS = Axis(
    "streams in a directory",
    "",
    (2, 4, 10, 30, 100, 300, 1000),
    (2, 30, 300),
    {
        "create_us": Cost(Figure("to make one more stream, from Python", "us", "less"), 0),
        "open_us": Cost(Figure("to open one, from Python", "us", "less"), 0),
        "ls_ms": Cost(Figure("webmon ls", "ms", "less"), 1),
        "page_ms": Cost(Figure("a page's first list", "ms", "less"), 1),
        "idle_cpu_us": Cost(Figure("server CPU a second, nobody there", "us", "less"), 1),
        "delivery_cpu_us": Cost(Figure("server CPU a frame of one of them", "us", "less"), 0),
        "socket_p50_us": Cost(Figure("due to read from the WebSocket, p50", "us", "less"), 0),
        "status_cpu_us": Cost(Figure("server CPU a status message", "us", "less"), 1),
        "server_mb": Cost(Figure("server memory", "MB", "less"), 1),
    },
    measure,
)
