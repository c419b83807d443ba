"""From one Python process to another: an array of webmon beside the limit and beside what else would carry it.

    python benchmarks/hops/array_to_process.py [--runs N] [--seconds S] [--size B]... [--only NAME]... [--quick] [--json] [--out FILE]

The producer has an array; the consumer reads a word of every page of it, and compares it with the frame's number. A wrong byte fails the run; frames that
have parts of two are counted. Half of the time at 60 frames a second: how long after a frame was due the consumer has read it, or a newer one. A producer
that is late takes the newest frame that is due, as from a camera. The other half flat out. Contenders take turns.

The limit is the same ring in C at both ends. Bar: webmon has no torn frame.
"""

from __future__ import annotations

import argparse
import functools
import importlib
import sys
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import webmon  # noqa: E402
from harness.benchmark import Benchmark, Contender, Figure, Options, run  # noqa: E402
from harness.hand_over import Peer, Place  # noqa: E402
from harness.hand_over_run import HERTZ, run_peer, run_program  # noqa: E402
from harness.machine import version  # noqa: E402
from harness.medians import TooSlow  # noqa: E402
from harness.numbered_frames import Frame  # noqa: E402
from harness.programs import compile_c  # noqa: E402

SIZES = (1 << 10, 64 << 10, 1 << 20, 8 << 20, 64 << 20)
QUICK_SIZES = (1 << 20,)
SLOTS = 4
#: peers/memory_NAME.py, and the package it needs.
PEERS = {
    "queue": "", "pipe": "", "shared_memory": "", "posix_ipc": "posix_ipc", "shared_array": "SharedArray", "pyzmq": "pyzmq", "iceoryx2": "iceoryx2",
    "zenoh": "eclipse-zenoh", "ray": "ray", "napari": "napari",
}  # fmt: skip
FIGURES = {
    "p50_ms": Figure("latency p50", "ms", "less"),
    "p90_ms": Figure("p90", "ms", "less"),
    "p99_ms": Figure("p99", "ms", "less"),
    "max_ms": Figure("max", "ms", "less"),
    "late_share": Figure(f"not taken at {HERTZ} Hz", "", "less"),
    "frames_a_second": Figure("flat out", "frames/s", "more"),
    "dropped_share": Figure("dropped flat out", "", ""),
    "cpu_seconds_a_gigabyte": Figure("CPU of both", "s/GB", "less"),
    "torn": Figure("torn frames", "", "less"),
}


def produce(place: Place, frames: Iterable[Frame]) -> None:
    """webmon's."""
    with webmon.Stream("frames", place.bytes, "u1", slots=SLOTS, directory=place.directory) as stream:
        for frame in frames:
            stream.put(frame)


def consume(place: Place, take: Callable[[Frame], bool]) -> None:
    """webmon's."""
    with webmon.open("frames", directory=place.directory) as reader:
        assert isinstance(reader, webmon.FrameReader)
        for frame in reader:
            if not take(frame):
                return


def peers(found: Benchmark) -> list[Peer]:
    """webmon and all peers that are installed and wanted."""
    all_ = [Peer("webmon", "webmon", produce, consume, "1", "in place; a frame that is read is not written")]
    for name, package in PEERS.items():
        if not package or found.has_package(name, package):
            all_ += importlib.import_module(f"peers.memory_{name}").PEERS
    for peer in all_:
        kind = "webmon" if peer.name == "webmon" else "peer"
        found.contenders[peer.name] = Contender(peer.title, kind, version(peer.package or kind) or "", f"copies: {peer.copies}; {peer.note}")
    quick = found.options.quick and not found.options.only
    wanted = [peer for peer in all_ if found.options.wants(peer.name) and (not quick or peer.name == "webmon" or not peer.package)]
    return [peer for peer in wanted if not peer.heavy or starts(peer, found)]


def starts(peer: Peer, found: Benchmark) -> bool:
    """Tries one that starts daemons: on a small or busy machine they may not come up, which is no reason to lose the others."""
    try:
        run_peer(peer, SIZES[0], 0.2)
    except (SystemExit, TooSlow) as error:
        found.leave_out(peer.name, f"it does not start here: {error}")
        return False
    return True


def measure(options: Options, arguments: argparse.Namespace) -> Benchmark:
    """Every contender at every size."""
    sizes = tuple(arguments.size or (QUICK_SIZES if options.quick else SIZES))
    found = Benchmark(
        "array_to_process",
        "An array from one Python process to another",
        "How soon does another process see an array, how many a second, and what do both take of the processor?",
        f"Two processes; the consumer reads and checks a word of every page. Latency from when a frame was due, at {HERTZ} a second; then flat out.",
        options,
        FIGURES,
        axis=("array", "B"),
        parameters={"sizes": sizes, "hertz": HERTZ, "slots": SLOTS},
        contenders={"limit": Contender("the same ring in C", "limit", "", "copies: 1")},
    )
    contenders = peers(found)
    with tempfile.TemporaryDirectory() as programs:
        ring = compile_c("limits/frame_ring.c", Path(programs))
        for bytes_ in sizes:
            acts: dict[str, Callable[[], dict[str, float]]] = {"limit": functools.partial(run_program, ring, bytes_, SLOTS, options.seconds)}
            acts |= {peer.name: functools.partial(run_peer, peer, bytes_, options.seconds) for peer in contenders}
            rounds = found.measure(acts, at=bytes_)
            for name in acts:
                # A peer may be too slow to have taken any.
                for figure in ("p50_ms", "frames_a_second") if name != "webmon" else ():
                    if rounds and all(run[name][figure] > 0 for run in rounds if name in run):
                        found.compare(rounds, "webmon", name, figure, at=bytes_)
    torn = [run["torn"] for point in found.points if point["contender"] == "webmon" for run in point["runs"]]
    found.hold("no torn frame of webmon", sum(torn) if torn else None, lambda value: value == 0, counts=True)
    return found


def extend(parser: argparse.ArgumentParser) -> None:
    """The options of this benchmark alone."""
    parser.add_argument("--size", type=int, action="append", help="bytes of the array; can be given again (default 1 KB to 64 MB; quick: 1 MB)")


if __name__ == "__main__":
    run(measure, __doc__ or "", runs=3, seconds=4, extend=extend)
