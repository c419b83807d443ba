"""Results that nothing was measured for, of every kind that the report has to tell: to test the report alone."""

import json

MACHINE = {"processor": "none", "cores": 2, "memory_gb": 8.0, "kernel": "6", "system": "none", "python": "3.11", "numpy": "2", "chromium": "", "firefox": "", "commit": "abc", "load": 0.5, "stolen_percent": 2.0, "date": "2026-01-02 03:04:05 +0000"}  # fmt: skip


def result(name, figures, contenders, points, axis=None, ratios=(), bars=(), left_out=(), parameters=None, title=None):
    """A benchmark; figures {name: (title, unit, better)}, contenders {name: (title, kind)}, points [(at, contender, [{figure: value}])]."""
    return {
        "benchmark": name,
        "title": title or name.replace("_", " ").capitalize(),
        "question": f"What does {name} ask?",
        "method": "As it is written.",
        "parameters": {"runs": 3, "seconds": 1, "quick": False, **(parameters or {})},
        "machine": MACHINE,
        "figures": {key: dict(zip(("title", "unit", "better"), value, strict=True)) for key, value in figures.items()},
        "axis": axis and {"title": axis[0], "unit": axis[1]},
        "contenders": {key: {"title": title, "kind": kind, "version": "", "note": ""} for key, (title, kind) in contenders.items()},
        "points": [{"at": at, "contender": contender, "runs": runs} for at, contender, runs in points],
        "ratios": [dict(zip(("of", "to", "figure", "at"), ratio, strict=True), median=1, least=1, greatest=1) for ratio in ratios],
        "bars": [{"says": says, "found": found, "met": met, "counts": False} for says, found, met in bars],
        "left_out": [{"contender": contender, "why": why} for contender, why in left_out],
    }


def runs(figure, *values, **others):
    """Rounds of one figure; the others are the same in each."""
    return [{figure: value, **others} for value in values]


SOCKET = result(
    "memory_to_socket",
    {"gigabytes_a_second": ("throughput", "GB/s", "more"), "server_cpu_seconds_a_gigabyte": ("server CPU", "s/GB", "less")},
    {"webmon": ("webmon", "webmon"), "limit": ("bare C sendmsg", "limit"), "aiohttp": ("aiohttp", "peer"), "slow": ("<slow> & \"odd\" | name", "peer")},
    [
        (None, "webmon", runs("gigabytes_a_second", 3.0, 4.0, 5.0, server_cpu_seconds_a_gigabyte=0.25)),
        (None, "limit", runs("gigabytes_a_second", 4.0, 4.0, 4.0, server_cpu_seconds_a_gigabyte=0.26)),
        (None, "aiohttp", runs("gigabytes_a_second", 6.0, 8.0, 10.0, server_cpu_seconds_a_gigabyte=0.5)),
        (None, "slow", runs("gigabytes_a_second", 0.05, 0.05, 0.05, server_cpu_seconds_a_gigabyte=20)),
    ],
    ratios=[("webmon", "limit", "gigabytes_a_second", None), ("webmon", "aiohttp", "gigabytes_a_second", None), ("webmon", "slow", "gigabytes_a_second", None)],
    bars=[("at least 0.95 of the limit", 1.0, True), ("not behind aiohttp", 0.5, False)],
    left_out=[("websockets", "the Python package websockets is not installed")],
    parameters={"bytes": 8 << 20},
    title="Shared memory to a socket",
)

PAGE = result(
    "socket_to_page",
    {"megabytes_a_second": ("throughput", "MB/s", "more"), "frames_a_second": ("frames", "1/s", "more")},
    {"limit_websocket": ("bare C, WebSocket", "limit"), "webmon_websocket": ("webmon, WebSocket", "webmon"), "limit_fetch": ("bare C, fetch", "limit"), "webmon_fetch": ("webmon, fetch", "webmon")},
    [
        (None, "limit_websocket", runs("megabytes_a_second", 400, 400, 400, frames_a_second=47)),
        (None, "webmon_websocket", runs("megabytes_a_second", 200, 200, 200, frames_a_second=23)),
        (None, "limit_fetch", runs("megabytes_a_second", 800, 800, 800, frames_a_second=95)),
        (None, "webmon_fetch", runs("megabytes_a_second", 600, 600, 600, frames_a_second=71)),
    ],
    ratios=[("webmon_websocket", "limit_websocket", "megabytes_a_second", None), ("webmon_fetch", "limit_websocket", "megabytes_a_second", None), ("webmon_fetch", "limit_fetch", "megabytes_a_second", None)],
    parameters={"bytes": 8 << 20},
    title="The socket to a page",
)

SIZES = [64, 1024, 65536, 1 << 20, 8 << 20, 64 << 20]
SWEEP = result(
    "array_to_process",
    {"p50_ms": ("latency p50", "ms", "less"), "p90_ms": ("p90", "ms", "less"), "p99_ms": ("p99", "ms", "less"), "frames_a_second": ("flat out", "1/s", "more")},
    {"webmon": ("webmon", "webmon"), "limit": ("the same ring in C", "limit"), **{f"peer{i}": (f"peer number {i}", "peer") for i in range(10)}},
    [
        (size, name, [{"p50_ms": base * by, "p90_ms": 2 * base * by, "p99_ms": 5 * base * by, "frames_a_second": 1000 / base / by} for by in (0.9, 1.0, 1.2)])
        for size in SIZES
        for name, base in [("webmon", 0.05 + size / 1e7), ("limit", 0.02 + size / 1.1e7), *((f"peer{i}", 0.04 * (i + 1) + size / 1e7 * (i + 1)) for i in range(10))]
    ],
    axis=("array", "B"),
    ratios=[("webmon", name, figure, size) for size in SIZES for figure in ("p50_ms", "frames_a_second") for name in ("limit", "peer0", "peer1")],
    title="An array from one Python process to another",
)

CAMERA = result(
    "camera_to_page",
    {"frames_a_second": ("frames a second", "", "more"), "p50_ms": ("latency p50", "ms", "less")},
    {"webmon": ("webmon, delivered", "webmon"), "webmon_viewer": ("webmon, painted", "webmon"), "websockets": ("websockets, delivered", "peer"), "bokeh": ("bokeh, painted", "peer")},
    [
        (pace, name, [{"frames_a_second": rate * by, "p50_ms": 1000 / rate} for by in (0.95, 1, 1.05)])
        for pace in ("60 Hz", "flat out")
        for name, rate in [("webmon", 60), ("webmon_viewer", 20), ("websockets", 30), ("bokeh", 2)]
    ],
    axis=("camera", ""),
    ratios=[(way, peer, "frames_a_second", pace) for pace in ("60 Hz", "flat out") for way, peer in [("webmon", "websockets"), ("webmon_viewer", "bokeh")]],
    title="Camera to page, end to end",
)

GROWTH = {
    **result(
        "growth",
        {"clients_cpu_us": ("server CPU a frame", "us", "less"), "size_put_us": ("put", "us", "less")},
        {"clients": ("pages", "webmon"), "size": ("frame size, B", "webmon")},
        [(at, "clients", runs("clients_cpu_us", float(at**2), float(at**2) * 1.1)) for at in (1, 10, 100)]
        + [(at, "size", runs("size_put_us", max(1.0, at / 1024), max(1.1, at / 1024))) for at in (64, 1024, 1 << 20)],
        axis=("at", ""),
        title="How costs grow",
    ),
    "growth": [
        {"axis": "clients", "figure": "clients_cpu_us", "exponent": 2.0, "low": 1.9, "high": 2.1, "bends_at": None, "exponent_after": None, "low_after": None, "high_after": None, "may_grow": 1},
        {"axis": "size", "figure": "size_put_us", "exponent": 0.0, "low": 0.0, "high": 0.1, "bends_at": 1024, "exponent_after": 1.0, "low_after": 0.9, "high_after": 1.1, "may_grow": 1},
    ],
}

ALL = {one["benchmark"]: one for one in (SOCKET, PAGE, SWEEP, CAMERA, GROWTH)}


def folder(path, *results, ended=()):
    """Writes them as a run does."""
    path.mkdir(exist_ok=True)
    for one in results:
        (path / f"{one['benchmark']}.json").write_text(json.dumps(one))
    if ended:
        (path / "run.json").write_text(json.dumps({"options": [], "benchmarks": [dict(zip(("benchmark", "outcome", "seconds", "said"), one, strict=True)) for one in ended]}))
    return path
