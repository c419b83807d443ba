"""A napari viewer that pans when it is told to, and measures what each picture took. Runs in a process of its own, on a screen.

    python napari_viewer.py DIRECTORY [--size N]

Reads lines: ``share``, ``unshare``, ``pan N`` (N pictures); answers each with a line of JSON.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from typing import Any

import dask.array
import napari
import numpy as np
import webmon
from qtpy.QtWidgets import QApplication

CHUNK = 256


class Panner:
    """The viewer, and the times at which it drew."""

    def __init__(self, directory: str, size: int) -> None:
        self.directory = directory
        self.viewer = napari.Viewer()
        self.viewer.window.resize(1000, 800)
        finest = np.random.default_rng(1).integers(0, 4096, (size, size)).astype("u2")
        levels = [dask.array.from_array(finest[:: 2**level, :: 2**level], chunks=CHUNK) for level in range(3)]
        self.viewer.add_image(levels, multiscale=True, contrast_limits=(0, 4096), name="slide")
        self.viewer.scene.camera.zoom = 1.0
        self.size = size
        self.drawn = 0
        # napari tells nobody in public that it has drawn.
        self.viewer.window._qt_viewer.canvas.events.draw.connect(self._count)
        self.draw_all()

    def _count(self, _: Any) -> None:
        self.drawn += 1

    def draw_all(self) -> None:
        """Lets Qt do what it has to do, until nothing was drawn for a while."""
        quiet = time.monotonic()
        drawn = self.drawn
        while time.monotonic() - quiet < 0.3:
            QApplication.processEvents()
            if self.drawn != drawn:
                drawn, quiet = self.drawn, time.monotonic()

    def pan(self, pictures: int) -> dict[str, Any]:
        """Moves the camera and waits for the picture, `pictures` times: milliseconds of each, and where and when the camera was moved."""
        camera = self.viewer.scene.camera
        frames, changes = [], []
        for number in range(pictures):
            y = self.size / 2 + 100 * np.sin(number / 10)
            x = self.size / 2 + 100 * np.cos(number / 7)
            drawn = self.drawn
            began = time.perf_counter()
            changes.append((float(x), time.time()))
            camera.center = (0.0, float(y), float(x))
            while self.drawn == drawn:
                QApplication.processEvents()
            frames.append((time.perf_counter() - began) * 1e3)
        height, width = self.viewer.canvas.size
        return {"frames": frames, "changes": changes, "half_width": width / 2 / camera.zoom}

    def answer(self, command: str) -> Any:
        match command.split():
            case ["share"]:
                webmon.share(self.viewer, directory=self.directory)
                self.draw_all()
                return {}
            case ["unshare"]:
                webmon.unshare(self.viewer)
                self.draw_all()
                return {}
            case ["pan", pictures]:
                return self.pan(int(pictures))
        raise SystemExit(f"unknown: {command}")


def main() -> None:
    """Obeys its standard input until that ends."""
    parser = argparse.ArgumentParser()
    parser.add_argument("directory")
    parser.add_argument("--size", type=int, default=4096)
    arguments = parser.parse_args()
    answers, sys.stdout = sys.stdout, sys.stderr  # share() prints
    panner = Panner(arguments.directory, arguments.size)
    print(json.dumps({"ready": True}), file=answers, flush=True)
    for line in sys.stdin:
        print(json.dumps(panner.answer(line)), file=answers, flush=True)
    webmon.unshare()


if __name__ == "__main__":
    main()
