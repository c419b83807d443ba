"""From the socket to a page: what a plain Chromium takes from webmon, beside what it takes from a bare C server.

    python benchmarks/hops/socket_to_page.py [--runs N] [--seconds S] [--bytes B] [--only NAME]... [--quick] [--json] [--out FILE]

The page compares a byte of every 4096 and reports by itself; nothing is attached to the browser. Contenders take turns:

    limit_websocket, limit_fetch    a C program that only sends, from the same mapping (limits/bare_server.c)
    webmon_websocket, webmon_fetch  the page does no more than for the limit
    webmon_js                       the client library, which chooses the transport by itself

Bars (medians of ratios within a run): over WebSocket at least 0.95 of the limit's WebSocket, over fetch at least twice that.
"""

from __future__ import annotations

import argparse
import functools
import http.server
import json
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from harness.benchmark import Benchmark, Contender, Figure, Options, run  # noqa: E402
from harness.browsers import result_in_chromium  # noqa: E402
from harness.programs import ROOT, Process, compile_c, webmon_server  # noqa: E402

PAGES = ROOT / "benchmarks" / "browser"
CREDITS = 4
WEBSOCKET_BAR = 0.95
FETCH_BAR = 2.0
FIGURES = {
    "megabytes_a_second": Figure("throughput", "MB/s", "more"),
    "frames_a_second": Figure("frames", "1/s", "more"),
    "server_cpu_seconds_a_gigabyte": Figure("server CPU", "s/GB", "less"),
}


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    """Serves the page for the limit."""

    def log_message(self, *_: Any) -> None:
        """Says nothing."""


class Page:
    """The contenders, on one segment."""

    def __init__(self, directory: Path, programs: Path, bytes_: int, seconds: float, files: str) -> None:
        self.directory = directory
        self.bytes = bytes_
        self.seconds = seconds
        self.files = files
        #: What webmon.js chose, round by round.
        self.transports: list[str] = []
        self.producer = compile_c("limits/idle_producer.c", programs)
        self.bare = compile_c("limits/bare_server.c", programs, "crypto")

    def receive(self, server: Process, root: str, **query: str) -> dict[str, float]:
        """What a page gets, and what that costs the server."""
        before = server.cpu_seconds
        query |= {"seconds": str(self.seconds), "bytes": str(self.bytes)}
        result = result_in_chromium(f"{root}receive/?{urlencode(query)}")
        if "transport" in result:
            self.transports.append(result["transport"])
        return {
            "megabytes_a_second": result["bytes"] / result["seconds"] / 1e6,
            "frames_a_second": result["messages"] / result["seconds"],
            "server_cpu_seconds_a_gigabyte": (server.cpu_seconds - before) / (result["bytes"] / 1e9),
        }

    def limit(self, way: str) -> dict[str, float]:
        """The bare C server."""
        with Process(self.bare, self.directory, "frames", 1 << 20) as server:
            scheme = "ws" if way == "websocket" else "http"
            return self.receive(server, self.files, way=way, url=f"{scheme}://127.0.0.1:{server.line()}/")

    def webmon(self, way: str) -> dict[str, float]:
        """webmon's server; way is websocket, fetch or library."""
        with webmon_server(self.directory, "--pages", str(PAGES)) as (server, port):
            root = f"http://127.0.0.1:{port}/"
            if way == "library":
                return self.receive(server, root, way=way, stream="frames")
            if way == "fetch":
                return self.receive(server, root, way=way, url="/api/streams/frames/frames")
            first = json.dumps({"type": "subscribe", "id": 1, "stream": "frames", "credits": CREDITS})
            credit = json.dumps({"type": "credit", "id": 1, "seq": 0})
            return self.receive(server, root, way=way, url=f"ws://127.0.0.1:{port}/ws", first=first, credit=credit)


def measure(options: Options, arguments: argparse.Namespace) -> Benchmark:
    """All contenders on one segment."""
    found = Benchmark(
        "socket_to_page",
        "The socket to a page",
        "How many bytes does a browser page take, and how near is that to what a browser can take at all?",
        "A plain headless Chromium, to which no tools are attached, receives frames as fast as they come and compares a byte of every 4096. The page says by itself what came.",
        options,
        FIGURES,
        parameters={"bytes": arguments.bytes, "credits": CREDITS},
        contenders={
            "limit_websocket": Contender("bare C, WebSocket", "limit"),
            "webmon_websocket": Contender("webmon, WebSocket", "webmon"),
            "limit_fetch": Contender("bare C, fetch", "limit", note="the page is of another origin"),
            "webmon_fetch": Contender("webmon, fetch", "webmon"),
            "webmon_js": Contender("webmon.js", "webmon", note="chooses the transport; waits for each frame to be painted"),
        },
    )
    files = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(QuietHandler, directory=str(PAGES)))
    threading.Thread(target=files.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory(prefix="webmon-bench-", dir="/dev/shm") as directory, tempfile.TemporaryDirectory() as programs:
        page = Page(Path(directory), Path(programs), arguments.bytes, options.seconds, f"http://127.0.0.1:{files.server_port}/")
        with Process(page.producer, directory, "frames", arguments.bytes, 8, 5000) as producer:
            producer.line()
            rounds = found.measure(
                {
                    "limit_websocket": functools.partial(page.limit, "websocket"),
                    "webmon_websocket": functools.partial(page.webmon, "websocket"),
                    "limit_fetch": functools.partial(page.limit, "fetch"),
                    "webmon_fetch": functools.partial(page.webmon, "fetch"),
                    "webmon_js": functools.partial(page.webmon, "library"),
                }
            )
    found.parameters["webmon.js took"] = ", ".join(page.transports)
    ratios = {name: found.compare(rounds, name, "limit_websocket", "megabytes_a_second") for name in found.contenders if name != "limit_websocket"}
    found.compare(rounds, "webmon_fetch", "limit_fetch", "megabytes_a_second")
    found.hold(f"WebSocket at least {WEBSOCKET_BAR} of the limit's", ratios["webmon_websocket"], lambda value: value >= WEBSOCKET_BAR)
    found.hold(f"fetch at least {FETCH_BAR:g} times the limit's WebSocket", ratios["webmon_fetch"], lambda value: value >= FETCH_BAR)
    return found


def extend(parser: argparse.ArgumentParser) -> None:
    """The options of this benchmark alone."""
    parser.add_argument("--bytes", type=int, default=8 << 20, help="of one frame (default 8 MiB)")


if __name__ == "__main__":
    run(measure, __doc__ or "", runs=5, seconds=4, extend=extend)
