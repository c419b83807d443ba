"""What it costs to publish from Python: one small record, and one frame of 8 MB held against `numpy.copyto`.

    python benchmarks/hops/python_publish.py [--runs N] [--json]

The bars (medians, same run): a record under 10 us; a frame within 1.25 times `numpy.copyto` of the same array into ordinary memory. All
records and every tenth frame are read back and compared. Copy and publication take turns, and take turns in coming first: a busy moment of the machine meets
both, and so does a source that the one before has left in the cache.
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import sys
import tempfile
from collections.abc import Callable
from time import perf_counter_ns
from typing import Any

import numpy as np
import webmon

RECORD = [("time", "f8"), ("load_ms", "f4"), ("nbytes", "u8")]
RECORDS = 20_000
FRAME_SHAPE = (2048, 2048)
FRAMES = 120
CHECK_EVERY = 10
SLOTS = 4
RECORD_BAR_US = 10.0
FRAME_BAR = 1.25


def microseconds(action: Callable[[], object]) -> float:
    """How long one call took."""
    start = perf_counter_ns()
    action()
    return (perf_counter_ns() - start) / 1e3


def publish_records(directory: str) -> dict[str, float]:
    """Times of `log.append(tuple)`, in microseconds."""
    with webmon.Log("records", RECORD, records=RECORDS, directory=directory) as log:
        times = []
        for number in range(RECORDS):
            record = (number * 0.5, number * 0.25, number)
            start = perf_counter_ns()
            log.append(record)
            times.append((perf_counter_ns() - start) / 1e3)
        with webmon.open("records", directory=directory) as reader:
            assert isinstance(reader, webmon.LogReader)
            records, sequence, lost = reader.since(0)
        numbers = np.arange(RECORDS)
        assert sequence == RECORDS and lost == 0
        assert np.array_equal(records["time"], numbers * 0.5) and np.array_equal(records["nbytes"], numbers)
        assert np.array_equal(records["load_ms"], (numbers * 0.25).astype("f4"))
    return {"median_us": statistics.median(times), "p99_us": float(np.percentile(times, 99))}


def publish_frames(directory: str, rng: np.random.Generator) -> dict[str, float]:
    """Times of `stream.put(frame)` and of `numpy.copyto` of the same frame, in microseconds, and their ratio.

    The bar is one destination, always the same; as many as there are slots, in turn, are the same work as a ring.
    """
    frame = rng.integers(0, 65536, FRAME_SHAPE, "u2")
    one = np.zeros_like(frame)
    ring = [np.zeros_like(frame) for _ in range(SLOTS)]
    one[...] = frame  # zeros() gives memory that was never touched
    for copy in ring:
        copy[...] = frame
    times: dict[str, list[float]] = {"put": [], "one": [], "ring": []}
    with (
        webmon.Stream("frames", FRAME_SHAPE, "u2", slots=SLOTS, directory=directory) as stream,
        webmon.open("frames", directory=directory) as reader,
    ):
        assert isinstance(reader, webmon.FrameReader)
        for number in range(FRAMES):
            frame[:: FRAME_SHAPE[0] // 16] += 1  # every frame is another, and little of the cache is touched
            target = ring[number % SLOTS]
            actions: list[tuple[str, Callable[[], object]]] = [
                ("put", lambda: stream.put(frame)),
                ("one", lambda: np.copyto(one, frame)),
                ("ring", lambda: np.copyto(target, frame)),
            ]
            first = number % len(actions)
            for name, action in actions[first:] + actions[:first]:
                times[name].append(microseconds(action))
            if number % CHECK_EVERY == CHECK_EVERY - 1:
                seen: Any = reader.latest()
                assert reader.info is not None and reader.info.sequence == number + 1
                assert np.array_equal(seen, frame) and np.array_equal(one, frame) and np.array_equal(target, frame)
                del seen
        assert stream.status.dropped == 0
        # Not held to the bar: each alone, where one destination stays in a large cache together with the source and a ring cannot.
        put_alone = statistics.median(microseconds(lambda: stream.put(frame)) for _ in range(FRAMES))
        copy_alone = statistics.median(microseconds(lambda: np.copyto(one, frame)) for _ in range(FRAMES))
    put, copy_one, copy_ring = (statistics.median(times[name]) for name in ("put", "one", "ring"))
    return {
        "put_us": put,
        "copyto_us": copy_one,
        "copyto_ring_us": copy_ring,
        "ratio": put / copy_one,
        "ratio_ring": put / copy_ring,
        "put_alone_us": put_alone,
        "copyto_alone_us": copy_alone,
        "ratio_alone": put_alone / copy_alone,
    }


def main() -> None:
    """Runs both, and says whether the bars are met."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5, help="runs of which the medians are taken (default 5)")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    arguments = parser.parse_args()
    rng = np.random.default_rng(20240229)
    with tempfile.TemporaryDirectory(dir="/dev/shm") as directory:
        records = [publish_records(directory) for _ in range(arguments.runs)]
        frames = [publish_frames(directory, rng) for _ in range(arguments.runs)]
    record = {key: statistics.median(run[key] for run in records) for key in records[0]}
    frame = {key: statistics.median(run[key] for run in frames) for key in frames[0]}
    met = record["median_us"] < RECORD_BAR_US and frame["ratio"] <= FRAME_BAR
    if arguments.json:
        result = {
            "benchmark": "python_publish",
            "runs": arguments.runs,
            "python": platform.python_version(),
            "numpy": np.__version__,
            "record": record,
            "record_bar_us": RECORD_BAR_US,
            "frame": frame,
            "frame_bar": FRAME_BAR,
            "met": met,
            "each_run": {"record": records, "frame": frames},
        }
        print(json.dumps(result, indent=2))
    else:
        print(f"publishing from Python {platform.python_version()}, numpy {np.__version__}: medians of {arguments.runs} runs")
        print(f"  log.append(tuple), {np.dtype(RECORD).itemsize} B   {record['median_us']:9.2f} us  (p99 {record['p99_us']:.2f})   bar {RECORD_BAR_US:g} us")
        print(f"  stream.put, 2048 x 2048 u2   {frame['put_us']:9.0f} us")
        print(f"  np.copyto into one array     {frame['copyto_us']:9.0f} us   ratio {frame['ratio']:.2f}   bar {FRAME_BAR}")
        print(f"  np.copyto into {SLOTS} in turn     {frame['copyto_ring_us']:9.0f} us   ratio {frame['ratio_ring']:.2f}")
        print(f"  each alone, again and again  {frame['put_alone_us']:9.0f} us   against {frame['copyto_alone_us']:.0f} us, ratio {frame['ratio_alone']:.2f}")
    if not met:
        sys.exit("a bar was missed")


if __name__ == "__main__":
    main()
