"""How soon a Python process wakes another one: webmon beside the limit and beside what else would do it.

    python benchmarks/hops/wake_up.py [--runs N] [--seconds S] [--only NAME]... [--quick] [--json] [--out FILE]

64 bytes go to a process that sleeps, which sends them back; half of that is told. What comes back is compared. Contenders take turns.

The limit is two processes in C with a futex. Bars (medians of ratios within a run): the quickest of webmon's ways not slower than iceoryx2's event, nor than
a POSIX semaphore.
"""

from __future__ import annotations

import argparse
import contextlib
import functools
import importlib
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np  # noqa: E402
import webmon  # noqa: E402
from harness.benchmark import Benchmark, Contender, Figure, Options, run  # noqa: E402
from harness.machine import version  # noqa: E402
from harness.ping_pong import BYTES, MOST, WARM_UP, Corner, Receive, Send, Waker, one_way, run_waker  # noqa: E402
from harness.programs import compile_c  # noqa: E402

#: peers/wake_NAME.py, and the package it needs.
PEERS = {"pipe": "", "posix_ipc": "posix_ipc", "iceoryx2": "iceoryx2", "pyzmq": "pyzmq"}
OURS = ("webmon", "webmon_copy", "webmon_log")
BARS = ("iceoryx2", "posix_ipc")
FIGURES = {
    "p50_us": Figure("p50", "us", "less"),
    "p90_us": Figure("p90", "us", "less"),
    "p99_us": Figure("p99", "us", "less"),
    "max_us": Figure("max", "us", "less"),
}


@contextlib.contextmanager
def frames(corner: Corner) -> Iterator[tuple[Send, Receive]]:
    """A stream for each way, of which every frame is read in place."""
    with webmon.Stream(corner.mine, BYTES, "u1", directory=corner.directory) as stream:
        corner.meet()
        with webmon.open(corner.theirs, directory=corner.directory) as reader:
            assert isinstance(reader, webmon.FrameReader)
            newer = iter(reader)
            yield lambda message: stream.put(np.frombuffer(message, np.uint8)), lambda: next(newer).tobytes()


@contextlib.contextmanager
def copies(corner: Corner) -> Iterator[tuple[Send, Receive]]:
    """A stream for each way, of which every frame is copied."""
    with webmon.Stream(corner.mine, BYTES, "u1", directory=corner.directory) as stream:
        corner.meet()
        with webmon.open(corner.theirs, directory=corner.directory) as reader:
            assert isinstance(reader, webmon.FrameReader)
            copy = np.empty(BYTES, np.uint8)
            yield lambda message: stream.put(np.frombuffer(message, np.uint8)), lambda: reader.next(out=copy).tobytes()


@contextlib.contextmanager
def records(corner: Corner) -> Iterator[tuple[Send, Receive]]:
    """A log for each way."""
    with webmon.Log(corner.mine, [("message", f"V{BYTES}")], directory=corner.directory) as log:
        corner.meet()
        with webmon.open(corner.theirs, directory=corner.directory) as reader:
            assert isinstance(reader, webmon.LogReader)
            newer = iter(reader)
            yield lambda message: log.append((message,)), lambda: next(newer)["message"].tobytes()


def limit(program: Path, seconds: float) -> dict[str, float]:
    """One run of the C program."""
    said = subprocess.run([program, str(seconds), str(MOST), str(WARM_UP)], check=True, capture_output=True, text=True)
    return one_way(json.loads(said.stdout))


def wakers(found: Benchmark) -> list[Waker]:
    """webmon's and those of all peers that are installed."""
    all_ = [
        Waker("webmon", "webmon, a frame", frames, "for frame in reader"),
        Waker("webmon_copy", "webmon, a frame's copy", copies, "reader.next(out=...)"),
        Waker("webmon_log", "webmon, a log's record", records, "for record in reader"),
    ]
    for name, package in PEERS.items():
        if not package or found.has_package(name, package):
            all_ += importlib.import_module(f"peers.wake_{name}").WAKERS
    for waker in all_:
        kind = "webmon" if waker.name.startswith("webmon") else "peer"
        found.contenders[waker.name] = Contender(waker.title, kind, version(waker.package or kind) or "", waker.note)
    quick = found.options.quick and not found.options.only
    return [waker for waker in all_ if not quick or not waker.package]


def measure(options: Options, arguments: argparse.Namespace) -> Benchmark:
    """All contenders."""
    found = Benchmark(
        "wake_up",
        "Waking another Python process",
        "How soon does a process that sleeps have a small message of another one?",
        "64 bytes there and back between two processes that sleep in between, again and again; half a round is told.",
        options,
        FIGURES,
        parameters={"bytes": BYTES, "most_rounds": MOST},
        contenders={"limit": Contender("bare C futex", "limit")},
    )
    acts = {waker.name: functools.partial(run_waker, waker, options.seconds) for waker in wakers(found)}
    with tempfile.TemporaryDirectory() as programs:
        program = compile_c("limits/futex_ping_pong.c", Path(programs))
        rounds = found.measure({"limit": functools.partial(limit, program, options.seconds), **acts})
    for name in ("limit", *acts):
        if name not in OURS:
            ratios = [ratio for ours in OURS if (ratio := found.compare(rounds, ours, name, "p50_us")) is not None]
            if name in BARS:
                found.hold(f"the quickest way not slower than {name}", min(ratios, default=None), lambda value: value <= 1)
    return found


if __name__ == "__main__":
    run(measure, __doc__ or "", runs=5, seconds=1.5)
