"""What is measured of a producer and a consumer (harness/hand_over.py): paced, and flat out."""

from __future__ import annotations

import contextlib
import itertools
import multiprocessing
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from . import hand_over
from .hand_over import Peer, Place, Plan
from .latency import percentiles
from .numbered_frames import AFTER
from .two_processes import Ends, link_path, two_processes, two_programs

HERTZ = 60
#: Seconds after its time in which a stretch must be over: a queue may have to be emptied.
_LATER = 60
_NAMES = itertools.count()


def run_peer(peer: Peer, bytes_: int, seconds: float) -> dict[str, float]:
    """One run of a peer, or of webmon: as :func:`_measure` tells."""
    with _directory() as directory:
        shared = None if peer.share is None else peer.share(multiprocessing.get_context("spawn"))
        place = Place(directory, f"webmon-bench-{os.getpid()}-{next(_NAMES)}", bytes_, shared)
        path = link_path(directory)
        targets = {"producer": (hand_over.producer, (peer.produce, place, path)), "consumer": (hand_over.consumer, (peer.consume, place, path))}
        with two_processes(directory, targets) as (ends, (producer, consumer)):
            found = _measure(ends, bytes_, seconds)
            # The consumer first: it needs one more frame to hear of it. A producer that then waits for it is ended with the `with` block.
            ends.links["consumer"].tell(None)
            consumer.join(10)
            ends.links["producer"].tell(None)
            producer.join(2)
            if consumer.exitcode != 0:
                sys.exit(f"the consumer of {peer.name} ended with code {consumer.exitcode}")
    return found


def run_program(program: Path, bytes_: int, slots: int, seconds: float) -> dict[str, float]:
    """One run of a program that is both ends: `PROGRAM producer|consumer DIRECTORY BYTES SLOTS`."""
    with _directory() as directory, two_programs({end: [program, end, directory, bytes_, slots] for end in ("producer", "consumer")}) as (ends, started):
        found = _measure(ends, bytes_, seconds)
        for link, process in reversed(list(zip(ends.links.values(), started, strict=True))):
            link.tell(None)
            if code := process.wait(10):
                sys.exit(f"{program.name} ended with code {code}")
    return found


@contextlib.contextmanager
def _directory() -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="webmon-bench-", dir="/dev/shm", ignore_cleanup_errors=True) as directory:
        yield directory


def _measure(ends: Ends, bytes_: int, seconds: float) -> dict[str, float]:
    """Half of the time paced, and half of it flat out.

    Returns
    -------
    dict
        ``p50_ms`` to ``max_ms`` and ``late_share``, paced; ``frames_a_second``, ``dropped_share`` and ``cpu_seconds_a_gigabyte``, flat out; ``torn``, of both.
    """
    paced, _ = _stretch(ends, seconds / 2, HERTZ, 1, AFTER)
    due = len(paced["latencies"])
    flat, cpu = _stretch(ends, seconds / 2, 0, due + 1, AFTER + 1)
    came = flat["taken"] + flat["torn"]
    latencies = percentiles(paced["latencies"])
    return {
        **{name: latencies[name] for name in ("p50_ms", "p90_ms", "p99_ms", "max_ms")},
        "late_share": 1 - paced["taken"] / due,
        "frames_a_second": flat["taken"] / (seconds / 2),
        # A torn frame may be of a higher number than the last whole one.
        "dropped_share": max(0.0, 1 - came / flat["passed"]) if flat["passed"] else 0.0,
        "cpu_seconds_a_gigabyte": cpu / (max(came, 1) * bytes_ / 1e9),
        "torn": paced["torn"] + flat["torn"],
    }


def _stretch(ends: Ends, seconds: float, hertz: int, first: int, after: int) -> tuple[dict[str, Any], float]:
    """What the consumer tells of one plan, and the processor's seconds of both in that time."""
    ends.links["consumer"].tell("attend")
    ends.hear("consumer", _LATER, str)
    start = time.monotonic_ns() + 100_000_000
    plan = Plan(start, start + int(seconds * 1e9), 1_000_000_000 // hertz if hertz else 0, first, after)
    for link in ends.links.values():
        link.tell(plan)
    _sleep_until(plan.start)
    before = ends.cpu_seconds
    _sleep_until(plan.end)
    cpu = ends.cpu_seconds - before
    return ends.hear("consumer", _LATER, dict), cpu


def _sleep_until(due: int) -> None:
    time.sleep(max(0, due - time.monotonic_ns()) / 1e9)
