from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import webmon
from webmon import _native

DTYPE = np.dtype([("time", "f8"), ("name", "S6"), ("n", "u2")])


def log_reader(name: str) -> webmon.LogReader:
    reader = webmon.open(name)
    assert isinstance(reader, webmon.LogReader)
    return reader


@pytest.mark.parametrize(
    ("given", "records"),
    [
        ((0.5, b"a", 1), [(0.5, b"a", 1)]),
        ({"n": 1, "time": 0.5, "name": b"a"}, [(0.5, b"a", 1)]),
        (np.array([(0.5, b"a", 1)], DTYPE)[0], [(0.5, b"a", 1)]),
        (np.array((0.5, b"a", 1), DTYPE), [(0.5, b"a", 1)]),
        (np.array([(0.5, b"a", 1), (1, b"b", 2)], DTYPE), [(0.5, b"a", 1), (1, b"b", 2)]),
        (np.array([(0.5, b"a", 1), (1, b"b", 2)], DTYPE)[::-1], [(1, b"b", 2), (0.5, b"a", 1)]),
        (np.rec.array([(0.5, b"a", 1)], dtype=DTYPE), [(0.5, b"a", 1)]),
        (np.rec.array([(0.5, b"a", 1)], dtype=DTYPE)[0], [(0.5, b"a", 1)]),
        (np.array([(0.5, b"a", 1)], [("time", "f4"), ("name", "S3"), ("n", "u1")]), [(0.5, b"a", 1)]),
        ([(0.5, b"a", 1), (1, b"b", 2)], [(0.5, b"a", 1), (1, b"b", 2)]),
        ([{"n": 1, "time": 0.5, "name": b"a"}, (1, b"b", 2)], [(0.5, b"a", 1), (1, b"b", 2)]),
        (np.zeros(0, DTYPE), []),
        ([], []),
    ],
)
def test_append(directory: Path, given: object, records: list[tuple[Any, ...]]) -> None:
    with webmon.Log("loads", DTYPE) as log, log_reader("loads") as reader:
        assert log.append((9, b"first", 9)) == 1
        assert log.append(given) == 1 + len(records)
        batch = reader.since(1)
        assert batch.records.tolist() == records and batch.records.dtype == DTYPE
        assert batch[1:] == (1 + len(records), 0)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ((0.5, b"a"), ["length 2", "3 fields"]),
        ((0.5, b"a", -1), ["-1"]),
        ((0.5, b"a", 65536), ["65536"]),
        (("x", b"a", 1), ["'x'"]),
        ({"time": 1, "nmae": b"a", "n": 1}, ["missing: ['name']", "unknown: ['nmae']"]),
        (5, ["5 is no record"]),
        ([1, 2], ["1 is no record"]),
        ("text", ["no record"]),
        (np.zeros((2, 2), DTYPE), ["(2, 2)"]),
        (np.zeros(2, "f8"), ["float64"]),
        (np.zeros(2, [("time", "f8"), ("name", "S6"), ("n", "f8")]), ["safe"]),
        (np.zeros((), [("time", "f8"), ("name", "S60"), ("n", "u2")]), ["safe"]),
    ],
)
def test_append_refuses(directory: Path, given: object, words: list[str]) -> None:
    with webmon.Log("loads", DTYPE) as log:
        with pytest.raises(webmon.SegmentError) as caught:
            log.append(given)
        for word in ["loads", *words]:
            assert word in str(caught.value)
        assert log.status.sequence == 0


def test_plain_dtype(directory: Path) -> None:
    with webmon.Log("temperature", "f4", records=4) as log, log_reader("temperature") as reader:
        assert log.append(1.5) == 1
        assert log.append([2, 3.5]) == 3
        assert log.append(np.arange(3, dtype="f4")) == 6
        assert reader.since(0)[0].tolist() == [3.5, 0, 1, 2]
        for bad in ((1, 2), {"a": 1}, "x", None):
            with pytest.raises(webmon.SegmentError):
                log.append(bad)


def test_nested_records(directory: Path) -> None:
    dtype = np.dtype([("id", "u4"), ("where", [("y", "f4"), ("x", "f4")]), ("counts", "i2", (2,))])
    with webmon.Log("spots", dtype) as log, log_reader("spots") as reader:
        log.append((1, (2, 3), [4, 5]))
        log.append({"id": 1, "where": {"x": 3, "y": 2}, "counts": [4, 5]})
        first, second = reader.since(0).records
        assert first == second and first["counts"].tolist() == [4, 5]
        with pytest.raises(webmon.InvalidError, match=r"field 'where'.*missing: \['x'\]"):
            log.append({"id": 1, "where": {"y": 2}, "counts": [4, 5]})


def test_what_was_overwritten_is_lost_and_counted(directory: Path) -> None:
    with webmon.Log("loads", "u8", records=8) as log, log_reader("loads") as reader:
        log.append(np.arange(1, 21, dtype="u8"))
        records, sequence, lost = reader.since(0)
        assert records.tolist() == list(range(13, 21)) and sequence == 20 and lost == 12
        assert reader.since(15, limit=3)[:2] == (pytest.approx([16, 17, 18]), 18)
        assert reader.since(20).records.size == 0 and reader.since(99).records.size == 0
        assert reader.latest(3).tolist() == [18, 19, 20]
        assert reader.latest(100).tolist() == list(range(13, 21))
        assert np.load(log.path, mmap_mode="r").tolist() == [17, 18, 19, 20, 13, 14, 15, 16]


def test_iterating_gives_every_record(directory: Path) -> None:
    with webmon.Log("loads", DTYPE) as log, log_reader("loads") as reader:
        def produce() -> None:
            for number in range(5000):
                log.append((number, b"x", number))
            log.close()

        thread = threading.Thread(target=produce)
        thread.start()
        numbers = [int(record["n"]) for record in reader]
        thread.join()
        assert numbers == list(range(5000)) and reader.missed == 0


@pytest.mark.parametrize("slots", [4, 16, 100, 8192])
def test_iterating_gives_bursts_of_any_length(directory: Path, slots: int) -> None:
    """More and fewer records than iteration makes room for, in rings that have more and fewer."""
    bursts = [length for length in (1, 2, 15, 16, 17, 64, 100, 5000, 1) if length <= slots]
    with webmon.Log("loads", "u4", records=slots) as log, log_reader("loads") as reader:
        records, number = iter(reader), 0
        for length in bursts:
            log.append(np.arange(number, number + length, dtype="u4"))
            assert [int(next(records)) for _ in range(length)] == list(range(number, number + length))
            number += length
        log.append(np.arange(number, number + slots, dtype="u4"))
        log.append(np.arange(number + slots, number + slots + 2, dtype="u4"))
        log.close()
        assert [int(record) for record in records] == list(range(number + 2, number + slots + 2)) and reader.missed == 2


def test_iterating_asks_for_no_status(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with webmon.Log("loads", DTYPE) as log, log_reader("loads") as reader:
        log.append((0.5, b"a", 1))
        log.append((0.5, b"a", 2))
        asked: list[Any] = []
        monkeypatch.setattr(_native.quick, "reader_status", lambda *arguments: asked.append(arguments) or 0)
        records = iter(reader)
        assert [int(next(records)["n"]) for _ in range(2)] == [1, 2] and not asked


def test_two_threads_append(directory: Path) -> None:
    with webmon.Log("loads", [("a", "u4"), ("b", "u4")], records=10000) as log, log_reader("loads") as reader:
        def produce(value: int) -> None:
            for _ in range(500):
                log.append((value, value))
                log.append([(value, value)] * 3)

        threads = [threading.Thread(target=produce, args=(value,)) for value in (1, 2, 3, 4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        records = reader.since(0).records
        assert len(records) == 8000 and (records["a"] == records["b"]).all()
        assert np.bincount(records["a"]).tolist() == [0, 2000, 2000, 2000, 2000]


def test_big_batches(directory: Path) -> None:
    values = np.random.default_rng(1).integers(0, 2**60, 300_000)
    with webmon.Log("loads", "i8", records=100_000) as log, log_reader("loads") as reader:
        assert log.append(values) == 300_000
        records, sequence, lost = reader.since(0)
        assert np.array_equal(records, values[-100_000:]) and sequence == 300_000 and lost == 200_000
