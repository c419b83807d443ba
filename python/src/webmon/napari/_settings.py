"""What the user has set for webmon in napari's preferences."""

from __future__ import annotations

from dataclasses import dataclass

from napari.settings import get_plugin_settings

_PLUGIN = "webmon"


@dataclass(frozen=True)
class SharingSettings:
    """How sharing begins from napari's menus; ``webmon.share()`` takes arguments instead."""

    #: Port on 127.0.0.1 for a server that has to be started; 0 takes a free one.
    port: int = 0
    #: Shows the pages in the browser.
    open_browser: bool = False
    #: Shares as soon as the dock widget is opened.
    share_with_dock: bool = False


def sharing_settings() -> SharingSettings:
    """The settings as they are now; napari keeps them in ``webmon.yaml`` beside its own."""
    try:
        found = get_plugin_settings(_PLUGIN).sharing
    except KeyError:  # the plugin is not installed as one, or disabled
        return SharingSettings()
    return SharingSettings(found.port, found.open_browser, found.share_with_dock)
