"""Records out of a ring."""

from __future__ import annotations

from collections.abc import Iterator
from ctypes import byref, c_uint64
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from . import _memory, _native
from ._native import bulk, quick
from ._reader import Reader
from ._writer import count

#: Records that iteration makes room for, when it has caught up and when it has not.
_FEW = 16
_MANY = 4096


class Records(NamedTuple):
    """A batch of a log's records."""

    #: The records, oldest first, shape ``(n,)``: a copy. A recarray if the writer's dtype is a record type.
    records: npt.NDArray[Any]
    #: Number to ask with next time: that of the last record.
    sequence: int
    #: Records that were overwritten before they could be read.
    lost: int


class LogReader(Reader):
    """Reads a :class:`webmon.Log`; made by :func:`webmon.open`.

    Iterating gives record by record, from the oldest that is still there and that this reader has not handed out yet, waits for new
    ones, and ends with the writer.

    Examples
    --------
    >>> import webmon
    >>> log = webmon.Log("loads", [("time", "f8"), ("load_ms", "f4")])
    >>> _ = log.append((0.5, 12.25))
    >>> reader = webmon.open("loads")
    >>> reader.since(0)
    Records(records=array([(0.5, 12.25)], dtype=[('time', '<f8'), ('load_ms', '<f4')]), sequence=1, lost=0)
    >>> log.close()
    >>> reader.close()
    """

    _missed = 0

    @property
    def records(self) -> int:
        """Records in the ring."""
        return self._description.slots

    @property
    def missed(self) -> int:
        """Records that were overwritten before iteration came to them. What came before the first one read is not counted."""
        return self._missed

    def since(self, sequence: int, *, limit: int | None = None) -> Records:
        """A copy of all records with numbers over `sequence` that are still there, oldest first, without waiting.

        Parameters
        ----------
        sequence : int
            Number of the last record that is known already, 0 for none.
        limit : int, optional
            Gives at most so many: the oldest of them.

        Returns
        -------
        Records
            ``records, sequence, lost``. ``lost`` counts records over `sequence` that were overwritten.
        """
        after = count(sequence, "sequence", 0, 2**64 - 1)
        room = max(0, min(self._newest - after, self._description.slots))
        if limit is not None:
            room = min(room, count(limit, "limit", 0, 2**63 - 1))
        records, last, lost = self._read(_Room(room, self._description.dtype), after)
        return Records(_memory.shown(records), last, lost)

    def _read(self, room: _Room, after: int) -> tuple[npt.NDArray[Any], int, int]:
        """:meth:`since`, of as many records as there is room for."""
        with self._lock:
            handle = self._usable()
            status = room.since(handle.pointer, after, room.address, room.capacity, *room.outs)
            if status < 0:
                _native.failed(status)
            newest = room.last.value
            if newest > self._sequence:
                self._sequence = newest
        return room.records[: room.found.value], newest, room.lost.value

    def latest(self, records: int = 1) -> npt.NDArray[Any]:
        """A copy of the newest records, oldest first, without waiting; fewer if there are fewer."""
        wanted = count(records, "records", 0, 2**31 - 1)
        return self.since(max(0, self._newest - wanted)).records

    def __iter__(self) -> Iterator[Any]:
        about = self._description
        at = self._sequence
        # Mostly one record has come. To ask how many there are would cost more than to read it.
        capacity = _FEW
        while True:
            # Before the wait, after which each step is on the way of the record.
            room = _Room(min(capacity, about.slots), about.dtype)
            if not self._comes_after(at):
                return
            first = at == 0
            records, at, lost = self._read(room, at)
            if not first:
                self._missed += lost
            capacity = min(4 * capacity, _MANY) if len(records) == room.capacity else _FEW
            yield from records


class _Room:
    """Memory for records, taken whether they are there or not, and for what is told about them."""

    __slots__ = ("address", "capacity", "found", "last", "lost", "outs", "records", "since")

    def __init__(self, capacity: int, dtype: np.dtype[Any]) -> None:
        self.capacity = capacity
        self.records = np.empty(capacity, dtype)
        self.address = _memory.address(self.records)
        self.since = quick.since if self.records.nbytes <= _native.BULK_BYTES else bulk.since
        self.found, self.last, self.lost = c_uint64(), c_uint64(), c_uint64()
        self.outs = byref(self.found), byref(self.last), byref(self.lost)
