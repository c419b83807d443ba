"""A real napari seen by the Tile Viewer and Loader Stats."""

import itertools
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from conftest import ROOT, wait_until
from tile_producer import close, screen

pytest.importorskip("napari")

YELLOW = (255, 224, 0)
DRAWN = (224, 49, 60)
ZOOM = 0.1
EXTENT, CHUNK = 4096, 256


class Napari:
    def __init__(self, directory, folder, *arguments):
        environment = {**os.environ, "WEBMON_DIR": directory, "NAPARI_CONFIG": str(folder / "napari.yaml")}
        environment["PYTHONPATH"] = os.pathsep.join([str(ROOT / "python" / "src"), os.environ.get("PYTHONPATH", "")])
        self.errors = open(folder / "napari.log", "w+")
        self.process = subprocess.Popen(
            ["xvfb-run", "-a", "-s", "-screen 0 1400x1000x24", sys.executable, str(Path(__file__).with_name("napari_pan.py")), *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.errors,
            text=True,
            env=environment,
            start_new_session=True,
        )
        line = self.process.stdout.readline()
        assert "webmon: napari is at" in line, self.log()

    def log(self):
        self.errors.seek(0)
        return self.errors.read()

    def go(self, y, x, zoom):
        self.process.stdin.write(json.dumps([y, x, zoom]) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, self.log()
        return json.loads(line)

    def end(self):
        os.killpg(self.process.pid, 15)
        self.process.wait(60)
        self.process.stdin.close()
        self.process.stdout.close()
        self.errors.close()


@pytest.fixture
def new_napari(directory, server, tmp_path):
    made = []

    def make(*arguments):
        made.append(Napari(directory, tmp_path, *arguments))
        return made[-1]

    yield make
    for napari in made:
        napari.end()


def yellow(page):
    """The rectangle on screen, in coordinates of the image; None if there is none."""
    pixels = screen(page)
    rows, columns = np.nonzero((np.abs(pixels.astype(int) - YELLOW) <= 2).all(2))
    if not len(rows):
        return None
    edges = np.array([rows.min(), columns.min(), rows.max() + 1, columns.max() + 1])
    return (edges - np.tile(np.array(pixels.shape[:2]) / 2, 2)) / ZOOM + EXTENT / 2


def drawn(page, level):
    """The tiles of the layer that is shown whose colour is that of what is drawn, at some place that no line crosses."""
    pixels, found, size = screen(page), set(), CHUNK * 2**level
    for row in range(EXTENT // size):
        for column in range(EXTENT // size):
            for inside in ((0.3, 0.3), (0.3, 0.7), (0.7, 0.3), (0.7, 0.7)):
                place = ((np.array([row, column]) + inside) * size - EXTENT / 2) * ZOOM + np.array(pixels.shape[:2]) / 2
                if close(pixels[tuple(place.astype(int))].tolist(), DRAWN, 12):
                    found.add((row, column))
    return found


def test_the_view_and_the_tiles_follow(new_page, new_napari):
    napari = new_napari()
    napari.go(2000, 2000, 1)
    page = new_page(f"/tiles/?stream=napari.tiles&view={EXTENT // 2},{EXTENT // 2},{ZOOM}&hide=1", color_scheme="light")
    page.get_by_text("zarr", exact=True).wait_for()
    for y, x, zoom in ((2000, 2000, 1), (1000, 1500, 1), (1010, 1530, 1), (2500, 2800, 0.6), (2000, 2000, 0.35)):
        told = napari.go(y, x, zoom)
        expected = np.array(told["corners"]).ravel()

        def follows():
            found = yellow(page)
            # A pixel on screen is ten of the image, and the rectangle's line is two pixels wide.
            return found is not None and np.abs(found - expected).max() <= 30

        wait_until(follows, 60, f"the rectangle {expected}")
        level = told["level"]
        size = CHUNK * 2**level
        low, high = np.maximum((expected[:2] + 0.5) // size, 0), np.minimum(-(-(expected[2:] + 0.5) // size), EXTENT // size)
        seen = {(row, column) for row in range(int(low[0]), int(high[0])) for column in range(int(low[1]), int(high[1]))}
        wait_until(lambda seen=seen, level=level: drawn(page, level) == seen, 60, f"the tiles {seen} of level {level}")
        said = f"automatic: {level}"
        wait_until(lambda said=said: page.locator("#level option:checked").inner_text() == said, what=said)


def test_all_three_graphs_of_loader_stats(new_page, new_napari):
    napari = new_napari("async")
    page = new_page("/loader/", color_scheme="dark", height=1000)
    wanted = {"frame_time": "napari.frame-times", "chunk_time": "napari.chunk-loads", "chunk_bytes": "napari.chunk-loads"}
    graphs = {key: page.locator(f"section.graph[data-graph={key}]").first for key in wanted}
    places = itertools.count(300, 150)

    def all_have_records():
        napari.go(next(places) % 3500, next(places) % 3500, 1)
        return all(int(graph.get_attribute("data-records") or 0) > 5 for graph in graphs.values())

    wait_until(all_have_records, 120, "records in all three graphs")
    for key, graph in graphs.items():

        def is_chosen(key=key, graph=graph):
            """The choices are filled when the list of streams comes again. Loads have the colour of their source, and hits another one."""
            chosen = graph.locator("option:checked").all_inner_texts()
            return wanted[key] in chosen and (key == "frame_time" or "source" in chosen)

        wait_until(is_chosen, what=f"the choices of {key}")
