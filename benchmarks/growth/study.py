"""What a growth study measures, and with what."""

from __future__ import annotations

import contextlib
import json
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from harness.benchmark import Figure
from harness.programs import Process, compile_c

STREAM = "frames"


@dataclass(frozen=True)
class Cost:
    """A figure of an axis, and the exponent with which it may grow; None: it is told, and has no exponent."""

    figure: Figure
    may_grow: float | None


@dataclass(frozen=True)
class Axis:
    """What changes from point to point, what that costs, and how it is measured at one point."""

    title: str
    unit: str
    points: tuple[float, ...]
    quick_points: tuple[float, ...]
    costs: dict[str, Cost]
    measure: Callable[[Tools, int], dict[str, float]]


class Tools:
    """The programs, built when they are first needed, and how long to measure."""

    def __init__(self, programs: Path, seconds: float) -> None:
        self._programs = programs
        self._built: dict[str, Path] = {}
        self.seconds = seconds

    def program(self, source: str) -> Path:
        """Of `benchmarks/SOURCE`."""
        if source not in self._built:
            self._built[source] = compile_c(source, self._programs)
        return self._built[source]

    @contextlib.contextmanager
    def producer(self, directory: Path, bytes_: int, slots: int, period_ns: int) -> Iterator[list[dict[str, float]]]:
        """Frames at intended times, while the `with` block lasts; after it the list has what the producer told."""
        told: list[dict[str, float]] = []
        with Process(self.program("limits/stamped_producer.c"), directory, STREAM, bytes_, slots, period_ns) as producer:
            if producer.line() != "ready":
                sys.exit("the producer did not start")
            yield told
            assert producer.process.stdin is not None
            producer.process.stdin.close()
            told.append(producer.result())

    def socket_reader(self, port: int, bytes_: int) -> Process:
        """Reads and checks the producer's frames on webmon's WebSocket."""
        subscribe = json.dumps({"type": "subscribe", "id": 1, "stream": STREAM, "credits": 4})
        credit = json.dumps({"type": "credit", "id": 1, "seq": 0})
        return Process(
            self.program("clients/websocket_reader.c"), port, "/ws", self.seconds, bytes_, "--protocol", "webmon.v1",
            "--send", subscribe, "--credit", credit, "--stamped", 0.1,
        )  # fmt: skip


@contextlib.contextmanager
def private_directory() -> Iterator[Path]:
    """A segment directory of its own, removed with all that is in it."""
    with tempfile.TemporaryDirectory(prefix="webmon-bench-", dir="/dev/shm") as directory:
        yield Path(directory)
