"""The demo, as a user starts it."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import webmon
from webmon.demo import images

START_LIMIT = 60
SOURCE = Path(__file__).resolve().parent.parent / "src"


def until(condition: Callable[[], object]) -> None:
    limit = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < limit, "it did not come true"
        time.sleep(0.05)


@pytest.fixture
def demo(directory: Path) -> Iterator[subprocess.Popen[str]]:
    child = subprocess.Popen(
        [sys.executable, "-X", "faulthandler", "-m", "webmon.demo", "--dir", str(directory)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
    )
    assert child.stdout is not None
    if not select.select([child.stdout], [], [], START_LIMIT)[0]:
        child.send_signal(signal.SIGABRT)  # its traceback says where it is
        pytest.fail(f"the demo was not ready after {START_LIMIT} s: {child.communicate()[1]}")
    line = child.stdout.readline()
    assert line == "webmon demo: publishing camera, retina16, stack, labels, tiles, loads\n", child.communicate()[1]
    yield child
    if child.poll() is None:
        child.kill()
    child.communicate()


def test_what_it_publishes(demo: subprocess.Popen[str], directory: Path) -> None:
    listed = {stream.name: stream for stream in webmon.streams()}
    assert {name: (stream.kind, stream.shape, str(stream.dtype)) for name, stream in listed.items() if stream.kind != "log"} == {
        "camera": ("frames", (512, 512), "uint8"),
        "retina16": ("frames", (768, 768), "uint16"),
        "stack": ("frames", (512, 512), "uint16"),
        "labels": ("array", (512, 512), "uint16"),
        "fundus": ("array", (5644, 5644), "uint8"),
        "fundus.viewer": ("frames", (480, 640), "uint8"),
        "tiles.view": ("frames", (1,), str(listed["tiles.view"].dtype)),
    }
    for name in ("camera", "retina16", "stack", "labels"):
        metadata = listed[name].metadata
        assert metadata["axes"] == ["y", "x"] and len(metadata["contrast_limits"]) == 2 and metadata["colormap"]

    with webmon.open("camera") as camera:
        assert isinstance(camera, webmon.FrameReader)
        first = camera.next(30).copy()
        begin, start = camera.sequence, time.monotonic()
        while time.monotonic() - start < 2:
            later = camera.next(30)
        rate = (camera.sequence - begin) / (time.monotonic() - start)
        assert 0 < rate < 40, rate  # 25 where the machine has nothing else to do
        assert later.std() > 20 and not np.array_equal(first, later)
        del later
    with webmon.open("retina16") as retina:
        assert isinstance(retina, webmon.FrameReader)
        one, other = retina.next(30).copy(), retina.next(30).copy()
        assert one.max() > 20_000
        assert 0.3 < ((one ^ other) & 1).mean() < 0.7  # the low bits are alive
    with webmon.open("stack") as stack:
        assert isinstance(stack, webmon.FrameReader)
        planes = {}
        for _ in range(4):
            frame = stack.next(30)
            assert stack.info is not None
            planes[stack.info.plane] = frame.copy()
            del frame
        assert sorted(planes) == [0, 1, 2]
        haematoxylin = images.stains()[0]
        assert np.corrcoef(planes[0].ravel(), haematoxylin.ravel())[0, 1] > 0.99
    with webmon.open("labels") as labels:
        assert isinstance(labels, webmon.ArrayReader)
        before, version = np.count_nonzero(labels.copy()), labels.changed(0).version
        # It rests for some seconds when all has grown.
        until(lambda: labels.changed(version).tiles and np.count_nonzero(labels.copy()) != before)
    with webmon.open("loads") as loads:
        assert isinstance(loads, webmon.LogReader)
        until(lambda: set(loads.since(0).records["stream"]) == {b"camera", b"retina16", b"stack", b"labels", b"tiles"})
        records = loads.since(0).records
        assert (records["load_ms"] >= 0).all() and np.median(records["load_ms"][records["stream"] == b"retina16"]) > 0.5
        assert abs(records["time"][-1] - time.time()) < 10


def test_it_idles_while_nobody_looks(demo: subprocess.Popen[str]) -> None:
    with webmon.open("camera", subscribe=False) as camera:
        time.sleep(0.6)
        start, begin = time.monotonic(), camera.status.sequence
        time.sleep(2)
        until(lambda: camera.status.sequence > begin)
        # Two a second, instead of 25; however long the machine took for the two seconds.
        assert (camera.status.sequence - begin) / (time.monotonic() - start) <= 3


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, None])
def test_it_ends_at_once_and_leaves_nothing(demo: subprocess.Popen[str], directory: Path, number: signal.Signals | None) -> None:
    start = time.monotonic()
    if number is None:
        assert demo.stdin is not None
        demo.stdin.close()
        demo.stdin = None
    else:
        demo.send_signal(number)
    _, errors = demo.communicate(timeout=60)
    assert demo.returncode == 0 and errors == "" and time.monotonic() - start < 20, (demo.returncode, errors, time.monotonic() - start)
    assert [path.name for path in directory.iterdir() if path.name != ".lock"] == []


def test_a_second_one_says_that_the_first_runs(demo: subprocess.Popen[str], directory: Path) -> None:
    second = subprocess.run(
        [sys.executable, "-m", "webmon.demo", "--dir", str(directory)],
        capture_output=True,
        text=True,
        timeout=60,
        stdin=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
    )
    assert second.returncode == 1 and second.stderr.startswith("webmon demo: ") and second.stderr.count("\n") == 1
    assert len(webmon.streams()) == 9


def test_its_commands_change_what_it_shows(demo: subprocess.Popen[str], new_page: Callable[[str], Any]) -> None:
    with webmon.serve() as server, webmon.open("retina16") as retina, webmon.open("camera") as camera:
        assert isinstance(retina, webmon.FrameReader) and isinstance(camera, webmon.FrameReader)
        page = new_page(server)
        page.learn("demo", "set_exposure", "hold_stage")
        bright = float(retina.next(30).mean())
        assert page.call("set_exposure", electrons=30)["ok"]
        limit = time.monotonic() + 30
        while (dark := float(retina.next(30).mean())) > bright / 20:
            assert time.monotonic() < limit, (bright, dark)
        refused = page.call("set_exposure", electrons=1e6)
        assert refused["error"]["code"] == "failed" and "10 to 30000" in refused["error"]["message"]

        assert page.call("hold_stage", on=True)["ok"]
        limit = time.monotonic() + 30
        while not np.array_equal(camera.next(30).copy(), camera.next(30)):
            assert time.monotonic() < limit
        assert page.call("hold_stage", on=False)["ok"]
        limit = time.monotonic() + 30
        while np.array_equal(camera.next(30).copy(), camera.next(30)):
            assert time.monotonic() < limit


def test_its_tiles_are_what_it_loaded(demo: subprocess.Popen[str], new_page: Callable[[str], Any]) -> None:
    cached, wanted, loading, drawn, failed, evicted, restated = 1, 2, 3, 4, 5, 0, 255
    follows = {evicted: {wanted}, wanted: {loading, evicted}, loading: {cached, failed}, failed: {wanted, evicted}}
    with webmon.serve() as server, webmon.open("tiles") as log, webmon.open("fundus.viewer") as viewer:
        assert isinstance(log, webmon.LogReader) and isinstance(viewer, webmon.FrameReader)
        page = new_page(server)
        page.learn("demo", "show_grid", "pause_viewer", "viewer_speed", "go_to", "restate_tiles")
        assert page.call("viewer_speed", times=10)["ok"]
        limit = time.monotonic() + 30
        while set(log.since(0).records["state"]) < {evicted, cached, wanted, loading, drawn}:
            assert time.monotonic() < limit
            time.sleep(0.2)
        # From the beginning every tile goes from one state only to those that can follow it.
        records = log.since(0).records.copy()
        known: dict[Any, int] = {}
        for record in records:
            assert record["state"] != restated
            key = tuple(record[["layer", "level", "row", "column"]])
            before, now = known.get(key, evicted), int(record["state"])
            assert now in follows.get(before, {cached, drawn, evicted}), (key, before, now)
            known[key] = now
        took = records[(records["state"] == cached) & ~np.isnan(records["milliseconds"])]
        assert (took["milliseconds"] >= 4).all() and (took["nbytes"] > 0).all() and (took["nbytes"] <= 128 * 128).all()
        assert sum(state in (cached, drawn) for state in known.values()) <= 420 + 84

        # It goes where it is sent; all there is there is drawn, and the picture is the photograph.
        refused = page.call("go_to", x=-1.0, y=0.0)
        assert refused["error"]["code"] == "failed" and "0 to 5644" in refused["error"]["message"]
        assert page.call("go_to", x=2000.0, y=3000.0, level=1)["ok"]
        rows, columns = np.s_[3000 - 480 : 3000 + 480], np.s_[2000 - 640 : 2000 + 640]
        with webmon.open("fundus") as fundus:
            assert isinstance(fundus, webmon.ArrayReader)
            blocks = fundus.copy()[rows, columns].reshape(480, 2, 640, 2)
        expected = blocks.sum((1, 3), dtype=np.uint32) // 4
        while not np.array_equal(viewer.next(30), expected):
            assert time.monotonic() < limit + 60
        assert page.call("show_grid", on=True)["ok"]
        while not (viewer.next(30)[3072 // 2 - (3000 - 480) // 2] == 255).all():
            assert time.monotonic() < limit + 80
        before = log.status.sequence
        count = page.call("restate_tiles")["value"]
        again = log.since(before).records
        begin = int(np.flatnonzero(again["state"] == restated)[0])
        assert again["nbytes"][begin] == count
        again = again[begin + 1 : begin + 1 + count]
        assert ((again["state"] == drawn) & (again["layer"] == 0)).sum() == 5 * 6
