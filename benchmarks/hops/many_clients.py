"""What many pages cost: clients of one 16 KB stream at 30 Hz, one stalled client among them.

    python benchmarks/hops/many_clients.py [--clients N] [--runs N] [--seconds S] [--json]

The bars (medians of the runs): server under one core, server under 100 MB, p99 from publication to receipt under 33 ms. The producer sends at
intended times, and a frame that was late counts from when it was due. The clients (benchmarks/clients/many_clients.c) check every word
of every frame; each of them must have got or been told of every frame.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
from pathlib import Path
from time import monotonic_ns, sleep
from typing import Any

import numpy as np
import webmon

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from harness.programs import Process, compile_c, webmon_server  # noqa: E402

WORDS = 4096
RATE = 30
CPU_BAR = 1.0
RSS_BAR_MB = 100.0
P99_BAR_MS = 33.0


def publish(stream: webmon.Stream, frames: int) -> None:
    """Publishes at intended times, each frame with the time that it was due."""
    frame = np.zeros(WORDS, "u4")
    start = monotonic_ns() + 50_000_000
    for number in range(frames):
        due = start + number * 1_000_000_000 // RATE
        if (wait := due - monotonic_ns()) > 0:
            sleep(wait / 1e9)
        frame[2:] = number + 1
        frame[:2].view("u8")[0] = due
        stream.put(frame)


def run_once(client: Path, clients: int, frames: int) -> dict[str, Any]:
    """One server, one producer, all clients; the figures of the time from the first frame to the last."""
    with (
        tempfile.TemporaryDirectory(dir="/dev/shm", prefix="webmon-bench-") as directory,
        webmon_server(Path(directory)) as (server, port),
        webmon.Stream("camera", WORDS, "u4", slots=8, directory=directory) as stream,
        Process(client, port, "camera", clients, frames, "--stalled", 1) as many,
    ):
        if (line := many.line()) != "ready":
            sys.exit(f"the clients did not start: {line}")
        before, begin = server.cpu_seconds, monotonic_ns()
        publish(stream, frames)
        counts: dict[str, Any] = json.loads(many.line())
        wall = (monotonic_ns() - begin) / 1e9
        counts["cpu"] = (server.cpu_seconds - before) / wall
        counts["rss_mb"] = server.peak_resident_mb
        counts["not_published"] = stream.status.dropped
    # A frame that found every slot leased has no number.
    last = frames - counts["not_published"]
    if counts["wrong"] or counts["not_published"] or counts["accounted"] != clients - 1:
        sys.exit(f"not every client got or was told of {last} frames: {counts}")
    return counts


def main() -> None:
    """Runs all, and says whether the bars are met."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clients", type=int, default=1000, help="clients, the stalled one among them (default 1000)")
    parser.add_argument("--runs", type=int, default=3, help="runs of which the medians are taken (default 3)")
    parser.add_argument("--seconds", type=float, default=15, help="length of a run (default 15)")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        client = compile_c("clients/many_clients.c", Path(folder))
        frames = int(arguments.seconds * RATE)
        runs = [run_once(client, arguments.clients, frames) for _ in range(arguments.runs)]
    figures = {
        "cpu": [run["cpu"] for run in runs],
        "rss_mb": [run["rss_mb"] for run in runs],
        "p50_ms": [run["since_due"]["p50_ms"] for run in runs],
        "p99_ms": [run["since_due"]["p99_ms"] for run in runs],
        "max_ms": [run["since_due"]["max_ms"] for run in runs],
        "lost_share": [run["lost"] / (run["lost"] + run["received"]) for run in runs],
    }
    medians = {name: statistics.median(values) for name, values in figures.items()}
    met = medians["cpu"] < CPU_BAR and medians["rss_mb"] < RSS_BAR_MB and medians["p99_ms"] < P99_BAR_MS
    if arguments.json:
        print(json.dumps({"benchmark": "many_clients", "clients": arguments.clients, "medians": medians, "met": met, "each_run": runs}, indent=2))
    else:
        print(f"{arguments.clients} clients, {WORDS * 4} B at {RATE} Hz, one stalled: medians of {arguments.runs} runs of {arguments.seconds:g} s")
        print(f"  server CPU, cores            {medians['cpu']:8.2f}      bar {CPU_BAR:g}")
        print(f"  server memory, MB            {medians['rss_mb']:8.1f}      bar {RSS_BAR_MB:g}")
        print(f"  due to received, p50 / p99   {medians['p50_ms']:8.2f} / {medians['p99_ms']:.2f} ms   bar {P99_BAR_MS:g} ms   (max {medians['max_ms']:.2f})")
        print(f"  frames told as gaps          {100 * medians['lost_share']:8.2f} %")
    if not met:
        sys.exit("a bar was missed")


if __name__ == "__main__":
    main()
