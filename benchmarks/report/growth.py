"""How costs grow: of a benchmark whose contenders are axes, each with costs of its own, and the exponent of each."""

from __future__ import annotations

from typing import Any

from harness.table import number

from .charts import growth_chart
from .document import Block, Chart, Paragraph, Row, Table
from .results import Result

#: An exponent that is measured is so much more than it may be before it is told as more.
TOLERANCE = 0.15


def part(result: Result) -> list[Block]:
    """For each axis a chart of all its costs, and their exponents."""
    blocks: list[Block] = []
    for axis in result.of_kind("webmon"):
        grown = [one for one in result.growth if one["axis"] == axis]
        if not grown:
            continue
        title = result.title_of(axis)
        blocks.append(Paragraph(f"**{title}**"))
        if chart := growth_chart(result, axis, [one["figure"] for one in grown]):
            blocks.append(Chart(chart, f"Each cost over {title}, as a multiple of what it is at the least {title}: a line that rises as steeply as the dashed one grows in proportion"))
        blocks.append(Table(["cost", "at the least", "at the most", "exponent", "bends at", "exponent after", "may be"], [_row(result, axis, one) for one in grown]))
    return blocks


def faster_than_it_may(result: Result) -> list[str]:
    """Costs whose exponents are, in all rounds, greater than they may be."""
    return [
        f"{result.figures[one['figure']]['title']} over {result.title_of(one['axis'])} grows with exponent {_last(one):.2f}, and may with {one['may_grow']:g}"
        for one in result.growth
        if _grows_more(one)
    ]


def _grows_more(one: dict[str, Any]) -> bool:
    low = one["low"] if one["bends_at"] is None else one["low_after"]
    return bool(low > one["may_grow"] + TOLERANCE)


def _last(one: dict[str, Any]) -> float:
    found: float = one["exponent"] if one["bends_at"] is None else one["exponent_after"]
    return found


def _row(result: Result, axis: str, one: dict[str, Any]) -> Row:
    figure = one["figure"]
    ats = [at for at in result.ats if result.values(axis, figure, at)]
    ends = [f"{result.said(figure, result.median(axis, figure, at) or 0)} ({result.said_at(at)})" for at in (ats[0], ats[-1])]
    bends = one["bends_at"] is not None
    return Row([
        f"{result.figures[figure]['title']}{' (more than it may)' if _grows_more(one) else ''}",
        *ends,
        f"{one['exponent']:.2f} ({one['low']:.2f} to {one['high']:.2f})",
        number(one["bends_at"]) if bends else "–",
        f"{one['exponent_after']:.2f} ({one['low_after']:.2f} to {one['high_after']:.2f})" if bends else "–",
        f"{one['may_grow']:g}",
    ])  # fmt: skip
