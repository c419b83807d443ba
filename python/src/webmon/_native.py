"""libarrayshm.so through ctypes: ``arrayshm.h``, name for name, and nothing more.

``quick`` holds the calls that take microseconds: they keep the GIL, which is cheaper than to let it go. ``bulk`` holds those
that copy, allocate or wait: they let other threads run.
"""

from __future__ import annotations

import ctypes
from ctypes import POINTER, Structure, c_bool, c_char_p, c_int32, c_int64, c_size_t, c_uint32, c_uint64, c_void_p
from typing import Any, NoReturn

from . import _files, errors

TIMEOUT = -1
NONE = -2
DROPPED = -3
NOT_FOUND = -5
CLOSED = -12
SUPERSEDED = -13

FRAMES = 1
LOG = 2
ARRAY = 3
KINDS = {FRAMES: "frames", LOG: "log", ARRAY: "array"}
STATES = {1: "live", 2: "closed", 3: "superseded", 4: "gone"}

FLAG_RECARRAY = 1
FLAG_PERSIST = 2
FLAG_SPARSE = 4

MAX_DIMENSIONS = 64
#: Bytes from which on a copy lets other threads run meanwhile.
BULK_BYTES = 65536
#: Bytes up to which a copy takes less than a call.
FEW_BYTES = 4096


class Description(Structure):
    _fields_ = [
        ("kind", c_uint32),
        ("flags", c_uint32),
        ("generation", c_uint64),
        ("name", c_char_p),
        ("path", c_char_p),
        ("descr", c_char_p),
        ("metadata", c_char_p),
        ("ndim", c_uint32),
        ("tile_ndim", c_uint32),
        ("shape", c_uint64 * MAX_DIMENSIONS),
        ("tile", c_uint64 * MAX_DIMENSIONS),
        ("itemsize", c_uint64),
        ("slots", c_uint64),
        ("stride", c_uint64),
        ("nbytes", c_uint64),
        ("tiles", c_uint64),
        ("created_monotonic_ns", c_uint64),
        ("created_realtime_ns", c_uint64),
    ]


class StatusInfo(Structure):
    _fields_ = [
        ("state", c_uint32),
        ("readers", c_uint32),
        ("sequence", c_uint64),
        ("heartbeat_ns", c_uint64),
        ("dropped", c_uint64),
        ("writer_pid", c_uint64),
    ]


class FrameInfo(Structure):
    _fields_ = [
        ("sequence", c_uint64),
        ("published_ns", c_uint64),
        ("valid_bytes", c_uint64),
        ("level", c_uint32),
        ("plane", c_uint32),
        ("y", c_uint32),
        ("x", c_uint32),
        ("h", c_uint32),
        ("w", c_uint32),
        ("user", c_uint64),
    ]


class Options(Structure):
    _fields_ = [
        ("kind", c_uint32),
        ("flags", c_uint32),
        ("directory", c_char_p),
        ("name", c_char_p),
        ("descr", c_char_p),
        ("metadata", c_char_p),
        ("ndim", c_uint32),
        ("overwrite_after", c_uint32),
        ("shape", POINTER(c_uint64)),
        ("tile", POINTER(c_uint64)),
        ("slots", c_uint64),
        ("resume", c_uint32),
        ("reserved", c_uint32),
    ]


_PATH = str(_files.library())
_QUICK = ctypes.PyDLL(_PATH)
_BULK = ctypes.CDLL(_PATH)

_U64_OUT = POINTER(c_uint64)
_INFO = POINTER(FrameInfo)


def _bind(library: ctypes.CDLL, name: str, result: Any, *arguments: Any) -> Any:
    function = library[f"arrayshm_{name}"]
    function.restype = result
    function.argtypes = arguments
    return function


class quick:
    """Calls of about a microsecond or less; the GIL is held."""

    version = _bind(_QUICK, "version", c_char_p)
    error_code = _bind(_QUICK, "error_code", c_int32)
    error_message = _bind(_QUICK, "error_message", c_char_p)
    now = _bind(_QUICK, "now", c_uint64)
    writer_describe = _bind(_QUICK, "writer_describe", c_int32, c_void_p, POINTER(Description))
    writer_status = _bind(_QUICK, "writer_status", c_int32, c_void_p, POINTER(StatusInfo))
    wanted = _bind(_QUICK, "wanted", c_int32, c_void_p)
    loan = _bind(_QUICK, "loan", c_int32, c_void_p)
    put = _bind(_QUICK, "put", c_int32, c_void_p, c_void_p, c_size_t, _INFO, _U64_OUT)
    commit = _bind(_QUICK, "commit", c_int32, c_void_p, c_uint32, _INFO, _U64_OUT)
    abandon = _bind(_QUICK, "abandon", c_int32, c_void_p, c_uint32)
    append = _bind(_QUICK, "append", c_int32, c_void_p, c_void_p, c_uint64, _U64_OUT)
    edit_begin = _bind(_QUICK, "edit_begin", c_int32, c_void_p, _U64_OUT, _U64_OUT)
    edit_end = _bind(_QUICK, "edit_end", c_int32, c_void_p, _U64_OUT)
    describe = _bind(_QUICK, "describe", c_int32, c_void_p, POINTER(Description))
    reader_status = _bind(_QUICK, "reader_status", c_int32, c_void_p, POINTER(StatusInfo))
    subscribe = _bind(_QUICK, "subscribe", c_int32, c_void_p, c_bool)
    lease_latest = _bind(_QUICK, "lease_latest", c_void_p, c_void_p, POINTER(c_void_p), _INFO)
    lease_next = _bind(_QUICK, "lease_next", c_void_p, c_void_p, c_uint64, POINTER(c_void_p), _INFO, _U64_OUT)
    lease_intact = _bind(_QUICK, "lease_intact", c_bool, c_void_p)
    since = _bind(_QUICK, "since", c_int32, c_void_p, c_uint64, c_void_p, c_uint64, _U64_OUT, _U64_OUT, _U64_OUT)
    sequence = _bind(_QUICK, "sequence", c_uint64, c_void_p)
    copy_latest = _bind(_QUICK, "copy_latest", c_int32, c_void_p, c_void_p, c_size_t, _INFO)
    copy_next = _bind(_QUICK, "copy_next", c_int32, c_void_p, c_uint64, c_void_p, c_size_t, _INFO, _U64_OUT)
    leases = _bind(_QUICK, "leases", c_uint32, c_void_p)


class bulk:
    """Calls that may take longer; the GIL is let go."""

    create = _bind(_BULK, "create", c_void_p, POINTER(Options))
    writer_memory = _bind(_BULK, "writer_memory", c_void_p, c_void_p, POINTER(c_void_p))
    append = _bind(_BULK, "append", c_int32, c_void_p, c_void_p, c_uint64, _U64_OUT)
    writer_close = _bind(_BULK, "writer_close", c_int32, c_void_p)
    writer_free = _bind(_BULK, "writer_free", None, c_void_p)
    open = _bind(_BULK, "open", c_void_p, c_char_p, c_char_p)
    reader_memory = _bind(_BULK, "reader_memory", c_void_p, c_void_p, POINTER(c_void_p))
    reader_free = _bind(_BULK, "reader_free", None, c_void_p)
    memory_release = _bind(_BULK, "memory_release", None, c_void_p)
    copy_latest = _bind(_BULK, "copy_latest", c_int32, c_void_p, c_void_p, c_size_t, _INFO)
    copy_next = _bind(_BULK, "copy_next", c_int32, c_void_p, c_uint64, c_void_p, c_size_t, _INFO, _U64_OUT)
    since = _bind(_BULK, "since", c_int32, c_void_p, c_uint64, c_void_p, c_uint64, _U64_OUT, _U64_OUT, _U64_OUT)
    changed = _bind(_BULK, "changed", c_int32, c_void_p, c_uint64, c_void_p, c_uint64, _U64_OUT, _U64_OUT)
    copy_region = _bind(_BULK, "copy_region", c_int32, c_void_p, _U64_OUT, _U64_OUT, c_void_p, c_size_t, _U64_OUT)
    wait = _bind(_BULK, "wait", c_int32, c_void_p, c_uint64, c_int64)
    wait_many = _bind(_BULK, "wait_many", c_int32, POINTER(c_void_p), _U64_OUT, c_uint32, POINTER(c_bool), c_int64)
    list = _bind(_BULK, "list", c_int64, c_char_p, c_char_p, c_size_t)
    directory = _bind(_BULK, "directory", c_int64, c_char_p, c_char_p, c_size_t)
    remove = _bind(_BULK, "remove", c_int32, c_char_p, c_char_p)


def failed(code: int | None = None) -> NoReturn:
    """Raises this thread's last native error; `code` is the status that was returned, if one was."""
    if code is None:
        code = quick.error_code()
    message = quick.error_message()
    raise errors.from_code(code, message.decode("utf-8", "replace") if message else f"arrayshm status {code}")


def check(status: int) -> None:
    """Raises the error that a negative status stands for."""
    if status < 0:
        failed(status)


def text(function: Any, *arguments: Any) -> str:
    """The text of a call that writes into a buffer and returns the bytes that it needs."""
    capacity = 4096
    while True:
        buffer = ctypes.create_string_buffer(capacity)
        needed: int = function(*arguments, buffer, capacity)
        check(needed)
        if needed <= capacity:
            return buffer.value.decode()
        capacity = needed


def extents(values: tuple[int, ...] | list[int]) -> Any:
    """A C array of u64; never of length 0, so that its pointer is not NULL."""
    return (c_uint64 * max(1, len(values)))(*values)
