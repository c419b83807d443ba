"""A real server, a real producer process and a real Chromium.

`$WEBMON_BIN` names the server's program (default: the build of this checkout), `$WEBMON_TEST_CHROMIUM` the browser (default:
/usr/bin/chromium). The Python package `webmon` is the installed one, else the one of this checkout.
"""

import importlib.util
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parents[2]
PAGES = ROOT / "Sources" / "webmon" / "Pages"
ARGUMENTS = [
    "--no-sandbox",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--force-color-profile=srgb",
    # Each context would load pages of the browser's own window, which no test sees.
    "--disable-features=PreloadTopChromeWebUI",
]


@pytest.fixture(scope="session")
def program():
    named = os.environ.get("WEBMON_BIN")
    places = [Path(named)] if named else [ROOT / ".build" / build / "webmon" for build in ("release", "debug")]
    for place in places:
        if place.is_file():
            return str(place)
    pytest.fail(f"no webmon program at {', '.join(map(str, places))}: run make build, or set WEBMON_BIN")


@pytest.fixture
def directory():
    path = tempfile.mkdtemp(prefix="webmon-browser-", dir="/dev/shm")
    yield path
    shutil.rmtree(path)


class Server:
    """The server; it can be stopped and started again at the same address."""

    def __init__(self, program, directory):
        self.command = [program, "serve", "--dir", directory]
        # The system chooses one: a port that was only looked for may be another's by then.
        self.port = 0
        self.start()

    def start(self):
        # The pages of this checkout, whatever program is tested.
        environment = {**os.environ, "WEBMON_PAGES": str(PAGES)}
        self.process = subprocess.Popen(
            [*self.command, "--port", str(self.port)], stdout=subprocess.PIPE, text=True, env=environment
        )
        line = self.process.stdout.readline()
        found = re.search(r"(http://127\.0\.0\.1:(\d+))", line)
        assert found and self.port in (0, int(found[2])), f"the server did not start: {line!r}"
        self.address, self.port = found[1], int(found[2])

    def stop(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        self.process.wait(60)
        self.process.stdout.close()

    @contextmanager
    def asleep(self):
        """It reads, sends and answers nothing as long as this lasts."""
        self.process.send_signal(signal.SIGSTOP)
        try:
            # The signal takes a while to reach all of its threads.
            os.waitid(os.P_PID, self.process.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)
            yield
        finally:
            self.process.send_signal(signal.SIGCONT)


@pytest.fixture
def server(program, directory):
    running = Server(program, directory)
    yield running
    if running.process.poll() is None:
        running.stop()


class Producer:
    """A process that publishes; every attribute is a command of producer_process.py."""

    def __init__(self, directory, folder):
        self.folder = folder
        environment = {**os.environ, "WEBMON_DIR": directory}
        if importlib.util.find_spec("webmon") is None:
            environment["PYTHONPATH"] = str(ROOT / "python" / "src")
        self.process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("producer_process.py"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )
        self.saved = 0

    def __getattr__(self, do):
        def call(name, data=None, **arguments):
            if data is not None:
                self.saved += 1
                arguments["file"] = str(self.folder / f"{self.saved}.npy")
                np.save(arguments["file"], data)
            self.process.stdin.write(json.dumps({"do": do, "name": name, **arguments}) + "\n")
            self.process.stdin.flush()
            line = self.process.stdout.readline()
            assert line, f"the producer died at {do}"
            return json.loads(line)["answer"]

        return call

    def end(self):
        self.process.stdin.close()
        self.process.wait(60)
        self.process.stdout.close()

    def kill(self):
        self.process.kill()
        self.process.wait(60)


@pytest.fixture
def new_producer(directory, tmp_path):
    made = []

    def make():
        folder = tmp_path / f"producer{len(made)}"
        folder.mkdir()
        made.append(Producer(directory, folder))
        return made[-1]

    yield make
    for producer in made:
        if producer.process.poll() is None:
            producer.end()


@pytest.fixture
def producer(new_producer):
    return new_producer()


@pytest.fixture(scope="session")
def chromium():
    with sync_playwright() as playwright:
        path = os.environ.get("WEBMON_TEST_CHROMIUM", "/usr/bin/chromium")
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def new_page(chromium, server):
    """Opens pages of the server. Whatever a page complains about fails the test, unless it takes it from `page.problems`."""
    contexts = []

    def make(path, *, width=1000, height=700, **options):
        context = chromium.new_context(viewport={"width": width, "height": height}, **options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(30_000)
        page.problems = []
        page.on("pageerror", lambda error: page.problems.append(f"error: {error}"))

        def complain(message):
            # The browser asks for it where an address is no HTML page, which could name another icon.
            is_icon = message.location["url"].endswith("/favicon.ico")
            if message.type in ("error", "warning") and not is_icon:
                page.problems.append(f"console: {message.text}")

        page.on("console", complain)
        page.goto(server.address + path)
        return page

    yield make
    problems = [problem for context in contexts for page in context.pages for problem in page.problems]
    for context in contexts:
        context.close()
    assert problems == []


def wait_until(condition, seconds=30, what="the condition"):
    """Waits until a call gives something true, and returns that."""
    end = time.monotonic() + seconds
    while not (value := condition()):
        if time.monotonic() > end:
            pytest.fail(f"{what} did not come true in {seconds} s")
        time.sleep(0.05)
    return value
