"""What napari's menus call."""

from __future__ import annotations

import napari
from napari.utils.notifications import show_info
from qtpy.QtWidgets import QInputDialog

from .._directory import streams
from ._settings import sharing_settings
from ._share import share, sharing_of
from ._window import main_window

_PLUGIN = _DOCK = "webmon"


def share_with_browsers(viewer: napari.Viewer) -> None:
    """Layers > Visualize > Share with browsers: shares the viewer, and shows where in the dock widget."""
    settings = sharing_settings()
    share(viewer, port=settings.port, open_browser=settings.open_browser)
    dock, _ = viewer.window.add_plugin_dock_widget(_PLUGIN, _DOCK)
    dock.show()


def choose_shared(viewer: napari.Viewer) -> None:
    """File > Acquire > Show a shared stream as a layer: asks which one."""
    names = streams_to_show(viewer)
    if not names:
        show_info("Nobody shares images now: start the program that writes the stream, then choose again.")
        return
    name, chosen = QInputDialog.getItem(main_window(getattr(viewer, "__wrapped__", viewer)), "Show a shared stream", "Stream:", names, 0, False)
    if chosen:
        from ._shared_layer import add_shared

        add_shared(viewer, name)


def streams_to_show(viewer: napari.Viewer) -> list[str]:
    """Names of the images that live, without those of the viewer itself."""
    sharing = sharing_of(viewer)
    own = f"{sharing.prefix}." if sharing is not None else None
    return [
        listing.name
        for listing in streams(None if sharing is None else sharing.directory)
        if listing.kind in ("frames", "array")
        and len(listing.shape) >= 2
        and listing.dtype.names is None
        and listing.status.state == "live"
        and (own is None or not listing.name.startswith(own))
    ]
