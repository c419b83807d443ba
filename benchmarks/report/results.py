"""Results as harness/benchmark.py and `webmon bench --json` write them."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.medians import median_of
from harness.table import number, size

At = float | str | None
_PERCENTILE = re.compile(r"(?:^|.*_)(p50|median|p90|p99|p999|max)_(ns|us|ms|s)$")
#: How a percentile is written, in their order.
PERCENTILES = {"p50": "p50", "median": "p50", "p90": "p90", "p99": "p99", "p999": "p99.9", "max": "max"}


@dataclass(frozen=True)
class Result:
    """One benchmark's result."""

    name: str
    file: str
    found: dict[str, Any]

    def __getattr__(self, key: str) -> Any:
        if key.startswith("__"):
            raise AttributeError(key)
        return self.found[key]

    @property
    def figure(self) -> str:
        """The name of its first figure, which is what it is about."""
        return str(next(iter(self.found["figures"])))

    @property
    def quick(self) -> bool:
        """Whether it was measured shortly."""
        return bool(self.parameters.get("quick"))

    def of_kind(self, kind: str) -> list[str]:
        """Contenders that were measured."""
        measured = {point["contender"] for point in self.points}
        return [name for name, contender in self.contenders.items() if contender["kind"] == kind and name in measured]

    def title_of(self, contender: str) -> str:
        """A contender's title."""
        return str(self.contenders[contender]["title"])

    @property
    def ats(self) -> list[At]:
        """The points of the axis, in their order; [None] without one."""
        found: list[At] = []
        for point in self.points:
            if point["at"] not in found:
                found.append(point["at"])
        if all(isinstance(at, (int, float)) for at in found):
            found.sort(key=lambda at: at if isinstance(at, (int, float)) else 0)
        return found

    def values(self, contender: str, figure: str, at: At) -> list[float]:
        """Of each round; empty if it was not measured."""
        for point in self.points:
            if point["contender"] == contender and point["at"] == at:
                return [run[figure] for run in point["runs"] if run.get(figure) is not None]
        return []

    def median(self, contender: str, figure: str, at: At) -> float | None:
        """Of the rounds; None if it was not measured."""
        values = self.values(contender, figure, at)
        return median_of(values) if values else None

    def said_at(self, at: At) -> str:
        """A point of the axis, as it is written."""
        if at is None or isinstance(at, str):
            return str(at or "")
        unit: str = self.axis["unit"] if self.axis else ""
        return size(at) if unit == "B" else f"{number(at)} {unit}".strip()

    def said(self, figure: str, value: float) -> str:
        """A value with its unit."""
        unit: str = self.figures[figure]["unit"]
        if unit == "" and self.figures[figure]["better"] == "" and 0 < value <= 1:
            return f"{value:.0%}"
        return f"{number(value)}{'' if unit == '%' else ' '}{unit}".strip()

    @property
    def percentiles(self) -> dict[str, str]:
        """Figures that are percentiles of one latency, by how they are written; empty if there are fewer than three."""
        found: dict[str, str] = {}
        unit = None
        for name in self.figures:
            if (match := _PERCENTILE.match(name)) and (unit is None or match[2] == unit):
                unit = match[2]
                found.setdefault(PERCENTILES[match[1]], name)
        return {label: found[label] for label in dict.fromkeys(PERCENTILES.values()) if label in found} if len(found) >= 3 else {}


@dataclass(frozen=True)
class Run:
    """A folder of results."""

    results: list[Result]
    #: How each benchmark ended (run.py); empty if the folder was filled by hand.
    ended: list[dict[str, Any]]


def read(folder: Path) -> Run:
    """All results in a folder, in the order in which they were measured.

    Raises
    ------
    ValueError
        If a file is no result.
    """
    ended: list[dict[str, Any]] = []
    if (folder / "run.json").exists():
        ended = json.loads((folder / "run.json").read_text())["benchmarks"]
    order = [one["benchmark"] for one in ended]
    files = sorted((path for path in folder.glob("*.json") if path.name != "run.json"), key=lambda path: (order.index(path.stem) if path.stem in order else len(order), path.stem))
    results = []
    for path in files:
        try:
            found = json.loads(path.read_text())
        except ValueError:
            if any(one["benchmark"] == path.stem and one["outcome"] in ("failed", "interrupted") for one in ended):
                continue  # it was ended while it wrote
            raise
        for one in found if isinstance(found, list) else [found]:
            if missing := {"benchmark", "title", "figures", "contenders", "points"} - set(one):
                raise ValueError(f"{path} is no result: it has no {', '.join(sorted(missing))}")
            empty: dict[str, Any] = {"question": "", "method": "", "parameters": {}, "machine": {}, "axis": None, "ratios": [], "bars": [], "left_out": [], "growth": []}
            for what, names in one.get("order", {}).items():
                one[what] = {name: one[what][name] for name in names}
            results.append(Result(one["benchmark"], path.stem, {**empty, **one}))
    return Run(results, ended)
