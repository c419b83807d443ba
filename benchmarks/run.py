"""Everything that is measured, in one command, and the report of it: `make bench`.

    python benchmarks/run.py [--quick] [--only HOP]... [--runs N] [--into FOLDER]

Runs `webmon bench` and every script in benchmarks/hops, one after the other, each into a file of its own in benchmarks/results/DATE-TIME. One that
fails or misses a bar does not keep the others from being run; it is told at the end, and the exit code is 1. Ctrl-C ends what runs, and the report is
written of what there is. `run.json` beside the results says what was run and how it ended.

--into a folder of results measures anew what --only names, and keeps the others.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from harness.programs import ROOT, WEBMON
from report import write

HOPS = ROOT / "benchmarks" / "hops"
RESULTS = ROOT / "benchmarks" / "results"
#: The program's own benchmark, which needs no Python.
PROGRAM = "webmon_bench"
#: As a byte travels; then what is beside the path. Scripts that are not here come last.
ORDER = [
    PROGRAM, "python_publish", "wake_up", "array_to_process", "memory_to_socket", "socket_to_page", "page_paths", "camera_to_page",
    "direct_clients", "many_clients", "command_round_trip", "napari_live_layer", "napari_frame_time", "napari_commands", "growth",
]  # fmt: skip
#: Seconds after which one is ended.
LIMIT = 3600.0
#: Lines that are kept of what one says, to tell why it failed.
KEPT_LINES = 12


@dataclass
class Ran:
    """How one benchmark ended: "met", "missed" (a bar), "failed", "interrupted" or "left out"."""

    benchmark: str
    outcome: str
    seconds: float
    said: str


def names() -> list[str]:
    """All benchmarks, in the order in which they are run."""
    there = {path.stem for path in HOPS.glob("*.py")} | {PROGRAM}
    return [name for name in ORDER if name in there] + sorted(there - set(ORDER))


def run_one(name: str, into: Path, options: list[str]) -> Ran:
    """Runs one benchmark to its end."""
    start = time.monotonic()
    file = into / f"{name}.json"
    if name == PROGRAM:
        # A program without that command answers with its own help.
        if "webmon bench" not in subprocess.run([WEBMON, "bench", "--help"], capture_output=True, text=True).stdout:
            return Ran(name, "left out", 0, f"{WEBMON.name} has no command `bench`")
        # It knows --quick; how often it measures is its own.
        command: list[Any] = [WEBMON, "bench", "--json", *(option for option in options if option == "--quick")]
        with file.open("w") as output:
            code, said = run_watched(command, output)
        if file.stat().st_size == 0:
            file.unlink()
    else:
        code, said = run_watched([sys.executable, HOPS / f"{name}.py", "--out", file, *options], None)
    outcome = "met" if code == 0 else "missed" if file.exists() and _misses(file) else "failed"
    return Ran(name, outcome, time.monotonic() - start, "" if code == 0 else said)


def run_watched(command: list[Any], output: Any) -> tuple[int, str]:
    """Runs a command in a session of its own, whose processes end with it; gives its exit code, and the last that it said.

    Raises
    ------
    KeyboardInterrupt
        After it was ended, because of Ctrl-C.
    """
    child = subprocess.Popen(command, stdout=output, stderr=subprocess.PIPE, text=True, start_new_session=True)
    said: deque[str] = deque(maxlen=KEPT_LINES)

    def hear() -> None:
        assert child.stderr is not None
        for line in child.stderr:
            sys.stderr.write(line)
            said.append(line)

    ear = threading.Thread(target=hear, daemon=True)
    ear.start()
    interrupted = False
    try:
        child.wait(LIMIT)
    except subprocess.TimeoutExpired:
        said.append(f"it was ended after {LIMIT:g} s\n")
        _end(child)
    except KeyboardInterrupt:
        interrupted = True
        _end(child)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)  # what a benchmark that failed has left
    ear.join(5)
    if interrupted:
        raise KeyboardInterrupt
    return child.returncode, "".join(said).strip()


def _end(child: subprocess.Popen[str]) -> None:
    """As Ctrl-C does, so that it ends its own programs."""
    child.send_signal(signal.SIGINT)
    try:
        child.wait(60)
    except (subprocess.TimeoutExpired, KeyboardInterrupt):
        child.kill()
        child.wait()


def _misses(file: Path) -> bool:
    try:
        found = json.loads(file.read_text())
    except ValueError:
        return False
    return any(not bar["met"] for one in (found if isinstance(found, list) else [found]) for bar in one["bars"])


def run_all(wanted: list[str], into: Path, options: list[str]) -> list[Ran]:
    """Runs them in turn; ends early if somebody wants that."""
    done: list[Ran] = []
    for number, name in enumerate(wanted):
        print(f"webmon: {name} ({number + 1} of {len(wanted)})", file=sys.stderr, flush=True)
        try:
            done.append(run_one(name, into, options))
        except KeyboardInterrupt:
            return [*done, *(Ran(left, "interrupted", 0, "") for left in wanted[number:])]
        if done[-1].outcome in ("failed", "left out"):
            print(f"  {done[-1].outcome}: {name}{': ' + done[-1].said if done[-1].outcome == 'left out' else ''}", file=sys.stderr, flush=True)
        _keep(into, done, options)
    return done


def _keep(into: Path, done: list[Ran], options: list[str]) -> None:
    """Beside what an earlier run left in the folder of benchmarks that are not measured now."""
    file = into / "run.json"
    found = {one["benchmark"]: one for one in json.loads(file.read_text())["benchmarks"]} if file.exists() else {}
    found |= {one.benchmark: {**asdict(one), "options": options} for one in done}
    place = {name: number for number, name in enumerate(names())}
    in_order = sorted(found.values(), key=lambda one: place.get(one["benchmark"], len(place)))
    file.write_text(json.dumps({"benchmarks": in_order}, indent=2) + "\n")


def main() -> int:
    """Runs, tells, and gives the exit code."""
    # Whoever started this in the background may have left Ctrl-C without effect, here and in all that this starts.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="one short round of each: data and counts are checked, times are not held to a bar")
    parser.add_argument("--only", action="append", default=[], metavar="HOP", help="only this benchmark; can be given again")
    parser.add_argument("--runs", type=int, help="rounds of each, instead of its own number")
    parser.add_argument("--into", type=Path, default=RESULTS / time.strftime("%Y-%m-%d-%H%M%S"), metavar="FOLDER", help="for results and report")
    arguments = parser.parse_args()
    if unknown := set(arguments.only) - set(names()):
        parser.error(f"there is no {', '.join(sorted(unknown))}; there are {', '.join(names())}")
    options = [*(["--quick"] if arguments.quick else []), *(["--runs", str(arguments.runs)] if arguments.runs else [])]
    arguments.into.mkdir(parents=True, exist_ok=True)

    done = run_all([name for name in names() if not arguments.only or name in arguments.only], arguments.into, options)
    _keep(arguments.into, done, options)
    print("\nwebmon: what was measured")
    for one in done:
        why = f"   {one.said.splitlines()[-1]}" if one.said else ""
        print(f"  {one.outcome if one.outcome == 'met' else one.outcome.upper():12} {one.benchmark:20} {one.seconds:6.0f} s{why}")
    for path in write(arguments.into):
        print(f"webmon: {path}")
    if any(one.outcome == "interrupted" for one in done):
        return 130
    return 1 if any(one.outcome in ("missed", "failed") for one in done) else 0


if __name__ == "__main__":
    sys.exit(main())
