"""What a live layer costs napari: `webmon.add_shared` held against `layer.data = frame.copy()`, which a worker hands over.

    xvfb-run -a -s "-screen 0 1400x1000x24" python benchmarks/hops/napari_live_layer.py [--turns N] [--seconds N] [--json]

Another process publishes 2048 x 2048 uint16 at 60 Hz. Both ways take turns in the same napari: the layer on the shared memory, and napari's `thread_worker` that yields a copy of each newest
frame, as users do it. Told are new frames drawn a second, milliseconds of the viewer's thread a frame before it is drawn, the CPU time of the process, and the copies of a frame that were made on the way to
napari (its own upload to the graphics processor is not counted). The bar: one copy at most.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np
import webmon

SHAPE = (2048, 2048)
BAR_COPIES = 1

WRITER = """
import sys, time, numpy as np, webmon
with webmon.Stream("camera", (2048, 2048), "u2", metadata={"contrast_limits": [0, 65535]}) as stream:
    picture = np.random.default_rng(0).integers(0, 65535, (2048, 2048), "u2")
    for _ in range(6):
        stream.put(picture)
    print("ready", flush=True)
    due = time.monotonic()
    while True:
        with stream.loan() as view:
            view[:64] += 1  # every frame is another one, and the writer takes little of the machine
        due = max(due + 1 / 60, time.monotonic())
        time.sleep(max(0, due - time.monotonic()))
"""


class Measured:
    """Draws, and the time of the viewer's thread that went into new frames."""

    def __init__(self, canvas: Any) -> None:
        self.fresh = False
        self.drawn = 0
        self.milliseconds: list[float] = []
        canvas.events.draw.connect(self._draw)

    def _draw(self, event: Any) -> None:
        self.drawn += self.fresh
        self.fresh = False

    def timed(self, act: Callable[[], object]) -> None:
        """Runs what shows a new frame."""
        start = time.perf_counter()
        act()
        self.milliseconds.append((time.perf_counter() - start) * 1e3)
        self.fresh = True


def spin(seconds: float) -> None:
    """Lets Qt work."""
    from qtpy.QtCore import QEventLoop, QTimer

    loop = QEventLoop()
    QTimer.singleShot(round(seconds * 1e3), loop.quit)
    loop.exec()


def shared(viewer: Any, seconds: float) -> dict[str, float]:
    """The layer on shared memory."""
    from webmon.napari._live_layer import LiveLayer

    measured = Measured(viewer.window._qt_viewer.canvas)
    draw = LiveLayer._draw
    LiveLayer._draw = lambda live: measured.timed(lambda: draw(live))  # type: ignore[method-assign]
    try:
        layer = webmon.add_shared(viewer, "camera")
        result = _while(measured, seconds)
        # Numbers of copies: what Python's allocator was asked for while one frame came. And the frame lies in the mapping of the stream.
        tracemalloc.start()
        before = len(measured.milliseconds)
        while len(measured.milliseconds) == before:
            spin(0.02)
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        address = layer.data.frame.ctypes.data
        with open("/proc/self/maps") as maps:
            spans = [line.split()[0].split("-") for line in maps if line.rstrip().endswith("/camera.npy")]
        assert any(int(low, 16) <= address < int(high, 16) for low, high in spans), "the layer's data is not the stream's memory"
        result["copies"] = float(round(most / layer.data.nbytes))
    finally:
        LiveLayer._draw = draw  # type: ignore[method-assign]
    viewer.layers.clear()
    return result


def pushed(viewer: Any, seconds: float) -> dict[str, float]:
    """A worker that yields copies."""
    from napari.qt.threading import thread_worker

    measured = Measured(viewer.window._qt_viewer.canvas)
    layer = viewer.add_image(np.zeros(SHAPE, "u2"), name="camera", contrast_limits=(0, 65535))

    def show(frame: Any) -> None:
        def set_data() -> None:
            layer.data = frame

        measured.timed(set_data)

    @thread_worker
    def frames() -> Any:
        with webmon.open("camera") as reader:
            assert isinstance(reader, webmon.FrameReader)
            while True:
                reader.wait(1)
                yield reader.latest(copy=True)

    worker = frames()
    worker.yielded.connect(show)
    worker.start()
    result = _while(measured, seconds)
    worker.quit()
    while worker.is_running:
        spin(0.02)
    spin(0.1)
    result["copies"] = 1.0
    viewer.layers.clear()
    return result


def _while(measured: Measured, seconds: float) -> dict[str, float]:
    spin(1)  # the first frame makes textures
    measured.drawn = 0
    measured.milliseconds.clear()
    start, processor = time.perf_counter(), time.process_time()
    spin(seconds)
    took, used = time.perf_counter() - start, time.process_time() - processor
    return {
        "frames_per_second": measured.drawn / took,
        "frame_ms": statistics.median(measured.milliseconds),
        "cpu_percent": 100 * used / took,
        "cpu_ms_per_frame": 1e3 * used / max(1, measured.drawn),
    }


def main() -> None:
    """Runs both in turns, and says whether the bar is met."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--turns", type=int, default=3, help="turns of which the medians are taken (default 3)")
    parser.add_argument("--seconds", type=float, default=5, help="length of a turn (default 5)")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir="/dev/shm") as directory:
        os.environ["WEBMON_DIR"] = directory
        os.environ.setdefault("NAPARI_CONFIG", os.path.join(directory, "settings.yaml"))
        import napari

        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        with subprocess.Popen([sys.executable, "-c", WRITER], stdout=subprocess.PIPE, env=environment) as writer:
            assert writer.stdout is not None and writer.stdout.readline() == b"ready\n"
            viewer = napari.Viewer()
            turns: dict[str, list[dict[str, float]]] = {"shared": [], "pushed": []}
            for _ in range(arguments.turns):
                turns["shared"].append(shared(viewer, arguments.seconds))
                turns["pushed"].append(pushed(viewer, arguments.seconds))
            viewer.close()
            writer.kill()
    result = {way: {key: statistics.median(turn[key] for turn in each) for key in each[0]} for way, each in turns.items()}
    met = result["shared"]["copies"] <= BAR_COPIES
    load = os.getloadavg()[0]
    if arguments.json:
        print(json.dumps({"benchmark": "napari_live_layer", "turns": arguments.turns, "load": load, "bar_copies": BAR_COPIES, "met": met, **result}, indent=2))
    else:
        print(f"2048 x 2048 uint16 at 60 Hz, medians of {arguments.turns} turns of {arguments.seconds:g} s; load {load:.1f} on {os.cpu_count()} cores")
        for way, told in (("shared", "add_shared"), ("pushed", "layer.data = copy")):
            got = result[way]
            print(
                f"  {told:18} {got['frames_per_second']:6.1f} frames/s   {got['frame_ms']:6.2f} ms a frame on the viewer's thread   "
                f"{got['cpu_percent']:5.0f} % CPU   {got['cpu_ms_per_frame']:6.1f} ms CPU a frame   {got['copies']:.0f} copies"
            )
    if not met:
        sys.exit("the bar was missed")


if __name__ == "__main__":
    main()
