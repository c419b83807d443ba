"""What a sparse array costs, by its side: to make and open, to write a tile, to read it, to see what changed, and from an edit to a page's tile at several levels."""

from __future__ import annotations

import json
import math
import statistics
import struct
from collections.abc import Callable
from time import perf_counter

import numpy as np
import webmon
from harness.benchmark import Figure
from harness.programs import webmon_server
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from .study import Axis, Cost, Tools, private_directory

TILE = 256
TIMES = 10


def measure(tools: Tools, side: int) -> dict[str, float]:
    """A square array of bytes."""
    with private_directory() as directory:
        begin = perf_counter()
        with webmon.Array("canvas", (side, side), "u1", sparse=True, directory=directory) as canvas:
            create = perf_counter() - begin
            opens, writes, reads, looks = [], [], [], []
            top = max(0, math.ceil(math.log2(side / TILE)))
            # A tile in the middle, with the first pixel of a block of the highest level.
            at = side // 2 // max(TILE, 1 << top) * max(TILE, 1 << top)
            region = (slice(at, min(at + TILE, side)), slice(at, min(at + TILE, side)))
            for number in range(TIMES):
                opens.append(seconds(lambda: webmon.open("canvas", directory=directory).close()))
                with webmon.open("canvas", directory=directory) as reader:
                    assert isinstance(reader, webmon.ArrayReader)
                    before = reader.changed().version
                    writes.append(seconds(lambda: canvas.__setitem__(region, number + 1)))
                    begin = perf_counter()
                    changed = reader.changed(before)
                    looks.append(perf_counter() - begin)
                    begin = perf_counter()
                    copied = reader.copy(region)
                    reads.append(perf_counter() - begin)
                    if not (copied == number + 1).all() or len(changed.tiles) != 1:
                        raise ValueError(f"of an array of side {side}, {len(changed.tiles)} tiles changed where one was written")
            with webmon_server(directory) as (_, port):
                levels = {name: edit_to_tile(port, canvas, at, level) for name, level in {"full": 0, "middle": top // 2, "top": top}.items()}
    return {
        "create_ms": create * 1e3,
        "open_us": statistics.median(opens) * 1e6,
        "write_us": statistics.median(writes) * 1e6,
        "read_us": statistics.median(reads) * 1e6,
        "changed_us": statistics.median(looks) * 1e6,
        **{f"{name}_us": value * 1e6 for name, value in levels.items()},
    }


def seconds(act: Callable[[], object]) -> float:
    """That a call took."""
    begin = perf_counter()
    act()
    return perf_counter() - begin


def edit_to_tile(port: int, canvas: webmon.Array, at: int, level: int) -> float:
    """Median seconds from an edit of the tile at (at, at) until a page has the tile of a level that shows it.

    The page looks at that tile alone. Its pixels are checked: of each block the first one counts.
    """
    span = TILE << level
    start = at // span * span
    with connect(f"ws://127.0.0.1:{port}/ws", subprotocols=[Subprotocol("webmon.v1")], compression=None, max_size=None) as page:
        page.send(json.dumps({
            "type": "subscribe", "id": 1, "stream": "canvas", "credits": 4, "level": level, "reduce": "nearest", "tile": [TILE, TILE],
            "region": [start, start, start + span, start + span],
        }))  # fmt: skip
        until_viewed(page)
        took = []
        for number in range(TIMES):
            value = 100 + number
            begin = perf_counter()
            canvas[at : at + TILE, at : at + TILE] = value
            tile, place = until_viewed(page)
            took.append(perf_counter() - begin)
            # Those pixels of the tile whose first one of level 0 lies in what was edited.
            rows, columns = (((np.arange(extent) + first) << level) for extent, first in zip(tile.shape, place, strict=True))
            edited = np.outer((rows >= at) & (rows < at + TILE), (columns >= at) & (columns < at + TILE))
            if not edited.any() or not (tile[edited] == value).all():
                raise ValueError(f"a tile of level {level} does not show what was written")
    return statistics.median(took)


def until_viewed(page: ClientConnection) -> tuple[np.ndarray[tuple[int, ...], np.dtype[np.uint8]], tuple[int, int]]:
    """Takes tiles until all in view has come; gives the last one, and its place in its level."""
    tile, place = np.empty((0, 0), "u1"), (0, 0)
    while True:
        message = page.recv()
        if isinstance(message, str):
            said = json.loads(message)
            if said["type"] == "error":
                raise ValueError(said["message"])
            if said["type"] == "viewed":
                return tile, place
            continue
        sequence = struct.unpack_from("<Q", message, 24)[0]
        y, x, h, w = struct.unpack_from("<4I", message, 72)
        tile, place = np.frombuffer(message, "u1", offset=message[6] * 8).reshape(h, w), (y, x)
        page.send(json.dumps({"type": "credit", "id": 1, "seq": sequence}))


AXIS = Axis(
    "side of an array",
    "px",
    (1000, 3000, 10_000, 30_000, 100_000),
    (1000, 10_000, 100_000),
    {
        "create_ms": Cost(Figure("to make it", "ms", "less"), 2),
        "open_us": Cost(Figure("to open it", "us", "less"), 0),
        "write_us": Cost(Figure("to write a tile", "us", "less"), 0),
        "read_us": Cost(Figure("to read a tile", "us", "less"), 0),
        "changed_us": Cost(Figure("to see which tile changed", "us", "less"), 2),
        "full_us": Cost(Figure("edit to a page's tile, level 0", "us", "less"), 0),
        "middle_us": Cost(Figure("the same, level in the middle", "us", "less"), 0),
        "top_us": Cost(Figure("the same, level that shows all", "us", "less"), 0),
    },
    measure,
)
