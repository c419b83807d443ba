"""What a browser takes, by path and message size: Chromium and Firefox, from webmon and from a C program that only sends.

    python benchmarks/hops/page_paths.py [--runs N] [--seconds S] [--bytes B]... [--only NAME]... [--quick] [--json] [--out FILE]

One visit measures all paths for one size, one after the other, with nothing attached to the browser:

    websocket, fetch    as the page takes it, and in a worker that hands each buffer over to the page (browser/paths/receive.js)
    upload              numbers to the graphics processor, until a pixel that was drawn of them can be read back (browser/paths/screen.js)
    paint               the same, and the whole canvas of 1024 x 768 drawn

The limit is limits/bare_server.c and WebGL with the least that shows the numbers; webmon's are its server and what its pages draw with. One byte of each
4096 of what comes is checked, and each pixel that is read back. No bars: what a browser takes is as it is.
"""

from __future__ import annotations

import argparse
import functools
import json
import sys
import tempfile
from pathlib import Path
from urllib.parse import urlencode

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from harness import visits  # noqa: E402
from harness.benchmark import Benchmark, Contender, Figure, Options, run  # noqa: E402
from harness.programs import ROOT, Process, compile_c, webmon_server  # noqa: E402

PAGES = ROOT / "benchmarks" / "browser"
SIZES = [64, 1 << 10, 16 << 10, 256 << 10, 1 << 20, 8 << 20, 32 << 20]
#: In a quick run, unless others are asked for.
QUICK_SIZES = [16 << 10, 8 << 20]
#: Then all come once, and webmon in Chromium both with messages that it takes many at a time and with large ones.
QUICK = {16 << 10: ("webmon_chromium", "webmon_firefox"), 8 << 20: ("webmon_chromium", "limit_chromium")}
QUICK_SECONDS = 0.2
SLOTS = 4
#: Messages under way: what may be so for small ones, and what fits the buffers for large ones.
CREDITS = {size: 64 if size < 1 << 18 else 4 for size in SIZES}
LIMIT = 200
PATHS = {
    "websocket": "WebSocket",
    "websocket_worker": "in a worker",
    "fetch": "fetch",
    "fetch_worker": "in a worker",
    "upload": "upload",
    "paint": "paint",
}
FIGURES = {path: Figure(title, "MB/s", "more") for path, title in PATHS.items()}
BROWSERS = {"chromium": "Chromium", "firefox": "Firefox"}


class Paths:
    """The contenders, for one size."""

    def __init__(self, directory: Path, bytes_: int, options: Options, desk: visits.Desk, bare: Path) -> None:
        self.directory = directory
        self.bytes = bytes_
        self.desk = desk
        self.bare = bare
        self.query = {"report": desk.report, "seconds": QUICK_SECONDS if options.quick else options.seconds, "bytes": bytes_}

    def visit(self, browser: str, root: str, painter: str, sources: list[dict[str, str]]) -> dict[str, float]:
        """MB/s by path."""
        told = json.dumps([{**source, "bytes": self.bytes} for source in sources])
        address = f"{root}paths/?{urlencode({**self.query, 'painter': painter, 'sources': told})}"
        with visits.opened(browser, address) as opened:
            rates = self.desk.result(opened, LIMIT)
        return {path: rates[path] * self.bytes / 1e6 for path in PATHS}

    def limit(self, browser: str) -> dict[str, float]:
        with Process(self.bare, self.directory, "frames", 1 << 20) as server:
            address = f"127.0.0.1:{server.line()}/"
            return self.visit(browser, self.desk.root, "bare", [{"way": "websocket", "url": f"ws://{address}"}, {"way": "fetch", "url": f"http://{address}"}])

    def webmon(self, browser: str) -> dict[str, float]:
        first = json.dumps({"type": "subscribe", "id": 1, "stream": "frames", "credits": CREDITS.get(self.bytes, 4)})
        credit = json.dumps({"type": "credit", "id": 1, "seq": 0})
        with webmon_server(self.directory, "--pages", str(PAGES)) as (_, port):
            websocket = {"way": "websocket", "url": f"ws://127.0.0.1:{port}/ws", "first": first, "credit": credit}
            fetch = {"way": "fetch", "url": f"http://127.0.0.1:{port}/api/streams/frames/frames"}
            return self.visit(browser, f"http://127.0.0.1:{port}/", "webmon", [websocket, fetch])


def pause(bytes_: int) -> int:
    """Microseconds between two frames: more often than any page takes them, and seldom enough to leave it the processor."""
    return max(50, min(2000, bytes_ // 4096))


def measure(options: Options, arguments: argparse.Namespace) -> Benchmark:
    """All sizes, browsers and servers."""
    found = Benchmark(
        "page_paths",
        "What a browser takes",
        "How fast do messages come into a page and to its screen, by path and size, in Chromium and in Firefox?",
        "Plain browsers with nothing attached, which check a byte of each 4096 and each pixel read back. WebGL is software on the same cores. Messages a second are MB/s by the size.",
        options,
        FIGURES,
        axis=("message", "B"),
    )
    here = []
    for browser, title in BROWSERS.items():
        for kind, by in (("webmon", "webmon"), ("limit", "bare C and WebGL")):
            found.contenders[f"{kind}_{browser}"] = Contender(f"{by}, {title}", kind)
        if why := visits.missing(browser):
            found.leave_out(browser, why)
        else:
            here.append(browser)
    sizes = arguments.bytes or (QUICK_SIZES if options.quick else SIZES)
    with tempfile.TemporaryDirectory() as programs, visits.Desk(PAGES) as desk:
        bare = compile_c("limits/bare_server.c", Path(programs), "crypto")
        idle = compile_c("limits/idle_producer.c", Path(programs))
        for size in sizes:
            with (
                tempfile.TemporaryDirectory(prefix="webmon-bench-", dir="/dev/shm") as directory,
                Process(idle, directory, "frames", size, SLOTS, pause(size)) as producer,
            ):
                producer.line()
                paths = Paths(Path(directory), size, options, desk, bare)
                acts = {"webmon": paths.webmon, "limit": paths.limit}
                all_ = {f"{kind}_{browser}": functools.partial(act, browser) for browser in here for kind, act in acts.items()}
                rounds = found.measure({name: act for name, act in all_.items() if not options.quick or options.only or name in QUICK.get(size, all_)}, at=size)
            for browser in here:
                for path in PATHS:
                    found.compare(rounds, f"webmon_{browser}", f"limit_{browser}", path, at=size)
    return found


def extend(parser: argparse.ArgumentParser) -> None:
    """The options of this benchmark alone."""
    parser.add_argument("--bytes", type=int, action="append", help="of one message, a power of two; can be given again")


if __name__ == "__main__":
    run(measure, __doc__ or "", runs=3, seconds=0.7, extend=extend)
