"""The dock widget: where a viewer is shared, who watches, what that costs, and its end."""

from __future__ import annotations

from collections.abc import Callable

from qtpy.QtCore import Qt, QUrl
from qtpy.QtGui import QDesktopServices, QGuiApplication, QHideEvent, QShowEvent
from qtpy.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget

from .._address import is_web
from ._part import Viewer
from ._server_counts import ServerCounts
from ._settings import sharing_settings
from ._share import address_of, share, sharing_of, unshare
from ._traffic import Counts, Watched, watched

# Room for a line of a stream.
_WIDTH = 240


class SharingDock(QWidget):
    """What napari's menu *Plugins > webmon* opens.

    Parameters
    ----------
    napari_viewer : napari.Viewer
        napari gives the viewer to the parameter of this name.
    """

    def __init__(self, napari_viewer: Viewer) -> None:
        super().__init__()
        self._viewer = napari_viewer
        self._before: Counts | None = None
        self._ticks = (0, 0.0)

        self._state = _text()
        self._address = QLineEdit()
        self._address.setReadOnly(True)
        self._address.setAccessibleName("Address")
        self._copy = _button("Copy", "Puts the address into the clipboard", self._put_into_clipboard)
        self._open = _button("Open", "Shows the pages in the browser", self._show_pages)
        self._watchers = _text()
        self._cost = _text()
        self._start = _button("Share with browsers", "Starts the server, or finds the one that runs", self._share)
        self._stop = _button("Stop sharing", "The server goes on, for whatever else it serves", self._unshare)

        beside = QHBoxLayout()
        beside.addWidget(self._copy)
        beside.addWidget(self._open)
        below = QVBoxLayout(self)
        below.addWidget(self._state)
        below.addWidget(self._address)
        below.addLayout(beside)
        for widget in (self._watchers, self._cost, self._start, self._stop):
            below.addWidget(widget)
        below.addStretch()
        self.setMinimumWidth(_WIDTH)

        self._counts = ServerCounts(self._where, self._show_counts, self)
        if sharing_settings().share_with_dock:
            self._share()
        self._show_counts(None)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._before = None
        self._counts.start()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._counts.stop()

    def _where(self) -> str | None:
        return address_of(self._viewer)

    def _share(self) -> None:
        settings = sharing_settings()
        share(self._viewer, port=settings.port, open_browser=settings.open_browser)
        self._counts.start()

    def _unshare(self) -> None:
        unshare(self._viewer)
        self._show_counts(None)

    def _put_into_clipboard(self) -> None:
        clipboard = QGuiApplication.clipboard()
        if clipboard is not None:
            clipboard.setText(self._address.text())

    def _show_pages(self) -> None:
        QDesktopServices.openUrl(QUrl(self._address.text()))

    def _show_counts(self, now: Counts | None) -> None:
        """What there is to say now; `now` is None where no server answers."""
        address = self._where()
        sharing = sharing_of(self._viewer)
        before, self._before = self._before, now
        shared = address is not None and sharing is not None
        alive = shared and (now is not None or before is None)
        for widget in (self._address, self._copy, self._open, self._watchers, self._cost, self._stop):
            widget.setVisible(shared)
        self._start.setVisible(not alive)
        self._start.setText("Start the server again" if shared else "Share with browsers")
        if address is None or sharing is None:
            self._state.setText("This viewer is not shared.")
            return
        self._state.setText(f"Shared as {sharing.prefix}." if alive else "The server does not answer.")
        if self._address.text() != address:
            self._address.setText(address)
            self._address.setCursorPosition(0)
        for button in (self._copy, self._open):
            button.setEnabled(is_web(address))
        self._watchers.setText("" if now is None else _who(now, watched(before or now, now, sharing.prefix), sharing.prefix))
        ticks, seconds = sharing.ticks - self._ticks[0], sharing.total_seconds - self._ticks[1]
        if ticks > 0:
            self._cost.setText(f"A tick takes {seconds / ticks * 1000:.2f} ms.")
        self._ticks = sharing.ticks, sharing.total_seconds


def _text() -> QLabel:
    label = QLabel()
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    return label


def _button(text: str, help: str, act: Callable[[], None]) -> QPushButton:
    button = QPushButton(text)
    button.setToolTip(help)
    button.clicked.connect(lambda: act())
    return button


def _who(now: Counts, streams: list[Watched], prefix: str) -> str:
    lines = [f"{_pages(now.sessions)} open{'' if streams else '; nobody looks at this viewer'}."]
    for of in streams:
        lines.append(f"{of.name.removeprefix(f'{prefix}.')}: {_pages(of.pages)}, {of.commits:.0f} a second, {of.nbytes / 1e6:.1f} MB/s")
    return "\n".join(lines)


def _pages(number: int) -> str:
    return "1 page" if number == 1 else f"{number or 'No'} pages"
