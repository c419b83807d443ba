"""From shared memory to a socket: webmon beside its limit and beside what else could send the same frames.

    python benchmarks/hops/memory_to_socket.py [--runs N] [--seconds S] [--bytes B] [--only NAME]... [--json]

One reader in C takes everything as fast as it comes and compares a byte of every page; a wrong one fails the run. The frames lie in a segment that a
producer publishes every 2 ms without touching them, so that only the sending is measured. Contenders take turns.

The limit is a C program that does nothing but `sendmsg` from the same mapping. Bars (medians of ratios within a run): webmon at least 0.95 of it, at
least 5 times `lws_write` as it comes, ahead of the Python servers; at most 0.4 CPU seconds a GB; no payload byte copied in user space.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from harness.medians import interleave, medians, ratio  # noqa: E402
from harness.programs import ROOT, Process, compile_c, webmon_server  # noqa: E402

CREDITS = 4
LIMIT_BAR = 0.95
LWS_BAR = 5.0
CPU_BAR = 0.4
PEERS = {"websockets": "websockets", "aiohttp": "aiohttp", "flask_socketio": "flask_socketio"}


class Socket:
    """The contenders, on one segment."""

    def __init__(self, directory: Path, programs: Path, bytes_: int, seconds: float) -> None:
        self.directory = directory
        self.bytes = bytes_
        self.seconds = seconds
        self.reader = compile_c("clients/websocket_reader.c", programs)
        self.producer = compile_c("limits/idle_producer.c", programs)
        self.bare = compile_c("limits/bare_server.c", programs, "crypto")
        self.lws = compile_c("peers/lws_write_server.c", programs, "websockets")

    def read(self, server: Process, port: int, path: str, *options: str) -> dict[str, float]:
        """What the reader gets of a server, and what that costs the server."""
        before = server.cpu_seconds
        with Process(self.reader, port, path, self.seconds, self.bytes, *options) as reader:
            result: dict[str, float] = json.loads(reader.line())
        gigabytes = result["bytes"] / 1e9
        return {
            "gigabytes_a_second": gigabytes / result["seconds"],
            "server_cpu_seconds_a_gigabyte": (server.cpu_seconds - before) / gigabytes,
            "reader_cpu_seconds_a_gigabyte": result["cpu_seconds"] / gigabytes,
        }

    def webmon(self) -> dict[str, float]:
        subscribe = {"type": "subscribe", "id": 1, "stream": "frames", "credits": CREDITS}
        with webmon_server(self.directory) as (server, port):
            result = self.read(
                server, port, "/ws", "--protocol", "webmon.v1", "--send", json.dumps(subscribe),
                "--credit", json.dumps({"type": "credit", "id": 1, "seq": 0}),
            )  # fmt: skip
            return {**result, "copied_bytes": copied_bytes(port)}

    def limit(self) -> dict[str, float]:
        with Process(self.bare, self.directory, "frames", 1 << 20) as server:
            return self.read(server, int(server.line()), "/")

    def lws_write(self) -> dict[str, float]:
        with Process(self.lws, self.directory, "frames") as server:
            return self.read(server, int(server.line()), "/", "--protocol", "webmon.v1")

    def python(self, name: str) -> dict[str, float]:
        script = ROOT / "benchmarks" / "peers" / f"{name}_server.py"
        socketio = ["--send", "40", "--send", '42["go"]', "--header", "0"] if name == "flask_socketio" else ["--header", "0"]
        path = "/socket.io/?EIO=4&transport=websocket" if name == "flask_socketio" else "/"
        with Process(sys.executable, script, self.directory, "frames") as server:
            return self.read(server, int(server.line()), path, *socketio)

    def contenders(self, only: list[str]) -> dict[str, Callable[[], dict[str, float]]]:
        all_: dict[str, Callable[[], dict[str, float]]] = {"limit": self.limit, "webmon": self.webmon, "lws_write": self.lws_write}
        for name, module in PEERS.items():
            if importlib.util.find_spec(module) is None:
                print(f"{name} is left out: its package is not installed", file=sys.stderr)
            else:
                all_[name] = lambda name=name: self.python(name)  # type: ignore[misc]
        return {name: run for name, run in all_.items() if not only or name in only}


def copied_bytes(port: int) -> float:
    """Payload bytes that the server copied in user space since it started, as it tells itself."""
    from urllib.request import urlopen

    with urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
        lines = answer.read().decode().splitlines()
    return sum(float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith("webmon_stream_copied_bytes_total"))


def main() -> None:
    """Runs all, and says whether the bars are met."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5, help="rounds of which the medians are taken (default 5)")
    parser.add_argument("--seconds", type=float, default=3.0, help="of reading, for each contender in each round (default 3)")
    parser.add_argument("--bytes", type=int, default=8 << 20, help="of one frame (default 8 MiB)")
    parser.add_argument("--only", action="append", default=[], help="only these contenders")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    arguments = parser.parse_args()

    with tempfile.TemporaryDirectory(prefix="webmon-bench-", dir="/dev/shm") as directory, tempfile.TemporaryDirectory() as programs:
        socket = Socket(Path(directory), Path(programs), arguments.bytes, arguments.seconds)
        with Process(socket.producer, directory, "frames", arguments.bytes, 8, 2000) as producer:
            producer.line()
            rounds = interleave(socket.contenders(arguments.only), arguments.runs, lambda text: print(text, file=sys.stderr))

    figures = medians(rounds)
    ratios = {name: ratio(rounds, "webmon", name, "gigabytes_a_second") for name in figures if name != "webmon" and "webmon" in figures}
    missed = []
    if "webmon" in figures:
        if "limit" in ratios and ratios["limit"][0] < LIMIT_BAR:
            missed.append(f"webmon is at {ratios['limit'][0]:.2f} of the limit; the bar is {LIMIT_BAR}")
        if "lws_write" in ratios and ratios["lws_write"][0] < LWS_BAR:
            missed.append(f"webmon is at {ratios['lws_write'][0]:.1f} times lws_write; the bar is {LWS_BAR}")
        missed += [f"{name} is ahead of webmon" for name in PEERS if name in ratios and ratios[name][0] < 1]
        if figures["webmon"]["server_cpu_seconds_a_gigabyte"] > CPU_BAR:
            missed.append(f"webmon takes {figures['webmon']['server_cpu_seconds_a_gigabyte']:.2f} CPU s a GB; the bar is {CPU_BAR}")
        if any(run["webmon"]["copied_bytes"] for run in rounds):
            missed.append("payload bytes were copied in user space")

    if arguments.json:
        print(json.dumps({"benchmark": "memory_to_socket", "bytes": arguments.bytes, "medians": figures, "ratios": ratios, "missed": missed, "rounds": rounds}, indent=2))
    else:
        print(f"frames of {arguments.bytes} bytes from shared memory to one reader: medians of {arguments.runs} rounds")
        print(f"  {'':16}{'GB/s':>8}{'server CPU s/GB':>18}{'webmon is':>12}  least to greatest")
        for name, figure in sorted(figures.items(), key=lambda item: -item[1]["gigabytes_a_second"]):
            line = f"  {name:16}{figure['gigabytes_a_second']:8.2f}{figure['server_cpu_seconds_a_gigabyte']:18.2f}"
            if name in ratios:
                middle, least, greatest = ratios[name]
                line += f"{middle:11.2f}x  {least:.2f} to {greatest:.2f}"
            print(line)
    if missed:
        sys.exit("a bar was missed: " + "; ".join(missed))


if __name__ == "__main__":
    main()
