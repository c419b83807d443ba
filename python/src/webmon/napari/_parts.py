"""The parts that every shared viewer has."""

from __future__ import annotations

from ._layers import Layers
from ._part import MakePart

#: In the order in which they are made and tick.
PARTS: list[MakePart] = [
    Layers,
]
