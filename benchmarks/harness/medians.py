"""Medians of interleaved runs, and ratios within a run."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from typing import Any

Run = dict[str, dict[str, float]]
"""One round: what was measured, by contender."""


class TooSlow(Exception):
    """A contender did not come to a result in time: that is told of it, and ends nothing."""


def interleave(contenders: dict[str, Callable[[], dict[str, float]]], runs: int, tell: Callable[[str], Any]) -> tuple[list[Run], dict[str, str]]:
    """Runs all contenders in turn, `runs` times; who comes first changes, so that a busy moment of the machine meets all alike.

    Returns
    -------
    rounds : list of Run
        Of those that came to a result in each.
    too_slow : dict
        The others, which are not asked again, and what they raised.
    """
    names = list(contenders)
    rounds: list[Run] = []
    too_slow: dict[str, str] = {}
    for number in range(runs):
        first = number % len(names)
        result: Run = {}
        for name in names[first:] + names[:first]:
            if name in too_slow:
                continue
            tell(f"run {number + 1} of {runs}: {name}")
            try:
                result[name] = contenders[name]()
            except TooSlow as error:
                too_slow[name] = str(error)
        rounds.append(result)
    return [{name: found for name, found in result.items() if name not in too_slow} for result in rounds], too_slow


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
