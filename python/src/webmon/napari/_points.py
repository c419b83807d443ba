"""The points of a points layer as records."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ._axes import Layer, axis_names
from ._records import Column, Table, colour_column, feature_columns, feature_fields, place_columns, table_dtype, text_column


def colour_emitters(layer: Layer) -> list[Any]:
    """What emits when points get other colours without an event of the layer: colours for selected points, limits, a refresh by features.

    Private, and here alone: the layer says nothing of these; napari's own canvas listens to the same emitters.
    """
    return [getattr(colours.events, name) for colours in (layer._face, layer._border) for name in ("colors", "color_properties")]


def points_table(layer: Layer) -> Table:
    """One record a point: where it is, how large, of which colours and symbol, whether it is shown, and its features."""
    names = axis_names(layer)
    places, sizes, shown, features = layer.data, layer.size, layer.shown, layer.features
    faces, borders, widths, symbols = layer.face_color, layer.border_color, layer.border_width, layer.symbol

    def columns() -> Sequence[Column]:
        return [
            *place_columns(names, places),
            ("size", np.asarray(sizes, "f4")),
            colour_column("face_color", faces),
            colour_column("border_color", borders),
            ("border_width", np.asarray(widths, "f4")),
            text_column("symbol", symbols),
            ("shown", np.asarray(shown, "?")),
            *feature_columns(features),
        ]

    fields = [(name, places.dtype) for name in names]
    looks = [("size", "f4"), ("face_color", "u1", (4,)), ("border_color", "u1", (4,)), ("border_width", "f4"), ("symbol", "U12"), ("shown", "?")]
    return Table(len(places), columns, table_dtype([*fields, *looks, *feature_fields(features)]))
