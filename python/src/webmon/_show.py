"""A page in a notebook: a stream as it comes, below the cell that asked for it."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote, urlsplit

from . import errors
from ._address import address_below, find_address, is_web, with_query
from ._directory import directory_path
from ._running import running_server
from ._writer import Directory

# Shorter in the address than what people would write.
_SHORT = {"colormap": "cmap"}
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,119}")
_LENGTH = re.compile(r"[0-9]+(\.[0-9]+)?(px|%|em|rem|vh|vw)?")


class Shown:
    """A page of the server, made by :func:`show`: a notebook shows it, and anywhere else it is its address.

    Attributes
    ----------
    url : str
        Address of the page alone.
    """

    def __init__(self, url: str, title: str, height: str, width: str, why_not: str) -> None:
        self.url = url
        self._title = title
        self._height = height
        self._width = width
        self._why_not = why_not

    def __repr__(self) -> str:
        return self.url

    def _repr_html_(self) -> str:
        url, title = html.escape(self.url), html.escape(self._title)
        link = f'<a href="{url}" target="_blank" rel="noopener">{title}</a>'
        if self._why_not:
            return f"<p>{link} ({html.escape(self._why_not)})</p>"
        embedded = html.escape(with_query(self.url, {"embed": "1"}))
        style = f"display: block; width: {self._width}; height: {self._height}; border: 0"
        # The link is for where no frame can be shown: in a notebook that is not trusted, or in an editor.
        return (
            f'<iframe src="{embedded}" title="{title}" style="{style}" allow="fullscreen; clipboard-write" loading="lazy"></iframe>'
            f'<p style="margin: 2px 0; font-size: 85%">{link}</p>'
        )

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/plain": repr(self), "text/html": self._repr_html_()}


def show(
    stream: str | Any,
    *,
    height: int | str = 480,
    width: int | str = "100%",
    page: str = "viewer",
    url: str | None = None,
    directory: Directory = None,
    **state: Any,
) -> Shown:
    """A stream as it comes, in a notebook: the last line of a cell. In a terminal it is the page's address.

    Takes the server that runs, or starts one as :func:`serve` does.

    Parameters
    ----------
    stream : str, Stream, Log or Array
        What is to be seen, or its name. It need not exist yet.
    height, width : int or str
        Of the frame: pixels, or a CSS length like ``"60vh"`` or ``"50%"``.
    page : str, default "viewer"
        The page that shows it, the server's own or one of yours.
    url : str, optional
        Where the *browser* finds the server, if that is not where this process does: a forwarded port, ``"http://localhost:5001"``.
        With ``?token=`` if it asks for one.
    directory : path, optional
        Segment directory; default ``$WEBMON_DIR``, else ``/dev/shm/webmon-<uid>``.
    **state
        The page's state, as its address has it: ``limits=(0, 4095)``, ``colormap="viridis"``, ``at=(3, 1)``, ... Sequences are joined
        by commas, True and False are 1 and 0, None is left out.

    Returns
    -------
    Shown
        Its `repr` and its ``url`` are the page's address.

    Raises
    ------
    InvalidError
        An argument cannot be part of an address; the text says what would be right.
    SystemCallError
        No server could be started.

    Notes
    -----
    A browser shows the frame only if the server allows the notebook's origin: servers that a notebook starts allow all ports of this
    machine. ``webmon serve --allow-embed ORIGIN``, or ``webmon.serve(allow_embed=ORIGIN)``, allow others.

    Examples
    --------
    >>> webmon.show("camera", height=600, limits=(0, 4095), colormap="viridis")  # doctest: +SKIP
    http://127.0.0.1:40431/viewer/?stream=camera&limits=0,4095&cmap=viridis
    """
    name = stream if isinstance(stream, str) else getattr(stream, "name", None)
    if not isinstance(name, str) or not name:
        raise errors.InvalidError(f"stream is a {type(stream).__name__}: a name is needed, or what has one")
    if not _NAME.fullmatch(page):
        raise errors.InvalidError(f"page is {page!r}: a page's name has letters, digits and . _ -, like 'viewer'")
    query = {"stream": name}
    for key, value in state.items():
        if value is not None:
            query[_SHORT.get(key, key)] = _text(key, value)
    lengths = _length("height", height), _length("width", width)
    base, why_not = _browsers_address(url, directory)
    return Shown(with_query(address_below(base, f"{quote(page)}/"), query), f"{name} at {urlsplit(base).netloc}", *lengths, why_not)


def _browsers_address(url: str | None, directory: Directory) -> tuple[str, str]:
    """Where the browser finds the server, and why it will not show it in a frame, if it will not."""
    path = directory_path(directory)
    if url is not None and (urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).netloc):
        raise errors.InvalidError(f"url is {url!r}: the address of a server is needed, like 'http://localhost:5001'")
    address = url if url is not None else find_address(path, allow_embed="loopback")
    if not is_web(address):
        raise errors.InvalidError(f"the server of {path} listens on {address}: give the address that the browser sees as url=")
    running = running_server(path)
    if running is not None and not running.embedders:
        return address, "this server lets no page frame its own: start it with webmon serve --allow-embed loopback"
    return address, ""


def _text(key: str, value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, Mapping):
        raise errors.InvalidError(f"{key} is a mapping: an address has text, numbers, and sequences of them")
    if hasattr(value, "tolist"):  # numpy's numbers and arrays
        value = value.tolist()
    if isinstance(value, Iterable):
        return ",".join(_text(key, item) for item in value)
    if isinstance(value, int | float):
        return str(value)
    raise errors.InvalidError(f"{key} is a {type(value).__name__}: an address has text, numbers, and sequences of them")


def _length(key: str, value: int | str) -> str:
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        return f"{value}px"
    if isinstance(value, str) and _LENGTH.fullmatch(value):
        return value if not value[-1].isdigit() else f"{value}px"
    raise errors.InvalidError(f"{key} is {value!r}: a number of pixels is needed, or a CSS length like '60vh' or '100%'")
