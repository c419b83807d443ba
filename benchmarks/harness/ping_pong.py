"""One message to another process and back, again and again: what a wake-up takes, whatever carries it.

A peer is a context manager, and what is said about it::

    @contextlib.contextmanager
    def ends(corner: Corner) -> Iterator[tuple[Send, Receive]]:
        with PACKAGE.create(corner.mine) as out:
            corner.meet()
            with PACKAGE.open(corner.theirs) as inlet:
                yield out.send, inlet.receive

A message is 64 bytes, which come back as they were sent.
"""

from __future__ import annotations

import itertools
import multiprocessing
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, NamedTuple

from .latency import percentiles
from .link import Link
from .two_processes import link_path, two_processes

BYTES = 64
#: Rounds before those that count, and the most that do.
WARM_UP = 200
MOST = 20_000
_LAST = b"\xff" * BYTES
_NAMES = itertools.count()

Send = Callable[[bytes], object]
Receive = Callable[[], bytes]


class Corner(NamedTuple):
    """One of the two: where it makes its own end, and where the other one's is, once both have met."""

    directory: str
    mine: str
    theirs: str
    meet: Callable[[], None]
    shared: Any


@dataclass(frozen=True)
class Waker:
    """What carries a message to a process that sleeps."""

    name: str
    title: str
    ends: Callable[[Corner], AbstractContextManager[tuple[Send, Receive]]]
    note: str = ""
    package: str = ""
    #: Made with the benchmark's `multiprocessing` context: what the first and the second process inherit.
    share: Callable[[Any], tuple[Any, Any]] = lambda context: (None, None)


def run_waker(waker: Waker, seconds: float) -> dict[str, float]:
    """One run: percentiles of half a round, in microseconds."""
    with tempfile.TemporaryDirectory(prefix="webmon-bench-", dir="/dev/shm", ignore_cleanup_errors=True) as directory:
        name = f"webmon-bench-{os.getpid()}-{next(_NAMES)}"
        shared = waker.share(multiprocessing.get_context("spawn"))
        names = (f"{name}-ping", f"{name}-pong")
        targets: dict[str, tuple[Callable[..., None], tuple[Any, ...]]] = {
            "ping": (ping, (waker.ends, directory, *names, shared[0], seconds)),
            "pong": (pong, (waker.ends, directory, *reversed(names), shared[1])),
        }
        with two_processes(directory, targets) as (ends, started):
            for link in ends.links.values():
                link.tell("met")
            rounds = ends.hear("ping", seconds + 60, list)
            for process in started:
                process.join(10)
    return one_way(rounds)


def one_way(rounds: list[int]) -> dict[str, float]:
    """Percentiles of half a round."""
    found = percentiles((round_ / 2 for round_ in rounds), "us")
    return {name: found[name] for name in ("p50_us", "p90_us", "p99_us", "max_us")}


def ping(ends: Callable[[Corner], AbstractContextManager[tuple[Send, Receive]]], directory: str, mine: str, theirs: str, shared: Any, seconds: float) -> None:
    """The process that measures, and compares what came back."""
    link = Link(link_path(directory))
    with ends(Corner(directory, mine, theirs, lambda: _meet(link), shared)) as (send, receive):
        rounds = list(itertools.islice(_rounds(send, receive, seconds), MOST + WARM_UP))[WARM_UP:]
        send(_LAST)
        receive()
    link.tell(rounds)


def _rounds(send: Send, receive: Receive, seconds: float) -> Iterator[int]:
    end = time.monotonic_ns() + int(seconds * 1e9)
    for number in itertools.count(1):
        message = number.to_bytes(8, "little") * (BYTES // 8)
        start = time.monotonic_ns()
        if start > end and number > WARM_UP + 1:
            return
        send(message)
        found = receive()
        yield time.monotonic_ns() - start
        if found != message:
            raise ValueError(f"{found!r} came back for {message!r}")


def pong(ends: Callable[[Corner], AbstractContextManager[tuple[Send, Receive]]], directory: str, mine: str, theirs: str, shared: Any) -> None:
    """The process that sends back what it gets."""
    link = Link(link_path(directory))
    with ends(Corner(directory, mine, theirs, lambda: _meet(link), shared)) as (send, receive):
        message = b""
        while message != _LAST:
            message = receive()
            send(message)


def _meet(link: Link) -> None:
    """Says that this end is made, and waits until the other one is."""
    link.tell("made")
    link.hear()
