"""What a segment is, and how it is doing."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from . import _dtypes, _native
from ._native import quick


@dataclass(frozen=True)
class SegmentDescription:
    """The constants of one generation of a segment."""

    #: Its name in the segment directory.
    name: str
    #: ``"frames"``, ``"log"`` or ``"array"``.
    kind: str
    #: Shape of one frame, of the array, or ``(records,)``.
    shape: tuple[int, ...]
    #: numpy dtype of an item.
    dtype: np.dtype[Any]
    #: Frames in the ring, records in the log, 1 for an array.
    slots: int
    #: Bytes of the whole payload, all slots.
    nbytes: int
    #: Extent of a tile along each axis; ``()`` if the segment is not an array.
    tile: tuple[int, ...]
    #: The writer's metadata.
    metadata: dict[str, Any]
    #: The file, which ``numpy.load(path, mmap_mode="r")`` opens as well.
    path: str
    #: A random number, new for every creation.
    generation: int
    #: Records are shown as `numpy.recarray`.
    recarray: bool
    #: The file stays when the writer closes.
    persist: bool
    #: An array whose memory is taken as it is written.
    sparse: bool
    #: Time of creation, nanoseconds since 1970.
    created: int
    _tiles: int = field(repr=False)
    _stride: int = field(repr=False)


class Status(NamedTuple):
    """How a segment was doing at one moment."""

    #: ``"live"``, ``"closed"`` by its writer, ``"superseded"`` by a newer generation, or ``"gone"``: its writer died.
    state: str
    #: Readers that ask for data; one that asked for this status is not counted.
    readers: int
    #: Number of the newest commit, 0 before the first.
    sequence: int
    #: Frames dropped because every slot was leased.
    dropped: int
    #: Seconds since the newest commit (since creation, before the first).
    age: float
    #: Process id of the writer.
    writer: int


@dataclass(frozen=True)
class SegmentListing(SegmentDescription):
    """One line of :func:`webmon.streams`."""

    #: How it was doing when it was listed.
    status: Status = field(kw_only=True)


def description(native: _native.Description) -> dict[str, Any]:
    """The fields of a SegmentDescription."""
    recarray = bool(native.flags & _native.FLAG_RECARRAY)
    return {
        "name": native.name.decode(),
        "kind": _native.KINDS[native.kind],
        "shape": tuple(native.shape[: native.ndim]),
        "dtype": _dtypes.from_descr(native.descr.decode(), recarray=recarray),
        "slots": native.slots,
        "nbytes": native.nbytes,
        "tile": tuple(native.tile[: native.tile_ndim]),
        "metadata": json.loads(native.metadata),
        "path": native.path.decode("utf-8", "surrogateescape"),
        "generation": native.generation,
        "recarray": recarray,
        "persist": bool(native.flags & _native.FLAG_PERSIST),
        "sparse": bool(native.flags & _native.FLAG_SPARSE),
        "created": native.created_realtime_ns,
        "_tiles": native.tiles,
        "_stride": native.stride,
    }


def status(native: _native.StatusInfo) -> Status:
    """A Status from the library's."""
    return Status(
        state=_native.STATES[native.state],
        readers=native.readers,
        sequence=native.sequence,
        dropped=native.dropped,
        age=max(0, quick.now() - native.heartbeat_ns) / 1e9,
        writer=native.writer_pid,
    )
