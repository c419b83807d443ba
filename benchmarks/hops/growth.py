"""How costs grow: with the size and rate of frames, with streams, readers and pages, with the size of an array.

    python benchmarks/hops/growth.py [--runs N] [--seconds S] [--only AXIS]... [--quick] [--json] [--out FILE]

One axis after the other is walked from its first point to its last (benchmarks/growth, a file each), in each round in another order, so that a busy moment of
the machine meets all points alike. For each cost the exponent is told with which it grows (least squares in log-log), with the least and greatest of the
rounds; and where it bends, the place and the exponent after it, if two lines explain the points very much better than one (growth/fit.py). A cost that may
grow with exponent 1 costs each one as much as the one before it.

All data is checked; a wrong byte fails the run. There are no bars: that a cost grows faster than it may is told.
"""

from __future__ import annotations

import argparse
import random
import resource
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from growth import array_size, clients, frame_size, rate, readers, streams  # noqa: E402
from growth.fit import growth  # noqa: E402
from growth.study import Tools  # noqa: E402
from harness.benchmark import Benchmark, Contender, Options, run, say  # noqa: E402

AXES = {
    "frame_size": frame_size.AXIS,
    "rate": rate.AXIS,
    "streams": streams.AXIS,
    "readers": readers.AXIS,
    "clients": clients.AXIS,
    "array_size": array_size.AXIS,
}
#: The least that is told of a cost that was nothing: a power law has no zero.
LEAST = 1e-6


def measure(options: Options, _arguments: argparse.Namespace) -> Benchmark:
    """All axes."""
    found = Benchmark(
        "growth",
        "How costs grow",
        "What does one more byte, frame, stream, reader, page or pixel cost, and where does that change?",
        "Each axis is walked with all else the same, its points in another order in each round. Exponents are least squares in log-log.",
        options,
        {f"{name}_{key}": cost.figure for name, axis in AXES.items() for key, cost in axis.costs.items()},
        axis=("at", ""),
        contenders={name: Contender(f"{axis.title}, {axis.unit}" if axis.unit else axis.title, "webmon") for name, axis in AXES.items()},
    )
    points = [(name, int(at)) for name, axis in AXES.items() if options.wants(name) for at in (axis.quick_points if options.quick else axis.points)]
    # A stream and a connection each take a descriptor of the server, and of who makes it; what is started inherits the limit.
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    results: dict[tuple[str, int], list[dict[str, float]]] = {point: [] for point in points}
    # The same orders whenever it is run.
    order = random.Random(7)
    with tempfile.TemporaryDirectory() as programs:
        # A quick run has eighteen points.
        tools = Tools(Path(programs), options.seconds / 2 if options.quick else options.seconds)
        for number in range(options.runs):
            for name, at in order.sample(points, len(points)):
                say(f"run {number + 1} of {options.runs}: {AXES[name].title} {at}")
                results[name, at].append(AXES[name].measure(tools, at))
    for (name, at), runs in results.items():
        found.points.append({"at": at, "contender": name, "runs": [{f"{name}_{key}": value for key, value in one.items()} for one in runs]})
    for name in AXES:
        if options.wants(name):
            found.growth += exponents(name, {at: runs for (axis, at), runs in results.items() if axis == name})
    return found


def exponents(name: str, results: dict[int, list[dict[str, float]]]) -> list[dict[str, object]]:
    """Of each cost of an axis that has one, by its points."""
    found = []
    for key, cost in AXES[name].costs.items():
        if cost.may_grow is not None:
            runs = zip(*([max(one[key], LEAST) for one in ones] for ones in results.values()), strict=True)
            found.append({"axis": name, "figure": f"{name}_{key}", **asdict(growth(list(results), list(runs))), "may_grow": cost.may_grow})
    return found


if __name__ == "__main__":
    run(measure, __doc__ or "", runs=3, seconds=1)
