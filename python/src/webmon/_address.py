"""The address that a person opens: of the server that runs, or of one that is started."""

from __future__ import annotations

import html
import os
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from . import errors
from ._running import running_server
from ._server import address_of, serve

# Between a server's taking of its directory and its word about where it is.
_START_LIMIT = 5.0
_RETRY = 0.05
_ANSWER_LIMIT = 2.0
_NO_TOKEN = 401
# A proxy knows nothing of this machine's own ports.
_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Address(str):
    """Where something is shared; a notebook shows it as a link."""

    __slots__ = ()

    def _repr_html_(self) -> str:
        address = html.escape(self)
        return f'<a href="{address}" target="_blank" rel="noopener">{address}</a>' if is_web(self) else address


def find_address(path: str, *, port: int = 0, allow_embed: str | None = None) -> str:
    """The address of the server of a directory, which is started as :func:`webmon.serve` does if none runs.

    Of a server that another process started it has the token of ``$WEBMON_TOKEN``. It is a path for one that listens on a socket.
    """
    limit = time.monotonic() + _START_LIMIT
    while True:
        started = address_of(path)
        if started is not None:
            return started  # only the process that started it knows its token
        running = running_server(path)
        if running is not None:
            token = os.environ.get("WEBMON_TOKEN")
            return with_query(running.address, {"token": token}) if token and token != "new" and is_web(running.address) else running.address
        try:
            return serve(port, directory=path, allow_embed=allow_embed)
        except errors.BusyError:
            # Another process was first, and its server may not have said yet where it is.
            if time.monotonic() > limit:
                raise
            time.sleep(_RETRY)


def is_web(address: str) -> bool:
    """False for the path of a socket, which no browser opens."""
    return address.startswith("http")


def lacks_token(address: str) -> bool:
    """True if the server answers, and wants a token that the address does not have."""
    try:
        ask(address, "api/streams")
    except urllib.error.HTTPError as error:
        return error.code == _NO_TOKEN
    except (OSError, ValueError):
        pass
    return False


def ask(address: str, path: str) -> str:
    """What the server answers to a request for a path. Raises OSError if it does not, urllib's HTTPError if it refuses."""
    where, headers = request_for(address, path)
    with _opener.open(urllib.request.Request(where, headers=headers), timeout=_ANSWER_LIMIT) as answer:
        text: str = answer.read().decode()
    return text


def request_for(address: str, path: str) -> tuple[str, dict[str, str]]:
    """Where a program asks for a path of a server, and with which headers: the token of the address goes there."""
    parts = urlsplit(address)
    token = dict(parse_qsl(parts.query)).get("token")
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    return urlunsplit((parts.scheme, parts.netloc, f"{parts.path.rstrip('/')}/{path}", "", "")), headers


def address_below(address: str, path: str) -> str:
    """A path of a server, with the query of its address."""
    parts = urlsplit(address)
    return urlunsplit((parts.scheme, parts.netloc, f"{parts.path.rstrip('/')}/{path}", parts.query, ""))


def with_query(address: str, query: Mapping[str, str]) -> str:
    """An address, and keys and values after what its query has."""
    parts = urlsplit(address)
    pairs = [*parse_qsl(parts.query, keep_blank_values=True), *query.items()]
    # Commas, colons and slashes are allowed in a query and read better bare.
    return urlunsplit((parts.scheme, parts.netloc, parts.path, urlencode(pairs, safe=",:/", quote_via=quote), ""))
