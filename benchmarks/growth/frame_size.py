"""What a frame costs, by its size: to publish, to take where it lies, to send, and to make and open its stream."""

from __future__ import annotations

import statistics
from time import perf_counter, perf_counter_ns

import numpy as np
import webmon
from harness.benchmark import Figure
from harness.metrics import total
from harness.programs import webmon_server

from .study import STREAM, Axis, Cost, Tools, private_directory

SLOTS = 4
#: A producer that is faster than a socket: bytes a second, and the shortest period.
RATE, SHORTEST_NS = 8e9, 50_000
MOST_FRAMES, FEWEST_FRAMES = 2000, 5


def measure(tools: Tools, nbytes: int) -> dict[str, float]:
    """Frames of so many bytes."""
    with private_directory() as directory:
        # The first stream of a process takes longer.
        webmon.Stream("first", 64, "u1", directory=directory).close()
        source = np.random.default_rng(nbytes).integers(0, 256, nbytes, "u1")
        begin = perf_counter()
        with webmon.Stream("python", nbytes, "u1", slots=SLOTS, directory=directory) as stream:
            create = perf_counter() - begin
            begin = perf_counter()
            with webmon.open("python", directory=directory) as reader:
                opened = perf_counter() - begin
                assert isinstance(reader, webmon.FrameReader)
                puts: list[int] = []
                takes: list[int] = []
                end = perf_counter() + tools.seconds / 4
                while len(puts) < FEWEST_FRAMES or (perf_counter() < end and len(puts) < MOST_FRAMES):
                    source[0] = len(puts) % 256
                    start = perf_counter_ns()
                    stream.put(source)
                    puts.append(perf_counter_ns() - start)
                    start = perf_counter_ns()
                    frame = reader.latest()
                    takes.append(perf_counter_ns() - start)
                    if frame[0] != source[0] or not np.array_equal(frame[::4096], source[::4096]):
                        raise ValueError(f"a frame of {nbytes} bytes is not what was put")
                    del frame
        with tools.producer(directory, nbytes, SLOTS, max(SHORTEST_NS, round(nbytes / RATE * 1e9))), webmon_server(directory) as (server, port):
            before = server.cpu_seconds
            with tools.socket_reader(port, nbytes) as client:
                found = client.result()
            spent = server.cpu_seconds - before
            sent = total(port, "webmon_stream_messages_total", STREAM)
    return {
        "create_ms": create * 1e3,
        "open_ms": opened * 1e3,
        "put_us": statistics.median(puts) / 1e3,
        "take_us": statistics.median(takes) / 1e3,
        "socket_us": found["seconds"] / found["frames"] * 1e6,
        "server_cpu_us": spent / sent * 1e6,
    }


AXIS = Axis(
    "frame size",
    "B",
    (64, 1 << 10, 8 << 10, 64 << 10, 256 << 10, 1 << 20, 4 << 20, 16 << 20, 64 << 20, 256 << 20),
    (64, 64 << 10, 8 << 20),
    {
        "create_ms": Cost(Figure("to make the stream", "ms", "less"), 1),
        "open_ms": Cost(Figure("to open it, from Python", "ms", "less"), 1),
        "put_us": Cost(Figure("put, from Python", "us", "less"), 1),
        "take_us": Cost(Figure("latest in place, from Python", "us", "less"), 0),
        "socket_us": Cost(Figure("a frame on the WebSocket, flat out", "us", "less"), 1),
        "server_cpu_us": Cost(Figure("server CPU a frame sent", "us", "less"), 1),
    },
    measure,
)
