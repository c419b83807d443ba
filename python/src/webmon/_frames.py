"""Data that is given, checked against the shape and dtype of the segment that takes it."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from . import errors

Casting = Literal["no", "equiv", "safe", "same_kind", "unsafe"]

# What a Python number may become without a loss that its value does not show (numpy checks the range of integers).
_WEAK = {"b": "biufc", "i": "iufc", "u": "iufc", "f": "fc", "c": "c"}


def typed(data: npt.ArrayLike, dtype: np.dtype[Any], casting: Casting, where: str) -> npt.NDArray[Any]:
    """`data` as an array whose dtype can be cast to `dtype`; an array is passed on as it is.

    An array must be castable by numpy's rule `casting`. Python's own numbers, alone or in lists, have no width: an int may become any
    integer that has room for it, a float any float, as in ``array + 1.5``.
    """
    if _is_array(data):
        array = np.asarray(data)
        if array.dtype != dtype and not np.can_cast(array.dtype, dtype, casting):
            raise errors.DTypeError(
                f"{where}: dtype {_name(array.dtype)} cannot be cast to {_name(dtype)} by the rule {casting!r}: "
                "convert it first with astype(), or give another casting="
            )
        return array
    try:
        if dtype.names is not None:
            _check_records(data)
            return np.array(data, dtype)
        array = np.asarray(data)
        if dtype.kind in _WEAK.get(array.dtype.kind, ""):
            return np.array(data, dtype)
    except (ValueError, TypeError, OverflowError) as error:
        raise errors.InvalidError(f"{where}: {type(data).__name__} does not make an array of {_name(dtype)}: {error}") from None
    if not np.can_cast(array.dtype, dtype, casting):
        raise errors.DTypeError(f"{where}: {type(data).__name__} of {_name(array.dtype)} cannot be cast to {_name(dtype)} by the rule {casting!r}")
    return array


def frame(data: npt.ArrayLike, shape: tuple[int, ...], dtype: np.dtype[Any], casting: Casting, where: str) -> npt.NDArray[Any]:
    """`data` as an array of exactly `shape` that can be cast to `dtype`; an array is passed on as it is."""
    found = getattr(data, "shape", None)
    if found is not None and tuple(found) != shape:
        raise errors.InvalidError(
            f"{where}: found shape {tuple(found)}, dtype {_name(getattr(data, 'dtype', None))}; "
            f"expected shape {shape}, dtype {_name(dtype)}"
        )
    array = typed(data, dtype, casting, where)
    if array.shape != shape:
        raise errors.InvalidError(
            f"{where}: found shape {array.shape}, dtype {_name(array.dtype)}; expected shape {shape}, dtype {_name(dtype)}"
        )
    return array


def _check_records(data: Any) -> None:
    # numpy would give a bare number to every field.
    if isinstance(data, list):
        for item in data:
            _check_records(item)
    elif not isinstance(data, tuple | np.void):
        raise TypeError(f"{data!r} is no record: a record is a tuple")


def _is_array(data: Any) -> bool:
    return isinstance(data, np.ndarray | np.generic) or any(
        hasattr(data, name) for name in ("__array__", "__array_interface__", "__dlpack__", "__cuda_array_interface__")
    ) or isinstance(data, memoryview | bytearray)


def _name(dtype: object) -> str:
    if isinstance(dtype, np.dtype) and dtype.names is None:
        return dtype.name if dtype.isnative else f"{dtype.name} ({dtype.str})"
    return str(dtype)
