"""The parts that every shared viewer has."""

from __future__ import annotations

from ._frame_times import FrameTimes
from ._loads import Loads
from ._part import MakePart
from ._tiles import Tiles
from ._view_state import ViewState

#: In the order in which they are made and tick.
PARTS: list[MakePart] = [
    ViewState,
    FrameTimes,
    Loads,
    Tiles,
]
