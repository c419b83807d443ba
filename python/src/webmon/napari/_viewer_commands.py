"""What pages may tell a shared viewer to do."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .._commands import Commands
from ._camera_commands import CameraCommands
from ._layer_commands import LayerCommands
from ._layers import Layers
from ._user_commands import TIMEOUT, UserCommand, join, leave

if TYPE_CHECKING:
    from ._sharing import Sharing


class ViewerCommands:
    """The commands of a shared viewer, under its prefix: those that every viewer has, and those of the user. They run on the viewer's thread.

    Other parts, which are made after this one, declare more: ``sharing.commands.command(self.restate, name="restate_tiles")``. A viewer
    without a window has no thread of its own: its commands run in the background thread of :class:`webmon.Commands`.
    """

    def __init__(self, sharing: Sharing) -> None:
        self._sharing = sharing
        self._viewer = sharing.viewer
        self._commands = Commands(sharing.prefix, sharing.directory)
        self._run: Callable[[Callable[[], None]], None] | None = None
        if hasattr(sharing.viewer, "window"):
            from ._window import ViewerThread

            self._thread = ViewerThread()
            self._run = self._on_the_viewers_thread
        try:
            for each in (*CameraCommands(self._viewer).all(), *LayerCommands(self._viewer, self._stream).all()):
                self.command(each)
            join(self)
        except BaseException:
            self.close()
            raise
        sharing.commands = self

    def command(self, function: Callable[..., Any], *, name: str | None = None, help: str | None = None, timeout: float = TIMEOUT) -> None:
        """Declares a function, as :meth:`webmon.Commands.command`; it runs on the viewer's thread."""
        self._commands.command(function, name=name, help=help, timeout=timeout, run=self._run)

    def declare(self, command: UserCommand) -> None:
        """Declares a command of the user's."""
        self.command(command.of(self._viewer), **command.options)

    def tick(self) -> None:
        """Calls come by themselves."""

    def close(self) -> None:
        """Pages find no commands any more."""
        leave(self)
        self._commands.close()

    def _stream(self, layer: Any) -> str:
        layers = self._sharing.part(Layers)
        return layers.stream(layer) if isinstance(layers, Layers) else ""

    def _on_the_viewers_thread(self, act: Callable[[], None]) -> None:
        def unless_closed() -> None:
            if not self._commands.closed:
                act()
                # Pages see what came of it before the canvas is drawn anew, which may take longer than all the rest.
                self._sharing.tick()

        self._thread.run(unless_closed)
