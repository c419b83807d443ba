"""What a shared viewer is made of."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from ._sharing import Sharing


class Part(Protocol):
    """Something of a viewer that is shared: its layers, its view, its loads, its commands.

    Events of napari only set flags in a part. What they mean is published by :meth:`tick`.
    """

    def tick(self) -> None:
        """Publishes what changed and somebody wants. On the viewer's thread, at the display's rate; microseconds if nobody looks."""

    def close(self) -> None:
        """Lets go of everything: disconnects from the viewer, closes segments. On the viewer's thread."""


#: Makes a part for a viewer. The sharing gives the viewer, names and the directory.
MakePart = Callable[["Sharing"], Part]

#: A `napari.Viewer` or, without a window, a `napari.components.ViewerModel`.
Viewer = Any
