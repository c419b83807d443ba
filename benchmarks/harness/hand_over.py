"""A producer and a consumer in two processes: what each of them runs, whatever carries the frames between them.

A peer is two functions and what is said about it::

    def produce(place: Place, frames: Iterable[Frame]) -> None:
        with PACKAGE.open(place.name) as out:
            for frame in frames:
                out.send(frame)

    def consume(place: Place, take: Callable[[Frame], bool]) -> None:
        with PACKAGE.open(place.name) as inlet:
            while take(inlet.receive()):
                pass

``frames`` numbers and paces the frames; all of them are the same array. ``take`` reads a word of every page, checks it, and says whether to go on.
The consumer is started when the producer asks for its first frame.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from .link import Link
from .numbered_frames import AFTER, WARM_UP, Frame, FrameCheck, NumberedFrame

#: Seconds between two frames that are not measured.
_IDLE = 0.02
#: Nanoseconds before a frame is due in which its producer does not sleep.
_SPIN = 300_000


class Place(NamedTuple):
    """Where two processes meet: a directory and a name that nobody else has, and what they inherited."""

    directory: str
    name: str
    bytes: int
    shared: Any


@dataclass(frozen=True)
class Peer:
    """What carries frames from a process to another."""

    name: str
    title: str
    produce: Callable[[Place, Iterable[Frame]], None]
    consume: Callable[[Place, Callable[[Frame], bool]], None]
    #: Copies of a payload from the producer's array to the consumer's, the kernel's included.
    copies: str
    note: str = ""
    #: The Python package, if it is not Python's own.
    package: str = ""
    #: Made by the benchmark with its `multiprocessing` context, and inherited by both processes.
    share: Callable[[Any], Any] | None = None
    #: Takes seconds to start: left out of quick runs, unless it is named.
    heavy: bool = False


class Plan(NamedTuple):
    """One stretch of measuring. Times are nanoseconds of CLOCK_MONOTONIC."""

    start: int
    end: int
    #: From frame to frame; 0: flat out.
    period: int
    #: Number of the first frame.
    first: int
    #: Number of the frames after the last one.
    after: int

    @property
    def due(self) -> int:
        """Frames that are due in this time, if they are paced."""
        return (self.end - self.start) // self.period


def numbered(path: str, bytes_: int) -> Iterator[Frame]:
    """The producer's frames, as the benchmark at `path` plans them.

    A producer that is late takes the newest frame that is due, as from a camera; those that it passes over are never sent.
    """
    source = NumberedFrame(bytes_)
    link = Link(path)
    link.tell("ready")
    number = WARM_UP
    while True:
        if link.heard(_IDLE):
            told = link.hear()
            if told is None:
                link.close()
                return
            plan = Plan(*told)
            yield from _paced(source, plan) if plan.period else _flat_out(source, plan)
            number = plan.after
        yield source.number(number)


def _paced(source: NumberedFrame, plan: Plan) -> Iterator[Frame]:
    index = 0
    while index < plan.due:
        frame = source.number(plan.first + index)
        _wait_until(plan.start + index * plan.period)
        yield frame
        index = max(index + 1, (time.monotonic_ns() - plan.start) // plan.period)


def _flat_out(source: NumberedFrame, plan: Plan) -> Iterator[Frame]:
    number = plan.first
    _wait_until(plan.start)
    while time.monotonic_ns() < plan.end:
        yield source.number(number)
        number += 1


def _wait_until(due: int) -> None:
    """Sleeps, but for the last moment: a sleep is 0.1 ms too long, and that is not the peer's."""
    if (wait := due - time.monotonic_ns()) > _SPIN:
        time.sleep((wait - _SPIN) / 1e9)
    while time.monotonic_ns() < due:
        pass


class Taker:
    """What the consumer does with each frame; it can be sent to another process before its first one."""

    def __init__(self, path: str, bytes_: int) -> None:
        self._path = path
        self._link: Link | None = None
        self._check = FrameCheck(bytes_)
        self._plan: Plan | None = None
        self._last = self._taken = self._torn = 0
        self._latencies: list[int] = []

    def __call__(self, frame: Frame) -> bool:
        """Takes one; False if it was the last."""
        read = self._check.read(frame)
        now = time.monotonic_ns()
        number = self._check.number(read)
        if number is not None and (number == WARM_UP or number >= AFTER):
            return self._idle(number, now)
        plan = self._plan
        if plan is None or not plan.period and now > plan.end:
            return True
        if number is None:
            self._torn += 1
        elif number > self._last:
            if plan.period:
                self._waited(number, now)
            self._last = number
            self._taken += 1
        elif number < self._last:
            raise ValueError(f"frame {number} came after frame {self._last}")
        return True

    def _waited(self, number: int, now: int) -> None:
        """Notes how long each frame that was due was waited for: until this one, which is it or newer."""
        plan = self._plan
        assert plan is not None
        self._latencies += [now - plan.start - (missed - plan.first) * plan.period for missed in range(self._last + 1, number + 1)]

    def _idle(self, number: int, now: int) -> bool:
        if self._link is None:
            self._link = Link(self._path)
            self._link.tell("ready")
        if self._plan is not None and number == self._plan.after:
            if self._plan.period:
                self._waited(self._plan.first + self._plan.due - 1, now)
            passed = self._last - self._plan.first + 1
            self._link.tell({"taken": self._taken, "torn": self._torn, "passed": passed, "latencies": self._latencies})
            self._plan = None
        elif self._plan is None and self._link.heard():
            told = self._link.hear()
            if told is None:
                return False
            self._link.tell("here")
            self._plan = Plan(*self._link.hear())
            self._last = self._plan.first - 1
            self._taken = self._torn = 0
            self._latencies = []
        return True


def producer(produce: Callable[[Place, Iterable[Frame]], None], place: Place, path: str) -> None:
    """The producer's process."""
    produce(place, numbered(path, place.bytes))


def consumer(consume: Callable[[Place, Callable[[Frame], bool]], None], place: Place, path: str) -> None:
    """The consumer's process."""
    consume(place, Taker(path, place.bytes))
