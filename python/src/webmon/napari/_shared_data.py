"""Layers whose data is shared memory already: pages see the segment itself, and nothing is copied for them."""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary

#: By layer, the name of the segment that its data lies in.
NAMES: WeakKeyDictionary[Any, str] = WeakKeyDictionary()


def shared_name(layer: Any) -> str | None:
    """The segment that a layer's data lies in; None if it is memory of this process alone."""
    return NAMES.get(layer)
