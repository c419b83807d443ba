"""A viewer's window: its thread, its ticks, its end."""

from __future__ import annotations

from collections.abc import Callable

from qtpy.QtCore import QObject, Qt, QTimer, Signal
from qtpy.QtWidgets import QApplication, QMainWindow

from ._part import Viewer

#: Milliseconds between two ticks: the display's rate.
TICK = 16


class Ticker(QObject):
    """Ticks at the display's rate on the viewer's thread, from now until :meth:`stop` or the window's end.

    Parameters
    ----------
    viewer : napari.Viewer
    tick : callable
        Called at each tick.
    ended : callable
        Called once if the window goes, or Qt ends, before :meth:`stop`.
    """

    def __init__(self, viewer: Viewer, tick: Callable[[], None], ended: Callable[[], None]) -> None:
        super().__init__()
        self._ended: Callable[[], None] | None = ended
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(tick)
        window = main_window(viewer)
        window.destroyed.connect(self._end)
        application = QApplication.instance()
        if application is not None:
            application.aboutToQuit.connect(self._end)
        self._timer.start(TICK)

    def stop(self) -> None:
        """Ticks no more."""
        self._ended = None
        self._timer.stop()

    def _end(self) -> None:
        ended = self._ended
        self.stop()
        if ended is not None:
            ended()


class ViewerThread(QObject):
    """Runs functions on the thread that it was made on: a viewer's own."""

    _asked = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._asked.connect(self._run, Qt.ConnectionType.QueuedConnection)

    def run(self, act: Callable[[], None]) -> None:
        """Runs `act` there, soon. From any thread."""
        self._asked.emit(act)

    def _run(self, act: Callable[[], None]) -> None:
        act()


def main_window(viewer: Viewer) -> QMainWindow:
    """The window of a viewer. napari has no public way to it; plugins take this one."""
    window: QMainWindow = viewer.window._qt_window
    return window
