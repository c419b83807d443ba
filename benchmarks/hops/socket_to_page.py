"""From the socket to a page: what a plain Chromium takes from webmon, beside what it takes from a bare C server.

    python benchmarks/hops/socket_to_page.py [--runs N] [--seconds S] [--bytes B] [--only NAME]... [--json]

The page compares a byte of every 4096 and reports by itself; nothing is attached to the browser. Contenders take turns:

    limit websocket, limit fetch    a C program that only sends, from the same mapping (limits/bare_server.c)
    webmon websocket, webmon fetch  the page does no more than for the limit
    webmon.js                       the client library, which chooses the transport by itself

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
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from harness.browsers import result_in_chromium  # noqa: E402
from harness.medians import interleave, medians, ratio  # noqa: E402
from harness.programs import ROOT, Process, compile_c, webmon_server  # noqa: E402

PAGES = ROOT / "benchmarks" / "browser"
CREDITS = 4
WEBSOCKET_BAR = 0.95
FETCH_BAR = 2.0


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
        self.producer = compile_c("limits/idle_producer.c", programs)
        self.bare = compile_c("limits/bare_server.c", programs, "crypto")

    def receive(self, server: Process, root: str, **query: str) -> dict[str, float]:
        before = server.cpu_seconds
        query |= {"seconds": str(self.seconds), "bytes": str(self.bytes)}
        result = result_in_chromium(f"{root}receive/?{urlencode(query)}")
        if "transport" in result:
            print(f"  webmon.js took {result['transport']}", file=sys.stderr)
        return {
            "megabytes_a_second": result["bytes"] / result["seconds"] / 1e6,
            "frames_a_second": result["messages"] / result["seconds"],
            "server_cpu_seconds_a_gigabyte": (server.cpu_seconds - before) / (result["bytes"] / 1e9),
        }

    def limit(self, way: str) -> dict[str, float]:
        with Process(self.bare, self.directory, "frames", 1 << 20) as server:
            scheme = "ws" if way == "websocket" else "http"
            return self.receive(server, self.files, way=way, url=f"{scheme}://127.0.0.1:{server.line()}/")

    def webmon(self, way: str) -> dict[str, float]:
        with webmon_server(self.directory, "--pages", str(PAGES)) as (server, port):
            root = f"http://127.0.0.1:{port}/"
            if way == "library":
                return self.receive(server, root, way=way, stream="frames")
            if way == "fetch":
                return self.receive(server, root, way=way, url="/api/streams/frames/frames")
            first = json.dumps({"type": "subscribe", "id": 1, "stream": "frames", "credits": CREDITS})
            credit = json.dumps({"type": "credit", "id": 1, "seq": 0})
            return self.receive(server, root, way=way, url=f"ws://127.0.0.1:{port}/ws", first=first, credit=credit)

    def contenders(self, only: list[str]) -> dict[str, Callable[[], dict[str, float]]]:
        all_ = {
            "limit websocket": functools.partial(self.limit, "websocket"),
            "webmon websocket": functools.partial(self.webmon, "websocket"),
            "limit fetch": functools.partial(self.limit, "fetch"),
            "webmon fetch": functools.partial(self.webmon, "fetch"),
            "webmon.js": functools.partial(self.webmon, "library"),
        }
        return {name: run for name, run in all_.items() if not only or name in only}


def main() -> None:
    """Runs all, and says whether the bars are met."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5, help="rounds of which the medians are taken (default 5)")
    parser.add_argument("--seconds", type=float, default=4.0, help="of receiving, for each contender in each round (default 4)")
    parser.add_argument("--bytes", type=int, default=8 << 20, help="of one frame (default 8 MiB)")
    parser.add_argument("--only", action="append", default=[], help="only these contenders")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    arguments = parser.parse_args()

    files = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(QuietHandler, directory=str(PAGES)))
    threading.Thread(target=files.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory(prefix="webmon-bench-", dir="/dev/shm") as directory, tempfile.TemporaryDirectory() as programs:
        page = Page(Path(directory), Path(programs), arguments.bytes, arguments.seconds, f"http://127.0.0.1:{files.server_port}/")
        with Process(page.producer, directory, "frames", arguments.bytes, 8, 5000) as producer:
            producer.line()
            rounds = interleave(page.contenders(arguments.only), arguments.runs, lambda text: print(text, file=sys.stderr))

    figures = medians(rounds)
    limit = "limit websocket"
    ratios = {name: ratio(rounds, name, limit, "megabytes_a_second") for name in figures if limit in figures}
    missed = []
    for name, bar in {"webmon websocket": WEBSOCKET_BAR, "webmon fetch": FETCH_BAR}.items():
        if name in ratios and ratios[name][0] < bar:
            missed.append(f"{name} is at {ratios[name][0]:.2f} of the limit's WebSocket; the bar is {bar}")

    if arguments.json:
        print(json.dumps({"benchmark": "socket_to_page", "bytes": arguments.bytes, "medians": figures, "ratios": ratios, "missed": missed, "rounds": rounds}, indent=2))
    else:
        print(f"frames of {arguments.bytes} bytes into a plain Chromium: medians of {arguments.runs} rounds")
        print(f"  {'':18}{'MB/s':>8}{'frames/s':>10}{'server CPU s/GB':>18}{'of limit ws':>13}  least to greatest")
        for name, figure in figures.items():
            line = f"  {name:18}{figure['megabytes_a_second']:8.0f}{figure['frames_a_second']:10.1f}{figure['server_cpu_seconds_a_gigabyte']:18.2f}"
            if name in ratios:
                middle, least, greatest = ratios[name]
                line += f"{middle:12.2f}x  {least:.2f} to {greatest:.2f}"
            print(line)
    if missed:
        sys.exit("a bar was missed: " + "; ".join(missed))


if __name__ == "__main__":
    main()
