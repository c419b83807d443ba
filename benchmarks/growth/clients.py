"""What pages cost the server, by how many there are: those that watch a stream, and those that watch another one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import webmon
from harness.benchmark import Figure
from harness.programs import Process, webmon_server
from harness.timed_frames import RATE, WORDS, publish

from .study import Axis, Cost, Tools, private_directory


def measure(tools: Tools, clients: int) -> dict[str, float]:
    """So many pages on one stream; then one page, while the others look at a stream that is quiet."""
    frames = max(5, round(RATE * tools.seconds))
    watched = watch(tools, frames, clients, 0)
    beside = watch(tools, frames, 1, clients - 1)
    return {
        "frame_cpu_us": watched["cpu"] / frames * 1e6,
        "message_cpu_us": watched["cpu"] / watched["received"] * 1e6,
        "p50_us": watched["since_due"]["p50_ms"] * 1e3,
        "p99_us": watched["since_due"]["p99_ms"] * 1e3,
        "server_mb": watched["mb"],
        "beside_cpu_us": beside["cpu"] / frames * 1e6,
        "passed_over": watched["lost"] / (watched["lost"] + watched["received"]),
    }


def watch(tools: Tools, frames: int, clients: int, others: int) -> dict[str, Any]:
    """What the server spends on the frames of a stream, and what its clients got."""
    program = tools.program("clients/many_clients.c")
    with (
        private_directory() as directory,
        webmon_server(directory) as (server, port),
        webmon.Stream("camera", WORDS, "u4", slots=8, directory=directory) as stream,
        webmon.Stream("quiet", WORDS, "u4", slots=2, directory=directory) as quiet,
    ):
        if others == 0:
            return deliver(program, server, port, stream, clients, frames)
        with Process(program, port, "quiet", others, 1) as many:
            if many.line() != "ready":
                raise RuntimeError("the clients did not start")
            found = deliver(program, server, port, stream, clients, frames)
            publish_all(quiet, 1)
            complete(many.result(), others, 1)
    return found


def deliver(program: Path, server: Process, port: int, stream: webmon.Stream, clients: int, frames: int) -> dict[str, Any]:
    """Publishes, while so many clients watch."""
    with Process(program, port, "camera", clients, frames) as many:
        if many.line() != "ready":
            raise RuntimeError("the clients did not start")
        before = server.cpu_seconds
        publish_all(stream, frames)
        found = complete(many.result(), clients, frames)
        found["cpu"] = server.cpu_seconds - before
        found["mb"] = server.peak_resident_mb
    return found


def publish_all(stream: webmon.Stream, frames: int) -> None:
    """Publishes, and checks that every frame found a slot."""
    publish(stream, frames)
    if stream.status.dropped:
        raise RuntimeError("a frame found no slot")


def complete(found: dict[str, Any], clients: int, frames: int) -> dict[str, Any]:
    """Checks that each client got or was told of every frame."""
    if found["wrong"] or found["accounted"] != clients:
        raise ValueError(f"not every client got or was told of {frames} frames: {found}")
    return found


AXIS = Axis(
    "pages",
    "",
    (1, 3, 10, 30, 100, 300, 1000),
    (1, 30, 300),
    {
        "frame_cpu_us": Cost(Figure("server CPU a frame", "us", "less"), 1),
        "message_cpu_us": Cost(Figure("server CPU a message", "us", "less"), 0),
        "p50_us": Cost(Figure("due to received, p50", "us", "less"), 1),
        "p99_us": Cost(Figure("due to received, p99", "us", "less"), 1),
        "server_mb": Cost(Figure("server memory", "MB", "less"), 1),
        "beside_cpu_us": Cost(Figure("server CPU a frame, one page of them watches", "us", "less"), 0),
        "passed_over": Cost(Figure("told as gaps", "share", "less"), None),
    },
    measure,
)
