"""Views are valid as long as they live, whatever goes away before them."""

from __future__ import annotations

import gc
import subprocess
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import webmon

Start = Callable[..., subprocess.Popen[str]]


def test_loaned_views_outlive_the_stream(directory: Path) -> None:
    stream = webmon.Stream("s", (64, 64), "u2")
    with stream.loan() as view:
        view[...] = 7
    part = view[3:, ::2].T
    del view
    stream.close()
    del stream
    gc.collect()
    assert (part == 7).all()


def test_arrays_outlive_their_writer(directory: Path) -> None:
    writer = webmon.Array("a", (64, 64), "u2")
    array = writer.array
    reader = webmon.open("a")
    assert isinstance(reader, webmon.ArrayReader)
    seen = reader.array
    writer.close()
    reader.close()
    del writer, reader
    gc.collect()
    array[5, 5] = 3
    assert seen[5, 5] == 3 and seen.sum() == 3


@pytest.mark.parametrize(
    "derive",
    [
        lambda frame: frame,
        lambda frame: frame[3:, ::2].T,
        lambda frame: frame.view("u1")[5],
        lambda frame: np.lib.stride_tricks.as_strided(frame, (2, 2), (2, 4)),
        lambda frame: memoryview(frame),
        lambda frame: np.frombuffer(frame, "u2"),
        lambda frame: np.ndarray((4,), "u2", frame),
        lambda frame: np.asarray(memoryview(frame)),
        lambda frame: np.from_dlpack(frame),
        lambda frame: frame.flat,
    ],
)
def test_frames_outlive_everything(directory: Path, derive: Callable[[Any], Any]) -> None:
    stream = webmon.Stream("s", (64, 64), "u2", slots=3)
    reader = webmon.open("s")
    assert isinstance(reader, webmon.FrameReader)
    stream.put(np.full((64, 64), 7, "u2"))
    frame = reader.latest()
    kept = derive(frame)
    before = np.array(kept)
    del frame
    reader.close()
    del reader
    gc.collect()
    # The lease lives as long as anything of the frame: its slot is passed over.
    for number in range(10):
        assert stream.put(np.full((64, 64), number, "u2")) is not None
    assert np.array_equal(np.array(kept), before)
    stream.close()
    del stream
    gc.collect()
    assert np.array_equal(np.array(kept), before)


def test_a_lease_ends_with_the_last_view(directory: Path) -> None:
    with webmon.Stream("s", 4, "u1", slots=2) as stream, webmon.open("s") as reader, webmon.open("s") as other:
        assert isinstance(reader, webmon.FrameReader) and isinstance(other, webmon.FrameReader)
        stream.put([1] * 4)
        frame = reader.latest()
        stream.put([2] * 4)
        newest = other.latest()
        part = frame[1:]
        gone = weakref.ref(frame)
        del frame
        assert gone() is not None or part.base is not None
        assert stream.put([3] * 4) is None
        del part
        assert stream.put([3] * 4) == 3
        del newest


def test_nobody_can_make_a_frame_writable(directory: Path) -> None:
    with webmon.Stream("s", (4, 4), "u2") as stream, webmon.open("s") as reader:
        assert isinstance(reader, webmon.FrameReader)
        stream.put(np.zeros((4, 4), "u2"))
        frame = reader.latest()
        views: list[Any] = [frame, frame[1:], frame.view("u1"), frame.base, np.asarray(memoryview(frame))]
        for view in views:
            with pytest.raises(ValueError, match="WRITEABLE|writ"):
                view.setflags(write=True)
            with pytest.raises(ValueError, match="read-only"):
                view[...] = 1
        del views, view


def test_after_close_writers_raise(directory: Path) -> None:
    stream, log, array = webmon.Stream("s", 3, "u1"), webmon.Log("l", "u1"), webmon.Array("a", 3, "u1")
    for writer in (stream, log, array):
        writer.close()
        writer.close()
        assert writer.closed and "closed" in repr(writer) and writer.shape is not None
        for use in (lambda: writer.wanted, lambda: writer.status):
            with pytest.raises(webmon.ClosedError, match="is closed"):
                use()
    for use in (
        lambda: stream.put([1, 2, 3]),
        lambda: stream.loan().__enter__(),
        lambda: log.append(1),
        lambda: log.append([1]),
        lambda: array.__setitem__(0, 1),
        lambda: array.edit().__enter__(),
    ):
        for _ in range(2):
            with pytest.raises(ValueError, match="is closed"):
                use()


def test_closing_inside_a_loan_or_edit(directory: Path) -> None:
    stream, array = webmon.Stream("s", 3, "u1"), webmon.Array("a", 3, "u1")
    with pytest.raises(webmon.ClosedError), stream.loan() as view:
        stream.close()
        view[...] = 3
    with pytest.raises(webmon.ClosedError), array.edit() as part:
        array.close()
        part[...] = 3
    assert array.array.tolist() == [3, 3, 3]


def test_a_forgotten_writer_leaves_no_file(directory: Path) -> None:
    stream = webmon.Stream("s", 3, "u1")
    kept = webmon.Stream("kept", 3, "u1", persist=True)
    assert sorted(path.name for path in directory.glob("*.npy")) == ["kept.npy", "s.npy"]
    del stream, kept
    gc.collect()
    assert sorted(path.name for path in directory.glob("*.npy")) == ["kept.npy"]
    assert webmon.streams()[0].status.state == "closed"
    webmon.remove("kept")
    assert webmon.streams() == []


@pytest.mark.parametrize("how", ["pass", "sys.exit(3)", "raise KeyError", "del s", "s.cycle = s", "keep = [s, [s.__class__]]; keep.append(keep)"])
def test_the_end_of_a_process_leaves_no_file(directory: Path, python: Start, how: str) -> None:
    child = python(
        f"""
        import sys, numpy as np, webmon
        s = webmon.Stream("s", 3, "u1"); log = webmon.Log("l", "u1"); a = webmon.Array("a", 3, "u1")
        s.put([1, 2, 3]); r = webmon.open("s"); frame = r.latest(); view = a.array
        globals()["again"] = (frame, view)
        {how}
        """
    )
    _, errors = child.communicate(timeout=60)
    assert child.returncode == {"sys.exit(3)": 3, "raise KeyError": 1}.get(how, 0), errors
    assert "Fatal" not in errors and "Exception ignored" not in errors
    assert list(directory.glob("*.npy")) == []
