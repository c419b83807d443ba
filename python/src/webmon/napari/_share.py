"""Sharing a viewer in one call."""

from __future__ import annotations

import webbrowser

from .. import errors
from .._directory import directory_path, streams
from .._running import running_server
from .._server import Server, serve
from .._writer import Directory
from ._part import Viewer
from ._parts import PARTS
from ._sharing import Sharing
from ._window import Ticker

_PREFIX = "napari"
_shared: dict[int, tuple[Sharing, Ticker, str]] = {}


def share(viewer: Viewer | None = None, *, port: int = 0, directory: Directory = None, open_browser: bool = False) -> str:
    """Shares what a napari viewer shows with browser pages, and lets them answer.

    Starts the server, or finds the one that runs; prints its address. Nothing of a layer is copied before a page looks at it. Called again for a
    viewer that is shared already it does nothing but that. It ends with the viewer's window, with :func:`unshare`, or with this process.

    Parameters
    ----------
    viewer : napari.Viewer, optional
        Default: the current one.
    port : int, default 0
        Port on 127.0.0.1 for a server that has to be started; 0 takes a free one.
    directory : path, optional
        Segment directory; default ``$WEBMON_DIR``, else ``/dev/shm/webmon-<uid>``.
    open_browser : bool, default False
        Shows the pages in the user's browser.

    Returns
    -------
    str
        The address.

    Raises
    ------
    InvalidError
        There is no viewer.
    SystemCallError
        The server could not be started; the text says what it wrote.

    Examples
    --------
    >>> viewer = napari.Viewer()  # doctest: +SKIP
    >>> webmon.share()  # doctest: +SKIP
    webmon: napari is at http://127.0.0.1:40431/
    'http://127.0.0.1:40431/'
    """
    viewer = _the_viewer(viewer)
    found = _shared.get(id(viewer))
    if found is not None:
        address = found[2]
    else:
        path = directory_path(directory)
        address = _address(port, path)
        sharing = Sharing(viewer, _free_prefix(path), path, PARTS)
        ticker = Ticker(viewer, sharing.tick, sharing.close)

        def forget() -> None:
            ticker.stop()
            _shared.pop(id(viewer), None)

        sharing.on_close(forget)
        _shared[id(viewer)] = sharing, ticker, address
    print(f"webmon: napari is at {address}")
    if open_browser:
        webbrowser.open(address)
    return address


def unshare(viewer: Viewer | None = None) -> None:
    """Ends sharing a viewer; does nothing if it is not shared. The server goes on, for whatever else it serves.

    Parameters
    ----------
    viewer : napari.Viewer, optional
        Default: every one of this process.
    """
    chosen = list(_shared) if viewer is None else [id(_unwrapped(viewer))]
    for key in chosen:
        if key in _shared:
            _shared[key][0].close()


def sharing_of(viewer: Viewer) -> Sharing | None:
    """How a viewer is shared; None if it is not."""
    found = _shared.get(id(_unwrapped(viewer)))
    return found[0] if found is not None else None


def _the_viewer(viewer: Viewer | None) -> Viewer:
    if viewer is None:
        import napari

        viewer = napari.current_viewer()
    if viewer is None:
        raise errors.InvalidError("there is no napari viewer to share: make one with napari.Viewer(), or give it as viewer=")
    viewer = _unwrapped(viewer)
    if not hasattr(viewer, "layers") or not hasattr(viewer, "window"):
        raise errors.InvalidError(f"viewer is a {type(viewer).__name__}: a napari.Viewer is needed")
    return viewer


def _unwrapped(viewer: Viewer) -> Viewer:
    """The viewer itself: plugins get a proxy, which is a hundred times slower."""
    return getattr(viewer, "__wrapped__", viewer)


def _address(port: int, path: str) -> str:
    try:
        return serve(port, directory=path)
    except errors.BusyError:
        running = running_server(path)
        if running is None:
            raise
        return running.address


def _free_prefix(path: str) -> str:
    """A prefix that no live viewer of this directory has."""
    taken = {listing.name.split(".", 1)[0] for listing in streams(path) if listing.status.state == "live"}
    number = 1
    while (prefix := _PREFIX if number == 1 else f"{_PREFIX}-{number}") in taken:
        number += 1
    return prefix
