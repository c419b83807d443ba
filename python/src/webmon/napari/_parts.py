"""The parts that every shared viewer has."""

from __future__ import annotations

from ._frame_times import FrameTimes
from ._layers import Layers
from ._loads import Loads
from ._part import MakePart
from ._tiles import Tiles
from ._view_state import ViewState
from ._viewer_commands import ViewerCommands

#: In the order in which they are made and tick. Commands come first: other parts may declare some. Tiles ask the layers for their names.
PARTS: list[MakePart] = [
    ViewerCommands,
    ViewState,
    Layers,
    FrameTimes,
    Loads,
    Tiles,
]
