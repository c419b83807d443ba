"""An array that another process edits."""

from __future__ import annotations

from collections.abc import Iterator
from ctypes import byref, c_uint64, c_void_p
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from . import _memory, _native, errors
from ._description import SegmentDescription
from ._memory import Memory
from ._native import bulk
from ._reader import Reader, ReaderHandle
from ._region import Region, box, is_basic, tiles, view_index
from ._writer import count


class Changed(NamedTuple):
    """What changed in an array."""

    #: The changed tiles as regions: ``array[tile]``.
    tiles: list[tuple[slice, ...]]
    #: Version to ask with next time.
    version: int


class ArrayReader(Reader):
    """Reads a :class:`webmon.Array`; made by :func:`webmon.open`.

    Iterating gives a :class:`Changed` for each change, or for several that came at once, and ends with the writer.

    Examples
    --------
    >>> import webmon
    >>> labels = webmon.Array("labels", shape=(512, 512), dtype="u1")
    >>> reader = webmon.open("labels")
    >>> labels[300:310, 0:10] = 5
    >>> reader.changed(0)
    Changed(tiles=[(slice(256, 512, None), slice(0, 256, None))], version=1)
    >>> reader.copy((slice(299, 302), 0))
    array([0, 5, 5], dtype=uint8)
    >>> labels.close()
    >>> reader.close()
    """

    def __init__(self, handle: ReaderHandle, description: SegmentDescription, directory: str | None) -> None:
        super().__init__(handle, description, directory)
        self._array: npt.NDArray[Any] | None = None

    @property
    def tile(self) -> tuple[int, ...]:
        """Extent of a tile along each axis."""
        return self._description.tile

    @property
    def array(self) -> npt.NDArray[Any]:
        """The shared memory itself, read-only: not a copy. It changes under its reader while the writer edits; :meth:`copy` does not.

        Of a sparse array, reading here what was never written takes memory for it; :meth:`copy` takes none.
        """
        with self._lock:
            handle = self._usable()
            if self._array is None:
                base = c_void_p()
                pointer = bulk.reader_memory(handle.pointer, byref(base))
                if pointer is None:
                    _native.failed()
                memory = Memory(pointer)
                self._array = _memory.readonly(base.value or 0, memory, self._description.nbytes, self.shape, self.dtype)
            return self._array

    def copy(self, region: Region = ...) -> npt.NDArray[Any]:
        """A copy of a region that is whole: no edit was half done in it.

        Parameters
        ----------
        region : int, slice, Ellipsis, or tuple of them; default everything
            As in ``array.array[region]``.

        Returns
        -------
        ndarray
            Also for a single item, of shape ``()`` then.

        Raises
        ------
        TornError
            The writer did not leave the region alone long enough.
        """
        if not is_basic(region):
            raise errors.InvalidError(f"{region!r} selects single items: copy() takes integers, slices and an Ellipsis")
        touched = box(region, self.shape)
        if touched is None:
            nothing: npt.NDArray[Any] = np.empty(self.shape, self.dtype)[view_index(region)]
            return nothing
        start, stop = touched
        extent = tuple(high - low for low, high in zip(start, stop, strict=True))
        data = np.empty(extent, self.dtype)
        version = c_uint64()
        _native.check(
            bulk.copy_region(
                self._usable().pointer,
                _native.extents(start),
                _native.extents(stop),
                _memory.address(data),
                data.nbytes,
                byref(version),
            )
        )
        # The box is copied; what the region says within it (integers, steps) is numpy's to do, with the box's corner as origin.
        copied: npt.NDArray[Any] = _memory.shown(data)[_within(region, self.shape, start)]
        return copied

    def latest(self) -> npt.NDArray[Any]:
        """A copy of the whole array that is whole, as :meth:`copy` gives it."""
        return self.copy()

    def changed(self, since: int = 0) -> Changed:
        """The tiles that changed after version `since`, without waiting. One that is just being edited counts.

        Examples
        --------
        >>> version = 0
        >>> while reader.wait(after=version):  # doctest: +SKIP
        ...     tiles, version = reader.changed(version)
        """
        after = count(since, "since", 0, 2**64 - 1)
        handle = self._usable()
        numbers = np.empty(self._description._tiles, np.uint64)
        found, newest = c_uint64(), c_uint64()
        _native.check(
            bulk.changed(handle.pointer, after, _memory.address(numbers), numbers.size, byref(found), byref(newest))
        )
        self._sequence = max(self._sequence, newest.value)
        return Changed(tiles(numbers[: found.value].astype(np.intp), self.shape, self.tile), newest.value)

    def __iter__(self) -> Iterator[Changed]:
        at = self._sequence
        while self._comes_after(at):
            change = self.changed(at)
            at = change.version
            yield change

    def __getitem__(self, region: Region) -> npt.NDArray[Any]:
        """The same as :meth:`copy`."""
        return self.copy(region)


def _within(region: Any, shape: tuple[int, ...], start: list[int]) -> tuple[Any, ...]:
    """`region` of an array of `shape` as an index of the box that begins at `start`."""
    index: list[Any] = []
    axis = 0
    parts = view_index(region)
    used = sum(part is not Ellipsis and part is not None for part in parts)
    for part in parts:
        if part is None:
            index.append(None)
        elif part is Ellipsis:
            index.extend([slice(None)] * (len(shape) - used))
            axis += len(shape) - used
        elif isinstance(part, slice):
            touched = range(*part.indices(shape[axis]))
            # A step below 0 runs to the box's first item, which no stop but None can include.
            last = touched[-1] - start[axis] + (1 if touched.step > 0 else -1)
            index.append(slice(touched[0] - start[axis], None if last < 0 else last, touched.step))
            axis += 1
        else:
            index.append(0)
            axis += 1
    return (*index, Ellipsis)
