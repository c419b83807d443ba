"""What sharing costs a real napari that pans, and how long a view takes to a page.

    python benchmarks/hops/napari_frame_time.py [--runs N] [--pictures N] [--only NAME]... [--quick] [--json] [--out FILE]

One napari under Xvfb pans over a multiscale dask layer, in blocks that take turns:

    not_shared       as napari comes
    shared           webmon.share(), and no page open
    read             a small process takes every view and every event of the tiles, and nothing is drawn with them
    watched          a plain Chromium takes every view and every event of the tiles, as fast as they come
    tile_viewer      the page itself, in Chromium, which draws in software on the same cores

What `read` takes more than `shared` is what webmon takes of napari; what the others take more than `read` is what Chromium takes of the same cores.

Bars: the median time of a picture, shared under 1.02 times and watched under 1.10 times that of not shared; from the change of the view to
the page, the median under 50 ms.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from harness.benchmark import Benchmark, Contender, Figure, Options, run  # noqa: E402
from harness.browsers import open_chromium, result_in_chromium  # noqa: E402
from harness.latency import percentiles  # noqa: E402
from harness.machine import version  # noqa: E402
from harness.programs import ROOT, Process, webmon_server  # noqa: E402
from harness.screen import screen  # noqa: E402

VIEWER = ROOT / "benchmarks" / "harness" / "napari_viewer.py"
READER = ROOT / "benchmarks" / "clients" / "tile_reader.py"
PAGES = ROOT / "benchmarks" / "browser"
SHARED_BAR = 1.02
WATCHED_BAR = 1.10
VIEW_BAR_MS = 50.0
QUICK_PICTURES = 20
#: Seconds until a page has begun.
SETTLE = 4.0
FIGURES = {
    "picture_ms": Figure("a picture, p50", "ms", "less"),
    "p99_ms": Figure("a picture, p99", "ms", "less"),
    "view_ms": Figure("until a view is there, p50", "ms", "less"),
    "view_p99_ms": Figure("until a view is there, p99", "ms", "less"),
    "views_came": Figure("views that came", "", ""),
    "reader_cpu": Figure("CPU of the reader", "cores", "less"),
}


class Napari:
    """The viewer's process."""

    def __init__(self, process: Process) -> None:
        self.process = process
        json.loads(process.line())

    def do(self, command: str) -> Any:
        """What it answers."""
        assert self.process.process.stdin is not None
        self.process.process.stdin.write(f"{command}\n")
        self.process.process.stdin.flush()
        return json.loads(self.process.line())

    def pan(self, pictures: int) -> dict[str, Any]:
        """Draws pictures."""
        found: dict[str, Any] = self.do(f"pan {pictures}")
        return found

    def end(self) -> None:
        """Lets it end by itself, as a user would."""
        assert self.process.process.stdin is not None
        self.process.process.stdin.close()
        self.process.process.wait(60)


class Blocks:
    """What takes turns."""

    def __init__(self, napari: Napari, root: str, pictures: int) -> None:
        self.napari = napari
        self.root = root
        self.pictures = pictures

    def not_shared(self) -> dict[str, float]:
        """As napari comes."""
        self.napari.do("unshare")
        return _figures(self.napari.pan(self.pictures))

    def shared(self) -> dict[str, float]:
        """Nobody looks."""
        self.napari.do("share")
        return _figures(self.napari.pan(self.pictures))

    def read(self) -> dict[str, float]:
        """Somebody takes all, and does nothing with it."""
        self.napari.do("share")
        with Process(sys.executable, READER, self.root, "napari.tiles") as reader:
            if (line := reader.line()) != "ready":
                sys.exit(f"the reader did not start: {line}")
            begin, before = time.monotonic(), reader.cpu_seconds
            found = self.napari.pan(self.pictures)
            time.sleep(0.2)
            cpu = (reader.cpu_seconds - before) / (time.monotonic() - begin)
            assert reader.process.stdin is not None
            reader.process.stdin.close()
            read = json.loads(reader.line())
        if read["events"] == 0:
            sys.exit("no event of a tile came to the reader")
        return {**_figures(found), **_latencies(found, read["views"]), "reader_cpu": cpu}

    def watched(self) -> dict[str, float]:
        """A page takes all."""
        self.napari.do("share")
        with _in_background(lambda: result_in_chromium(f"{self.root}napari/?seconds={SETTLE + self.pictures * 0.15:.0f}", 120)) as views:
            time.sleep(SETTLE)
            found = self.napari.pan(self.pictures)
        return {**_figures(found), **_latencies(found, views()["views"])}

    def tile_viewer(self) -> dict[str, float]:
        """The page that people open."""
        self.napari.do("share")
        with open_chromium(f"{self.root}tiles/?stream=napari.tiles"):
            time.sleep(SETTLE)
            return _figures(self.napari.pan(self.pictures))


def _figures(found: dict[str, Any]) -> dict[str, float]:
    # The first pictures settle what the change of block has stirred.
    told = percentiles(milliseconds * 1e6 for milliseconds in found["frames"][10:])
    return {"picture_ms": told["p50_ms"], "p99_ms": told["p99_ms"]}


def _latencies(found: dict[str, Any], views: list[list[float]]) -> dict[str, float]:
    """Of views that came: from when the camera was moved there."""
    moved = {round(x - found["half_width"], 3): when for x, when in found["changes"]}
    took = [(came - moved[edge]) * 1e9 for left, came in views if (edge := round(left, 3)) in moved]
    if len(took) < len(moved) / 4:
        sys.exit(f"only {len(took)} of {len(moved)} views came to the page, or they are not those of the camera: {views[:3]}, {list(moved)[:3]}")
    told = percentiles(took)
    return {"view_ms": told["p50_ms"], "view_p99_ms": told["p99_ms"], "views_came": len(took) / len(moved)}


@contextlib.contextmanager
def _in_background(act: Callable[[], dict[str, Any]]) -> Iterator[Callable[[], dict[str, Any]]]:
    result: dict[str, Any] = {}
    thread = threading.Thread(target=lambda: result.update(act()))
    thread.start()
    try:
        yield lambda: result
    finally:
        thread.join()


def measure(options: Options, arguments: argparse.Namespace) -> Benchmark:
    """All blocks in turns, in one napari."""
    pictures = min(arguments.pictures, QUICK_PICTURES) if options.quick else arguments.pictures
    found = Benchmark(
        "napari_frame_time",
        "A napari viewer that is shared",
        "What does sharing cost napari, and how soon does a page know where it looks?",
        f"A real napari on a screen of Xvfb, which draws in software, pans over a multiscale dask layer, in blocks of {pictures} pictures that take turns. napari, the server and the browser have the same cores.",
        options,
        FIGURES,
        parameters={"pictures": pictures},
        contenders={
            "not_shared": Contender("napari as it comes", "limit", version("napari") or ""),
            "shared": Contender("shared, nobody looks", "webmon"),
            "read": Contender("a small process reads all", "webmon", note="nothing is drawn with it"),
            "watched": Contender("a page in Chromium reads all", "webmon"),
            "tile_viewer": Contender("the Tile Viewer in Chromium", "webmon", note="draws in software on the same cores"),
        },
    )
    if version("napari") is None:
        found.leave_out("not_shared", "the Python package napari is not installed")
        return found
    with (
        screen(),
        tempfile.TemporaryDirectory(prefix="webmon-bench-", dir="/dev/shm") as directory,
        webmon_server(Path(directory), "--pages", str(PAGES)) as (_, port),
        Process(sys.executable, VIEWER, directory, environment={"PYTHONPATH": os.pathsep.join(sys.path)}) as process,
    ):
        napari = Napari(process)
        blocks = Blocks(napari, f"http://127.0.0.1:{port}/", pictures)
        rounds = found.measure({name: getattr(blocks, name) for name in found.contenders})
        napari.end()
    ratios = {name: found.compare(rounds, name, "not_shared", "picture_ms") for name in found.contenders if name != "not_shared"}
    found.compare(rounds, "watched", "read", "picture_ms")
    found.hold(f"a picture, shared, under {SHARED_BAR} times that of not shared", ratios["shared"], lambda value: value < SHARED_BAR)
    found.hold(f"a picture, watched, under {WATCHED_BAR:.2f} times that of not shared", ratios["watched"], lambda value: value < WATCHED_BAR)
    found.hold(f"a median under {VIEW_BAR_MS:g} ms until a view is on the page", found.median("watched", "view_ms"), lambda value: value < VIEW_BAR_MS)
    return found


def extend(parser: argparse.ArgumentParser) -> None:
    """The options of this benchmark alone."""
    parser.add_argument("--pictures", type=int, default=40, help=f"in each block (default 40; quick: at most {QUICK_PICTURES})")


if __name__ == "__main__":
    run(measure, __doc__ or "", runs=9, seconds=1, extend=extend)
