"""A process that tells of tiles with webmon.TileLog, told what to do line by line (JSON), and the page that shows them."""

import io
import json
import math
import os
import subprocess
import sys

import numpy as np
from canvas import NOTHING_ABOVE
from conftest import ROOT
from PIL import Image

SCRIPT = """
import json, sys
import webmon

tiles = None
grid = None
refused = 0
commands = webmon.Commands("viewer")

@commands.command(timeout=20)
def set_grid(show: bool = True) -> str:
    "Shows the grid, or hides it."
    global grid
    grid = show
    return "shown" if show else "hidden"

@commands.command(timeout=20)
def restate() -> int:
    "Says all states again."
    global refused
    if refused > 0:
        refused -= 1
        raise RuntimeError("not now")
    return tiles.restate()

@commands.command
def other() -> None:
    "Belongs to something else."

def open_log(layers, **options):
    global tiles
    made = [webmon.TileLayer.pyramid(name, tuple(shape), tuple(tile), levels, pixels=pixels) for name, shape, tile, levels, pixels in layers]
    tiles = webmon.TileLog("tiles", made, **options)

def say(what, *arguments, **options):
    getattr(tiles, what)(*arguments, **options)
    return tiles._log.status.sequence

def refuse(times):
    global refused
    refused = times

def read_grid():
    return grid

for line in sys.stdin:
    name, arguments, options = json.loads(line)
    print(json.dumps(globals()[name](*arguments, **options)), flush=True)
"""


class TileProducer:
    def __init__(self, directory, folder):
        file = folder / "tiles.py"
        file.write_text(SCRIPT)
        environment = {**os.environ, "WEBMON_DIR": directory}
        environment["PYTHONPATH"] = os.pathsep.join([str(ROOT / "python" / "src"), os.environ.get("PYTHONPATH", "")])
        self.process = subprocess.Popen(
            [sys.executable, str(file)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
        )
        self.sequence = 0

    def call(self, name, *arguments, **options):
        self.process.stdin.write(json.dumps([name, arguments, options]) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, f"the producer died at {name} {arguments}"
        return json.loads(line)

    def open(self, *layers, **options):
        self.call("open_log", layers or [LAYER], **options)
        self.sequence = 0

    def say(self, what, *arguments, **options):
        self.sequence = self.call("say", what, *arguments, **options)
        return self.sequence

    def end(self, kill=False):
        if kill:
            self.process.kill()
        self.process.stdin.close()
        self.process.wait(60)
        self.process.stdout.close()


# 10 x 10 tiles at level 0; at ZOOM a tile has 40 pixels of the screen.
LAYER = ("slide", (1000, 1000), (100, 100), 3, None)
ZOOM = 0.4
VIEW = f"view=500,500,{ZOOM}"


def wait_for_events(page, sequence):
    """Until the events up to this one are on screen."""
    page.wait_for_function("n => Number(document.querySelector('#canvas').dataset.sequence ?? 0) >= n", arg=sequence)
    settle(page)


def settle(page):
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => requestAnimationFrame(done))))")


def screen(page):
    """All of the canvas as it is on screen; uint8, (rows, columns, 3)."""
    canvas = page.locator("#canvas")
    canvas.wait_for()  # it is hidden until the log is found
    box = canvas.bounding_box()
    clip = {name: box[name] for name in ("x", "y", "width", "height")}
    png = page.screenshot(clip=clip, style=NOTHING_ABOVE)
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))


def at(pixels, y, x, zoom=ZOOM, centre=(500, 500)):
    """The colour on screen of a place in the image, with the view's centre in the middle of the canvas."""
    rows, columns = pixels.shape[:2]
    return pixels[math.floor(rows / 2 + (y - centre[0]) * zoom), math.floor(columns / 2 + (x - centre[1]) * zoom)].tolist()


def tile(pixels, row, column, size=100):
    """The colour near the middle of a tile, beside the stripes of those that failed."""
    return at(pixels, (row + 0.5) * size, (column + 0.5) * size)


def close(one, other, allowed=2):
    return all(abs(a - b) <= allowed for a, b in zip(one, other, strict=True))
