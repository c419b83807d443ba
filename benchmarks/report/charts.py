"""Vega-Lite specs. Colours, fonts and width are set where they are drawn (page.js), by contenders' kinds."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from .results import At, Result
from .standing import Standing, standing

if TYPE_CHECKING:
    from .path import Hop

#: Beyond this ratio of the greatest to the least, an axis is logarithmic.
WIDE = 25.0
#: As the page colours them.
KINDS = ["webmon", "limit", "peer"]
_SIZE = "datum.value >= 1073741824 ? datum.value / 1073741824 + ' GB' : datum.value >= 1048576 ? datum.value / 1048576 + ' MB' : datum.value >= 1024 ? datum.value / 1024 + ' KB' : datum.value + ' B'"


def path_chart(hops: list[Hop]) -> dict[str, Any]:
    """Bars: what a frame takes at each hop, and what it takes at the limit."""
    values = [
        {"hop": hop.says, "who": who, "kind": kind, "ms": milliseconds}
        for hop in hops
        for who, kind, milliseconds in [(hop.way, "webmon", hop.milliseconds), (hop.limit, "limit", hop.limit_milliseconds)]
        if milliseconds
    ]
    return {
        "data": {"values": values},
        "height": 44 * len(hops),
        "mark": {"type": "bar", "cornerRadiusEnd": 2},
        "encoding": {
            "y": {"field": "hop", "type": "nominal", "sort": [hop.says for hop in hops], "title": None},
            "yOffset": {"field": "kind", "type": "nominal", "sort": KINDS},
            "x": {"field": "ms", "type": "quantitative", "title": "ms for a frame of 8 MiB (shorter is better)", "axis": {"tickCount": 6}},
            "color": _by_kind(),
            "tooltip": _tooltip("hop", "who", "ms"),
        },
    }


def ratio_chart(result: Result, at: At) -> tuple[dict[str, Any], str] | None:
    """Bars of how good each contender is beside one of them, in the result's first figure; and what that shows. None if there is but one."""
    figure = result.figure
    there = [name for name in result.contenders if result.values(name, figure, at)]
    limits = [name for name in result.of_kind("limit") if name in there]
    reference = next(iter(limits or [name for name in result.of_kind("webmon") if name in there]), None)
    if reference is None or len(there) < 2:
        return None
    found = [one for name in there if (one := standing(result, name, reference, figure, at))]
    if len(found) < 2:
        return None
    return _bars(result, found, reference), f"{result.figures[figure]['title']}{', ' + result.said_at(at) if at is not None else ''}: how many times as good as {result.title_of(reference)}. " + "; ".join(
        f"{result.title_of(one.contender)} {one.text}" for one in found
    )


def _bars(result: Result, found: list[Standing], reference: str) -> dict[str, Any]:
    values = [
        {
            "who": result.title_of(one.contender), "kind": result.contenders[one.contender]["kind"], "ratio": one.median, "least": one.least, "greatest": one.greatest,
            "value": result.said(one.figure, result.median(one.contender, one.figure, one.at) or 0),
        }
        for one in found
    ]  # fmt: skip
    ratios = [one.median for one in found]
    wide = max(ratios) / min(ratios) > WIDE
    told = result.figures[found[0].figure]["title"]
    title = [f"times {result.title_of(reference)}", told, f"({'to the right is better; logarithmic' if wide else 'longer is better'})"]
    # A bar of a logarithmic axis begins at 1: what is worse goes to the left.
    spread = [value for one in found for value in (one.least, one.greatest, 1.0)]
    scale = _logarithmic(spread) if wide else {"scale": {"zero": True}, "axis": {"tickCount": 6}}
    x: dict[str, Any] = {"field": "ratio", "type": "quantitative", "title": title, **scale}
    y = {"field": "who", "type": "nominal", "sort": [result.title_of(one.contender) for one in sorted(found, key=lambda one: -one.median)], "title": None}
    bar_to: dict[str, Any] = {"x2": {"datum": 1}} if wide else {}
    return {
        "data": {"values": values},
        "height": 30 * len(found),
        "layer": [
            {"mark": {"type": "bar", "cornerRadiusEnd": 2}, "encoding": {"x": x, **bar_to, "color": _by_kind(), "tooltip": _tooltip("who", "value", "ratio", "least", "greatest")}},
            {"mark": {"type": "rule", "strokeWidth": 1.5, "opacity": 0.75}, "encoding": {"x": {"field": "least", "type": "quantitative"}, "x2": {"field": "greatest"}}},
            {"mark": {"type": "rule", "strokeDash": [4, 3]}, "encoding": {"x": {"datum": 1, "type": "quantitative"}, "y": None}},
        ],
        "encoding": {"y": y},
    }


def lines_chart(result: Result, figure: str) -> tuple[dict[str, Any], str] | None:
    """Lines over an axis of numbers, both logarithmic where they can be; and what that shows. None if there is no such axis."""
    ats = [at for at in result.ats if isinstance(at, (int, float))]
    if result.axis is None or len(ats) < 2:
        return None
    values = [
        {"at": at, "who": result.title_of(name), "kind": contender["kind"], "value": middle, "least": min(result.values(name, figure, at)), "greatest": max(result.values(name, figure, at))}
        for name, contender in result.contenders.items()
        for at in ats
        if (middle := result.median(name, figure, at)) is not None
    ]  # fmt: skip
    if not values:
        return None
    told = result.figures[figure]
    unit = f", {told['unit']}" if told["unit"] else ""
    axis_unit = result.axis["unit"]
    is_log_x = min(ats) > 0 and max(ats) / min(ats) > 8
    spread = [value for one in values for value in (one["least"], one["greatest"])]
    is_log_y = min(spread) > 0 and max(spread) / min(spread) > 8
    x_axis = {"labelExpr": _SIZE} if axis_unit == "B" else {}
    x = {
        "field": "at", "type": "quantitative", "title": f"{result.axis['title']}{', ' + axis_unit if axis_unit not in ('', 'B') else ''}",
        "scale": {"type": "log", "base": 2 if axis_unit == "B" else 10, "nice": False} if is_log_x else {"zero": False}, "axis": {**x_axis, "labelOverlap": "greedy", **({"values": ats} if axis_unit == "B" else {})},
    }  # fmt: skip
    better = {"more": " (higher is better)", "less": " (lower is better)"}.get(told["better"], "")
    y = {"type": "quantitative", "title": f"{told['title']}{unit}{better}", **(_logarithmic(spread) if is_log_y else {"scale": {"zero": True}})}
    return {
        "data": {"values": values},
        "height": 280,
        "encoding": {"x": x, "color": _by_contender(result)},
        "layer": [
            {"mark": {"type": "rule", "opacity": 0.4}, "encoding": {"y": {**y, "field": "least"}, "y2": {"field": "greatest"}}},
            {
                "mark": {"type": "line", "point": {"size": 28, "filled": True}},
                "encoding": {"y": {**y, "field": "value"}, "strokeWidth": _width(), "strokeDash": _dash(), "tooltip": _tooltip("who", "at", "value", "least", "greatest")},
            },
        ],
    }, f"{told['title']}{unit}, over {result.axis['title']}, a line for each contender"


def percentiles_chart(result: Result, at: At) -> tuple[dict[str, Any], str] | None:
    """Percentiles of a latency, a line for each contender; and what that shows. None if it has none."""
    labels = result.percentiles
    if not labels:
        return None
    values = [
        {"percentile": label, "who": result.title_of(name), "kind": contender["kind"], "value": middle}
        for name, contender in result.contenders.items()
        for label, figure in labels.items()
        if (middle := result.median(name, figure, at)) is not None
    ]
    if not values:
        return None
    unit = result.figures[next(iter(labels.values()))]["unit"]
    title = result.figures[next(iter(labels.values()))]["title"].removesuffix("p50").rstrip(", ") or "latency"
    spread = [one["value"] for one in values]
    return {
        "data": {"values": values},
        "height": 240,
        "mark": {"type": "line", "point": {"size": 28, "filled": True}},
        "encoding": {
            "x": {"field": "percentile", "type": "ordinal", "sort": list(labels), "title": None, "axis": {"labelAngle": 0}},
            "y": {"field": "value", "type": "quantitative", "title": f"{title}, {unit} (lower is better)", **(_logarithmic(spread) if min(spread) > 0 else {})},
            "color": _by_contender(result),
            "strokeWidth": _width(),
            "strokeDash": _dash(),
            "tooltip": _tooltip("who", "percentile", "value"),
        },
    }, f"Percentiles of {title}{', ' + result.said_at(at) if at is not None else ''}"


def growth_chart(result: Result, axis: str, figures: list[str]) -> dict[str, Any] | None:
    """Lines of costs over an axis, each as a multiple of its first, beside a line that grows in proportion; None if there are not two points."""
    values: list[dict[str, Any]] = []
    for figure in figures:
        told = [(at, middle) for at in result.ats if isinstance(at, (int, float)) and at > 0 and (middle := result.median(axis, figure, at))]
        values += [{"at": at, "who": result.figures[figure]["title"], "value": middle / told[0][1]} for at, middle in told]
    ats = [one["at"] for one in values]
    if len(set(ats)) < 2:
        return None
    names = list(dict.fromkeys(one["who"] for one in values))
    least, most = min(ats), max(ats)
    y = {"field": "value", "type": "quantitative", "title": "times the first (lower is better)", **_logarithmic([one["value"] for one in values] + [1.0])}
    proportion = [{"at": at, "value": at / least} for at in (least, min(most, least * max(one["value"] for one in values)))]
    return {
        "height": 260,
        "encoding": {"x": {"field": "at", "type": "quantitative", "title": result.title_of(axis), **_logarithmic([least, most], "~s")}},
        "layer": [
            {"data": {"values": proportion}, "mark": {"type": "line", "strokeDash": [2, 4], "color": "#8a9199"}, "encoding": {"y": y}},
            {
                "data": {"values": values},
                "mark": {"type": "line", "point": {"size": 28, "filled": True}},
                "encoding": {"y": y, "color": {"field": "who", "type": "nominal", "scale": {"domain": names}, "kinds": ["peer"] * len(names), "title": None}, "tooltip": _tooltip("who", "at", "value")},
            },
        ],
    }


def _logarithmic(values: list[float], format_: str = "~g") -> dict[str, Any]:
    """A scale with ticks at powers of ten, and between them where there are few."""
    first, last = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
    steps = (1, 2, 5) if last - first < 3 else (1,)
    ticks = [step * 10.0**power for power in range(first, last + 1) for step in steps]
    return {"scale": {"type": "log", "nice": False}, "axis": {"values": ticks, "format": format_, "labelOverlap": "greedy"}}


def _by_kind() -> dict[str, Any]:
    return {"field": "kind", "type": "nominal", "scale": {"domain": KINDS}, "legend": None}


def _by_contender(result: Result) -> dict[str, Any]:
    measured = [name for kind in KINDS for name in result.of_kind(kind)]
    # The page gives each its colour by its kind, and takes `kinds` away.
    return {"field": "who", "type": "nominal", "scale": {"domain": [result.title_of(name) for name in measured]}, "kinds": [result.contenders[name]["kind"] for name in measured], "title": None}


def _width() -> dict[str, Any]:
    return {"condition": {"test": "datum.kind === 'webmon'", "value": 3}, "value": 1.5}


def _dash() -> dict[str, Any]:
    return {"condition": {"test": "datum.kind === 'limit'", "value": [5, 3]}, "value": [1, 0]}


def _tooltip(*fields: str) -> list[dict[str, Any]]:
    return [{"field": field, "type": "quantitative", "format": ".3~g"} if field in ("ms", "ratio", "least", "greatest") else {"field": field} for field in fields]
