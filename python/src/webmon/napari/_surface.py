"""The vertices and faces of a surface layer as records."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ._axes import Layer, axis_names
from ._records import Column, Table, place_columns, table_dtype

_CORNERS = ("a", "b", "c")


def vertices_table(layer: Layer) -> Table:
    """One record a vertex: where it is and, if there is one for each, its value."""
    vertices, values = np.asarray(layer.vertices), np.asarray(layer.vertex_values)
    # Values over more axes are a stack of which napari shows one; its axes come first.
    has_values = values.shape == vertices.shape[:1]
    names = axis_names(layer)[-vertices.shape[1] :]

    def columns() -> Sequence[Column]:
        return [*place_columns(names, vertices), *([("value", values)] if has_values else [])]

    fields = [*((name, vertices.dtype) for name in names), *([("value", values.dtype)] if has_values else [])]
    return Table(len(vertices), columns, table_dtype(fields))


def faces_table(layer: Layer) -> Table:
    """One record a triangle: the numbers of its three vertices."""
    faces = np.asarray(layer.faces)

    def columns() -> Sequence[Column]:
        return place_columns(_CORNERS, faces.astype("u4"))

    return Table(len(faces), columns, table_dtype([(corner, "u4") for corner in _CORNERS]))
