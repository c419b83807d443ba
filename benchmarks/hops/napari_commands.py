"""How long a command takes from a page to napari and its effect back to the page.

    python benchmarks/hops/napari_commands.py [--runs N] [--calls N] [--json]

A real napari on a screen of its own (xvfb-run) is shared; a client that speaks the WebSocket by hand calls `set_camera` with another zoom each time, and waits for a record of
`napari.view-state` that has it: page, server, producer's thread, viewer's thread, camera, the sharing's next tick, log, server, page. The reply is timed as well: it says that the command was run.
The bar: a median under 50 ms. napari draws all the while, in software.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import struct
import subprocess
import sys
import tempfile
from time import perf_counter_ns, sleep
from typing import Any

import numpy as np
from command_round_trip import Client

BAR_MS = 50.0
WARM_UP = 5
STREAM = "napari.view-state"

NAPARI = """
import napari, numpy as np, webmon, webmon.napari

@webmon.napari.command
def end(viewer: napari.Viewer) -> None:
    viewer.close()

viewer = napari.Viewer()
viewer.add_image(np.random.default_rng(0).integers(0, 255, (512, 512), "u1"), name="image")
webmon.share()
napari.run()
"""


class Page:
    """A page that looks at the view of a viewer."""

    def __init__(self, address: str) -> None:
        self._client = Client(address)
        self._refs = 0
        self._client.send(Client.frame({"type": "subscribe", "id": 1, "stream": STREAM, "credits": 4, "backlog": 1}))
        message: dict[str, Any] = {}
        while message.get("type") != "subscribed":
            message = self._control()
        self._itemsize = message["stream"]["itemsize"]
        self._offset = next(field["offset"] for field in message["stream"]["fields"] if field["name"] == "zoom")

    def _control(self) -> dict[str, Any]:
        while (text := self._client.next()).startswith(b"WMD1"):
            self._zoom(text)
        message: dict[str, Any] = json.loads(text)
        return message

    def _zoom(self, message: bytes) -> float:
        """The newest zoom of a data message, for which a credit is given back."""
        (sequence,) = struct.unpack_from("<Q", message, 24)
        self._client.send(Client.frame({"type": "credit", "id": 1, "seq": sequence}))
        zoom: float = struct.unpack_from("<d", message, len(message) - self._itemsize + self._offset)[0]
        return zoom

    def call(self, name: str, **arguments: Any) -> None:
        self._refs += 1
        self._client.send(Client.frame({"type": "command", "ref": self._refs, "name": name, "target": "napari", "args": arguments}))

    def zoom(self, zoom: float) -> tuple[float, float]:
        """Milliseconds until the reply is here, and until the new zoom is."""
        reply = seen = 0.0
        start = perf_counter_ns()
        self.call("set_camera", zoom=zoom)
        while not (reply and seen):
            text = self._client.next()
            now = (perf_counter_ns() - start) / 1e6
            if text.startswith(b"WMD1"):
                if self._zoom(text) == zoom:
                    seen = now
            else:
                message = json.loads(text)
                if message["type"] == "reply":
                    assert message["ok"], message
                    reply = now
        return reply, seen

    def close(self) -> None:
        self._client.close()


def run(directory: str, calls: int) -> dict[str, float]:
    """One napari and one page: medians and 95th percentiles, in milliseconds."""
    environment = {**os.environ, "WEBMON_DIR": directory, "PYTHONPATH": os.pathsep.join(sys.path), "NAPARI_CONFIG": os.path.join(directory, "settings.yaml")}
    command = ["xvfb-run", "-a", "-s", "-screen 0 1400x1000x24", sys.executable, "-u", "-W", "ignore", "-c", NAPARI]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as napari:
        assert napari.stdout is not None
        address = next(line for line in napari.stdout if line.startswith("webmon: ")).split()[-1]
        page = Page(address)
        times = []
        for number in range(-WARM_UP, calls):
            took = page.zoom(1 + (number % 7) / 10 + number / 1e6)
            if number >= 0:
                times.append(took)
            sleep(0.05)  # a page does not call at the moment when the last answer came
        page.call("end")
        page.close()
        napari.wait(60)
    replies, effects = zip(*times, strict=True)
    return {
        f"{name}_{what}_ms": value
        for name, values in (("effect", effects), ("reply", replies))
        for what, value in (("median", statistics.median(values)), ("p95", float(np.percentile(values, 95))))
    }


def main() -> None:
    """Runs it some times, and says whether the bar is met."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=3, help="runs of which the medians are taken (default 3)")
    parser.add_argument("--calls", type=int, default=100, help="calls in each (default 100)")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    arguments = parser.parse_args()
    runs = []
    for _ in range(arguments.runs):
        with tempfile.TemporaryDirectory(dir="/dev/shm") as directory:
            runs.append(run(directory, arguments.calls))
    result = {key: statistics.median(each[key] for each in runs) for key in runs[0]}
    met = result["effect_median_ms"] < BAR_MS
    load = os.getloadavg()[0]
    if arguments.json:
        facts = {"benchmark": "napari_commands", "runs": arguments.runs, "calls": arguments.calls, "load": load, "bar_ms": BAR_MS, "met": met}
        print(json.dumps({**facts, **result, "each_run": runs}, indent=2))
    else:
        print(f"set_camera from a page, medians of {arguments.runs} runs of {arguments.calls}; load {load:.1f} on {os.cpu_count()} cores")
        for name, bar in (("effect", f"   bar {BAR_MS:g} ms"), ("reply", "")):
            print(f"  {name:7} {result[f'{name}_median_ms']:7.1f} ms   (p95 {result[f'{name}_p95_ms']:.1f}){bar}")
    if not met:
        sys.exit("the bar was missed")


if __name__ == "__main__":
    main()
