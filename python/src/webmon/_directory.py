"""The directory of segments."""

from __future__ import annotations

import warnings
from ctypes import byref
from dataclasses import fields

from . import _description, _native, errors
from ._command_message import RESERVED
from ._description import SegmentDescription, SegmentListing
from ._native import bulk, quick
from ._open import attach
from ._writer import Directory, path_bytes, text_bytes


def directory_path(directory: Directory = None) -> str:
    """Path of the segment directory, which need not exist."""
    return _native.text(bulk.directory, path_bytes(directory))


def streams(directory: Directory = None) -> list[SegmentListing]:
    """All segments there are, by name: what they are and how they are doing. Asks none of them for data.

    Those of webmon itself, whose names begin with ``webmon.``, are left out.

    A file that is not a valid segment is left out, with a warning that says what is wrong with it.

    Examples
    --------
    >>> for stream in webmon.streams():  # doctest: +SKIP
    ...     print(stream.name, stream.kind, stream.shape, stream.dtype, stream.status.state)
    """
    listings = []
    for name in _native.text(bulk.list, path_bytes(directory)).splitlines():
        if name.startswith(RESERVED):
            continue
        try:
            handle, description = attach(name, directory)
            found = _native.StatusInfo()
            _native.check(quick.reader_status(handle.pointer, byref(found)))
        except errors.NotFoundError:
            continue  # it ended since the list was made
        except (errors.CorruptError, errors.DTypeError, errors.PermissionError) as error:
            warnings.warn(f"{name}: {error}", stacklevel=2)
            continue
        constants = {field.name: getattr(description, field.name) for field in fields(SegmentDescription)}
        listings.append(SegmentListing(**constants, status=_description.status(found)))
    return listings


def remove(name: str, *, directory: Directory = None) -> None:
    """Removes a segment whose writer is gone, or that stayed because of ``persist``. Readers keep what they have.

    Raises
    ------
    BusyError
        Its writer lives: close it there.
    NotFoundError
        There is no segment of that name.
    """
    _native.check(bulk.remove(path_bytes(directory), text_bytes(name, "name")))
