"""The layer that a page means."""

from __future__ import annotations

from typing import Annotated, Any

from .. import errors
from ._part import Viewer

#: How pages name a layer: a declaration need not change with the layers.
LayerName = Annotated[str, "its name, or its number from the bottom, from 0; empty: the active one"]

#: Of a number of a layer; Python refuses to read thousands.
_DIGITS = 9
#: Characters of a wrong name that are given back.
_SHOWN = 100


def find_layer(viewer: Viewer, layer: str) -> Any:
    """A layer by its name, or else by its number from the bottom.

    Raises
    ------
    InvalidError
        There is none; the text says which there are.
    """
    layers = viewer.layers
    if layer == "":
        if layers.selection.active is None:
            raise errors.InvalidError("no layer is active: name one")
        return layers.selection.active
    for found in layers:
        if found.name == layer:
            return found
    if layer.isascii() and layer.isdigit() and len(layer) <= _DIGITS and int(layer) < len(layers):
        return layers[int(layer)]
    names = ", ".join(repr(each.name) for each in layers)
    shown = layer if len(layer) <= _SHOWN else layer[:_SHOWN] + "..."
    raise errors.InvalidError(f"there is no layer {shown!r}; there are {names or 'none'}")
