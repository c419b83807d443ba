"""A segment directory for each test, and a look that nothing stays in it."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import pytest

# A runner in the background ignores SIGINT, and so would every process that a test starts and interrupts.
signal.signal(signal.SIGINT, signal.default_int_handler)

SOURCE = Path(__file__).resolve().parent.parent / "src"
PASSED = pytest.StashKey[bool]()


@pytest.fixture
def directory(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[Path]:
    """An empty segment directory, the default one of this process and of those that it starts.

    After the test no mapping of its segments is left, once its objects are gone.
    """
    with tempfile.TemporaryDirectory(dir="/dev/shm", prefix="webmon-test-") as path:
        monkeypatch.setenv("WEBMON_DIR", path)
        yield Path(path)
        gc.collect()
        # The traceback of a failed test keeps what it looked at.
        if request.node.stash.get(PASSED, False):
            maps = Path("/proc/self/maps").read_text()
            assert [line for line in maps.splitlines() if f"{path}/" in line] == [], "mappings stayed"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.when == "call":
        item.stash[PASSED] = report.passed
    return report


@pytest.fixture
def python(directory: Path, tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts another Python process with a script; ended with the test."""
    started: list[subprocess.Popen[str]] = []

    def start(script: str, *arguments: str) -> subprocess.Popen[str]:
        # A file, as users have it: spawn imports the main module again, by its path.
        file = tmp_path / f"script{len(started)}.py"
        file.write_text(textwrap.dedent(script))
        child = subprocess.Popen(
            [sys.executable, "-X", "faulthandler", "-W", "error", str(file), *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(SOURCE)},
        )
        started.append(child)
        return child

    yield start
    for child in started:
        if child.poll() is None:
            child.kill()
        child.communicate()
