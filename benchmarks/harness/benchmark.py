"""One benchmark: what it asks, what it found, which bars it holds, and how that is told.

All benchmarks have the same options, and write the same kind of JSON, which `benchmarks/report` reads:

    benchmark, title, question, method     texts; the name is the script's
    parameters                             {name: value}
    machine                                harness/machine.py
    figures                                {figure: {title, unit, better}}; better is "more", "less" or ""
    axis                                   null, or {title, unit}: what changes from point to point
    contenders                             {name: {title, kind, version, note}}; kind is "webmon", "limit" or "peer"
    order                                  {figures: [name], contenders: [name]}: theirs, where the writer (`webmon bench`) has objects in no order
    points                                 [{at, contender, runs: [{figure: value}, ...]}]; at is null without an axis
    ratios                                 [{of, to, figure, at, median, least, greatest}]
    bars                                   [{says, found, met, counts}]; a bar that counts is held in quick runs too
    left_out                               [{contender, why}]
    growth                                 [{axis, figure, exponent, low, high, bends_at, exponent_after, low_after, high_after, may_grow}]: cost against the
                                           contender `axis` is as at ** exponent, and after `bends_at` (null: nowhere) as at ** exponent_after;
                                           low and high: least and greatest of the runs; may_grow: the exponent that it may have
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from . import machine
from .medians import Run, interleave, median_of, ratio
from .table import table


#: Percent of the processors' time that a host may keep from a machine that is called quiet.
QUIET_PERCENT = 5


@dataclass(frozen=True)
class Figure:
    """What is measured: its title and unit, and whether more or less of it is better."""

    title: str
    unit: str
    better: str = ""


@dataclass(frozen=True)
class Contender:
    """Who is measured: webmon, the limit that physics or the kernel sets, or a peer."""

    title: str
    kind: str
    version: str = ""
    note: str = ""


@dataclass(frozen=True)
class Options:
    """How long and what; of the command line."""

    runs: int
    seconds: float
    quick: bool
    only: tuple[str, ...]

    def wants(self, contender: str) -> bool:
        """False if the command line names others only."""
        return not self.only or contender in self.only


@dataclass
class Benchmark:
    """What a benchmark found so far. :meth:`measure` fills it; :func:`run` makes, tells and writes it."""

    benchmark: str
    title: str
    question: str
    method: str
    options: Options
    figures: dict[str, Figure]
    axis: tuple[str, str] | None = None
    parameters: dict[str, Any] = field(default_factory=dict)
    contenders: dict[str, Contender] = field(default_factory=dict)
    points: list[dict[str, Any]] = field(default_factory=list)
    ratios: list[dict[str, Any]] = field(default_factory=list)
    bars: list[dict[str, Any]] = field(default_factory=list)
    left_out: list[dict[str, str]] = field(default_factory=list)
    growth: list[dict[str, Any]] = field(default_factory=list)

    def leave_out(self, contender: str, why: str) -> None:
        """Tells of one that could not be measured here."""
        self.left_out.append({"contender": contender, "why": why})
        say(f"{contender} is left out: {why}")

    def has_package(self, contender: str, package: str) -> bool:
        """Whether a contender's Python package is installed; one without is left out."""
        if machine.version(package) is None:
            self.leave_out(contender, f"the Python package {package} is not installed")
            return False
        return True

    def _check_only(self) -> None:
        """Ends the program before anything is measured, if the command line names somebody who is not there."""
        known = {*self.contenders, *(one["contender"] for one in self.left_out)}
        if unknown := set(self.options.only) - known:
            sys.exit(f"--only {', '.join(sorted(unknown))}: there is no such contender; there are {', '.join(self.contenders)}")

    def measure(self, contenders: dict[str, Callable[[], dict[str, float]]], at: float | str | None = None) -> list[Run]:
        """Measures contenders in turn, as many rounds as are wanted, and keeps what they give.

        Parameters
        ----------
        contenders : dict
            For each name, already in `self.contenders`, what runs it once and gives its figures.
        at : float or str, optional
            The point of the axis.

        Raises
        ------
        SystemExit
            If one of webmon's own is too slow (:class:`TooSlow`); a peer or limit that is so is left out.
        """
        self._check_only()
        wanted = {name: act for name, act in contenders.items() if self.options.wants(name)}
        if not wanted:
            return []
        rounds, too_slow = interleave(wanted, self.options.runs, say)
        for name, why in too_slow.items():
            if self.contenders[name].kind == "webmon":
                sys.exit(f"{name}: {why}")
            self.leave_out(name, why if at is None else f"at {at}: {why}")
        self.points += [{"at": at, "contender": name, "runs": [found[name] for found in rounds]} for name in wanted if name not in too_slow]
        return rounds

    def measure_together(self, act: Callable[[], Run], at: float | str | None = None) -> list[Run]:
        """As :meth:`measure`, of contenders that take turns within one round, call by call: `act` gives the figures of each."""
        self._check_only()
        rounds: list[Run] = []
        for number in range(self.options.runs):
            say(f"run {number + 1} of {self.options.runs}{'' if at is None else f': {at}'}")
            rounds.append({name: figures for name, figures in act().items() if self.options.wants(name)})
        self.points += [{"at": at, "contender": name, "runs": [found[name] for found in rounds]} for name in rounds[0]]
        return rounds

    def compare(self, rounds: Sequence[Run], of: str, to: str, figure: str, at: float | str | None = None) -> float | None:
        """The median ratio of two contenders' figures in the same rounds, which is kept too; None if either was not measured."""
        if not rounds or of not in rounds[0] or to not in rounds[0]:
            return None
        median, least, greatest = ratio(rounds, of, to, figure)
        self.ratios.append({"of": of, "to": to, "figure": figure, "at": at, "median": median, "least": least, "greatest": greatest})
        return median

    def median(self, contender: str, figure: str, at: float | str | None = None) -> float | None:
        """Of the runs of a contender at a point; None if it was not measured."""
        for point in self.points:
            if point["contender"] == contender and point["at"] == at:
                return median_of([run[figure] for run in point["runs"]])
        return None

    def hold(self, says: str, found: float | None, met: Callable[[float], bool], *, counts: bool = False) -> None:
        """Holds a bar: what it says, what was found (None: not measured, so nothing is held).

        Bars of times are not held in quick runs. Those that count (copies, drops, allocations) are always.
        """
        if found is not None and (counts or not self.options.quick):
            self.bars.append({"says": says, "found": found, "met": met(found), "counts": counts})

    def as_json(self) -> dict[str, Any]:
        """What the report reads."""
        found = {key: value for key, value in vars(self).items() if key not in ("options", "axis")}
        found |= {
            "figures": {name: asdict(figure) for name, figure in self.figures.items()},
            "contenders": {name: asdict(contender) for name, contender in self.contenders.items()},
            "axis": None if self.axis is None else {"title": self.axis[0], "unit": self.axis[1]},
            "parameters": {**self.parameters, "runs": self.options.runs, "seconds": self.options.seconds, "quick": self.options.quick},
            "machine": machine.describe(),
        }
        return found


def say(text: str) -> None:
    """Tells of progress, beside the result."""
    print(f"  {text}", file=sys.stderr, flush=True)


def run(make: Callable[[Options, argparse.Namespace], Benchmark], description: str, *, runs: int, seconds: float, extend: Callable[[argparse.ArgumentParser], object] | None = None) -> None:
    """A benchmark's main: reads the command line, measures, tells and writes; ends with an error if a bar is missed.

    Parameters
    ----------
    make : callable
        Measures all, and gives the benchmark.
    description : str
        The script's docstring.
    runs, seconds : int, float
        Rounds of which medians are taken, and the time of one contender in one round, unless the command line says other ones.
    extend : callable, optional
        Adds options to the parser.
    """
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, help=f"rounds of which the medians are taken (default {runs}; quick: 1)")
    parser.add_argument("--seconds", type=float, help=f"of measuring, for each contender in each round (default {seconds:g}; quick: 0.5)")
    parser.add_argument("--quick", action="store_true", help="one short round: data and counts are checked, times are not held to a bar")
    parser.add_argument("--only", action="append", default=[], metavar="NAME", help="only this contender; can be given again")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    parser.add_argument("--out", type=Path, metavar="FILE", help="write the JSON there, too")
    if extend is not None:
        extend(parser)
    arguments = parser.parse_args()
    # As Ctrl-C: programs that were started are ended.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended by SIGTERM"))
    options = Options(
        runs=arguments.runs or (1 if arguments.quick else runs),
        seconds=arguments.seconds or (min(seconds, 0.5) if arguments.quick else seconds),
        quick=arguments.quick,
        only=tuple(arguments.only),
    )
    found = make(options, arguments)
    result = found.as_json()
    text = json.dumps(result, indent=2)
    if arguments.out is not None:
        arguments.out.parent.mkdir(parents=True, exist_ok=True)
        arguments.out.write_text(text + "\n")
    print(text if arguments.json else table(result))
    if (stolen := result["machine"]["stolen_percent"]) > QUIET_PERCENT:
        say(f"the host kept {stolen:.0f} % of the processors' time from this machine meanwhile: ratios hold better than bare numbers")
    if missed := [bar for bar in found.bars if not bar["met"]]:
        sys.exit("a bar was missed: " + "; ".join(f"{bar['says']}: {bar['found']:.3g}" for bar in missed))
