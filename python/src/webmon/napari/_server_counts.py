"""What the server counts, asked for once a second without waiting for it."""

from __future__ import annotations

import time
from collections.abc import Callable

from qtpy.QtCore import QObject, QTimer, QUrl
from qtpy.QtNetwork import QNetworkAccessManager, QNetworkProxy, QNetworkReply, QNetworkRequest

from .._address import is_web, request_for
from ._traffic import Counts, counts

_PERIOD = 1000
_ANSWER_LIMIT = 2000


class ServerCounts(QObject):
    """Asks while it runs, and tells what came.

    Parameters
    ----------
    address : callable
        Gives the address of the server to ask, or None.
    told : callable
        Called each second: with the counts, or None if the server does not answer or there is none.
    """

    def __init__(self, address: Callable[[], str | None], told: Callable[[Counts | None], None], parent: QObject) -> None:
        super().__init__(parent)
        self._address = address
        self._told = told
        self._network = QNetworkAccessManager(self)
        # A proxy knows nothing of this machine's own ports.
        self._network.setProxy(QNetworkProxy(QNetworkProxy.ProxyType.NoProxy))
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._ask)

    def start(self) -> None:
        """Asks now, and each second from now on."""
        self._timer.start(_PERIOD)
        self._ask()

    def stop(self) -> None:
        """Asks no more."""
        self._timer.stop()

    def _ask(self) -> None:
        address = self._address()
        if address is None or not is_web(address):
            self._told(None)
            return
        where, headers = request_for(address, "metrics")
        request = QNetworkRequest(QUrl(where))
        request.setTransferTimeout(_ANSWER_LIMIT)
        for name, value in headers.items():
            request.setRawHeader(name.encode(), value.encode())
        reply = self._network.get(request)
        reply.finished.connect(lambda: self._take(reply))

    def _take(self, reply: QNetworkReply) -> None:
        reply.deleteLater()
        if self._timer.isActive():
            answered = reply.error() == QNetworkReply.NetworkError.NoError
            self._told(counts(bytes(reply.readAll().data()).decode(errors="replace"), time.monotonic()) if answered else None)
