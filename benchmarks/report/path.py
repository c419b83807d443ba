"""The path of a byte: what one frame of 8 MiB takes at each hop, as far as it was measured."""

from __future__ import annotations

from dataclasses import dataclass

from harness.table import number

from .charts import path_chart
from .document import Block, Chart, Heading, Paragraph, Row, Table
from .results import At, Result
from .standing import FRAME, Standing, limit_of, standing

#: Bytes a second by the unit of a figure.
RATES = {"GB/s": 1e9, "MB/s": 1e6, "GiB/s": float(1 << 30), "MiB/s": float(1 << 20)}
SECONDS = {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1.0}
#: Hops in the order in which a byte meets them: what happens, and the benchmarks that measure it, of which the first that is there is told. The figure is the
#: first that is a rate or a time, unless one is named.
HOPS: list[tuple[str, list[str], str]] = [
    ("a program writes it to shared memory", ["bench_publish"], ""),
    ("a Python program publishes it", ["python_publish"], ""),
    ("another process takes it from there", ["bench_bandwidth"], ""),
    ("another Python process takes it from there", ["array_to_process"], ""),
    ("the server sends it to a socket", ["memory_to_socket", "bench_socket"], ""),
    ("a page of a browser receives it", ["socket_to_page"], ""),
    ("the page draws it", ["page_paths"], "paint"),
]


@dataclass(frozen=True)
class Hop:
    """One hop of one benchmark."""

    benchmark: str
    says: str
    way: str
    milliseconds: float
    limit: str
    limit_milliseconds: float | None
    of_limit: Standing | None
    cpu: str

    @property
    def gigabytes_a_second(self) -> float:
        """How fast that is."""
        return FRAME / self.milliseconds / 1e6


def milliseconds(result: Result, contender: str, only: str = "") -> tuple[float, str, At] | None:
    """What a frame of 8 MiB takes, of which figure (`only` this one, if it is named) and at which point that is; None if it does not say."""
    for at in _ats(result):
        for name, figure in result.figures.items():
            if only and name != only:
                continue
            value = result.median(contender, name, at)
            if not value:
                continue
            if figure["unit"] in RATES and figure["better"] == "more":
                return FRAME / (value * RATES[figure["unit"]]) * 1e3, name, at
            if name == "frames_a_second":
                return 1e3 / value, name, at
            # A call that moves a frame; the time of a latency is no cost.
            if result.name == "python_publish" and figure["unit"] in SECONDS:
                return value * SECONDS[figure["unit"]] * 1e3, name, at
    return None


def _ats(result: Result) -> list[At]:
    """The points at which frames have about 8 MiB, the nearest first."""
    if result.axis is None:
        size = result.parameters.get("bytes", FRAME)
        return [None] if _is_near(size) else []
    words = [at for at in result.ats if isinstance(at, str) and "8 MiB" in at]
    numbers = [at for at in result.ats if isinstance(at, (int, float)) and result.axis["unit"] == "B" and _is_near(at)]
    return [*words, *sorted(numbers, key=lambda at: abs(at - FRAME))]


def _is_near(size: float) -> bool:
    return FRAME / 2 <= size <= FRAME * 2


def hops(results: list[Result]) -> list[Hop]:
    """All that were measured, in their order; of several ways of webmon the fastest."""
    found = []
    for says, names, only in HOPS:
        result = next((result for name in names for result in results if result.name == name), None)
        ways = [(cost[0], way, *cost[1:]) for way in result.of_kind("webmon") if (cost := milliseconds(result, way, only))] if result else []
        if result is None or not ways:
            continue
        took, way, figure, at = min(ways)
        limit = limit_of(result, way, figure, at)
        cost = milliseconds(result, limit, only) if limit else None
        found.append(
            Hop(
                benchmark=result.name,
                says=says,
                way=result.title_of(way),
                milliseconds=took,
                limit=result.title_of(limit) if limit and cost else "",
                limit_milliseconds=cost[0] if cost else None,
                of_limit=standing(result, way, limit, figure, at) if limit else None,
                cpu=_cpu(result, way, at),
            )
        )
    return found


def _cpu(result: Result, way: str, at: At) -> str:
    """The first figure of processor time that it tells."""
    for name, figure in result.figures.items():
        if "cpu" in name.lower() and (value := result.median(way, name, at)) is not None:
            return f"{result.said(name, value)} ({figure['title']})"
    return "–"


def part(found: list[Hop]) -> list[Block]:
    """The chapter."""
    if not found:
        return []
    rows = [
        Row([
            hop.says,
            hop.way,
            number(hop.milliseconds),
            f"{hop.gigabytes_a_second:.2f}",
            f"{number(hop.limit_milliseconds)} ({hop.limit})" if hop.limit_milliseconds else "–",
            hop.of_limit.text if hop.of_limit else "–",
            hop.cpu,
        ], "webmon")
        for hop in found
    ]  # fmt: skip
    return [
        Heading("The path of a byte", 2, "path"),
        Paragraph("What one frame of 8 MiB (2048 x 2048 pixels of 16 bits) takes at each hop on its way from a program to a screen, each hop measured alone." + (" The longest bar is the narrow place: no more frames get through than there." if len(found) > 1 else "")),
        Chart(path_chart(found), "Milliseconds that a frame of 8 MiB takes at each hop; blue: webmon, grey: the limit. " + "; ".join(f"{hop.says}, {number(hop.milliseconds)} ms" for hop in found)),
        Table(["hop", "way", "ms a frame", "GB/s", "limit, ms", "of the limit", "CPU"], rows, texts=2),
    ]

