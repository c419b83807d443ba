"""Where a frame belongs and when it was published."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from . import _native, errors
from ._native import quick

#: Rows and columns of a level that a frame covers, as ``level[region]``.
FrameRegion = tuple[slice, slice]


class FrameInfo(NamedTuple):
    """What a segment says about one frame."""

    #: Number of the commit, from 1.
    sequence: int
    #: Time of publishing, nanoseconds of CLOCK_MONOTONIC (`time.monotonic_ns`).
    published: int
    #: Pyramid level that the frame belongs to, 0 = full resolution.
    level: int
    #: Number of the plane.
    plane: int
    #: Where it lies in its level, as a pair of slices; None: everywhere.
    region: FrameRegion | None
    #: The writer's own 64 bits.
    user: int
    #: Bytes of the frame that mean something; less than all only if the writer said so.
    valid_bytes: int

    @property
    def age(self) -> float:
        """Seconds since the frame was published."""
        return max(0, int(quick.now()) - self.published) / 1e9


def from_native(native: _native.FrameInfo) -> FrameInfo:
    """A FrameInfo from the library's."""
    everywhere = native.h == 0 and native.w == 0
    return FrameInfo(
        native.sequence,
        native.published_ns,
        native.level,
        native.plane,
        None if everywhere else (slice(native.y, native.y + native.h), slice(native.x, native.x + native.w)),
        native.user,
        native.valid_bytes,
    )


def set_region(native: _native.FrameInfo, region: Sequence[slice] | None) -> None:
    """Writes a pair of slices into the library's info."""
    if region is None:
        native.y = native.x = native.h = native.w = 0
        return
    if len(region) != 2:
        raise errors.InvalidError(f"region has {len(region)} parts: it must be two slices, rows and columns of the level")
    for part, begin, length in zip(region, ("y", "x"), ("h", "w"), strict=True):
        if not isinstance(part, slice) or part.stop is None or part.step not in (None, 1):
            raise errors.InvalidError(f"region has {part!r}: it must be slice(start, stop) with both in pixels of the level")
        start = part.start or 0
        if not 0 <= start < part.stop < 2**32:
            raise errors.InvalidError(f"region has {part!r}: it must be 0 <= start < stop < 2**32")
        setattr(native, begin, start)
        setattr(native, length, part.stop - start)
