"""Which arrays are tapped: those of a shared viewer's layers while somebody looks, and those that a script taps itself."""

from __future__ import annotations

import math
import sys
import weakref
from collections.abc import Iterable
from typing import Any

from .. import errors
from ._array_tap import TappedArray
from ._load import Tap
from ._problems import Problems
from ._tiled_layer import TiledLayer, in_memory

#: A layer, and which of its levels.
Place = tuple[TiledLayer, int]

_replaces = True


def tap_layers(on: bool) -> None:
    """Whether lazy arrays of shared layers are replaced by measured ones while somebody looks at loads or tiles; they are unless this was called.

    A replaced array is the same in everything but that it is measured (a ``zarr.Array`` stays one), and what was there before comes back when nobody
    looks. Loads of dask arrays, and of arrays that :func:`tap` made, are told in any case.

    Parameters
    ----------
    on : bool
        From the next time on that somebody begins to look.
    """
    global _replaces
    _replaces = on


def tap(data: Any, name: str | None = None) -> Any:
    """Measures the loads of an array, for the page Loader Stats: milliseconds and bytes of each.

    Arrays of the layers of a shared viewer are measured without this, while somebody looks. It is for others, and for where :func:`tap_layers` is off.

    Parameters
    ----------
    data : array, or list or tuple of them
        A ``zarr.Array``, a dask array, or anything with ``shape``, ``dtype`` and ``[...]``. It stays as it is.
    name : str, optional
        What its loads are called while it is in no layer; default its type.

    Returns
    -------
    array, or list of them
        What to read from. A zarr array over a store that measures; the dask array itself; a wrapper around any other.

    Examples
    --------
    >>> viewer.add_image(webmon.napari.tap(RemoteImage(url)), name="remote")  # doctest: +SKIP
    """
    if isinstance(data, list | tuple):
        return [tap(level, name) for level in data]
    if not hasattr(data, "shape") or not hasattr(data, "dtype"):
        raise errors.InvalidError(f"data is a {type(data).__name__}: an array with shape and dtype is needed, or a list of them")
    name = type(data).__name__ if name is None else name
    if is_dask(data):
        if math.isnan(sum(data.shape)):
            raise errors.InvalidError(f"data is a dask array of shape {data.shape}: its chunks must have known sizes (compute_chunk_sizes() finds them)")
        from ._dask_tap import dask_tap

        weakref.finalize(data, _forget, dask_tap.add(data, name))
        return data
    made = _tapped_zarr(data, name)
    return TappedArray(data, Tap("array", tuple(data.shape), name)) if made is None else made


def _forget(known: object) -> None:
    """Holds on to what it is called with until then."""


class LayerTaps:
    """The taps of a viewer's layers."""

    def __init__(self) -> None:
        #: Where each tapped array is.
        self.places: dict[Tap, list[Place]] = {}
        self._problems = Problems("is not measured")
        self._known: dict[str, Any] = {}
        self._replaced: list[tuple[Any, int | None, Any, Any]] = []

    def put_in(self, layers: Iterable[TiledLayer]) -> None:
        """Taps the arrays of these layers, and no others any more."""
        self.take_out()
        places: dict[Tap, list[Place]] = {}
        for tiled in layers:
            try:
                self._put_into(tiled, places)
            except Exception as error:
                self._problems.say(tiled.layer, error)
        self.places = places

    def take_out(self) -> None:
        """All arrays are again what they were before."""
        replaced, self._replaced = self._replaced, []
        self._known = {}
        self.places = {}
        for layer, level, tapped, before in replaced:
            if _at(layer, level) is tapped:
                _replace(layer, level, before)

    def _put_into(self, tiled: TiledLayer, places: dict[Tap, list[Place]]) -> None:
        layer = tiled.layer
        for level, array in enumerate(list(layer.data) if tiled.is_multiscale else [layer.data]):
            found = self._tap_of(array, layer, level if tiled.is_multiscale else None)
            if found is not None:
                places.setdefault(found, []).append((tiled, level))

    def _tap_of(self, array: Any, layer: Any, level: int | None) -> Tap | None:
        if type(array) is TappedArray:
            return array._self_tap
        lazy = _dask_of(array)
        if lazy is not None:
            from ._dask_tap import dask_tap

            if lazy.name not in self._known:
                self._known[lazy.name] = dask_tap.add(lazy)
            found: Tap = self._known[lazy.name].tap
            return found
        if in_memory(array):
            return None
        store_tap: Tap | None = getattr(getattr(array, "store", None), "webmon_tap", None)
        if store_tap is not None:
            return store_tap
        if not _replaces:
            return None
        tapped = _tapped_zarr(array, "")
        if tapped is None:
            tapped = TappedArray(array, Tap("array", tuple(array.shape)))
        _replace(layer, level, tapped)
        self._replaced.append((layer, level, tapped, array))
        return tapped._self_tap if type(tapped) is TappedArray else tapped.store.webmon_tap


def is_dask(array: Any) -> bool:
    """Whether this is a dask array."""
    module = sys.modules.get("dask.array")
    return module is not None and isinstance(array, module.Array)


def _dask_of(array: Any) -> Any:
    """The dask array that this is, or that is inside, as xarray has it; None if there is none."""
    if is_dask(array):
        return array
    # Without chunks xarray has no dask array, and would load all to give its data.
    inside = None if getattr(array, "chunks", None) is None else getattr(array, "data", None)
    return inside if is_dask(inside) else None


def _tapped_zarr(array: Any, name: str) -> Any:
    """A zarr array that tells of its chunks; None for what is none, of zarr 3."""
    module = sys.modules.get("zarr")
    if module is None or not hasattr(module, "AsyncArray") or type(array) is not module.Array:
        return None
    from ._zarr_tap import tapped

    return tapped(array, Tap("zarr", tuple(array.shape), name))


# To assign to `layer.data` is public, and tells everybody that there are other data: the level and its lock, the contrast limits and the slice would be
# made anew, for data that are the same. So what is assigned to is where napari keeps them.


def _at(layer: Any, level: int | None) -> Any:
    """None where there is no such level any more."""
    if level is None:
        return layer._data
    levels = layer._data._data
    return levels[level] if level < len(levels) else None


def _replace(layer: Any, level: int | None, array: Any) -> None:
    if level is None:
        layer._data = array
    else:
        layer._data._data[level] = array
