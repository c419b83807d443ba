"""Tells of chunks that zarr reads: a store around the array's own."""

from __future__ import annotations

import re
import time
from typing import Any

import zarr
from zarr.storage import StorePath, WrapperStore

from ._load import FAILED, LOADED, Load, Tap, listening, tell
from ._tiled_layer import Region

_CHUNK = re.compile(r"(?:c[./])?(\d+(?:[./]\d+)*)")


class TappedStore(WrapperStore):
    """A store that measures what it is asked for: from the question until the bytes are there, not yet decoded.

    Parameters
    ----------
    store : zarr.abc.store.Store
    tap : Tap, optional
        What is told of; None: nothing.
    path : str
        Of the array within the store.
    chunks : tuple of int
        The shape of what a key stands for: a chunk, or a shard.
    """

    def __init__(self, store: Any, tap: Tap | None = None, path: str = "", chunks: tuple[int, ...] = ()) -> None:
        super().__init__(store)
        #: What is told of.
        self.webmon_tap = tap
        self._prefix = f"{path}/" if path else ""
        self._chunks = chunks

    def _with_store(self, store: Any) -> TappedStore:
        return TappedStore(store, self.webmon_tap, self._prefix.rstrip("/"), self._chunks)

    async def get(self, key: str, prototype: Any, byte_range: Any = None) -> Any:
        region = self._region(key) if listening else None
        if region is None or self.webmon_tap is None:
            return await self._store.get(key, prototype, byte_range)
        load, began = Load(self.webmon_tap, region), time.perf_counter()
        tell(load)
        try:
            load.hit = await _is_cached(self._store, key, byte_range)
            found = await self._store.get(key, prototype, byte_range)
        except BaseException:
            load.state = FAILED
            raise
        else:
            load.state = LOADED
            # A chunk that is not there has the fill value, and no bytes.
            load.nbytes = 0 if found is None else len(found)
            return found
        finally:
            load.milliseconds = (time.perf_counter() - began) * 1000
            tell(load)

    def _region(self, key: str) -> Region | None:
        """The part of the array that a key stands for; None for what is no chunk of it."""
        if not key.startswith(self._prefix):
            return None
        match = _CHUNK.fullmatch(key, len(self._prefix))
        if match is None:
            return None
        places = [int(number) for number in re.split("[./]", match[1])]
        if len(places) != len(self._chunks):
            return None
        return [(place * size, (place + 1) * size) for place, size in zip(places, self._chunks, strict=True)]


def tapped(array: Any, tap: Tap) -> Any:
    """The same zarr array over a store that tells. The array that was given stays as it is."""
    chunks = array.shards or array.chunks
    store = TappedStore(array.store, tap, array.path, chunks)
    return type(array)(zarr.AsyncArray(array.metadata, StorePath(store, array.path), array.config))


async def _is_cached(store: Any, key: str, byte_range: Any) -> bool:
    """Whether a store that keeps what it read has this in memory.

    zarr's ``CacheStore`` only counts its hits for all keys together, and reads go on side by side: so it is asked before, by its own names.
    """
    try:
        if byte_range is not None:
            return byte_range in store._state.range_cache.get(key, {}) and bool(store._is_key_fresh((key, byte_range)))
        return bool(store._is_key_fresh(key)) and bool(await store._cache.exists(key))
    except (AttributeError, TypeError):
        # Any other store.
        return False
