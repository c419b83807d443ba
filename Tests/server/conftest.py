"""The real server in a directory of its own, for black-box tests.

`$WEBMON_BIN` names the program (default: the release build of this checkout, else the debug build). Segments are made with the Python
package `webmon`: the installed one, else the one of this checkout, with the library that `$WEBMON_LIBRARY` names.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

try:
    import webmon
except ModuleNotFoundError:
    sys.path.insert(0, str(ROOT / "python" / "src"))
    import webmon  # noqa: F401


def pytest_configure(config):
    config.addinivalue_line("markers", "slow: takes many seconds")


@pytest.fixture(scope="session")
def program():
    named = os.environ.get("WEBMON_BIN")
    places = [Path(named)] if named else [ROOT / ".build" / build / "webmon" for build in ("release", "debug")]
    for place in places:
        if place.is_file():
            return str(place)
    pytest.fail(f"no webmon program at {', '.join(map(str, places))}: run make build, or set WEBMON_BIN")


@pytest.fixture
def directory(monkeypatch):
    path = tempfile.mkdtemp(prefix="webmon-test-", dir="/dev/shm")
    monkeypatch.setenv("WEBMON_DIR", path)
    yield path
    shutil.rmtree(path)


class RunningServer:
    def __init__(self, program, directory, *arguments, command="serve", **options):
        # Written and read through descriptors of their own: a shared one would share its position.
        self.log = tempfile.NamedTemporaryFile("w", suffix=".log")
        self.process = subprocess.Popen(
            [program, command, "--port", "0", "--dir", directory, "--verbose", *arguments],
            stdout=subprocess.PIPE,
            stderr=self.log,
            text=True,
            **options,
        )
        self.line = self.process.stdout.readline()
        self.address = self.line.rsplit(" ", 1)[-1].strip()
        if not self.address.startswith(("http://", "https://", "unix:")):
            self.process.wait(30)
            raise RuntimeError(f"the server did not start: {self.line!r} {self.logged()}")
        address, _, self.token = self.address.partition("?token=")
        self.port = 0 if address.startswith("unix:") else int(address.rsplit(":", 1)[1].strip("/"))

    def logged(self):
        return Path(self.log.name).read_text()

    def stop(self, number=signal.SIGTERM):
        if self.process.poll() is None:
            self.process.send_signal(number)
        status = self.process.wait(30)  # what is on its way has seconds, and a demo's producer some more
        self.process.stdout.close()
        return status


@pytest.fixture
def pages(tmp_path):
    """A folder with one page, and things beside it that must not be served."""
    root = tmp_path / "pages"
    (root / "hello").mkdir(parents=True)
    (root / "hello" / "index.html").write_text("<!doctype html><title>Hello &amp; goodbye</title>")
    (tmp_path / "secret.txt").write_text("secret")
    return root


@pytest.fixture
def serve(program, directory, pages):
    """Starts servers, each with arguments of its own; at the end they must have lived, and must end cleanly."""
    servers = []

    def serve(*arguments, **options):
        servers.append(RunningServer(program, directory, "--pages", str(pages), *map(str, arguments), **options))
        return servers[-1]

    yield serve
    for server in servers:
        status = server.stop()
        log = server.logged()
        server.log.close()
        assert status == 0, log
        assert "Fatal error" not in log, log


@pytest.fixture
def server(program, directory, pages):
    server = RunningServer(program, directory, "--pages", str(pages))
    yield server
    status = server.stop()
    log = server.logged()
    server.log.close()
    assert status == 0, log
    assert "Fatal error" not in log, log
