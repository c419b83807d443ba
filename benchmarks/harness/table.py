"""A benchmark's result as a table for a terminal."""

from __future__ import annotations

from typing import Any

from .medians import median_of


def table(found: dict[str, Any]) -> str:
    """The result (harness/benchmark.py) as text: a line for each contender at each point, its medians, and the bars."""
    figures = found["figures"]
    lines = [f"{found['title']}: medians of {found['parameters']['runs']} rounds"]
    for names, points in _blocks(found["points"]):
        lines += _block(found, [name for name in figures if name in names], points)
    for one in found["ratios"]:
        where = f" at {_at(one['at'], found['axis']['unit'])}" if one["at"] is not None and found["axis"] else ""
        lines.append(f"  {one['of']} / {one['to']}{where}, {figures[one['figure']]['title']}: {one['median']:.2f} ({one['least']:.2f} to {one['greatest']:.2f})")
    for one in found["growth"]:
        until = f" up to {number(one['bends_at'])}, then {one['exponent_after']:.2f} ({one['low_after']:.2f} to {one['high_after']:.2f})" if one["bends_at"] else ""
        lines.append(f"  {found['contenders'][one['axis']]['title']}: {figures[one['figure']]['title']} grows with exponent {one['exponent']:.2f} ({one['low']:.2f} to {one['high']:.2f}){until}; may {one['may_grow']:g}")
    lines += [f"  {'met   ' if bar['met'] else 'MISSED'} {bar['says']}: {number(bar['found'])}" for bar in found["bars"]]
    lines += [f"  left out: {one['contender']}, {one['why']}" for one in found["left_out"]]
    return "\n".join(lines)


def _blocks(points: list[dict[str, Any]]) -> list[tuple[set[str], list[dict[str, Any]]]]:
    """Points that have a figure in common, and the names of theirs: others have a table of their own."""
    blocks: list[tuple[set[str], list[dict[str, Any]]]] = []
    for point in points:
        names = {name for run in point["runs"] for name in run}
        for known, members in blocks:
            if known & names:
                known |= names
                members.append(point)
                break
        else:
            blocks.append((names, [point]))
    return blocks


def _block(found: dict[str, Any], names: list[str], points: list[dict[str, Any]]) -> list[str]:
    """A line for each point, below a line of titles."""
    figures = found["figures"]
    head = ["", *([found["axis"]["title"]] if found["axis"] else []), *(f"{figures[name]['title']}{', ' + figures[name]['unit'] if figures[name]['unit'] else ''}" for name in names)]
    rows = []
    for point in points:
        first = [found["contenders"][point["contender"]]["title"], *([_at(point["at"], found["axis"]["unit"])] if found["axis"] else [])]
        medians = [median_of([run[name] for run in point["runs"] if name in run]) if any(name in run for run in point["runs"]) else None for name in names]
        rows.append([*first, *("-" if value is None else number(value) for value in medians)])
    widths = [max(len(row[column]) for row in [head, *rows]) for column in range(len(head))]
    return ["  " + "  ".join(cell.ljust(width) if column == 0 else cell.rjust(width) for column, (cell, width) in enumerate(zip(row, widths, strict=True))) for row in [head, *rows]]


def number(value: float) -> str:
    """With three digits that count."""
    if value == int(value) and abs(value) < 1e6:
        return str(int(value))
    return f"{value:.3g}" if abs(value) < 1000 else f"{value:,.0f}"


def size(count: float) -> str:
    """Bytes as people write them: 64 B, 16 KB, 8 MB (powers of two)."""
    for unit in ("B", "KB", "MB", "GB"):
        if count < 1024 or unit == "GB":
            break
        count /= 1024
    return f"{count:g} {unit}"


def _at(value: float | str, unit: str) -> str:
    return value if isinstance(value, str) else size(value) if unit == "B" else number(value)
