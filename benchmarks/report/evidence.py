"""The evidence: for each benchmark its question, its method, charts, all figures, bars, and what was left out."""

from __future__ import annotations

from harness.table import number

from . import growth
from .charts import lines_chart, percentiles_chart, ratio_chart
from .document import Block, Bullets, Chart, Heading, Paragraph, Row, Table
from .results import Result
from .standing import best, comparable, standing, told_ats


def part(results: list[Result]) -> list[Block]:
    """The chapter."""
    blocks: list[Block] = [
        Heading("The evidence", 2, "evidence"),
        Paragraph(
            "Every benchmark runs what it compares in turns, round after round, and changes who comes first; told are medians, and of ratios the least and the greatest of all rounds. "
            "**Ratios carry over to other machines, bare numbers do not.** A wrong byte fails a benchmark. In charts webmon is blue, the limit that physics or the kernel sets is grey, and a peer (what one might take instead) is orange or of another colour."
        ),
    ]
    for result in results:
        blocks += section(result)
    return blocks


def section(result: Result) -> list[Block]:
    """One benchmark."""
    blocks: list[Block] = [Heading(result.title, 3, anchor(result)), Paragraph(f"**{result.question}**"), Paragraph(result.method)]
    if not result.points:
        blocks.append(Paragraph("Nothing was measured.", "warning"))
    elif result.growth:
        blocks += growth.part(result)
    else:
        blocks += charts(result)
        blocks.append(figures_table(result))
    if ratios := between_ways(result):
        blocks.append(ratios)
    if bars := bar_items(result):
        blocks.append(Bullets(bars))
    if result.left_out:
        blocks.append(Bullets([("left out", f"{_title(result, one['contender'])}: {one['why']}") for one in result.left_out]))
    blocks.append(Paragraph(made_with(result), "muted"))
    return blocks


def anchor(result: Result) -> str:
    """Of its heading: two files may have a benchmark of one name."""
    return result.name if result.file == result.name else f"{result.file}-{result.name}"


def charts(result: Result) -> list[Block]:
    """Lines over an axis of numbers; else bars at each point; and percentiles."""
    if sum(isinstance(at, (int, float)) for at in result.ats) > 1:
        shown = [lines_chart(result, figure) for figure in _lines_of(result)]
    else:
        shown = [ratio_chart(result, at) for at in result.ats]
    shown += [percentiles_chart(result, at) for at in told_ats(result)]
    return [Chart(*one) for one in shown if one is not None]


def _lines_of(result: Result) -> list[str]:
    """Figures that get a chart of lines: the first, and those that follow it until a third, of percentiles only the median."""
    percentiles = list(result.percentiles.values())
    return [name for name in result.figures if name not in percentiles[1:]][:3]


def figures_table(result: Result) -> Table:
    """All medians. The first figure's ratio to webmon comes last, and peers that are better are marked."""
    axis = [result.axis["title"]] if result.axis else []
    head = ["", *axis, *(f"{figure['title']}{', ' + figure['unit'] if figure['unit'] else ''}" for figure in result.figures.values()), "webmon is, times as good"]
    rows = []
    for at in result.ats:
        for name, contender in result.contenders.items():
            medians = [result.median(name, figure, at) for figure in result.figures]
            if all(value is None for value in medians):
                continue
            ways = [way for way in result.of_kind("webmon") if name in comparable(result, way, contender["kind"])] if contender["kind"] != "webmon" else []
            ours = best(result, ways, result.figure, at)
            one = standing(result, ours, name, result.figure, at) if ours else None
            kind = "better" if one and contender["kind"] == "peer" and one.verdict == "worse" else contender["kind"]
            where = [result.said_at(at)] if result.axis else []
            rows.append(Row([_who(result, name), *where, *("–" if value is None else number(value) for value in medians), one.text if one else ""], kind))
    return Table(head, rows, texts=1 + len(axis))


def between_ways(result: Result) -> Table | None:
    """What the benchmark compares of webmon with webmon; None if it does not."""
    rows = [
        Row([result.title_of(one["of"]), result.title_of(one["to"]), " ".join([result.figures[one["figure"]]["title"], result.said_at(one["at"])]).strip(), stand.text])
        for one in result.ratios
        if {result.contenders[one[end]]["kind"] for end in ("of", "to")} == {"webmon"} and (stand := standing(result, one["of"], one["to"], one["figure"], one["at"]))
    ]
    return Table(["of webmon", "beside", "figure", "times as good"], rows, texts=3) if rows else None


def _who(result: Result, name: str) -> str:
    contender = result.contenders[name]
    note = ", ".join(text for text in (contender.get("version", ""), contender.get("note", "")) if text)
    return f"{contender['title']}{f' ({note})' if note else ''}"


def bar_items(result: Result) -> list[tuple[str, str]]:
    """Bars in plain words."""
    return [("met" if bar["met"] else "missed", f"{bar['says']}. Found: {number(bar['found'])}.") for bar in result.bars]


def made_with(result: Result) -> str:
    """How to measure it again."""
    names = {"runs": "rounds", "seconds": "s each"}
    parameters = ", ".join(f"{value} {names[name]}" if name in names else f"{name} {value}" for name, value in result.parameters.items() if name != "quick")
    again = f"`webmon bench --hop {result.name}`" if result.file == "webmon_bench" else f'`make bench BENCH="hops/{result.file}.py"`'
    return f"{again} · {parameters}{' · quick: one short round' if result.quick else ''}"


def _title(result: Result, contender: str) -> str:
    return result.title_of(contender) if contender in result.contenders else contender

