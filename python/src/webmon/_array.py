"""An array that is edited in place."""

from __future__ import annotations

import weakref
from collections.abc import Mapping, Sequence
from ctypes import byref, c_uint64
from typing import Any

import numpy as np
import numpy.typing as npt

from . import _memory, _native, errors
from ._native import quick
from ._region import Region, box, is_basic, view_index
from ._turn import Turn
from ._writer import Directory, Writer, count, shape_and_dtype


class Array(Writer):
    """An array in shared memory that is edited in place, and whose readers know which tiles changed.

    It begins as zeros.

    Parameters
    ----------
    name : str
        As in :class:`webmon.Stream`.
    shape : int or tuple of int
        Shape of the array.
    dtype : dtype
        As in :class:`webmon.Stream`.
    tile : tuple of int, optional
        Extent of a tile along each axis; default 256 along the last two, 1 along the others. Changes are told by tile.
    metadata, like, directory, persist, resume
        As in :class:`webmon.Stream`.
    sparse : bool, default False
        Take memory as the array is written instead of all at once, so that it may be larger than memory: a 100,000 x 100,000
        canvas takes what is painted on it. What was never written is zeros. The price: nobody checks for room at creation, and
        when the file system is full, **a write into the array kills the process** (SIGBUS) instead of raising an error. Reading
        what was never written takes memory, too, in ``.array`` and in readers' ``.array``; readers' ``copy()`` and the server
        take none.

    Examples
    --------
    >>> import numpy as np, webmon
    >>> with webmon.Array("labels", shape=(512, 512), dtype="u2") as labels:
    ...     labels[100:200, 50:60] = 3
    ...     with labels.edit((slice(0, 99), slice(None))) as view:
    ...         view += 1
    ...     labels.array[150, 55], labels.array[0, 0]
    (np.uint16(3), np.uint16(1))
    """

    def __init__(
        self,
        name: str,
        shape: int | Sequence[int] | None = None,
        dtype: npt.DTypeLike | None = None,
        *,
        tile: int | Sequence[int] | None = None,
        metadata: Mapping[str, Any] | None = None,
        like: npt.NDArray[Any] | None = None,
        directory: Directory = None,
        persist: bool = False,
        resume: bool = False,
        sparse: bool = False,
    ) -> None:
        dims, dt = shape_and_dtype(shape, dtype, like)
        extents = None if tile is None else [tile] * len(dims) if isinstance(tile, int) else list(tile)
        if extents is not None:
            if len(extents) != len(dims):
                raise errors.InvalidError(f"tile {tuple(extents)} has {len(extents)} extents: the shape {dims} has {len(dims)}")
            extents = [count(extent, f"tile {tuple(extents)}: extent", 1, 2**63 - 1) for extent in extents]
        self._turn = Turn(f"an edit of array {name!r}")
        self._create(
            _native.ARRAY,
            name,
            dims,
            dt,
            slots=1,
            tile=extents,
            metadata=metadata,
            directory=directory,
            persist=persist,
            overwrite_after=0,
            resume=resume,
            sparse=sparse,
        )
        self._array: npt.NDArray[Any] | None = None
        if self._handle is not None:
            address, memory = self._memory()
            self._array = _memory.writable(address, memory, self._description.nbytes, dims, dt)
        self._version = c_uint64()

    @property
    def array(self) -> npt.NDArray[Any]:
        """The shared memory itself, as an ordinary, writable ndarray: not a copy.

        What is written here is in the memory at once, but readers are not told; :meth:`edit` tells them. It stays valid after
        :meth:`close`.
        """
        if self._array is None:
            self._unusable()
        return self._array

    @property
    def tile(self) -> tuple[int, ...]:
        """Extent of a tile along each axis."""
        return self._description.tile

    def edit(self, region: Region = ...) -> Edit:
        """An announced change of a region, in place: no copy.

        ``with array.edit(region) as view:`` gives the writable view ``array.array[region]``. While the block runs, readers know that the
        tiles of the region are being changed and do not take them for whole; at its end they are told. What an exception left half
        done is told as well. One edit is open at a time: other threads wait for it.

        Parameters
        ----------
        region : int, slice, Ellipsis, or tuple of them; default everything
            As in ``array.array[region]``.
        """
        if not is_basic(region):
            raise errors.InvalidError(f"{region!r} selects a copy: edit() takes integers, slices and an Ellipsis")
        return Edit(self, region)

    def __getitem__(self, index: Any) -> Any:
        """``array.array[index]``: a view, or a copy where numpy makes one."""
        return self.array[index]

    def __setitem__(self, index: Any, value: Any) -> None:
        """An announced edit: ``array[100:200, 3] = 7``, ``array[mask] = 7``."""
        with _Announced(self, box(index, self.shape)):
            self.array[index] = value

    def __len__(self) -> int:
        return len(self.array)

    def __array__(self, dtype: npt.DTypeLike | None = None, copy: bool | None = None) -> npt.NDArray[Any]:
        return np.array(self.array, dtype, copy=copy)

    def _end_edit(self) -> None:
        # After ctrl-C somewhere within an edit: if the library has none open, it only says so.
        handle = self._handle
        if handle is not None:
            quick.edit_end(handle.pointer, None)

    def _forked(self) -> None:
        super()._forked()
        self._turn = Turn(f"an edit of array {self.name!r}")


class _Announced:
    """The time in which the tiles of a box are marked as changing."""

    def __init__(self, array: Array, touched: tuple[list[int], list[int]] | None) -> None:
        self._array = array
        self._touched = touched
        #: The version under which readers see the change; None before its end, and if nothing was touched.
        self.version: int | None = None

    def __enter__(self) -> Any:
        array = self._array
        turn = array._turn
        if turn.check():
            array._end_edit()
        try:
            turn.lock.acquire()
            turn.holder = weakref.ref(self)
            handle = array._handle
            if handle is None:
                array._unusable()
            if self._touched is not None:
                start, stop = self._touched
                _native.check(quick.edit_begin(handle.pointer, _native.extents(start), _native.extents(stop)))
        except BaseException:
            if turn.is_mine:
                array._end_edit()
                turn.give()
            raise

    def __exit__(self, *_: object) -> None:
        array = self._array
        if not array._turn.is_mine and not array.closed:
            raise errors.InvalidError(f"an edit of array {array.name!r} must end in the thread that began it")
        try:
            handle = array._handle
            if handle is None:
                array._unusable()
            if self._touched is not None:
                _native.check(quick.edit_end(handle.pointer, byref(array._version)))
                self.version = array._version.value
        except BaseException:
            array._end_edit()
            raise
        finally:
            array._turn.give()


class Edit(_Announced):
    """A region that is being edited; made by :meth:`Array.edit`, used with ``with``."""

    def __init__(self, array: Array, region: Region) -> None:
        super().__init__(array, box(region, array.shape))
        self._region = region

    def __enter__(self) -> npt.NDArray[Any]:
        view: npt.NDArray[Any] = self._array.array[view_index(self._region)]
        super().__enter__()
        return view

    def __repr__(self) -> str:
        return f"<webmon.Edit of {self._array.name!r} at {self._region!r}>"
