"""A benchmark's result as a table for a terminal."""

from __future__ import annotations

from typing import Any

from .medians import median_of


def table(found: dict[str, Any]) -> str:
    """The result (harness/benchmark.py) as text: a line for each contender at each point, its medians, and the bars."""
    figures = found["figures"]
    head = ["", *([found["axis"]["title"]] if found["axis"] else []), *(f"{figure['title']}{', ' + figure['unit'] if figure['unit'] else ''}" for figure in figures.values())]
    rows = []
    for point in found["points"]:
        first = [found["contenders"][point["contender"]]["title"], *([_at(point["at"], found["axis"]["unit"])] if found["axis"] else [])]
        medians = [median_of([run[name] for run in point["runs"] if name in run]) if any(name in run for run in point["runs"]) else None for name in figures]
        rows.append([*first, *("-" if value is None else number(value) for value in medians)])
    widths = [max(len(row[column]) for row in [head, *rows]) for column in range(len(head))]
    lines = [f"{found['title']}: medians of {found['parameters']['runs']} rounds"]
    lines += ["  " + "  ".join(cell.ljust(width) if column == 0 else cell.rjust(width) for column, (cell, width) in enumerate(zip(row, widths, strict=True))) for row in [head, *rows]]
    for one in found["ratios"]:
        where = f" at {_at(one['at'], found['axis']['unit'])}" if one["at"] is not None and found["axis"] else ""
        lines.append(f"  {one['of']} / {one['to']}{where}, {figures[one['figure']]['title']}: {one['median']:.2f} ({one['least']:.2f} to {one['greatest']:.2f})")
    lines += [f"  {'met   ' if bar['met'] else 'MISSED'} {bar['says']}: {number(bar['found'])}" for bar in found["bars"]]
    lines += [f"  left out: {one['contender']}, {one['why']}" for one in found["left_out"]]
    return "\n".join(lines)


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
