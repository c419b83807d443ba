"""What every part of the demo can do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol


class Producer(Protocol):
    """One stream or array of the demo."""

    #: Name of its segment.
    name: str
    #: Seconds from one publication to the next while somebody looks.
    period: float

    @property
    def wanted(self) -> bool:
        """True while somebody looks."""
        ...

    @property
    def commands(self) -> tuple[Callable[..., object], ...]:
        """What pages may call."""
        ...

    def compute(self, time: float) -> None:
        """Does the work for what will be shown at `time`, seconds since the start."""
        ...

    def publish(self) -> int:
        """Shows it; gives the bytes that were written into shared memory."""
        ...

    def close(self) -> None:
        """Ends the segment."""
        ...
