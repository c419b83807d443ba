"""How contenders stand against one of them: ratios within rounds, such that more than 1 is always better."""

from __future__ import annotations

from dataclasses import dataclass

from harness.medians import median_of

from .results import At, Result

#: The frame of which is told what it takes, if sizes vary: 2048 x 2048 uint16.
FRAME = 8 << 20


@dataclass(frozen=True)
class Standing:
    """Of one contender against another, in a figure at a point: how many times as good, with the spread of the rounds."""

    contender: str
    against: str
    figure: str
    at: At
    median: float
    least: float
    greatest: float

    @property
    def verdict(self) -> str:
        """ "better", "worse", or "alike" if the rounds do not agree on it, or it is less than 2 %."""
        if self.least > 1 and self.median > 1.02:
            return "better"
        if self.greatest < 1 and self.median < 0.98:
            return "worse"
        return "alike"

    @property
    def text(self) -> str:
        """The ratio, with its spread if there is one."""
        least, greatest = times(self.least), times(self.greatest)
        spread = "" if least == greatest else f" ({least} to {greatest})"
        return f"{times(self.median)}{spread}"


def times(ratio: float) -> str:
    """A ratio as it is written."""
    return f"{ratio:.0f}" if ratio >= 100 else f"{ratio:.1f}" if ratio >= 10 else f"{ratio:.2f}" if ratio >= 0.095 else f"{ratio:.2g}"


def standing(result: Result, of: str, to: str, figure: str, at: At) -> Standing | None:
    """None if one of them was not measured there, the figure is neither good nor bad, or a value is zero."""
    ours, theirs = result.values(of, figure, at), result.values(to, figure, at)
    better = result.figures[figure]["better"]
    if better == "" or not ours or not theirs or 0 in ours or 0 in theirs:
        return None
    # Rounds are interleaved: the same number is the same moment of the machine.
    ratios = [a / b if better == "more" else b / a for a, b in zip(ours, theirs, strict=False)]
    return Standing(of, to, figure, at, median_of(ratios), min(ratios), max(ratios))


def best(result: Result, names: list[str], figure: str, at: At) -> str | None:
    """Of some contenders, the one with the best median at a point."""
    there = [(value, name) for name in names if (value := result.median(name, figure, at)) is not None]
    if not there:
        return None
    return (max if result.figures[figure]["better"] == "more" else min)(there)[1]


def comparable(result: Result, way: str, kind: str) -> list[str]:
    """The contenders of a kind that do the same work as a way of webmon: those that the benchmark itself compares it with, or all if it compares none."""
    pairs = [(one["of"], one["to"]) for one in result.ratios]
    compared = [name for name in result.of_kind(kind) if (way, name) in pairs or (name, way) in pairs]
    compares = any({result.contenders[of]["kind"], result.contenders[to]["kind"]} == {"webmon", kind} for of, to in pairs)
    return compared if compares else result.of_kind(kind)


def limit_of(result: Result, way: str, figure: str, at: At) -> str | None:
    """Of several limits of the same work, the one most alike by name (webmon_fetch, limit_fetch), else the first."""
    words = set(way.split("_"))
    limits = [name for name in comparable(result, way, "limit") if result.values(name, figure, at)]
    return max(limits, key=lambda limit: len(words & set(limit.split("_"))), default=None)


def headlines(result: Result) -> list[str]:
    """The figures in which the benchmark itself compares webmon with others, or its first."""
    told = [one["figure"] for one in result.ratios if {result.contenders[one[end]]["kind"] for end in ("of", "to")} & {"limit", "peer"}]
    return list(dict.fromkeys(told)) or [result.figure]


def told_ats(result: Result) -> list[At]:
    """Where a result is summed up: at each word of an axis of words; of sizes at the one nearest to a frame, of other numbers at the greatest, that webmon has."""
    ats = [at for at in result.ats if any(result.values(name, result.figure, at) for name in result.of_kind("webmon"))]
    numbers = [at for at in ats if isinstance(at, (int, float))]
    if not numbers:
        return ats
    if result.axis and result.axis["unit"] == "B":
        return [min(numbers, key=lambda at: abs(at - FRAME))]
    return [max(numbers)]
