"""The axes of a layer: which are seen, what they are called, what they measure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache, lru_cache
from typing import Any

from ._part import Viewer

Layer = Any

#: What napari calls an axis that has no name.
_UNNAMED = re.compile(r"-\d+")


def shown_axes(layer_ndim: int, viewer: Viewer) -> tuple[int, ...]:
    """The axes of a layer that are seen, in the order in which they are: rows before columns. The viewer may have more axes."""
    tail = viewer.dims.order[-layer_ndim:]
    ranked = sorted(tail)
    return tuple(ranked.index(axis) for axis in tail)[-viewer.dims.ndisplay :]


def hidden_axes(layer_ndim: int, shown: Sequence[int]) -> tuple[int, ...]:
    """The axes that a slice is cut across."""
    return tuple(axis for axis in range(layer_ndim) if axis not in shown)


def axis_names(layer: Layer) -> tuple[str, ...]:
    """A name for each axis, no two the same: fields of records are called by them."""
    return _names(tuple(layer.axis_labels))


@lru_cache(256)
def _names(labels: tuple[str, ...]) -> tuple[str, ...]:
    names: list[str] = []
    for axis, label in enumerate(labels):
        name = f"axis {axis}" if _UNNAMED.fullmatch(label) or not label.strip() else label.strip().replace(".", "_")
        names.append(f"{name} {axis}" if name in names else name)
    return tuple(names)


def axis_units(layer: Layer) -> list[str]:
    """The unit of each axis by its whole name; "" for pixels."""
    return [_unit_name(unit) for unit in layer.units]


@cache
def _unit_name(unit: Any) -> str:
    name = str(unit)  # takes as long as all else that is told of an axis
    return "" if name == "pixel" else name
