"""What the server of a directory says of itself, in the metadata of its command log."""

from __future__ import annotations

from ctypes import byref
from dataclasses import dataclass
from typing import Any

from . import _description, _native, errors
from ._command_message import COMMAND_LOG
from ._native import quick
from ._open import attach


@dataclass(frozen=True)
class RunningServer:
    """A server that lives, of whatever process."""

    #: Where it is, without its token; a socket's path for one that listens on that.
    address: str
    #: Real paths of the folders that its pages come from.
    pages: tuple[str, ...]
    #: Whose pages may show its own in a frame.
    embedders: tuple[str, ...]


def running_server(directory: str) -> RunningServer | None:
    """The server that has a directory; None if none has."""
    try:
        handle, description = attach(COMMAND_LOG, directory)
        found = _native.StatusInfo()
        _native.check(quick.reader_status(handle.pointer, byref(found)))
    except errors.SegmentError:
        return None
    about = description.metadata.get("webmon")
    if _description.status(found).state != "live" or not isinstance(about, dict) or not isinstance(about.get("address"), str):
        return None
    return RunningServer(about["address"], _texts(about.get("pages")), _texts(about.get("embedders")))


def _texts(value: Any) -> tuple[str, ...]:
    # Another version of the server may say less.
    return tuple(text for text in value if isinstance(text, str)) if isinstance(value, list) else ()
