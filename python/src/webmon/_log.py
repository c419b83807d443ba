"""Records into a ring."""

from __future__ import annotations

from collections.abc import Mapping
from ctypes import byref, c_uint64
from typing import Any

import numpy as np
import numpy.typing as npt

from . import _dtypes, _frames, _memory, _native, errors
from ._native import bulk, quick
from ._writer import Directory, Writer, count

_append = quick.append


class Log(Writer):
    """A log: records of one dtype, each one kept until the ring comes round to it.

    Parameters
    ----------
    name : str
        As in :class:`webmon.Stream`.
    dtype : dtype
        Of one record, usually structured: ``[("time", "f8"), ("load_ms", "f4")]``. For ``numpy.record`` dtypes readers get recarrays.
    records : int, default 65536
        Records in the ring.
    metadata, directory, persist, resume
        As in :class:`webmon.Stream`.
    like : ndarray, optional
        An array of such records: its dtype is taken where none is given. Its data is not copied.

    Examples
    --------
    >>> import webmon
    >>> with webmon.Log("loads", [("time", "f8"), ("load_ms", "f4"), ("nbytes", "u8")]) as log:
    ...     log.append((0.5, 12.25, 65536))
    ...     log.append({"time": 0.6, "load_ms": 3.5, "nbytes": 4096})
    1
    2
    """

    def __init__(
        self,
        name: str,
        dtype: npt.DTypeLike | None = None,
        *,
        records: int = 65536,
        metadata: Mapping[str, Any] | None = None,
        like: npt.NDArray[Any] | None = None,
        directory: Directory = None,
        persist: bool = False,
        resume: bool = False,
    ) -> None:
        if dtype is None:
            if like is None:
                raise TypeError("dtype is needed, or like=array to take it from")
            dtype = np.asanyarray(like).dtype
        dt = _dtypes.shareable(dtype)
        records = count(records, "records", 1, 2**31 - 1)
        self._create(
            _native.LOG,
            name,
            (),
            dt,
            slots=records,
            tile=None,
            metadata=metadata,
            directory=directory,
            persist=persist,
            overwrite_after=0,
            resume=resume,
        )
        self._free: list[_Scratch] = []
        self._fields = dt.names

    @property
    def records(self) -> int:
        """Records in the ring."""
        return self._description.slots

    def append(self, record: Any) -> int:
        """Adds one record, or an array of them. The data is copied.

        Parameters
        ----------
        record : tuple, mapping, numpy.void, numpy.record, scalar, or 1-D array or list of them
            A tuple in the order of the fields, or a mapping with every field by name. Values are assigned as numpy does it in
            ``array[0] = record``. Arrays and numpy's records must have a dtype that can be cast safely.

        Returns
        -------
        int
            Sequence number of the last record, from 1.
        """
        if type(record) is not tuple or self._fields is None:
            if isinstance(record, Mapping):
                record = self._from_mapping(record, self._description.dtype, "")
            elif isinstance(record, list) or isinstance(record, np.ndarray) and record.ndim > 0:
                return self._append_array(record)
            else:
                record = _frames.frame(record, (), self._description.dtype, "safe", f"log {self.name!r}")
        # Whoever needs one takes it out: another thread, or a signal handler in the middle of this, gets another.
        scratch = self._free.pop() if self._free else _Scratch(self._description.dtype)
        try:
            scratch.record[0] = record
        except (ValueError, TypeError, OverflowError) as error:
            raise errors.InvalidError(
                f"log {self.name!r}: {record!r} is not a record of dtype {self._description.dtype}: {error}"
            ) from None
        handle = self._handle
        if handle is None:
            self._unusable()
        status = _append(handle.pointer, scratch.address, 1, scratch.sequence_out)
        if status < 0:
            _native.failed(status)
        sequence: int = scratch.sequence.value
        self._free.append(scratch)
        return sequence

    def _append_array(self, records: Any) -> int:
        dt = self._description.dtype
        if isinstance(records, list):
            records = [self._from_mapping(record, dt, "") if isinstance(record, Mapping) else record for record in records]
        array = _frames.typed(records, dt, "safe", f"log {self.name!r}")
        if array.ndim != 1:
            raise errors.InvalidError(f"log {self.name!r}: found records of shape {array.shape}; expected one record, or shape (n,)")
        array = np.ascontiguousarray(array, dt)
        append = bulk.append if array.nbytes > _native.BULK_BYTES else quick.append
        handle = self._handle
        if handle is None:
            self._unusable()
        if not array.size:
            return self.status.sequence
        sequence = c_uint64()
        _native.check(append(handle.pointer, _memory.address(array), array.size, byref(sequence)))
        return sequence.value

    def _from_mapping(self, record: Mapping[str, Any], dt: np.dtype[Any], parent: str) -> tuple[Any, ...]:
        """A mapping as the tuple that numpy assigns; nested ones too."""
        names = dt.names
        where = f"log {self.name!r}" + (f", field {parent!r}" if parent else "")
        if names is None:
            raise errors.InvalidError(f"{where}: found a mapping; dtype {dt} has no fields")
        missing = [name for name in names if name not in record]
        unknown = [str(name) for name in record if name not in names]
        if missing or unknown:
            raise errors.InvalidError(f"{where}: fields missing: {missing}, unknown: {unknown}; expected {list(names)}")
        assert dt.fields is not None
        return tuple(
            self._from_mapping(record[name], dt.fields[name][0], f"{parent}.{name}" if parent else name)
            if isinstance(record[name], Mapping)
            else record[name]
            for name in names
        )


class _Scratch:
    """One record in ordinary memory: to assign to it is numpy's quickest way from a tuple to bytes."""

    __slots__ = ("address", "record", "sequence", "sequence_out")

    def __init__(self, dtype: np.dtype[Any]) -> None:
        self.record = np.zeros(1, dtype)
        self.address = _memory.address(self.record)
        self.sequence = c_uint64()
        self.sequence_out = byref(self.sequence)
