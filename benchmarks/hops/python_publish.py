"""What it costs to publish from Python: one small record, and one frame of 8 MB held against `numpy.copyto`.

    python benchmarks/hops/python_publish.py [--runs N] [--quick] [--json] [--out FILE]

The bars (medians, same run): a record under 10 us; a frame within 1.25 times `numpy.copyto` of the same array into ordinary memory. All
records and every tenth frame are read back and compared. Copy and publication take turns, and take turns in coming first: a busy moment of the machine meets
both, and so does a source that the one before has left in the cache.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter_ns
from typing import Any

import numpy as np
import webmon

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from harness.benchmark import Benchmark, Contender, Figure, Options, run  # noqa: E402
from harness.latency import percentiles  # noqa: E402
from harness.medians import Run  # noqa: E402

RECORD_TYPE = [("time", "f8"), ("load_ms", "f4"), ("nbytes", "u8")]
RECORDS = 20_000
FRAME_SHAPE = (2048, 2048)
FRAMES = 120
QUICK_FRAMES = 20
CHECK_EVERY = 10
SLOTS = 4
RECORD_BAR_US = 10.0
FRAME_BAR = 1.25
#: The points: one record; one frame, in turns with the copies; the same, each alone again and again.
RECORD, FRAME, ALONE = "record of 20 B", "frame of 8 MiB", "frame of 8 MiB, each alone"


def nanoseconds(action: Callable[[], object]) -> int:
    """How long one call took."""
    start = perf_counter_ns()
    action()
    return perf_counter_ns() - start


class Publishing:
    """One round of each point, in a directory."""

    def __init__(self, directory: str, frames: int) -> None:
        self.directory = directory
        self.frames = frames
        self.rng = np.random.default_rng(20240229)
        #: Frames that found no slot, of all rounds.
        self.dropped = 0

    def records(self) -> Run:
        """Times of `log.append(tuple)`."""
        with webmon.Log("records", RECORD_TYPE, records=RECORDS, directory=self.directory) as log:
            times = []
            for number in range(RECORDS):
                record = (number * 0.5, number * 0.25, number)
                start = perf_counter_ns()
                log.append(record)
                times.append(perf_counter_ns() - start)
            with webmon.open("records", directory=self.directory) as reader:
                assert isinstance(reader, webmon.LogReader)
                records, sequence, lost = reader.since(0)
            numbers = np.arange(RECORDS)
            assert sequence == RECORDS and lost == 0
            assert np.array_equal(records["time"], numbers * 0.5) and np.array_equal(records["nbytes"], numbers)
            assert np.array_equal(records["load_ms"], (numbers * 0.25).astype("f4"))
        return {"webmon": told(times)}

    def frames_in_turns(self) -> Run:
        """Times of `stream.put(frame)` and of `numpy.copyto` of the same frame.

        The limit is one destination, always the same; as many as there are slots, in turn, are the same work as a ring.
        """
        frame, one, ring = self._arrays()
        times: dict[str, list[int]] = {"webmon": [], "copyto": [], "copyto_ring": []}
        with (
            webmon.Stream("frames", FRAME_SHAPE, "u2", slots=SLOTS, directory=self.directory) as stream,
            webmon.open("frames", directory=self.directory) as reader,
        ):
            assert isinstance(reader, webmon.FrameReader)
            for number in range(self.frames):
                frame[:: FRAME_SHAPE[0] // 16] += 1  # every frame is another, and little of the cache is touched
                target = ring[number % SLOTS]
                actions: list[tuple[str, Callable[[], object]]] = [
                    ("webmon", lambda: stream.put(frame)),
                    ("copyto", lambda: np.copyto(one, frame)),
                    ("copyto_ring", lambda: np.copyto(target, frame)),
                ]
                first = number % len(actions)
                for name, action in actions[first:] + actions[:first]:
                    times[name].append(nanoseconds(action))
                if number % CHECK_EVERY == CHECK_EVERY - 1:
                    seen: Any = reader.latest()
                    assert reader.info is not None and reader.info.sequence == number + 1
                    assert np.array_equal(seen, frame) and np.array_equal(one, frame) and np.array_equal(target, frame)
                    del seen
            self.dropped += stream.status.dropped
        return {name: told(each) for name, each in times.items()}

    def frames_alone(self) -> Run:
        """Each alone, where one destination stays in a large cache together with the source and a ring cannot. Not held to the bar."""
        frame, one, _ = self._arrays()
        with webmon.Stream("frames", FRAME_SHAPE, "u2", slots=SLOTS, directory=self.directory) as stream:
            put = [nanoseconds(lambda: stream.put(frame)) for _ in range(self.frames)]
            copy = [nanoseconds(lambda: np.copyto(one, frame)) for _ in range(self.frames)]
            with webmon.open("frames", directory=self.directory) as reader:
                assert np.array_equal(reader.latest(), frame) and np.array_equal(one, frame)
        return {"webmon": told(put), "copyto": told(copy)}

    def _arrays(self) -> tuple[Any, Any, list[Any]]:
        """A frame, one array, and as many as there are slots: all touched, for zeros() gives memory that never was."""
        frame = self.rng.integers(0, 65536, FRAME_SHAPE, "u2")
        return frame, frame.copy(), [frame.copy() for _ in range(SLOTS)]


def told(times: list[int]) -> dict[str, float]:
    """The figures of nanoseconds a call."""
    return {"median_us": statistics.median(times) / 1e3, "p99_us": percentiles(times, "us")["p99_us"]}


def measure(options: Options, _: argparse.Namespace) -> Benchmark:
    """Records, frames in turns, frames alone."""
    frames = QUICK_FRAMES if options.quick else FRAMES
    found = Benchmark(
        "python_publish",
        "Publishing from Python",
        "What does it cost a Python program to publish a record or a frame?",
        "A record is one log.append(tuple). A frame is one stream.put(array), in turns with numpy.copyto of the same array into ordinary memory. All records and every tenth frame are read back and compared.",
        options,
        {"median_us": Figure("median of a call", "us", "less"), "p99_us": Figure("p99", "us", "less")},
        axis=("work", ""),
        parameters={"records": RECORDS, "frames": frames, "slots": SLOTS},
        contenders={
            "webmon": Contender("webmon", "webmon"),
            "copyto": Contender("numpy.copyto", "limit", note="into one array"),
            "copyto_ring": Contender(f"numpy.copyto, {SLOTS} in turn", "limit", note="the same work as a ring"),
        },
    )
    with tempfile.TemporaryDirectory(prefix="webmon-bench-", dir="/dev/shm") as directory:
        publishing = Publishing(directory, frames)
        found.measure_together(publishing.records, RECORD)
        in_turns = found.measure_together(publishing.frames_in_turns, FRAME)
        alone = found.measure_together(publishing.frames_alone, ALONE)
    ratio = found.compare(in_turns, "webmon", "copyto", "median_us", FRAME)
    found.compare(in_turns, "webmon", "copyto_ring", "median_us", FRAME)
    found.compare(alone, "webmon", "copyto", "median_us", ALONE)
    found.hold(f"a record in under {RECORD_BAR_US:g} us", found.median("webmon", "median_us", RECORD), lambda value: value < RECORD_BAR_US)
    found.hold(f"a frame in at most {FRAME_BAR} times numpy.copyto", ratio, lambda value: value <= FRAME_BAR)
    found.hold("no frame dropped", publishing.dropped, lambda value: value == 0, counts=True)
    return found


if __name__ == "__main__":
    run(measure, __doc__ or "", runs=5, seconds=1)
