"""What pages may tell a shared viewer to do."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from .._commands import Commands
from ._camera_commands import CameraCommands
from ._layer_commands import LayerCommands
from ._user_commands import TIMEOUT, UserCommand, join, leave

if TYPE_CHECKING:
    from ._sharing import Sharing



class ViewerCommands:
    """The commands of a shared viewer, under its prefix: those that every viewer has, and those of the user. They run on the viewer's thread.

    Other parts declare more through ``sharing.commands``; what they declare runs in the background thread of the commands unless they say otherwise.
    A viewer without a window has no thread of its own: its commands run in that background thread.
    """

    def __init__(self, sharing: Sharing) -> None:
        self._viewer = sharing.viewer
        self._commands = Commands(sharing.prefix, sharing.directory)
        self._run: Callable[[Callable[[], None]], None] | None = None
        if hasattr(sharing.viewer, "window"):
            from ._window import ViewerThread

            self._thread = ViewerThread()
            self._run = self._on_the_viewers_thread
        try:
            for each in (*CameraCommands(self._viewer).all(), *LayerCommands(self._viewer).all()):
                self._commands.command(each, timeout=TIMEOUT, run=self._run)
            join(self)
        except BaseException:
            self.close()
            raise
        sharing.commands = self._commands

    def declare(self, command: UserCommand) -> None:
        """Declares a command of the user's."""
        self._commands.command(command.of(self._viewer), run=self._run, **command.options)

    def tick(self) -> None:
        """Calls come by themselves."""

    def close(self) -> None:
        """Pages find no commands any more."""
        leave(self)
        self._commands.close()

    def _on_the_viewers_thread(self, act: Callable[[], None]) -> None:
        def unless_closed() -> None:
            if not self._commands.closed:
                act()

        self._thread.run(unless_closed)
