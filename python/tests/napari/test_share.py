"""Sharing a viewer with a window, in a process of its own as users have it."""

from __future__ import annotations

from collections.abc import Callable

SCRIPT = """
    import urllib.request
    import napari, numpy as np, webmon
    from qtpy.QtCore import QTimer

    viewer = napari.Viewer()
    viewer.add_image(np.zeros((64, 64), "u2"), name="camera")
    address = webmon.share()
    assert webmon.share(viewer) == address, "idempotent"
    assert urllib.request.urlopen(address + "healthz").status == 200
    QTimer.singleShot(500, viewer.close)
    napari.run()
    assert webmon.streams() == []
"""


def test_one_call(napari_script: Callable[[str], str]) -> None:
    assert "webmon: napari is at http://127.0.0.1:" in napari_script(SCRIPT)
