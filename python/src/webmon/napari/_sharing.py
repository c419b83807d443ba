"""One viewer that is shared."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from ._part import MakePart, Part, Viewer

if TYPE_CHECKING:
    from ._viewer_commands import ViewerCommands

_logger = logging.getLogger("webmon.napari")

_NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9._-]+")
_LONGEST_PART = 60


class Sharing:
    """A viewer, the names under which it is shared, and the parts that do it. All of it on the viewer's thread.

    Parameters
    ----------
    viewer : napari.Viewer or napari.components.ViewerModel
    prefix : str
        What the names of all its segments begin with: ``"napari"``, or ``"napari-2"`` for another viewer.
    directory : str
        Segment directory.
    make : iterable of callable
        Makers of the parts.
    """

    def __init__(self, viewer: Viewer, prefix: str, directory: str, make: Iterable[MakePart]) -> None:
        self.viewer = viewer
        self.prefix = prefix
        self.directory = directory
        #: The viewer's commands, once there are some: parts may declare more.
        self.commands: ViewerCommands | None = None
        #: What sharing costs: seconds that the last tick took, those that all of them took, and how many there were.
        self.tick_seconds = 0.0
        self.total_seconds = 0.0
        self.ticks = 0
        self._closed = False
        self._on_close: list[Callable[[], None]] = []
        self._parts: list[Part] = []
        try:
            for part in make:
                self._parts.append(part(self))
        except BaseException:
            self.close()
            raise

    @property
    def closed(self) -> bool:
        """True after :meth:`close`."""
        return self._closed

    def name(self, *of: str) -> str:
        """The name of a segment: the prefix and `of`, joined by dots, with ``-`` for what a name cannot have.

        Examples
        --------
        ``sharing.name("layer", "DAPI (raw)")`` is ``"napari.layer.DAPI-raw"``.
        """
        return ".".join([self.prefix, *(_NOT_IN_A_NAME.sub("-", part).strip("-.")[:_LONGEST_PART] or "unnamed" for part in of)])

    def part(self, kind: type) -> Part | None:
        """The part of a type, if there is one."""
        return next((part for part in self._parts if isinstance(part, kind)), None)

    def tick(self) -> None:
        """Lets every part publish what changed."""
        began = time.perf_counter()
        for part in list(self._parts):
            try:
                part.tick()
            except Exception:
                # The viewer goes on, and so do the other parts.
                _logger.exception("%s of %s is shared no more", type(part).__name__, self.prefix)
                self._parts.remove(part)
                self._close_part(part)
        self.tick_seconds = time.perf_counter() - began
        self.total_seconds += self.tick_seconds
        self.ticks += 1

    def on_close(self, act: Callable[[], None]) -> None:
        """Calls `act` once this is closed."""
        self._on_close.append(act)

    def close(self) -> None:
        """Ends it: the viewer is as it was before, and no segment stays."""
        if self._closed:
            return
        self._closed = True
        while self._parts:
            self._close_part(self._parts.pop())
        for act in self._on_close:
            act()

    def _close_part(self, part: Part) -> None:
        try:
            part.close()
        except Exception:
            _logger.exception("%s of %s could not be closed", type(part).__name__, self.prefix)
