"""Medians of interleaved runs, and ratios within a run."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from typing import Any

Run = dict[str, dict[str, float]]
"""One round: what was measured, by contender."""


def interleave(contenders: dict[str, Callable[[], dict[str, float]]], runs: int, tell: Callable[[str], Any]) -> list[Run]:
    """Runs all contenders in turn, `runs` times; who comes first changes, so that a busy moment of the machine meets all alike."""
    names = list(contenders)
    rounds: list[Run] = []
    for number in range(runs):
        first = number % len(names)
        result: Run = {}
        for name in names[first:] + names[:first]:
            tell(f"run {number + 1} of {runs}: {name}")
            result[name] = contenders[name]()
        rounds.append(result)
    return rounds


def median_of(values: Sequence[float]) -> float:
    """The value in the middle."""
    return statistics.median(values)


def medians(rounds: Sequence[Run]) -> Run:
    """By contender and figure."""
    return {
        name: {key: statistics.median(run[name][key] for run in rounds) for key in rounds[0][name]} for name in rounds[0]
    }


def ratio(rounds: Sequence[Run], of: str, to: str, key: str) -> tuple[float, float, float]:
    """The ratio of one contender's figure to another's in the same run: median, least, greatest."""
    ratios = [run[of][key] / run[to][key] for run in rounds]
    return statistics.median(ratios), min(ratios), max(ratios)
