"""What a live layer costs napari: `webmon.add_shared` held against `layer.data = frame.copy()`, which a worker hands over.

    python benchmarks/hops/napari_live_layer.py [--runs N] [--seconds S] [--only NAME]... [--quick] [--json] [--out FILE]

Another process publishes 2048 x 2048 uint16 at 60 Hz. Both ways take turns in the same napari: the layer on the shared memory, and napari's `thread_worker` that yields a copy of each newest
frame, as users do it. Told are new frames drawn a second, milliseconds of the viewer's thread a frame before it is drawn, the CPU time of the process, and the copies of a frame that were made on the way to
napari (its own upload to the graphics processor is not counted). The bar: one copy at most.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import webmon

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from harness.benchmark import Benchmark, Contender, Figure, Options, run  # noqa: E402
from harness.machine import version  # noqa: E402
from harness.programs import Process  # noqa: E402
from harness.screen import screen  # noqa: E402

SHAPE = (2048, 2048)
BAR_COPIES = 1
FIGURES = {
    "frames_per_second": Figure("new frames drawn", "1/s", "more"),
    "frame_ms": Figure("of the viewer's thread, a frame", "ms", "less"),
    "cpu_percent": Figure("CPU", "%", "less"),
    "cpu_ms_per_frame": Figure("CPU, a frame", "ms", "less"),
    "copies": Figure("copies of a frame", "", "less"),
}

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
    LiveLayer._draw = lambda live: measured.timed(lambda: draw(live))  # type: ignore[method-assign, assignment]
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
        result["copies"] = float(round(most / layer.data.nbytes))
        address = layer.data.frame.ctypes.data
        with open("/proc/self/maps") as maps:
            spans = [line.split()[0].split("-") for line in maps if line.rstrip().endswith("/camera.npy")]
        assert any(int(low, 16) <= address < int(high, 16) for low, high in spans), "the layer's data is not the stream's memory"
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

    @thread_worker  # type: ignore[untyped-decorator]
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


def measure(options: Options, _: argparse.Namespace) -> Benchmark:
    """Both in turns, in one napari."""
    found = Benchmark(
        "napari_live_layer",
        "A stream as a layer of napari",
        "What does it cost napari to show the frames of another process?",
        "Another process publishes 2048 x 2048 uint16 at 60 Hz. Both ways take turns in the same napari, which draws in software.",
        options,
        FIGURES,
        parameters={"shape": SHAPE},
        contenders={
            "shared": Contender("webmon.add_shared", "webmon"),
            "pushed": Contender("layer.data = copy", "peer", version("napari") or "", "napari's thread_worker yields one copy of each frame"),
        },
    )
    if version("napari") is None:
        found.leave_out("shared", "the Python package napari is not installed")
        return found
    with screen(), tempfile.TemporaryDirectory(prefix="webmon-bench-", dir="/dev/shm") as directory:
        os.environ["WEBMON_DIR"] = directory
        os.environ.setdefault("NAPARI_CONFIG", os.path.join(directory, "settings.yaml"))
        import napari

        with Process(sys.executable, "-c", WRITER, environment={"PYTHONPATH": os.pathsep.join(sys.path)}) as writer:
            if (line := writer.line()) != "ready":
                sys.exit(f"the producer did not start: {line}")
            viewer = napari.Viewer()
            rounds = found.measure({"shared": lambda: shared(viewer, options.seconds), "pushed": lambda: pushed(viewer, options.seconds)})
            viewer.close()
    found.compare(rounds, "shared", "pushed", "frame_ms")
    found.compare(rounds, "shared", "pushed", "frames_per_second")
    found.hold(f"at most {BAR_COPIES} copy of a frame", found.median("shared", "copies"), lambda value: value <= BAR_COPIES, counts=True)
    return found


if __name__ == "__main__":
    run(measure, __doc__ or "", runs=3, seconds=5)
