from __future__ import annotations

import errno
import os
import pickle
import resource
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import webmon
from webmon import errors

Start = Callable[..., subprocess.Popen[str]]


@pytest.mark.parametrize(
    ("error", "builtin"),
    [
        (webmon.NotFoundError, FileNotFoundError),
        (webmon.BusyError, BlockingIOError),
        (webmon.TimeoutError, TimeoutError),
        (webmon.InvalidError, ValueError),
        (webmon.DTypeError, TypeError),
        (webmon.NoSpaceError, OSError),
        (webmon.PermissionError, PermissionError),
        (webmon.TooManyFilesError, OSError),
        (webmon.ClosedError, ValueError),
        (webmon.NoDataError, LookupError),
        (webmon.CorruptError, ValueError),
    ],
)
def test_errors_are_the_builtins_that_callers_expect(error: type[webmon.SegmentError], builtin: type[Exception]) -> None:
    assert issubclass(error, webmon.SegmentError) and issubclass(error, builtin)
    made = errors.from_code(error.code, "some text")
    assert type(made) is error and str(made) == "some text"
    again = pickle.loads(pickle.dumps(made))
    assert type(again) is error and str(again) == "some text"


def test_not_found(directory: Path) -> None:
    with pytest.raises(FileNotFoundError, match="none"):
        webmon.open("none")
    with pytest.raises(webmon.NotFoundError):
        webmon.remove("none")
    with pytest.raises(webmon.NotFoundError):
        webmon.open("none", timeout=0.05)
    with pytest.raises(webmon.NotFoundError):
        webmon.Stream("s", 3, "u1", directory=directory / "a" / "b")
    assert webmon.streams(directory / "missing") == []


def test_directories(directory: Path) -> None:
    own = directory / "own"
    with webmon.Stream("s", 3, "u1", directory=own) as stream, webmon.open("s", directory=str(own)) as reader:
        assert stream.path == str(own / "s.npy") == reader.path
        assert webmon.streams() == [] and [one.name for one in webmon.streams(own)] == ["s"]
        assert os.stat(own).st_mode & 0o777 == 0o700 and os.stat(stream.path).st_mode & 0o777 == 0o600


def test_corrupt_files(directory: Path) -> None:
    np.save(directory / "plain.npy", np.zeros(3))
    (directory / "empty.npy").touch()
    (directory / "zeros.npy").write_bytes(bytes(16384))
    with webmon.Stream("good", 3, "u1"):
        whole = bytearray((directory / "good.npy").read_bytes())
        whole[-1] ^= 1
        (directory / "flipped.npy").write_bytes(whole)
        for name in ("plain", "empty", "zeros", "flipped"):
            with pytest.raises(webmon.CorruptError, match=name):
                webmon.open(name)
        with pytest.warns(UserWarning) as warned:
            assert [stream.name for stream in webmon.streams()] == ["good"]
        assert sorted(str(one.message).split(":")[0] for one in warned) == ["empty", "flipped", "plain", "zeros"]


def test_no_space(directory: Path) -> None:
    with pytest.raises(webmon.NoSpaceError) as caught:
        webmon.Stream("huge", (2**20, 2**20), "u1", slots=4)
    assert caught.value.errno == errno.ENOSPC
    assert [path for path in directory.glob("*") if path.name != ".lock"] == []


def test_permission(directory: Path) -> None:
    if os.geteuid() == 0:
        readonly = Path("/proc")  # root may write wherever it is possible to write
    else:
        readonly = directory / "readonly"
        readonly.mkdir(mode=0o500)
    with pytest.raises((webmon.PermissionError, webmon.NotFoundError, webmon.SystemCallError)) as caught:
        webmon.Stream("s", 3, "u1", directory=readonly)
    assert str(readonly) in str(caught.value)


def test_too_many_files(directory: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with webmon.Stream("s", 3, "u1"):
        used = len(os.listdir("/proc/self/fd"))
        resource.setrlimit(resource.RLIMIT_NOFILE, (used, hard))
        try:
            with pytest.raises(webmon.TooManyFilesError) as caught:
                readers = [webmon.open("s") for _ in range(20)]
                del readers
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert isinstance(caught.value, OSError) and caught.value.errno == errno.EMFILE


def test_wrong_kind_of_resume(directory: Path) -> None:
    webmon.Stream("s", 3, "u1", persist=True).close()
    with webmon.Stream("s", 3, "u1", resume=True, persist=True) as stream:
        assert stream.put([1, 2, 3]) == 1
    with webmon.Stream("s", 3, "u1", resume=True, persist=True) as stream:
        assert stream.put([1, 2, 3]) == 2
    with webmon.Stream("s", 4, "u1", resume=True) as stream:
        assert stream.put([1, 2, 3, 4]) == 1


def test_a_missing_library_says_what_to_do(directory: Path, python: Start) -> None:
    child = python("import os; os.environ['WEBMON_LIBRARY'] = '/nonexistent/lib.so'\nimport webmon")
    assert "$WEBMON_LIBRARY names '/nonexistent/lib.so'" in child.communicate(timeout=60)[1]
