"""What layers are called in names of segments."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

_NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9._-]+")
_LONGEST = 56


def layer_slugs(layers: Iterable[Any]) -> dict[Any, str]:
    """A slug for each layer, made of its name, no two alike: ``"DAPI-raw"``, and ``"DAPI-raw-2"`` for another one like it.

    Parameters
    ----------
    layers : iterable of napari.layers.Layer
        All layers of a viewer, in its order.
    """
    slugs: dict[Any, str] = {}
    taken: set[str] = set()
    for layer in layers:
        begin = _NOT_IN_A_NAME.sub("-", layer.name).strip("-.")[:_LONGEST] or "unnamed"
        slug, number = begin, 1
        while slug in taken:
            number += 1
            slug = f"{begin}-{number}"
        taken.add(slug)
        slugs[layer] = slug
    return slugs
