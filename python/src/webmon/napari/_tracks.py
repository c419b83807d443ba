"""The tracks of a tracks layer as records, and which came out of which."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ._axes import Layer, axis_names
from ._records import Column, Table, feature_columns, feature_fields, place_columns, table_dtype

_TRACK = "track_id"


def tracks_table(layer: Layer) -> Table:
    """One record a point of a track: the track's number, the time and place, features."""
    names = axis_names(layer)
    rows, features = layer.data, layer.features.drop(columns=_TRACK, errors="ignore")

    def columns() -> Sequence[Column]:
        return [(_TRACK, rows[:, 0].astype("i8")), *place_columns(names, rows[:, 1:]), *feature_columns(features)]

    fields = [(_TRACK, "i8"), *((name, rows.dtype) for name in names), *feature_fields(features)]
    return Table(len(rows), columns, table_dtype(fields))


def graph_table(layer: Layer) -> Table:
    """One record for each track and one that it came out of."""
    pairs = [(track, parent) for track, parents in layer.graph.items() for parent in np.atleast_1d(parents)]
    edges = np.array(pairs, "i8").reshape(len(pairs), 2)

    def columns() -> Sequence[Column]:
        return [(_TRACK, edges[:, 0]), ("parent", edges[:, 1])]

    return Table(len(edges), columns, table_dtype([(_TRACK, "i8"), ("parent", "i8")]))
