"""numpy dtypes and the `descr` text that a segment carries."""

from __future__ import annotations

import ast
import warnings
from typing import Any

import numpy as np
import numpy.typing as npt

from . import errors

_KINDS = "biufcSUVMm"
_PLATFORM_DEPENDENT = "gG"


def shareable(dtype: npt.DTypeLike) -> np.dtype[Any]:
    """The dtype, if other processes can make sense of its bytes; else DTypeError, which names the field."""
    try:
        dt = np.dtype(dtype)
    except TypeError as error:
        raise errors.DTypeError(f"{dtype!r} is no dtype: {error}") from None
    if dt.subdtype is not None:
        base, extent = dt.subdtype
        raise errors.DTypeError(f"dtype {dt} has a shape of its own: use dtype {base} and add {extent} to the shape")
    _check(dt, "")
    if dt.itemsize == 0:
        raise errors.DTypeError(f"dtype {dt.str} has items of 0 bytes: give it a length, as in '{dt.kind}16'")
    try:
        descr(dt)
    except ValueError as error:
        raise errors.DTypeError(f"dtype {dt} cannot be written as text: {error}") from None
    return dt


def descr(dtype: np.dtype[Any]) -> str:
    """numpy's text for a dtype, as in the header of a .npy file."""
    with warnings.catch_warnings():
        # "metadata on a dtype is not saved": documented, and no news to somebody who shares an array.
        warnings.simplefilter("ignore", UserWarning)
        return repr(np.lib.format.dtype_to_descr(dtype))


def from_descr(text: str, *, recarray: bool) -> np.dtype[Any]:
    """The dtype for such a text."""
    dt = np.lib.format.descr_to_dtype(ast.literal_eval(text))
    return np.dtype((np.record, dt)) if recarray and dt.names is not None else dt


def is_record(dtype: np.dtype[Any]) -> bool:
    """True for the dtypes of recarrays."""
    return issubclass(dtype.type, np.record)


def _check(dt: np.dtype[Any], field: str) -> None:
    where = f"field {field!r}" if field else "dtype"
    if dt.subdtype is not None:
        _check(dt.subdtype[0], field)
    elif dt.names is not None:
        _check_fields(dt, field)
    elif dt.hasobject:
        raise errors.DTypeError(f"{where} is {dt}: it holds pointers, which mean nothing in another process; use numbers, or text as 'U16' or 'S16'")
    elif dt.char in _PLATFORM_DEPENDENT:
        raise errors.DTypeError(f"{where} is {dt}: long double has other bytes on every platform; use 'f8' or 'c16'")
    elif dt.kind not in _KINDS or dt.isbuiltin == 2:
        raise errors.DTypeError(f"{where} is {dt}: a .npy file cannot hold it; use one of numpy's own types of fixed size, as 'U16' for text")


def _check_fields(dt: np.dtype[Any], parent: str) -> None:
    assert dt.names is not None and dt.fields is not None
    end, previous = 0, ""
    for name in dt.names:
        field, offset = dt.fields[name][:2]
        path = f"{parent}.{name}" if parent else name
        if offset < end:
            raise errors.DTypeError(
                f"field {path!r} begins at byte {offset}, but {previous!r} before it ends at byte {end}: "
                "fields that overlap or are out of order cannot be written to a .npy file; "
                "numpy.lib.recfunctions.repack_fields may help"
            )
        _check(field, path)
        end, previous = offset + field.itemsize, path
