"""What sharing costs a real napari that pans, and how long a view takes to a page.

    python benchmarks/hops/napari_frame_time.py [--runs N] [--pictures N] [--json]

One napari under Xvfb pans over a multiscale dask layer, in blocks that take turns:

    not shared       as napari comes
    shared           webmon.share(), and no page open
    watched          a plain Chromium takes every view and every event of the tiles, as fast as they come
    Tile Viewer      the page itself, in Chromium, which draws in software on the same cores

Bars: the median time of a picture, shared under 1.02 times and watched under 1.10 times that of not shared; from the change of the view to
the page, the median under 50 ms.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from harness.browsers import open_chromium, result_in_chromium  # noqa: E402
from harness.medians import interleave, medians, ratio  # noqa: E402
from harness.programs import ROOT, Process, webmon_server  # noqa: E402

VIEWER = ROOT / "benchmarks" / "harness" / "napari_viewer.py"
PAGES = ROOT / "benchmarks" / "browser"
SHARED_BAR = 1.02
WATCHED_BAR = 1.10
VIEW_BAR_MS = 50.0
#: Seconds until a page has begun.
SETTLE = 4.0


class Napari:
    """The viewer's process."""

    def __init__(self, process: Process) -> None:
        self.process = process
        json.loads(process.line())

    def do(self, command: str) -> Any:
        assert self.process.process.stdin is not None
        self.process.process.stdin.write(f"{command}\n")
        self.process.process.stdin.flush()
        return json.loads(self.process.line())

    def pan(self, pictures: int) -> dict[str, Any]:
        found: dict[str, Any] = self.do(f"pan {pictures}")
        return found

    def end(self) -> None:
        """Lets it end by itself: its screen would outlive a signal."""
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
        self.napari.do("unshare")
        return _figures(self.napari.pan(self.pictures))

    def shared(self) -> dict[str, float]:
        self.napari.do("share")
        return _figures(self.napari.pan(self.pictures))

    def watched(self) -> dict[str, float]:
        self.napari.do("share")
        with _in_background(lambda: result_in_chromium(f"{self.root}napari/?seconds={SETTLE + self.pictures * 0.15:.0f}", 120)) as views:
            time.sleep(SETTLE)
            found = self.napari.pan(self.pictures)
        return {**_figures(found), **_latencies(found, views()["views"])}

    def tile_viewer(self) -> dict[str, float]:
        self.napari.do("share")
        with open_chromium(f"{self.root}tiles/?stream=napari.tiles"):
            time.sleep(SETTLE)
            return _figures(self.napari.pan(self.pictures))


def _figures(found: dict[str, Any]) -> dict[str, float]:
    # The first pictures settle what the change of block has stirred.
    frames = found["frames"][10:]
    return {"picture_ms": statistics.median(frames), "p99_ms": float(np.percentile(frames, 99))}


def _latencies(found: dict[str, Any], views: list[list[float]]) -> dict[str, float]:
    """Of views that came: from when the camera was moved there."""
    moved = {round(x - found["half_width"], 3): when for x, when in found["changes"]}
    took = [(came - moved[edge]) * 1e3 for left, came in views if (edge := round(left, 3)) in moved]
    if len(took) < len(moved) / 4:
        sys.exit(f"only {len(took)} of {len(moved)} views came to the page, or they are not those of the camera: {views[:3]}, {list(moved)[:3]}")
    return {"view_ms": statistics.median(took), "view_p99_ms": float(np.percentile(took, 99)), "views_came": len(took) / len(moved)}


@contextlib.contextmanager
def _in_background(act: Callable[[], dict[str, Any]]) -> Iterator[Callable[[], dict[str, Any]]]:
    result: dict[str, Any] = {}
    thread = threading.Thread(target=lambda: result.update(act()))
    thread.start()
    try:
        yield lambda: result
    finally:
        thread.join()


def main() -> None:
    """Runs all blocks, and says whether the bars are met."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=9, help="rounds of which the medians are taken (default 9)")
    parser.add_argument("--pictures", type=int, default=40, help="in each block (default 40)")
    parser.add_argument("--only", action="append", default=[], help="only these blocks, beside not shared")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    arguments = parser.parse_args()
    screen = ["xvfb-run", "-a", "-s", "-screen 0 1400x1000x24"]
    with (
        tempfile.TemporaryDirectory(prefix="webmon-bench-", dir="/dev/shm") as directory,
        webmon_server(Path(directory), "--pages", str(PAGES)) as (_, port),
        Process(*screen, sys.executable, VIEWER, directory, environment={"PYTHONPATH": ":".join(sys.path)}) as process,
    ):
        napari = Napari(process)
        blocks = Blocks(napari, f"http://127.0.0.1:{port}/", arguments.pictures)
        contenders = {"not shared": blocks.not_shared, "shared": blocks.shared, "watched": blocks.watched, "Tile Viewer": blocks.tile_viewer}
        if arguments.only:
            contenders = {name: block for name, block in contenders.items() if name in ("not shared", *arguments.only)}
        rounds = interleave(contenders, arguments.runs, lambda text: print(text, file=sys.stderr))
        napari.end()
    figures = medians(rounds)
    ratios = {name: ratio(rounds, name, "not shared", "picture_ms") for name in contenders if name != "not shared"}
    bars = {name: bar for name, bar in {"shared": SHARED_BAR, "watched": WATCHED_BAR}.items() if name in ratios}
    missed = [f"{name} is at {ratios[name][0]:.3f}; the bar is {bar}" for name, bar in bars.items() if ratios[name][0] >= bar]
    watched = figures.get("watched")
    if watched is not None and watched["view_ms"] >= VIEW_BAR_MS:
        missed.append(f"a view takes {watched['view_ms']:.0f} ms to the page; the bar is {VIEW_BAR_MS:g}")
    if arguments.json:
        print(json.dumps({"benchmark": "napari_frame_time", "medians": figures, "ratios": ratios, "missed": missed, "rounds": rounds}, indent=2))
    else:
        print(f"napari, panning: medians of {arguments.runs} rounds of {arguments.pictures} pictures")
        for name, figure in figures.items():
            line = f"  {name:12}{figure['picture_ms']:8.1f} ms a picture (p99 {figure['p99_ms']:.0f})"
            if name in ratios:
                middle, least, greatest = ratios[name]
                line += f"   {middle:.3f} times not shared ({least:.3f} to {greatest:.3f})"
            print(line)
        if watched is not None:
            print(f"  a view is on the page after {watched['view_ms']:.1f} ms (p99 {watched['view_p99_ms']:.0f}); {watched['views_came']:.0%} of them came, the others were over")
    if missed:
        sys.exit("a bar was missed: " + "; ".join(missed))


if __name__ == "__main__":
    main()
