"""From a camera to a page, end to end: 2048 x 2048 uint16 frames from a Python process, into plain Chromium, delivered and painted.

    python benchmarks/hops/camera_to_page.py [--runs N] [--seconds S] [--camera RATE]... [--only NAME]... [--quick] [--json] [--out FILE]

The camera (harness/camera.py) is a process of its own that puts changing frames, at 60 Hz, 120 Hz or flat out, into shared memory, where every server finds them: so
all servers have the same producer, and none pays for it. Each brings the newest frame to the page as often as it can.

    delivered   the page has the bytes in JavaScript. It checks one pixel of each 2053
    painted     pixels on the canvas: the graphics processor has done the drawing after the upload (browser/camera/painting.js), in the viewer's own page, to
                which one script is added. It checks the same pixels of what is uploaded, and at the end whether the canvas shows the camera's bars

A latency is from the time at which the camera was due to make the frame. Frames that did not come are missed; webmon tells of each, which is asserted.
Bars at 120 Hz: delivered at least twice, and painted at least 5 times as many frames a second as the best peer. At every pace: at most 3.5 ms of server CPU a
frame; a lower median latency than any peer's. A peer that shows too little in two minutes is left out, and told.
"""

from __future__ import annotations

import argparse
import functools
import operator
import sys
import tempfile
from collections.abc import Callable
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from harness import visits  # noqa: E402
from harness.benchmark import Benchmark, Contender, Figure, Options, run  # noqa: E402
from harness.latency import percentiles  # noqa: E402
from harness.camera import SIDE  # noqa: E402
from harness.machine import version  # noqa: E402
from harness.programs import ROOT, Process, webmon_server  # noqa: E402
from harness.swift_package import build  # noqa: E402
from harness.usage import Usage  # noqa: E402

PAGES = ROOT / "benchmarks" / "browser"
PEERS = ROOT / "benchmarks" / "peers"
CAMERA = ROOT / "benchmarks" / "harness" / "camera.py"
VIEWER = ROOT / "Sources" / "webmon" / "Pages" / "viewer" / "index.html"
#: Seconds before the measurement: webmon.js needs some to choose its transport.
WARM = 2.5
#: A page that shows less than one frame in a second needs time.
LIMIT = 120
DELIVERED_BAR = 2.0
PAINTED_BAR = 5.0
CPU_BAR_MS = 3.5
CAMERAS = {"60 Hz": 60.0, "120 Hz": 120.0, "flat out": 0.0}
#: Where the bars of frames are held. Of 60 frames a second nobody can take twice as many as one who takes half of them, and a camera that runs flat out
#: leaves the browser one core of two.
BARS_AT = "120 Hz"
FIGURES = {
    "frames_a_second": Figure("frames a second", "", "more"),
    "camera_frames_a_second": Figure("of camera", "", ""),
    "p50_ms": Figure("latency p50", "ms", "less"),
    "p99_ms": Figure("p99", "ms", "less"),
    "missed_percent": Figure("frames missed", "%", "less"),
    "told_percent": Figure("of them told", "%", "more"),
    "camera_cpu_ms": Figure("camera CPU a frame", "ms", ""),
    "server_cpu_ms": Figure("server CPU a frame", "ms", "less"),
    "browser_cpu_ms": Figure("browser CPU a frame", "ms", "less"),
    "camera_mb": Figure("camera memory", "MB", ""),
    "server_mb": Figure("server memory", "MB", "less"),
    "browser_mb": Figure("browser memory", "MB", "less"),
}


#: What they deliver with (browser/camera/deliver.js), their package, and what is to be known.
DELIVERING = {
    "websockets": ("websocket", "websockets", "no compression"),
    "aiohttp": ("websocket", "aiohttp", "no compression"),
    "flask_socketio": ("socketio", "Flask-SocketIO", "on gevent, no compression, two frames under way; the page speaks its protocol by hand"),
    "foxglove": ("foxglove", "foxglove-sdk", "a channel of bytes, newest two kept; the page speaks its protocol by hand"),
}
PAINTING = {
    "neuroglancer": ("neuroglancer", "LocalVolume, invalidated when it was drawn; npz encoding, its default"),
    "neuroglancer_raw": ("neuroglancer", "raw encoding, with the one call that numpy 2.3 took away put back"),
    "bokeh": ("bokeh", "image glyph, replaced when the last one was drawn"),
    "rerun": ("rerun-sdk", "web viewer, image logged"),
}
#: As benchmarks/peers/swiftnio/Package.swift pins it.
NIO = "2.101.2"
#: In a quick run, unless others are asked for.
QUICK = ("webmon", "websockets", "webmon_viewer")


class Hop:
    """The contenders, with one camera."""

    def __init__(self, directory: Path, viewer: Path, camera: Process, options: Options, desk: visits.Desk) -> None:
        self.directory = directory
        self.viewer = viewer
        self.camera = camera
        self.desk = desk
        self.query = {"report": desk.report, "seconds": options.seconds, "warm": 1.0 if options.quick else WARM}

    def visit(self, server: Process, address: str) -> dict[str, float]:
        """Opens the page, and gives the figures of what it says."""
        with visits.opened("chromium", address) as browser:
            pids = {"camera": self.camera.process.pid, "server": server.process.pid, "browser": browser.pid}
            with Usage(**pids) as usage:
                result = self.desk.result(browser, LIMIT)
        return figures(result, usage, list(pids))

    def webmon(self) -> dict[str, float]:
        with webmon_server(self.directory, "--pages", str(PAGES)) as (server, port):
            return self.visit(server, f"http://127.0.0.1:{port}/camera/?{urlencode({**self.query, 'way': 'webmon'})}")

    def delivering(self, way: str, *command: object) -> dict[str, float]:
        with Process(*command, self.directory, "camera") as server:
            return self.visit(server, f"{self.desk.root}camera/?{urlencode({**self.query, 'way': way, 'port': server.line()})}")

    def webmon_viewer(self) -> dict[str, float]:
        script = f'<script type="module" src="/camera/painting.js?{escape(urlencode(self.query))}"></script>'
        page = self.viewer / "viewer" / "index.html"
        page.parent.mkdir(exist_ok=True)
        page.write_text(VIEWER.read_text().replace("<head>", f"<head>{script}"))
        with webmon_server(self.directory, "--pages", str(self.viewer), "--pages", str(PAGES)) as (server, port):
            return self.visit(server, f"http://127.0.0.1:{port}/viewer/?stream=camera")

    def painting(self, watch: str, *command: object) -> dict[str, float]:
        script = f"{self.desk.root}camera/{watch}?{urlencode(self.query)}"
        with Process(*command, self.directory, "camera", script) as server:
            return self.visit(server, server.line())


def figures(result: dict[str, Any], usage: Usage, processes: list[str]) -> dict[str, float]:
    """Of what a page said, and what it took."""
    begin, end, frames = result["begin"] / 1e3, result["end"] / 1e3, result["frames"]
    latencies = [int(text) * 1e3 for text in result["latencies"].split("_")]
    made = frames + result["missed"]
    found = {"frames_a_second": frames / (end - begin), "camera_frames_a_second": made / (end - begin), **percentiles(latencies), "missed_percent": 100 * result["missed"] / made}
    if "transport" in result:
        # Only webmon tells of what does not come; a painted page does not say.
        found |= {"told_percent": 100 * result["told"] / result["missed"] if result["missed"] else 100.0, "fetch": float(result["transport"] == "fetch")}
    for name in processes:
        found |= {f"{name}_cpu_ms": 1e3 * usage.cpu_seconds(name, begin, end) / frames, f"{name}_mb": usage.memory_mb(name)}
    return found


def contenders(found: Benchmark) -> dict[str, Callable[[Hop], dict[str, float]]]:
    """Who is measured here, told to the benchmark, and how."""
    found.contenders |= {
        "webmon": Contender("webmon, delivered", "webmon", note="webmon.js, which chooses the transport; tells of every frame that does not come"),
        "webmon_viewer": Contender("webmon, painted", "webmon", note="the Viewer as it comes"),
    }
    all_: dict[str, Callable[[Hop], dict[str, float]]] = {"webmon": Hop.webmon, "webmon_viewer": Hop.webmon_viewer}

    def peer(name: str, kind: str, package: str, note: str, act: Callable[..., dict[str, float]], *arguments: object) -> None:
        if found.has_package(name, package):
            found.contenders[name] = Contender(f"{package}, {kind}", "peer", version(package) or "", note)
            all_[name] = lambda hop: act(hop, *arguments)

    for name, (way, package, note) in DELIVERING.items():
        peer(name, "delivered", package, note, Hop.delivering, way, sys.executable, PEERS / f"camera_{name}.py")
    for name, (package, note) in PAINTING.items():
        script, *more = name.split("_")
        watch = "painting_bokeh.js" if script == "bokeh" else "painting.js"
        peer(name, "painted", package, note, Hop.painting, watch, sys.executable, PEERS / f"camera_{script}.py", *more)
    if "swiftnio" in found.options.only or not (found.options.quick or found.options.only):
        program = build(PEERS / "swiftnio")
        if isinstance(program, str):
            found.leave_out("swiftnio", program)
        else:
            found.contenders["swiftnio"] = Contender("SwiftNIO, delivered", "peer", NIO, "one copy of a frame, into the buffer that NIO sends")
            all_["swiftnio"] = lambda hop: hop.delivering("websocket", program)
    return all_


def measure(options: Options, arguments: argparse.Namespace) -> Benchmark:
    """All contenders, at each pace of the camera."""
    if why := visits.missing("chromium"):
        sys.exit(why)
    found = Benchmark(
        "camera_to_page",
        "Camera to page, end to end",
        "How many frames of 2048 x 2048 uint16 come to a page and to its screen, how late, and what does that take?",
        "A Python process puts changing frames into shared memory; a server brings the newest to plain headless Chromium, which checks pixels of each. "
        "WebGL is software on the same cores. Latency is from when the camera was due to make the frame.",
        options,
        FIGURES,
        axis=("camera", ""),
        parameters={"shape": [SIDE, SIDE], "dtype": "uint16"},
    )
    all_ = contenders(found)
    wanted = {name: act for name, act in all_.items() if not options.quick or options.only or name in QUICK}
    told = []
    for pace in arguments.camera or (["flat out"] if options.quick else CAMERAS):
        with (
            tempfile.TemporaryDirectory(prefix="webmon-bench-", dir="/dev/shm") as directory,
            tempfile.TemporaryDirectory() as viewer,
            visits.Desk(PAGES) as desk,
            Process(sys.executable, CAMERA, directory, "camera", CAMERAS[pace]) as camera,
        ):
            camera.line()
            hop = Hop(Path(directory), Path(viewer), camera, options, desk)
            rounds = found.measure({name: functools.partial(act, hop) for name, act in wanted.items()}, at=pace)
        told += [one["webmon"]["told_percent"] for one in rounds if "webmon" in one]
        compare(found, rounds, pace, list(wanted))
    found.hold("every frame that did not come was told, %", min(told, default=None), lambda value: value == 100, counts=True)
    return found


def compare(found: Benchmark, rounds: list[Any], pace: str, names: list[str]) -> None:
    """Holds the bars at one pace of the camera."""
    for ours, peers, bar in (("webmon", [*DELIVERING, "swiftnio"], DELIVERED_BAR), ("webmon_viewer", [*PAINTING], PAINTED_BAR)):
        here = [name for name in peers if name in names]
        ratios = [found.compare(rounds, ours, name, "frames_a_second", pace) for name in here]
        later = [found.compare(rounds, name, ours, "p50_ms", pace) for name in here]
        known = [value for value in ratios if value is not None]
        if pace == BARS_AT:
            found.hold(f"{ours} at {pace}: at least {bar:g} times the frames of the best peer", min(known, default=None), functools.partial(operator.le, bar))
        known = [value for value in later if value is not None]
        found.hold(f"{ours} at {pace}: median latency lower than any peer's (least ratio)", min(known, default=None), lambda value: value > 1)
        found.hold(f"{ours} at {pace}: at most {CPU_BAR_MS} ms of server CPU a frame", found.median(ours, "server_cpu_ms", pace), lambda value: value <= CPU_BAR_MS)


def extend(parser: argparse.ArgumentParser) -> None:
    """The options of this benchmark alone."""
    parser.add_argument("--camera", action="append", choices=list(CAMERAS), help="only this pace of the camera; can be given again")


if __name__ == "__main__":
    run(measure, __doc__ or "", runs=3, seconds=4, extend=extend)
