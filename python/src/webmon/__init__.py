"""numpy arrays in shared memory, for other processes and for browser pages.

======================  =====================================================================================
:class:`Stream`         frames into a ring: ``stream.put(frame)``, ``with stream.loan() as view``
:class:`Log`            records into a ring: ``log.append(record)``
:class:`Array`          an array that is edited in place: ``array[region] = value``
:class:`TileLog`        what happens to the tiles of a multiscale image, for the page ``/tiles/``
:func:`open`            a reader of any of them: ``reader.latest()``, ``for frame in reader``
:func:`streams`         what there is
:func:`remove`          removes what a dead writer left
:func:`serve`           starts the server, gives its address
:func:`show`            a stream in a notebook, as it comes
:func:`command`         a function that pages may call: ``@webmon.command``; :class:`Commands` for more of them
:func:`share`           a napari viewer, as it is; :func:`unshare` ends that. More in :mod:`webmon.napari`
:func:`add_shared`      a stream or an array as a live layer of a napari viewer
======================  =====================================================================================
"""

from typing import TYPE_CHECKING, Any

from ._array import Array, Edit
from ._array_reader import ArrayReader, Changed
from ._commands import Commands, command
from ._description import SegmentDescription, SegmentListing, Status
from ._directory import remove, streams
from ._frame_info import FrameInfo
from ._frame_reader import FrameReader
from ._log import Log
from ._log_reader import LogReader, Records
from ._open import open
from ._server import Server, serve
from ._show import Shown, show
from ._stream import Loan, Stream
from ._tile_layers import TileLayer, TileLevel
from ._tile_log import TileLog
from ._version import __version__
from .errors import (
    BusyError,
    ClosedError,
    CorruptError,
    DTypeError,
    ForkedError,
    InvalidError,
    NoDataError,
    NoSpaceError,
    NotFoundError,
    PermissionError,
    SegmentError,
    SupersededError,
    SystemCallError,
    TimeoutError,
    TooManyFilesError,
    TornError,
)

if TYPE_CHECKING:
    from .napari import add_shared, share, unshare

__all__ = [
    "Array",
    "ArrayReader",
    "BusyError",
    "Changed",
    "ClosedError",
    "Commands",
    "CorruptError",
    "DTypeError",
    "Edit",
    "ForkedError",
    "FrameInfo",
    "FrameReader",
    "InvalidError",
    "Loan",
    "Log",
    "LogReader",
    "NoDataError",
    "NoSpaceError",
    "NotFoundError",
    "PermissionError",
    "Records",
    "SegmentDescription",
    "SegmentError",
    "SegmentListing",
    "Server",
    "Shown",
    "Status",
    "Stream",
    "SupersededError",
    "SystemCallError",
    "TileLayer",
    "TileLevel",
    "TileLog",
    "TimeoutError",
    "TooManyFilesError",
    "TornError",
    "__version__",
    "add_shared",
    "command",
    "open",
    "remove",
    "serve",
    "share",
    "show",
    "streams",
    "unshare",
]

_OF_NAPARI = ("add_shared", "share", "unshare")


def __getattr__(name: str) -> Any:
    # Not before somebody asks for them: they need Qt.
    if name in _OF_NAPARI:
        from . import napari

        return getattr(napari, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
