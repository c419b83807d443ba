"""What many pages cost: clients of one 16 KB stream at 30 Hz, one stalled client among them.

    python benchmarks/hops/many_clients.py [--clients N] [--runs N] [--seconds S] [--quick] [--json] [--out FILE]

The bars (medians of the runs): server under one core, server under 100 MB, p99 from publication to receipt under 33 ms. The producer sends at
intended times, and a frame that was late counts from when it was due. The clients (benchmarks/clients/many_clients.c) check every word
of every frame; each of them must have got or been told of every frame.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path
from time import monotonic_ns
from typing import Any

import webmon

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from harness.benchmark import Benchmark, Contender, Figure, Options, run  # noqa: E402
from harness.programs import Process, compile_c, webmon_server  # noqa: E402
from harness.timed_frames import RATE, WORDS, publish  # noqa: E402

CPU_BAR = 1.0
RSS_BAR_MB = 100.0
P99_BAR_MS = 33.0
QUICK_CLIENTS = 100
FIGURES = {
    "cpu_cores": Figure("server CPU", "cores", "less"),
    "rss_mb": Figure("server memory at its most", "MB", "less"),
    "p50_ms": Figure("due to received, p50", "ms", "less"),
    "p99_ms": Figure("p99", "ms", "less"),
    "max_ms": Figure("max", "ms", "less"),
    "lost_share": Figure("frames told as gaps", "", "less"),
}


class Many:
    """Rounds, and what was counted in all of them."""

    def __init__(self, client: Path, clients: int, frames: int) -> None:
        self.client = client
        self.clients = clients
        self.frames = frames
        #: Clients that neither got nor were told of every frame; frames that found every slot leased.
        self.unaccounted = self.not_published = 0

    def once(self) -> dict[str, float]:
        """One server, one producer, all clients; the figures of the time from the first frame to the last."""
        with (
            tempfile.TemporaryDirectory(dir="/dev/shm", prefix="webmon-bench-") as directory,
            webmon_server(Path(directory)) as (server, port),
            webmon.Stream("camera", WORDS, "u4", slots=8, directory=directory) as stream,
            Process(self.client, port, "camera", self.clients, self.frames, "--stalled", 1) as many,
        ):
            if (line := many.line()) != "ready":
                sys.exit(f"the clients did not start: {line}")
            before, begin = server.cpu_seconds, monotonic_ns()
            publish(stream, self.frames)
            counts: dict[str, Any] = json.loads(many.line())
            wall = (monotonic_ns() - begin) / 1e9
            cpu, rss = (server.cpu_seconds - before) / wall, server.peak_resident_mb
            self.not_published += stream.status.dropped
        if counts["wrong"]:
            sys.exit(f"what came is wrong in {counts['wrong']} places: {counts}")
        self.unaccounted += self.clients - 1 - counts["accounted"]
        return {"cpu_cores": cpu, "rss_mb": rss, **counts["since_due"], "lost_share": counts["lost"] / (counts["lost"] + counts["received"])}


def measure(options: Options, arguments: argparse.Namespace) -> Benchmark:
    """All rounds."""
    clients = min(arguments.clients, QUICK_CLIENTS) if options.quick else arguments.clients
    found = Benchmark(
        "many_clients",
        f"{clients:,} pages",
        "What does it cost to have very many pages on one stream, one of which reads nothing?",
        f"{clients:,} WebSocket clients on one stream of {WORDS * 4} bytes at {RATE} Hz. A frame that was late counts from when it was due. Every word of every frame is checked.",
        options,
        FIGURES,
        parameters={"clients": clients, "bytes": WORDS * 4, "rate": RATE},
        contenders={"webmon": Contender("webmon", "webmon")},
    )
    with tempfile.TemporaryDirectory() as programs:
        many = Many(compile_c("clients/many_clients.c", Path(programs)), clients, int(options.seconds * RATE))
        found.measure({"webmon": many.once})
    found.hold(f"server under {CPU_BAR:g} core", found.median("webmon", "cpu_cores"), lambda value: value < CPU_BAR)
    found.hold(f"server under {RSS_BAR_MB:g} MB", found.median("webmon", "rss_mb"), lambda value: value < RSS_BAR_MB)
    found.hold(f"p99 under {P99_BAR_MS:g} ms", found.median("webmon", "p99_ms"), lambda value: value < P99_BAR_MS)
    found.hold("clients that neither got nor were told of every frame: none", many.unaccounted, lambda value: value == 0, counts=True)
    found.hold("frames that found no slot: none", many.not_published, lambda value: value == 0, counts=True)
    return found


def extend(parser: argparse.ArgumentParser) -> None:
    """The options of this benchmark alone."""
    parser.add_argument("--clients", type=int, default=1000, help=f"the stalled one among them (default 1000; quick: at most {QUICK_CLIENTS})")


if __name__ == "__main__":
    run(measure, __doc__ or "", runs=3, seconds=15, extend=extend)
