"""The axes of a layer: which are seen, what they are called, what they measure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

Layer = Any

#: What napari calls an axis that has no name.
_UNNAMED = re.compile(r"-\d+")


def displayed_axes(layer_ndim: int, order: Sequence[int], ndisplay: int = 2) -> tuple[int, ...]:
    """Which axes of a layer are seen, in their order on the canvas: rows before columns.

    A layer with fewer axes than the viewer has the viewer's last ones; of these those count that come last in `order`, also where the viewer
    displays others.
    """
    missing = len(order) - layer_ndim
    return tuple(axis - missing for axis in order if axis >= missing)[-ndisplay:]


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


#: By what a unit is made of, its name: to make one takes as long as all else that is told of an axis.
_UNITS: dict[Any, str] = {}


def _unit_name(unit: Any) -> str:
    # Private, and here alone: units of two registries raise where they are compared, as the keys of a dict are.
    parts = unit._units
    name = _UNITS.get(parts)
    if name is None:
        name = str(unit)
        name = _UNITS[parts] = "" if name == "pixel" else name
    return name
