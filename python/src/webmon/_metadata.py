"""A stream's metadata: any mapping that JSON can say."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping
from typing import Any

import numpy as np

from . import errors


def to_json(metadata: Mapping[str, Any] | None) -> str:
    """JSON text of a mapping. numpy's scalars and arrays become numbers and lists, tuples lists, paths text.

    NaN and the infinities are refused: JSON has none, and a page could not read the text.
    """
    if metadata is None:
        return "{}"
    if not isinstance(metadata, Mapping):
        raise errors.InvalidError(f"metadata is a {type(metadata).__name__}: it must be a mapping")
    return json.dumps(plain(metadata, "metadata"), ensure_ascii=False, separators=(",", ":"))


def plain(value: Any, where: str) -> Any:
    """A value as JSON has it."""
    if isinstance(value, np.ndarray | np.generic):
        return plain(value.tolist(), where)
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        if not math.isfinite(value):
            raise errors.InvalidError(f"{where} is {value}, which JSON cannot say: leave it out, or use None")
        return value
    if isinstance(value, Mapping):
        items = {}
        for key, item in value.items():
            if not isinstance(key, str):
                raise errors.InvalidError(f"{where} has the key {key!r}: keys must be str, as JSON has no other")
            items[str(key)] = plain(item, f"{where}[{key!r}]")
        return items
    if isinstance(value, list | tuple):
        return [plain(item, f"{where}[{index}]") for index, item in enumerate(value)]
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    raise errors.InvalidError(
        f"{where} is a {type(value).__name__}: JSON takes numbers, text, None, lists, mappings and numpy arrays"
    )
