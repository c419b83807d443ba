"""The machine and the versions that results are from, and how to make them again."""

from __future__ import annotations

from .document import Block, Bullets, Heading, Paragraph, Row, Table
from .results import Result

NAMES = {
    "processor": "processor", "cores": "cores", "memory_gb": "memory, GB", "system": "system", "kernel": "kernel", "python": "Python", "numpy": "numpy",
    "chromium": "Chromium", "firefox": "Firefox", "commit": "commit", "date": "measured",
}  # fmt: skip


def part(results: list[Result]) -> list[Block]:
    """The chapter."""
    rows = []
    for key, name in NAMES.items():
        values = list(dict.fromkeys(str(result.machine[key]) for result in results if result.machine.get(key)))
        if values:
            rows.append(Row([name, f"{min(values)} to {max(values)}" if key == "date" and len(values) > 1 else ", ".join(values)]))
    loads = [float(result.machine["load"]) for result in results if "load" in result.machine]
    if loads:
        rows.append(Row(["load when each ended", f"{min(loads):.1f} to {max(loads):.1f}"]))
    stolen = [float(result.machine["stolen_percent"]) for result in results if "stolen_percent" in result.machine]
    if stolen:
        rows.append(Row(["processor time that the host kept from this machine", f"{min(stolen):.0f} to {max(stolen):.0f} %"]))
    versions = sorted({f"{contender['title']} {contender['version']}" for result in results for contender in result.contenders.values() if contender.get("version")}, key=str.lower)
    return [
        Heading("The machine", 2, "machine"),
        *([Table(["", ""], rows, texts=2)] if rows else []),
        *([Paragraph("Versions of what was measured beside webmon: " + ", ".join(versions) + ".")] if versions else []),
        Heading("How to reproduce", 2, "reproduce"),
        Bullets([
            ("", "`make bench` measures all of it, and writes this report to `benchmarks/results/`; `make bench-quick` does so in minutes, for the data and the counts alone."),
            ("", '`make bench BENCH="hops/memory_to_socket.py --runs 3"` measures one hop; each has `--help`.'),
            ("", "`webmon bench` measures the hops that need no Python and no browser."),
            ("", "Close what else runs: a busy core meets all contenders alike, since they take turns, but it widens the spread."),
        ]),
    ]  # fmt: skip
