"""A segment directory for each test, and a look that nothing stays in it."""

from __future__ import annotations

import gc
import importlib.util
import itertools
import os
import signal
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import pytest

# A runner in the background ignores SIGINT, and so would every process that a test starts and interrupts.
signal.signal(signal.SIGINT, signal.default_int_handler)

SOURCE = Path(__file__).resolve().parent.parent / "src"
CLIENT = Path(__file__).resolve().parents[2] / "Tests" / "server" / "raw_websocket.py"
PASSED = pytest.StashKey[bool]()


@pytest.fixture
def directory(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[Path]:
    """An empty segment directory, the default one of this process and of those that it starts.

    After the test no mapping of its segments is left, once its objects are gone.
    """
    with tempfile.TemporaryDirectory(dir="/dev/shm", prefix="webmon-test-") as path:
        monkeypatch.setenv("WEBMON_DIR", path)
        yield Path(path)
        # The traceback of a failed test keeps what it looked at; a thread that was ended may be on its last lines.
        end = time.monotonic() + (10 if request.node.stash.get(PASSED, False) else 0)
        while (stayed := mapped(path)) and time.monotonic() < end:
            time.sleep(0.05)
        if request.node.stash.get(PASSED, False):
            assert stayed == [], "mappings stayed"


def mapped(path: str) -> list[str]:
    """Where files of a directory are mapped, once objects that nobody has are gone."""
    gc.collect()
    return [line for line in Path("/proc/self/maps").read_text().splitlines() if f"{path}/" in line]


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


class Page:
    """A page that calls commands, over the WebSocket client of the server's tests."""

    def __init__(self, address: str) -> None:
        specification = importlib.util.spec_from_file_location("raw_websocket", CLIENT)
        assert specification is not None and specification.loader is not None
        module = importlib.util.module_from_spec(specification)
        specification.loader.exec_module(module)
        self._socket = module.RawWebSocket(int(address.rsplit(":", 1)[1].strip("/")))
        self._references = itertools.count(1)
        self.targets: dict[str, Any] = {}

    def message(self) -> dict[str, Any]:
        message: dict[str, Any] = self._socket.message()
        if message["type"] == "commands":
            self.targets = {target["target"]: target for target in message["targets"]}
        return message

    def learn(self, target: str, *names: str) -> None:
        """Reads until this producer has these commands."""
        while not set(names) <= {command["name"] for command in self.targets.get(target, {"commands": []})["commands"]}:
            self.message()

    def send(self, name: str, target: str | None = None, **arguments: Any) -> int:
        reference = next(self._references)
        self._socket.send("command", ref=reference, name=name, target=target, args=arguments)
        return reference

    def reply(self, reference: int) -> dict[str, Any]:
        while (message := self.message()).get("ref") != reference:
            pass
        return message

    def call(self, name: str, target: str | None = None, **arguments: Any) -> dict[str, Any]:
        return self.reply(self.send(name, target, **arguments))

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def new_page() -> Iterator[Callable[[str], Page]]:
    """Opens pages of a server."""
    opened: list[Page] = []

    def make(address: str) -> Page:
        opened.append(Page(address))
        return opened[-1]

    yield make
    for page in opened:
        page.close()
