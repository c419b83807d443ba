"""A viewer's window: its thread, its ticks, its end."""

from __future__ import annotations

import concurrent.futures
from collections.abc import Callable
from typing import TypeVar

from qtpy.QtCore import QObject, Qt, QThread, QTimer, Signal, Slot
from qtpy.QtWidgets import QApplication, QMainWindow

from .. import errors
from ._part import Viewer

#: Milliseconds between two ticks: the display's rate.
TICK = 16
# Seconds for the viewer's thread to come to what another thread asks of it.
_PATIENCE = 10.0

Result = TypeVar("Result")


class Ticker(QObject):
    """Ticks at the display's rate on the viewer's thread, from now until :meth:`stop` or the window's end.

    Parameters
    ----------
    viewer : napari.Viewer
    tick : callable
        Called at each tick.
    ended : callable
        Called once if the window goes before :meth:`stop`.
    """

    def __init__(self, viewer: Viewer, tick: Callable[[], None], ended: Callable[[], None]) -> None:
        super().__init__()
        self._ended: Callable[[], None] | None = ended
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(tick)
        main_window(viewer).destroyed.connect(self._end)
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

    # Without this mark PyQt would run it on the thread that connected it.
    @Slot(object)
    def _run(self, act: Callable[[], None]) -> None:
        act()


def on_viewers_thread(act: Callable[[], Result]) -> Result:
    """What `act` gives on the thread of the viewers, whichever thread this is.

    Raises
    ------
    TimeoutError
        That thread was busy with something else, or runs no event loop, so that `act` was not run.
    """
    application = QApplication.instance()
    if application is None or QThread.currentThread() == application.thread():
        return act()
    thread = ViewerThread()
    thread.moveToThread(application.thread())
    future: concurrent.futures.Future[Result] = concurrent.futures.Future()

    def run() -> None:
        if future.set_running_or_notify_cancel():
            try:
                future.set_result(act())
            except BaseException as error:
                future.set_exception(error)

    thread.run(run)
    try:
        return future.result(_PATIENCE)
    except concurrent.futures.TimeoutError:
        if not future.cancel():
            return future.result()
        raise errors.TimeoutError(
            f"napari's thread did not come to it within {_PATIENCE:g} s: it waits for something else or runs no event loop (napari.run()); call this there"
        ) from None
    finally:
        thread.deleteLater()


def main_window(viewer: Viewer) -> QMainWindow:
    """The window of a viewer. napari has no public way to it; plugins take this one."""
    try:
        window: QMainWindow = viewer.window._qt_window
        window.objectName()  # raises if Qt has deleted it
    except (AttributeError, RuntimeError):
        raise errors.InvalidError(f"the window of {viewer.title!r} is closed: there is nothing to share") from None
    return window
