"""The parts that every shared viewer has."""

from __future__ import annotations

from ._part import MakePart
from ._viewer_commands import ViewerCommands

#: In the order in which they are made and tick.
PARTS: list[MakePart] = [ViewerCommands]
