"""webmon as a plugin of napari: what is in the menus, the dock, and the settings."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from webmon.napari._traffic import Watched, counts, watched

SCRIPT = """
    import os, signal, threading, urllib.request
    from pathlib import Path
    import napari, numpy as np, webmon
    from napari._app_model import get_app_model
    from napari.settings import get_plugin_settings
    from qtpy.QtCore import QTimer
    from qtpy.QtWidgets import QApplication, QComboBox, QDialog
    from webmon import _server
    from webmon.napari import _menu
    from webmon.napari._settings import sharing_settings
    from webmon.napari._share import address_of, sharing_of

    def wait(until):
        while not until():
            QApplication.processEvents()

    viewer = napari.Viewer()
    commands = {
        menu: [item.command.id for item in get_app_model().menus.get_menu(menu) if hasattr(item, "command")]
        for menu in ("napari/layers/visualize", "napari/file/acquire")
    }
    assert "webmon.share" in commands["napari/layers/visualize"], commands
    assert "webmon.add_shared" in commands["napari/file/acquire"], commands

    # Settings are napari's own.
    assert sharing_settings().share_with_dock is False
    get_plugin_settings("webmon").sharing.share_with_dock = True
    kept = Path(os.environ["NAPARI_CONFIG"]).parent / "webmon.yaml"
    assert "share_with_dock: true" in kept.read_text()
    get_plugin_settings("webmon").sharing.share_with_dock = False

    # The dock before, and after the menu's entry.
    _, dock = viewer.window.add_plugin_dock_widget("webmon", "webmon")
    assert dock._start.isVisibleTo(dock) and not dock._stop.isVisibleTo(dock)
    get_app_model().commands.execute_command("webmon.share").result()
    address = address_of(viewer)
    wait(lambda: dock._stop.isVisible() and dock._address.text() == address)
    dock._copy.click()
    assert QApplication.clipboard().text() == address

    # What can be shown as a layer: images that live, but not those of the viewer itself.
    stream = webmon.Stream(sharing_of(viewer).name("layer", "test"), shape=(8, 8), dtype="u1")
    stream.put(np.zeros((8, 8), "u1"))
    assert stream.name not in _menu.streams_to_show(viewer)
    other = webmon.Stream("camera", shape=(8, 8), dtype="u1")
    table = webmon.Log("table", [("a", "f4")])
    assert _menu.streams_to_show(viewer) == ["camera"]
    wait(lambda: "nobody looks" in dock._watchers.text() and "ms" in dock._cost.text())

    # The server goes, and comes again.
    server = _server._servers[os.environ["WEBMON_DIR"]]
    os.kill(server._process.pid, signal.SIGKILL)
    server._process.wait()
    wait(lambda: dock._start.isVisible())
    assert "does not answer" in dock._state.text()
    dock._start.click()
    wait(lambda: not dock._start.isVisible() and dock._address.text() == address_of(viewer))
    assert urllib.request.urlopen(dock._address.text() + "healthz").status == 200
    dock._stop.click()
    assert sharing_of(viewer) is None and dock._start.isVisible()

    # A dialog over the streams that there are; to leave it is to choose nothing.
    def leave():
        dialog = QApplication.activeModalWidget()
        if dialog is None:
            QTimer.singleShot(50, leave)
            return
        seen.append([box.itemText(row) for box in dialog.findChildren(QComboBox) for row in range(box.count())])
        dialog.reject()

    seen = []
    QTimer.singleShot(50, leave)
    _menu.choose_shared(viewer)
    assert "camera" in seen[0] and "table" not in seen[0], seen
    assert len(viewer.layers) == 0
    viewer.close()
    print("through")
"""


def test_in_napari(napari_script: Callable[[str], str]) -> None:
    assert napari_script(SCRIPT).endswith("through\n")


def test_the_manifest_is_valid() -> None:
    npe2 = Path(sys.executable).parent / "npe2"
    ended = subprocess.run([npe2, "validate", "--imports", "webmon"], capture_output=True, text=True, timeout=120)
    assert ended.returncode == 0, f"{ended.stdout}\n{ended.stderr}"
    assert "valid" in ended.stdout + ended.stderr


METRICS = """# TYPE webmon_sessions gauge
webmon_sessions {sessions}
webmon_stream_commits_total{{stream="napari.layer.a"}} {commits}
webmon_stream_sent_bytes_total{{stream="napari.layer.a"}} {nbytes}
webmon_stream_subscribers{{stream="napari.layer.a"}} 2
webmon_stream_commits_total{{stream="napari-2.layer.a"}} 7
webmon_stream_subscribers{{stream="napari-2.layer.a"}} 1
webmon_stream_subscribers{{stream="napari.layer.b"}} 0
"""


def test_rates_between_two_answers() -> None:
    before = counts(METRICS.format(sessions=1, commits=100, nbytes=1000), 5.0)
    now = counts(METRICS.format(sessions=3, commits=160, nbytes=7000), 7.0)
    assert now.sessions == 3
    assert watched(before, now, "napari") == [Watched("napari.layer.a", 2, 30.0, 3000.0)]
    # A new generation counts from 0.
    assert watched(now, before, "napari")[0].commits == 0
    assert watched(counts("not this", 0.0), now, "napari")[0].commits == 0
