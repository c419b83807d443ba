"""What a program tells of its tiles, as a reader of the segments sees it."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import webmon

EVICTED, CACHED, WANTED, LOADING, DRAWN, FAILED, RESTATED = 0, 1, 2, 3, 4, 5, 255
LAYER = webmon.TileLayer.pyramid("slide", (1000, 700), (100, 100), 3)


def reader(name: str = "tiles") -> webmon.LogReader:
    opened = webmon.open(name)
    assert isinstance(opened, webmon.LogReader)
    return opened


def states(records: Any) -> dict[tuple[int, int, int, int], tuple[int, float, int]]:
    """What a page believes that has read these records: state, milliseconds, bytes by layer, level, row and column."""
    known: dict[tuple[int, int, int, int], tuple[int, float, int]] = {}
    for record in records:
        if record["state"] == RESTATED:
            known = {}
            continue
        key = tuple(int(record[name]) for name in ("layer", "level", "row", "column"))
        assert len(key) == 4
        if record["state"] == EVICTED:
            known.pop(key, None)
            continue
        before = known.get(key, (0, float("nan"), 0))
        milliseconds = before[1] if np.isnan(record["milliseconds"]) else float(record["milliseconds"])
        known[key] = (int(record["state"]), milliseconds, int(record["nbytes"]) or before[2])
    return known


def same(one: Any, other: Any) -> bool:
    return one.keys() == other.keys() and all(np.array_equal(one[key], other[key], equal_nan=True) for key in one)


def test_the_metadata(directory: Path) -> None:
    odd = webmon.TileLayer("odd", [webmon.TileLevel((333, 50), (20, 10)), webmon.TileLevel((167, 25), (20, 10))], translate=(5, 6))
    with webmon.TileLog("tiles", [LAYER, odd], image="A slide", target="demo", commands=["go"], snapshot="again", metadata={"more": 1}):
        with reader() as log:
            metadata = log.metadata
        assert metadata == {
            "role": "tile-events",
            "image": "A slide",
            "view": "tiles.view",
            "target": "demo",
            "commands": ["go"],
            "snapshot": "again",
            "more": 1,
            "layers": [
                {
                    "name": "slide",
                    "translate": [0, 0],
                    "levels": [
                        {"shape": [1000, 700], "tile": [100, 100], "scale": [1, 1]},
                        {"shape": [500, 350], "tile": [100, 100], "scale": [2, 2]},
                        {"shape": [250, 175], "tile": [100, 100], "scale": [4, 4]},
                    ],
                },
                {
                    "name": "odd",
                    "translate": [5, 6],
                    "levels": [
                        {"shape": [333, 50], "tile": [20, 10], "scale": [1, 1]},
                        {"shape": [167, 25], "tile": [20, 10], "scale": [2, 2]},
                    ],
                },
            ],
        }
    assert [level.grid for level in odd.levels] == [(17, 5), (9, 3)]


def test_events(directory: Path) -> None:
    with webmon.TileLog("tiles", [LAYER]) as tiles, reader() as log:
        start = time.time()
        assert tiles.want("slide", 0, [1, 2, 3], 4) == 3
        assert tiles.loading(0, 0, 1, 4) == 4
        assert tiles.cached("slide", 0, [1, 2], [4, 4], milliseconds=[1.5, 2.5], nbytes=10_000) == 6
        assert tiles.drawn("slide", 1, np.arange(2), np.arange(2), time=99.5) == 8
        assert tiles.failed("slide", 2, 0, 0, milliseconds=7) == 9
        assert tiles.evicted("slide", 0, 3, 4) == 10
        assert tiles.want("slide", 0, [], []) == 10
        records = log.since(0).records
        assert isinstance(records, np.recarray)
        assert [tuple(r) for r in records[["layer", "level", "row", "column", "state", "nbytes"]]] == [
            (0, 0, 1, 4, WANTED, 0),
            (0, 0, 2, 4, WANTED, 0),
            (0, 0, 3, 4, WANTED, 0),
            (0, 0, 1, 4, LOADING, 0),
            (0, 0, 1, 4, CACHED, 10_000),
            (0, 0, 2, 4, CACHED, 10_000),
            (0, 1, 0, 0, DRAWN, 0),
            (0, 1, 1, 1, DRAWN, 0),
            (0, 2, 0, 0, FAILED, 0),
            (0, 0, 3, 4, EVICTED, 0),
        ]
        assert np.array_equal(records.milliseconds, [np.nan] * 4 + [1.5, 2.5, np.nan, np.nan, 7, np.nan], equal_nan=True)
        assert records.time[6] == 99.5 and start <= records.time[0] <= time.time()


def test_the_view(directory: Path) -> None:
    with webmon.TileLog("tiles", [LAYER]) as tiles:
        with webmon.open("tiles.view") as view:
            assert isinstance(view, webmon.FrameReader)
            tiles.view((10.5, 20, 110.5, 220), level=2, canvas=(480, 640))
            first = view.next(10).copy()[0]
            tiles.view((0, 0, 1, 1), time=5.0)
            second = view.next(10).copy()[0]
        assert first.tolist()[1:] == (1, 10.5, 20, 110.5, 220, 2, 480, 640)
        assert second.tolist() == (5.0, 2, 0, 0, 1, 1, -1, 0, 0)


def test_restating(directory: Path) -> None:
    with webmon.TileLog("tiles", [LAYER]) as tiles, reader() as log:
        tiles.cached("slide", 0, [1, 2, 3], 0, milliseconds=[1, 2, 3], nbytes=[10, 20, 30])
        tiles.drawn("slide", 0, [1, 2], 0)
        tiles.evicted("slide", 0, [2, 3], 0)
        tiles.want("slide", 0, 2, 0)
        tiles.failed("slide", 1, 0, 0)
        before = states(log.since(0).records)
        assert tiles.restate() == 3
        again = log.since(log.status.sequence - 4).records
        assert again["state"].tolist() == [RESTATED, DRAWN, WANTED, FAILED] and again["nbytes"][0] == 3
        # Milliseconds and bytes of what was evicted in between are gone; the others were kept.
        assert same(states(again), before)
        assert states(again)[0, 0, 1, 0] == (DRAWN, 1.0, 10) and np.isnan(states(again)[0, 0, 2, 0][1])
        tiles.clear()
        assert log.since(log.status.sequence - 1).records["state"].tolist() == [RESTATED] and tiles.restate() == 0


@pytest.mark.parametrize("seed", range(3))
def test_the_ring_always_holds_the_present_states(directory: Path, seed: int) -> None:
    random = np.random.default_rng(seed)
    said: list[Any] = []
    with webmon.TileLog("tiles", [LAYER], records=400) as tiles, reader() as log:
        believed: dict[Any, Any] = {}
        for _ in range(150):
            count = int(random.integers(0, 8))
            level = int(random.integers(0, 3))
            rows, columns = random.integers(0, [[3], [2]], (2, count))
            say = [tiles.evicted, tiles.want, tiles.loading, tiles.cached, tiles.drawn, tiles.failed][int(random.integers(6))]
            before = log.status.sequence
            times: Any = {"milliseconds": random.random(count)} if say in (tiles.cached, tiles.drawn, tiles.failed) else {}
            say("slide", level, rows, columns, **times)
            news = log.since(before).records.copy()
            said.append(news[:count])
            believed = states(np.concatenate(said))
            # Whoever comes now reads the whole ring, and knows where a restatement begins.
            ring = log.since(max(0, log.status.sequence - 400)).records
            begins = np.flatnonzero(ring["state"] == RESTATED)
            assert log.status.sequence <= 400 or len(begins)
            start = begins[-1] if len(begins) else 0
            assert same(states(ring[start:]), believed)
            if len(begins):
                assert (ring["state"][start + 1 : start + 1 + ring["nbytes"][start]] != EVICTED).all()


def test_more_states_than_the_ring_holds(directory: Path) -> None:
    many = webmon.TileLayer.pyramid("many", (1000, 1000), (10, 10), 1)
    with webmon.TileLog("tiles", [many], records=64) as tiles, reader() as log:
        for row in range(10):
            tiles.want("many", 0, row, np.arange(20))
        assert RESTATED not in log.since(log.status.sequence - 64).records["state"]
        assert tiles.restate() == 200  # asked for, it is said all the same
        tiles.clear()
        for row in range(10):
            tiles.want("many", 0, 0, np.arange(20))
        ring = log.since(log.status.sequence - 64).records
        assert RESTATED in ring["state"] and len(states(ring[np.flatnonzero(ring["state"] == RESTATED)[-1] :])) == 20


def test_threads_agree_on_an_order(directory: Path) -> None:
    with webmon.TileLog("tiles", [LAYER]) as tiles, reader() as log:

        def report(state: int) -> None:
            for _ in range(500):
                (tiles.cached if state else tiles.drawn)("slide", 0, 1, 1, milliseconds=state)

        threads = [threading.Thread(target=report, args=(state,)) for state in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        before = states(log.since(0).records)
        tiles.restate()
        assert same(states(log.since(1000).records), before)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("slice", 0, 0, 0), "there is no layer 'slice'; there are slide"),
        ((3, 0, 0, 0), "there is no layer 3"),
        (("slide", 3, 0, 0), "level is 3: layer 'slide' has levels 0 to 2"),
        (("slide", 0, [0, 10], 0), "row is 10: level 0 of layer 'slide' has rows 0 to 9"),
        (("slide", 0, 0, -1), "column is -1: level 0 of layer 'slide' has columns 0 to 6"),
        (("slide", 0, [0.5], 0), "rows have dtype float64: they must be integers"),
    ],
)
def test_what_cannot_be(directory: Path, arguments: Any, message: str) -> None:
    with webmon.TileLog("tiles", [LAYER]) as tiles:
        with pytest.raises(webmon.SegmentError) as raised:
            tiles.want(*arguments)
        assert message in str(raised.value)
        assert tiles.restate() == 0


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        ([], "has no layers"),
        ([webmon.TileLayer("a", [])], "layer 'a' has no levels"),
        ([webmon.TileLayer("a", [webmon.TileLevel((0, 5), (1, 1))])], "layer 'a', level 0: shape (0, 5): extent is 0"),
        ([webmon.TileLayer("a", [webmon.TileLevel((5, 5), (1, 1), (0, 1))])], "scale is (0, 1): both must be over 0"),
    ],
)
def test_layers_that_cannot_be(directory: Path, layers: Any, message: str) -> None:
    with pytest.raises(webmon.SegmentError, match="layer") as raised:
        webmon.TileLog("tiles", layers)
    assert message in str(raised.value)
    assert webmon.streams() == []


def test_closing(directory: Path) -> None:
    tiles = webmon.TileLog("tiles", [LAYER])
    assert [stream.name for stream in webmon.streams()] == ["tiles", "tiles.view"]
    tiles.close()
    assert tiles.closed and webmon.streams() == []
    with pytest.raises(webmon.ClosedError):
        tiles.want("slide", 0, 0, 0)
