"""Which layers show a segment as it is."""

from __future__ import annotations

import weakref
from typing import Any

#: The segment of each layer that was made from one: pages are shown that, and nothing is copied again.
NAMES: weakref.WeakKeyDictionary[Any, str] = weakref.WeakKeyDictionary()


def shared_name(layer: Any) -> str | None:
    """Name of the segment that a layer shows; None if its pixels are napari's own."""
    return NAMES.get(layer)
