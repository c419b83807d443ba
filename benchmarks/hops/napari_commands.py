"""How long a command takes from a page to napari and its effect back to the page.

    python benchmarks/hops/napari_commands.py [--runs N] [--calls N] [--quick] [--json] [--out FILE]

A real napari on a screen of its own is shared; a client that speaks the WebSocket by hand calls `set_camera` with another zoom each time, and waits for a record of
`napari.view-state` that has it: page, server, producer's thread, viewer's thread, camera, the sharing's next tick, log, server, page. The reply is timed as well: it says that the command was run.
The bar: a median under 50 ms. napari draws all the while, in software.
"""

from __future__ import annotations

import argparse
import json
import os
import struct
import sys
import tempfile
from pathlib import Path
from time import perf_counter_ns, sleep
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from clients.websocket import WebSocket, data, field_offset, is_data  # noqa: E402
from harness.benchmark import Benchmark, Contender, Figure, Options, run  # noqa: E402
from harness.latency import percentiles  # noqa: E402
from harness.machine import version  # noqa: E402
from harness.medians import Run  # noqa: E402
from harness.programs import Process  # noqa: E402
from harness.screen import screen  # noqa: E402

BAR_MS = 50.0
WARM_UP = 5
QUICK_CALLS = 10
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
        self._client = WebSocket(address)
        self._refs = 0
        self._client.send(WebSocket.frame({"type": "subscribe", "id": 1, "stream": STREAM, "credits": 4, "backlog": 1}))
        message: dict[str, Any] = {}
        while message.get("type") != "subscribed":
            message = self._control()
        self._offset, self._itemsize = field_offset(message, "zoom")

    def _control(self) -> dict[str, Any]:
        while is_data(text := self._client.next()):
            self._zoom(text)
        message: dict[str, Any] = json.loads(text)
        return message

    def _zoom(self, message: bytes) -> float:
        """The newest zoom of a data message, for which a credit is given back."""
        part = data(message)
        self._client.credit(part)
        zoom: float = struct.unpack_from("<d", part.payload, len(part.payload) - self._itemsize + self._offset)[0]
        return zoom

    def call(self, name: str, **arguments: Any) -> None:
        """Calls a command of the viewer."""
        self._refs += 1
        self._client.send(WebSocket.frame({"type": "command", "ref": self._refs, "name": name, "target": "napari", "args": arguments}))

    def zoom(self, zoom: float) -> tuple[int, int]:
        """Nanoseconds until the reply is here, and until the new zoom is."""
        reply = seen = 0
        start = perf_counter_ns()
        self.call("set_camera", zoom=zoom)
        while not (reply and seen):
            text = self._client.next()
            now = perf_counter_ns() - start
            if is_data(text):
                if self._zoom(text) == zoom:
                    seen = now
            else:
                message = json.loads(text)
                if message["type"] == "reply":
                    assert message["ok"], message
                    reply = now
        return reply, seen

    def close(self) -> None:
        """Ends the connection."""
        self._client.close()


def once(calls: int) -> Run:
    """One napari and one page."""
    with tempfile.TemporaryDirectory(prefix="webmon-bench-", dir="/dev/shm") as directory:
        environment = {"WEBMON_DIR": directory, "PYTHONPATH": os.pathsep.join(sys.path), "NAPARI_CONFIG": os.path.join(directory, "settings.yaml")}
        with Process(sys.executable, "-u", "-W", "ignore", "-c", NAPARI, environment=environment) as napari:
            while not (line := napari.line()).startswith("webmon: "):
                pass
            page = Page(line.split()[-1])
            times = []
            for number in range(-WARM_UP, calls):
                took = page.zoom(1 + (number % 7) / 10 + number / 1e6)
                if number >= 0:
                    times.append(took)
                sleep(0.05)  # a page does not call at the moment when the last answer came
            page.call("end")
            page.close()
            napari.process.wait(60)
    replies, effects = zip(*times, strict=True)
    return {"effect": percentiles(effects), "reply": percentiles(replies)}


def measure(options: Options, arguments: argparse.Namespace) -> Benchmark:
    """Both are timed of the same calls."""
    calls = min(arguments.calls, QUICK_CALLS) if options.quick else arguments.calls
    found = Benchmark(
        "napari_commands",
        "A page moves napari's camera",
        "How long does it take until a page sees what its command did in napari?",
        "A real napari, which draws in software, is shared. A client calls set_camera with another zoom each time, and waits for the reply and for the record of the view that has this zoom.",
        options,
        {f"{name}_ms": Figure(title, "ms", "less") for name, title in [("p50", "since the call, p50"), ("p90", "p90"), ("p99", "p99"), ("p999", "p99.9"), ("max", "max")]},
        parameters={"calls": calls},
        contenders={
            "effect": Contender("the view that it made", "webmon"),
            "reply": Contender("the reply", "webmon", note="says that the command was run"),
        },
    )
    if version("napari") is None:
        found.leave_out("effect", "the Python package napari is not installed")
        return found
    with screen():
        found.measure_together(lambda: once(calls))
    found.hold(f"a median under {BAR_MS:g} ms until the view is seen", found.median("effect", "p50_ms"), lambda value: value < BAR_MS)
    return found


def extend(parser: argparse.ArgumentParser) -> None:
    """The options of this benchmark alone."""
    parser.add_argument("--calls", type=int, default=100, help=f"in each round (default 100; quick: at most {QUICK_CALLS})")


if __name__ == "__main__":
    run(measure, __doc__ or "", runs=3, seconds=1, extend=extend)
