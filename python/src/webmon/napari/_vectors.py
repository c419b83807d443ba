"""The vectors of a vectors layer as records."""

from __future__ import annotations

from collections.abc import Sequence

from ._axes import Layer, axis_names
from ._records import Column, Table, colour_column, feature_columns, feature_fields, place_columns, table_dtype


def vectors_table(layer: Layer) -> Table:
    """One record a vector: where it begins, how far it reaches along each axis, its colour and features."""
    names = axis_names(layer)
    reaches = [f"along {name}" for name in names]
    vectors, colours, features = layer.data, layer.edge_color, layer.features

    def columns() -> Sequence[Column]:
        return [
            *place_columns(names, vectors[:, 0]),
            *place_columns(reaches, vectors[:, 1]),
            colour_column("edge_color", colours),
            *feature_columns(features),
        ]

    fields = [(name, vectors.dtype) for name in (*names, *reaches)]
    return Table(len(vectors), columns, table_dtype([*fields, ("edge_color", "u1", (4,)), *feature_fields(features)]))
