"""The shapes of a shapes layer as records."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ._axes import Layer, axis_names
from ._records import Column, Table, colour_column, feature_columns, feature_fields, place_columns, table_dtype, text_column


def shapes_table(layer: Layer) -> Table:
    """One record a vertex: the number and type of its shape, where it is, and the shape's colours, width, order and features."""
    names = axis_names(layer)
    outlines, kinds, features = list(layer.data), list(layer.shape_type), layer.features
    edges, faces, widths, orders = layer.edge_color, layer.face_color, list(layer.edge_width), list(layer.z_index)
    counts = [len(outline) for outline in outlines]

    def columns() -> Sequence[Column]:
        shape = np.repeat(np.arange(len(outlines)), counts)
        ofshape: list[Column] = [
            text_column("type", kinds),
            colour_column("edge_color", edges),
            colour_column("face_color", faces),
            ("edge_width", np.asarray(widths, "f4")),
            ("z_index", np.asarray(orders, "i4")),
            *feature_columns(features),
        ]
        return [
            ("shape", shape.astype("u4")),
            *place_columns(names, np.concatenate(outlines).astype("f8")),
            *((name, values[shape]) for name, values in ofshape),
        ]

    fields = [("shape", "u4"), *((name, "f8") for name in names), ("type", "U10")]
    looks = [("edge_color", "u1", (4,)), ("face_color", "u1", (4,)), ("edge_width", "f4"), ("z_index", "i4")]
    return Table(sum(counts), columns, table_dtype([*fields, *looks, *feature_fields(features)]))
