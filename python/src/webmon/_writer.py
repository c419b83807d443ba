"""What streams, logs and arrays have in common on their writer's side."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from ctypes import byref, c_void_p
from typing import Any, NoReturn, Self

import numpy as np
import numpy.typing as npt

from . import _description, _dtypes, _metadata, _native, _process, errors
from ._command_message import RESERVED
from ._described import Described
from ._description import SegmentDescription, Status
from ._memory import Memory
from ._native import bulk, quick

Directory = str | os.PathLike[str] | None


class _Handle:
    """An ``arrayshm_writer``, freed with the last call that uses it."""

    __slots__ = ("pointer",)

    def __init__(self, pointer: int) -> None:
        self.pointer = pointer

    def __del__(self, _free: Any = bulk.writer_free) -> None:
        _free(self.pointer)


class Writer(Described):
    """Base of :class:`webmon.Stream`, :class:`webmon.Log` and :class:`webmon.Array`."""

    _description: SegmentDescription
    _handle: _Handle | None = None
    _why_unusable: type[errors.SegmentError] = errors.ClosedError
    _may_be_reserved = False

    def _create(
        self,
        kind: int,
        name: str,
        shape: tuple[int, ...],
        dtype: np.dtype[Any],
        *,
        slots: int,
        tile: Sequence[int] | None,
        metadata: Mapping[str, Any] | None,
        directory: Directory,
        persist: bool,
        overwrite_after: int,
        resume: bool,
        sparse: bool = False,
    ) -> None:
        if not isinstance(name, str):
            raise errors.InvalidError(f"name is a {type(name).__name__}: it must be str, 1 to 120 of A-Z a-z 0-9 . _ -")
        if name.startswith(RESERVED) and not self._may_be_reserved:
            raise errors.InvalidError(f"name is {name!r}: names that begin with {RESERVED!r} are webmon's own; take another")
        recarray = _dtypes.is_record(dtype)
        options = _native.Options(
            kind=kind,
            flags=(_native.FLAG_RECARRAY if recarray else 0)
            | (_native.FLAG_PERSIST if persist else 0)
            | (_native.FLAG_SPARSE if sparse else 0),
            directory=path_bytes(directory),
            name=text_bytes(name, "name"),
            descr=_dtypes.descr(dtype).encode(),
            metadata=_metadata.to_json(metadata).encode(),
            ndim=len(shape),
            overwrite_after=count(overwrite_after, "overwrite_after", 0, 2**32 - 1),
            shape=_native.extents(shape),
            tile=None if tile is None else _native.extents(tuple(tile)),
            slots=slots,
            resume=resume,
        )
        if _process.imports_main_again():
            # The script that multiprocessing imports again made this segment in the parent, and holds it there.
            self._why_unusable = errors.ForkedError
            self._description = SegmentDescription(
                name, _native.KINDS[kind], shape, dtype, slots, 0, tuple(tile or ()), dict(metadata or {}), "", 0, recarray, persist, sparse, 0, 0, 0
            )
            return
        pointer = bulk.create(byref(options))
        if pointer is None:
            _native.failed()
        self._handle = _Handle(pointer)
        found = _native.Description()
        _native.check(quick.writer_describe(pointer, byref(found)))
        self._description = SegmentDescription(**_description.description(found))
        _process.register(self)

    def _unusable(self) -> NoReturn:
        error = self._why_unusable
        if error is errors.ForkedError:
            raise error(f"{self.name!r} belongs to the parent process: make a writer of another name, or open it for reading")
        raise error(f"{self.name!r} is closed")

    def _memory(self) -> tuple[int, Memory]:
        handle = self._handle
        if handle is None:
            self._unusable()
        base = c_void_p()
        pointer = bulk.writer_memory(handle.pointer, byref(base))
        if pointer is None:
            _native.failed()
        return base.value or 0, Memory(pointer)

    @property
    def status(self) -> Status:
        """How the segment is doing now."""
        handle = self._handle
        if handle is None:
            self._unusable()
        found = _native.StatusInfo()
        _native.check(quick.writer_status(handle.pointer, byref(found)))
        return _description.status(found)

    @property
    def wanted(self) -> bool:
        """True while a reader asks for data: work that nobody sees need not be done. Takes about a microsecond."""
        handle = self._handle
        if handle is None:
            self._unusable()
        wanted: int = quick.wanted(handle.pointer)
        _native.check(wanted)
        return wanted > 0

    @property
    def closed(self) -> bool:
        """True after :meth:`close`, and in a child process for a writer of its parent."""
        return self._handle is None

    def close(self) -> None:
        """Ends the segment: readers are told, its file goes (unless ``persist``), its name is free. Views stay valid."""
        handle, self._handle = self._handle, None
        if handle is not None:
            _native.check(bulk.writer_close(handle.pointer))

    def _forked(self) -> None:
        # The library refuses the parent's handle here; freeing it lets go of the descriptors that the child inherited.
        if self._handle is not None:
            self._why_unusable = errors.ForkedError
            self._handle = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __reduce__(self) -> Any:
        raise TypeError(
            f"{self!r} cannot be pickled: a segment has one writer. In another process open it with webmon.open({self.name!r})"
        )

    def __repr__(self) -> str:
        about = self._description
        if self._handle is not None:
            doing = f"{self.status.sequence} committed"
        else:
            doing = "closed" if self._why_unusable is errors.ClosedError else "the parent's"
        return f"<webmon.{type(self).__name__} {about.name!r} {about.shape} {about.dtype}, {doing}>"


def shape_and_dtype(
    shape: int | Sequence[int] | None, dtype: npt.DTypeLike | None, like: npt.NDArray[Any] | None
) -> tuple[tuple[int, ...], np.dtype[Any]]:
    """Shape and dtype as given, or those of the example."""
    if like is not None:
        shape = np.shape(like) if shape is None else shape
        dtype = np.asanyarray(like).dtype if dtype is None else dtype
    if shape is None or dtype is None:
        raise TypeError("shape and dtype are needed, or like=array to take them from")
    dims = (shape,) if isinstance(shape, int | np.integer) else tuple(shape)
    for extent in dims:
        count(extent, f"shape {dims}: extent", 0, 2**63 - 1)
    return tuple(int(extent) for extent in dims), _dtypes.shareable(dtype)


def count(value: Any, what: str, low: int, high: int) -> int:
    try:
        number = int(value.__index__())
    except AttributeError:
        raise errors.InvalidError(f"{what} is {value!r}: it must be an integer") from None
    if not low <= number <= high:
        raise errors.InvalidError(f"{what} is {number}: it must be {low} to {high}")
    return number


def path_bytes(directory: Directory) -> bytes | None:
    """A directory for the C interface, None for the default."""
    return None if directory is None else text_bytes(os.fspath(directory), "directory")


def text_bytes(text: str, what: str) -> bytes:
    """Text for the C interface; a NUL would cut it short there."""
    if "\0" in text:
        raise errors.InvalidError(f"{what} {text!r} has a NUL character")
    return os.fsencode(text)
