"""A client of napari's monitor, started by a real napari."""

from __future__ import annotations

import base64
import json
import math
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import webmon
from webmon.napari.monitor import MonitorLogs, port_of

NAPARI = """
    import json, os, sys, time
    config = os.path.join(os.path.dirname(os.path.abspath(__file__)), "monitor.json")
    with open(config, "w") as file:
        json.dump({"clients": [[sys.executable, "-m", "webmon.napari.monitor"]]}, file)
    os.environ["NAPARI_MON"] = config

    import napari, numpy as np, webmon
    from qtpy.QtCore import QTimer

    # What napari's monitor starts imports this script again, with multiprocessing.
    if __name__ == "__main__":
        viewer = napari.Viewer()
        viewer.add_image(np.zeros((64, 64), "u2"))
        from napari.components.experimental.monitor import monitor

        readers = {}
        seen = set()
        began = time.monotonic()

        def step():
            viewer.scene.camera.center = (0, *np.random.default_rng().uniform(0, 64, 2))
            monitor.send_message({"tiles": {"created": 3, "deleted": np.int64(1)}})
            monitor.send_message({"note": {"text": "hello"}})
            for stream in webmon.streams():
                if stream.name not in readers:
                    readers[stream.name] = webmon.open(stream.name)
            counts = {name: reader.status.sequence for name, reader in readers.items()}
            wanted = {"napari.monitor.frame-times", "napari.monitor.tiles", "napari.monitor.messages"}
            if wanted <= counts.keys() and all(counts[name] >= 5 for name in wanted):
                frames = readers["napari.monitor.frame-times"].since(0).records
                assert (np.diff(frames["time"]) > 0).all()
                # From one poll to the next, as napari measures it.
                assert np.allclose(frames["frame_ms"][1:], np.diff(frames["time"]) * 1000, atol=0.1), frames
                tiles = readers["napari.monitor.tiles"].since(0).records
                assert set(tiles["created"]) == {3} and set(tiles["deleted"]) == {1}
                assert b'{"text": "hello"}' in readers["napari.monitor.messages"].since(0).records["text"]
                print("followed")
                viewer.close()
                return
            assert time.monotonic() - began < 60, counts
            QTimer.singleShot(50, step)

        QTimer.singleShot(100, step)
        napari.run()
"""


def test_a_real_napari(napari_script: Callable[[str], str]) -> None:
    assert "followed" in napari_script(NAPARI)
    # It ends with napari.
    end = time.monotonic() + 30
    while webmon.streams() and time.monotonic() < end:
        time.sleep(0.1)
    assert webmon.streams() == []


def told(name: str) -> Any:
    with webmon.open(name) as reader:
        assert isinstance(reader, webmon.LogReader)
        return reader.since(0).records


def test_messages(directory: Path) -> None:
    with MonitorLogs("napari.monitor") as logs, MonitorLogs("napari.monitor") as other:
        assert other.name == "napari-2.monitor"
        logs.take({"frame_time": {"time": 5.0, "delta_ms": 0}})
        logs.take({"frame_time": {"time": 5.02, "delta_ms": 20.0}})
        frames = told("napari.monitor.frame-times")
        assert frames["time"].tolist() == [5.0, 5.02] and math.isnan(frames["frame_ms"][0]) and frames["frame_ms"][1] == 20
        logs.take({"a load": {"time": 7, "ms": 1.5}, "frame_time": "nonsense"})
        assert told("napari.monitor.a-load").tolist() == [(7, 1.5)]
        logs.take({"a load": {"time": 8, "bytes": np.int32(4)}})
        [record] = told("napari.monitor.a-load")
        assert math.isnan(record["ms"]) and record["bytes"] == 4 and record["time"] == 8
        logs.take({"messages": {"n": 1}})
        assert told("napari.monitor.messages-2")["n"].tolist() == [1]
        logs.take([1, object])
        logs.take({"long": "ä" * 1000, 3: None})
        logs.take_data({"poll": {"layers": {}}})
        logs.take_data({"poll": {"layers": {}}})
        messages = told("napari.monitor.messages")
        assert messages["kind"].tolist() == [b"frame_time", b"message", b"long", b"3", b"poll"]
        assert messages["text"][2].decode().startswith('"ää') and messages["length"][2] == 2002
        assert json.loads(messages["text"][4]) == {"layers": {}}


@pytest.mark.parametrize("text", [None, "", "äöü", "e30=", base64.b64encode(b'{"server_port": "x"}').decode(), base64.b64encode(b"[1]").decode()])
def test_a_wrong_variable(text: str | None) -> None:
    with pytest.raises(webmon.InvalidError, match="NAPARI_MON_CLIENT"):
        port_of(text)


def test_nobody_there(directory: Path) -> None:
    ended = subprocess.run([sys.executable, "-m", "webmon.napari.monitor", "--port", "1"], capture_output=True, text=True, timeout=60)
    assert ended.returncode == 1 and "napari's monitor does not answer at 127.0.0.1:1" in ended.stderr
    assert webmon.streams() == []
