"""Tells of reads of any array: a wrapper that is the array in everything else."""

from __future__ import annotations

import copy
import operator
import time
from typing import Any

import numpy as np
import wrapt

from ._load import FAILED, GIVEN_UP, LOADED, Load, Tap, listening, tell
from ._tiled_layer import Region


class TappedArray(wrapt.ObjectProxy):  # type: ignore[type-arg]
    """An array whose ``[...]`` is measured, from the call until there is a numpy array.

    It says it is of the array's own type, and passes on everything else. Of one that gives lazy parts, what is measured is their becoming numpy arrays.

    Parameters
    ----------
    array : Any
        Has ``shape`` and ``dtype``.
    tap : Tap
    region : Region, optional
        Which part of the tapped array this is, for lazy parts; default all.
    axes : list of int, optional
        Which axis of the tapped array each of its own is.
    """

    def __init__(self, array: Any, tap: Tap, region: Region | None = None, axes: list[int] | None = None) -> None:
        super().__init__(array)
        self._self_tap = tap
        self._self_region = tap.whole if region is None else region
        self._self_axes = list(range(len(tap.shape))) if axes is None else axes

    def __getitem__(self, key: Any) -> Any:
        if not listening:
            return self.__wrapped__[key]
        region, axes = cut(self._self_region, self._self_axes, key)
        load, began = Load(self._self_tap, region), time.perf_counter()
        tell(load)
        try:
            part = self.__wrapped__[key]
            if not isinstance(part, np.ndarray | np.generic) and hasattr(part, "__array__") and hasattr(part, "shape"):
                # Lazy: nothing was read yet. That it is will be another load.
                _end(load, began, GIVEN_UP, 0)
                return TappedArray(part, self._self_tap, region, axes)
        except BaseException:
            _end(load, began, FAILED, 0)
            raise
        _end(load, began, LOADED, getattr(part, "nbytes", 0))
        return part

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        if not listening:
            return np.asarray(self.__wrapped__, dtype)
        load, began = Load(self._self_tap, self._self_region), time.perf_counter()
        tell(load)
        try:
            array = np.asarray(self.__wrapped__, dtype)
        except BaseException:
            _end(load, began, FAILED, 0)
            raise
        _end(load, began, LOADED, array.nbytes)
        return array

    def __copy__(self) -> Any:
        return copy.copy(self.__wrapped__)

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        return copy.deepcopy(self.__wrapped__, memo)

    def __reduce_ex__(self, protocol: Any) -> Any:
        # Who unpickles it gets the array itself.
        return self.__wrapped__.__reduce_ex__(protocol)


def _end(load: Load, began: float, state: int, nbytes: int) -> None:
    load.milliseconds = (time.perf_counter() - began) * 1000
    load.nbytes = nbytes
    load.state = state
    tell(load)


def cut(region: Region, axes: list[int], key: Any) -> tuple[Region, list[int]]:
    """Which part of an array ``[key]`` is, given that the whole is `region` along `axes`. Of what is no simple index, all there is along its axis.

    Examples
    --------
    >>> cut([(0, 10), (0, 100)], [0, 1], (3, slice(20, 40)))
    ([(3, 4), (20, 40)], [1])
    """
    keys = list(key) if isinstance(key, tuple) else [key]
    if any(each is None for each in keys):
        return region, axes
    if any(each is Ellipsis for each in keys):
        at = next(number for number, each in enumerate(keys) if each is Ellipsis)
        keys[at : at + 1] = [slice(None)] * (len(axes) - len(keys) + 1)
    keys += [slice(None)] * (len(axes) - len(keys))
    found, left = list(region), []
    for axis, each in zip(axes, keys, strict=False):
        begin, end = found[axis]
        try:
            if not isinstance(each, slice):
                place = operator.index(each)
                place += begin if place >= 0 else end
                found[axis] = place, place + 1
                continue
            reach = range(end - begin)[each]
            low, high = (min(reach[0], reach[-1]), max(reach[0], reach[-1]) + 1) if len(reach) else (0, 0)
            found[axis] = begin + low, begin + high
        except (TypeError, ValueError):
            # A list, a mask; or something that the array itself will refuse.
            pass
        left.append(axis)
    return found, left
