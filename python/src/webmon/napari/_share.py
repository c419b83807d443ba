"""Sharing a viewer in one call."""

from __future__ import annotations

import atexit
import os
import sys
import webbrowser
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

from .. import _process, errors
from .._address import Address, find_address, is_web, lacks_token
from .._directory import directory_path
from .._server import serve
from .._writer import Directory
from ._part import Viewer
from ._sharing import Sharing

Result = TypeVar("Result")


class _Shared(NamedTuple):
    sharing: Sharing
    address: Address


_shared: dict[int, _Shared] = {}
# Qt cannot be used in a fork of a process that has windows.
_forked_with_windows = False


def share(viewer: Viewer | None = None, *, port: int = 0, directory: Directory = None, open_browser: bool = False) -> Address:
    """Shares what a napari viewer shows with browser pages, and lets them answer.

    Takes the server that runs, or starts one; prints its address. Nothing of a layer is copied before a page looks at it. Called again for a
    viewer that is shared already it does nothing but that, so it is also the way to a new server when the old one is gone. It ends with the
    viewer's window, with :func:`unshare`, or with this process. Any thread may call it.

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
    Address
        A `str`, the address; a notebook shows it as a link.

    Raises
    ------
    InvalidError
        There is no viewer, or it cannot be shared; the text says why.
    SystemCallError
        The server could not be started; the text says what it wrote.
    TimeoutError
        It was called in another thread, and the viewer's own does not run.

    Examples
    --------
    >>> viewer = napari.Viewer()  # doctest: +SKIP
    >>> webmon.share()  # doctest: +SKIP
    webmon: napari is at http://127.0.0.1:40431/
    'http://127.0.0.1:40431/'
    """
    if _process.imports_main_again():
        return Address(serve(directory=directory))  # the script's viewer is the parent's to share
    return _on_viewers_thread(lambda: _share(viewer, port, directory, open_browser))


def unshare(viewer: Viewer | None = None) -> None:
    """Ends sharing a viewer; does nothing if it is not shared. The server goes on, for whatever else it serves.

    Parameters
    ----------
    viewer : napari.Viewer, optional
        Default: every one of this process.
    """
    if _shared:
        _on_viewers_thread(lambda: _close(list(_shared) if viewer is None else [id(_unwrapped(viewer))]))


def sharing_of(viewer: Viewer) -> Sharing | None:
    """How a viewer is shared; None if it is not."""
    found = _shared.get(id(_unwrapped(viewer)))
    return found.sharing if found is not None else None


def address_of(viewer: Viewer) -> Address | None:
    """Where a viewer is shared; None if it is not."""
    found = _shared.get(id(_unwrapped(viewer)))
    return found.address if found is not None else None


def _share(viewer: Viewer | None, port: int, directory: Directory, open_browser: bool) -> Address:
    viewer = _the_viewer(viewer)
    path = directory_path(directory)
    found = _shared.get(id(viewer))
    if found is not None:
        if directory is not None and path != found.sharing.directory:
            raise errors.InvalidError(f"the viewer is shared in {found.sharing.directory}, not in {path}: webmon.unshare() it first")
        path = found.sharing.directory
    address = Address(find_address(path, port=port))
    sharing = _begin(viewer, path) if found is None else found.sharing
    _shared[id(viewer)] = _Shared(sharing, address)
    _say(address)
    if open_browser and is_web(address):
        webbrowser.open(address)
    return address


def _begin(viewer: Viewer, path: str) -> Sharing:
    # Here, because they need Qt.
    from ._claim import Claim
    from ._parts import PARTS
    from ._window import Ticker, main_window

    main_window(viewer)
    claim = Claim(path)
    try:
        sharing = Sharing(viewer, claim.prefix, path, PARTS)
    except BaseException:
        claim.close()
        raise
    sharing.on_close(claim.close)
    try:
        ticker = Ticker(viewer, sharing.tick, sharing.close)
    except BaseException:
        sharing.close()
        raise

    def forget() -> None:
        ticker.stop()
        _shared.pop(id(viewer), None)

    sharing.on_close(forget)
    return sharing


def _say(address: str) -> None:
    if not is_web(address):
        print(f"webmon: napari is shared by the server that listens on {address}; a browser needs its port or name")
        return
    print(f"webmon: napari is at {address}")
    if lacks_token(address):
        print("webmon: this server asks for a token: take the address that it printed when it was started, or set WEBMON_TOKEN")


def _close(keys: list[int]) -> None:
    for key in keys:
        if key in _shared:
            _shared[key].sharing.close()


def _the_viewer(viewer: Viewer | None) -> Viewer:
    import napari

    if viewer is None:
        viewer = napari.current_viewer()
        if viewer is None:
            raise errors.InvalidError("there is no napari viewer to share: make one with napari.Viewer(), or give it as viewer=")
    viewer = _unwrapped(viewer)
    if isinstance(viewer, napari.components.ViewerModel) and not isinstance(viewer, napari.Viewer):
        raise errors.InvalidError("viewer is a ViewerModel, which has no window: a napari.Viewer is needed")
    if not isinstance(viewer, napari.Viewer):
        raise errors.InvalidError(f"viewer is a {type(viewer).__name__}: a napari.Viewer is needed")
    return viewer


def _unwrapped(viewer: Viewer) -> Viewer:
    """The viewer itself: plugins get a proxy, which is a hundred times slower."""
    return getattr(viewer, "__wrapped__", viewer)


def _on_viewers_thread(act: Callable[[], Result]) -> Result:
    if _forked_with_windows:
        raise errors.ForkedError("this process is a fork of one with napari in it: share the viewer there")
    try:
        import napari  # before its window, so that the message names what is missing

        from ._window import on_viewers_thread
    except ImportError as error:
        raise errors.InvalidError(f"napari and a Qt binding are needed, as pip install 'napari[pyqt6]' brings them: {error}") from error
    return on_viewers_thread(act)


@atexit.register
def _at_exit() -> None:
    if not _forked_with_windows:
        _close(list(_shared))


def _after_fork_in_child() -> None:
    global _forked_with_windows
    widgets: Any = sys.modules.get("qtpy.QtWidgets")
    _forked_with_windows = widgets is not None and widgets.QApplication.instance() is not None


os.register_at_fork(after_in_child=_after_fork_in_child)
