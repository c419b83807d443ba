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
    return json.dumps(_plain(metadata, "metadata"), ensure_ascii=False, separators=(",", ":"))


def _plain(value: Any, where: str) -> Any:
    if isinstance(value, np.ndarray | np.generic):
        return _plain(value.tolist(), where)
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        if not math.isfinite(value):
            raise errors.InvalidError(f"{where} is {value}, which JSON cannot say: leave it out, or use None")
        return value
    if isinstance(value, Mapping):
        plain = {}
        for key, item in value.items():
            if not isinstance(key, str):
                raise errors.InvalidError(f"{where} has the key {key!r}: keys must be str, as JSON has no other")
            plain[str(key)] = _plain(item, f"{where}[{key!r}]")
        return plain
    if isinstance(value, list | tuple):
        return [_plain(item, f"{where}[{index}]") for index, item in enumerate(value)]
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    raise errors.InvalidError(
        f"{where} is a {type(value).__name__}: metadata takes numbers, text, None, lists, mappings and numpy arrays"
    )
