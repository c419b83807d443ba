"""Opening a segment for reading."""

from __future__ import annotations

import os
import time
from ctypes import byref

from . import _description, _native, errors
from ._array_reader import ArrayReader
from ._description import SegmentDescription
from ._frame_reader import FrameReader
from ._log_reader import LogReader
from ._native import bulk, quick
from ._reader import ReaderHandle, deadline_after
from ._writer import Directory, path_bytes, text_bytes

_LOOK_EVERY = 0.02


def open(
    name: str, *, directory: Directory = None, subscribe: bool = True, timeout: float | None = 0
) -> FrameReader | LogReader | ArrayReader:
    """Opens the newest generation of a segment for reading. Its writer need not live any more.

    Parameters
    ----------
    name : str
        Name of the stream, log or array.
    directory : path, optional
        Segment directory; default ``$WEBMON_DIR``, else ``/dev/shm/webmon-<uid>``.
    subscribe : bool, default True
        To open is to ask: the writer's ``wanted`` is true until this reader is closed. With False it only looks on;
        see :meth:`FrameReader.subscribe`.
    timeout : float, optional
        Seconds to wait for the segment to appear; 0 does not wait, None waits for ever.

    Returns
    -------
    FrameReader, LogReader or ArrayReader
        As the segment's kind is.

    Raises
    ------
    NotFoundError
        There is no segment of that name.
    CorruptError
        The file is not a whole and valid segment.
    """
    limit = deadline_after(timeout)
    while True:
        try:
            handle, description = attach(name, directory)
            break
        except errors.NotFoundError:
            if limit is not None and time.monotonic() >= limit:
                raise
            time.sleep(_LOOK_EVERY)
    kinds: dict[str, type[FrameReader | LogReader | ArrayReader]]
    kinds = {"frames": FrameReader, "log": LogReader, "array": ArrayReader}
    reader = kinds[description.kind](handle, description, None if directory is None else os.fspath(directory))
    if subscribe:
        reader.subscribe()
    return reader


def reopen(name: str, directory: str | None, subscribe: bool) -> FrameReader | LogReader | ArrayReader:
    """A reader that was pickled, in the process that unpickles it."""
    return open(name, directory=directory, subscribe=subscribe)


def attach(name: str, directory: Directory) -> tuple[ReaderHandle, SegmentDescription]:
    """A native reader, and what its segment is."""
    pointer = bulk.open(path_bytes(directory), text_bytes(name, "name"))
    if pointer is None:
        _native.failed()
    handle = ReaderHandle(pointer)
    found = _native.Description()
    _native.check(quick.describe(pointer, byref(found)))
    return handle, SegmentDescription(**_description.description(found))
