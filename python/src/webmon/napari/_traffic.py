"""Who watches a viewer, and what goes to them: read from two answers of the server's ``/metrics``."""

from __future__ import annotations

import re
from dataclasses import dataclass

_SAMPLE = re.compile(r'^webmon_(sessions|stream_(?:subscribers|commits_total|sent_bytes_total))(?:\{stream="([^"]*)"\})? (\d+)$', re.MULTILINE)


@dataclass(frozen=True)
class Watched:
    """One stream that pages look at."""

    name: str
    #: Subscriptions of pages.
    pages: int
    #: Commits a second, of frames, records or edits.
    commits: float
    #: Bytes a second that went to pages.
    nbytes: float


@dataclass(frozen=True)
class Counts:
    """What a server had counted at one moment."""

    #: Seconds, of any clock.
    time: float
    #: Pages that are connected.
    sessions: int
    #: Of each stream: subscriptions, commits, bytes sent.
    streams: dict[str, tuple[int, int, int]]


def counts(metrics: str, time: float) -> Counts:
    """Reads the text that a server gave at a time."""
    sessions = 0
    found: dict[str, dict[str, int]] = {}
    for what, stream, number in _SAMPLE.findall(metrics):
        if what == "sessions":
            sessions = int(number)
        else:
            found.setdefault(stream, {})[what.removeprefix("stream_")] = int(number)
    streams = {
        name: (of.get("subscribers", 0), of.get("commits_total", 0), of.get("sent_bytes_total", 0)) for name, of in found.items()
    }
    return Counts(time, sessions, streams)


def watched(before: Counts, now: Counts, prefix: str) -> list[Watched]:
    """The streams of a viewer that pages look at, by name, with rates between two moments."""
    seconds = max(now.time - before.time, 1e-3)
    lines = []
    for name, (pages, commits, nbytes) in sorted(now.streams.items()):
        if pages and name.startswith(f"{prefix}."):
            _, old_commits, old_bytes = before.streams.get(name, (0, commits, nbytes))
            # A new generation counts from 0.
            lines.append(Watched(name, pages, max(0, commits - old_commits) / seconds, max(0, nbytes - old_bytes) / seconds))
    return lines
