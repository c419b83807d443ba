"""Plain browsers, with nothing attached to them: a page says in its title what it found."""

from __future__ import annotations

import contextlib
import html
import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import urlopen

FLAGS = [
    "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-extensions", "--disable-background-networking",
    "--remote-debugging-port=0",
]  # fmt: skip


def chromium() -> str:
    """The path of Chromium.

    Raises
    ------
    SystemExit
        If there is none.
    """
    return find_chromium() or sys.exit("chromium is missing: apt-get install chromium")


def find_chromium() -> str | None:
    """The same; None if there is none."""
    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


@contextlib.contextmanager
def open_chromium(address: str) -> Iterator[Path]:
    """A browser with one page, ended with the `with` block; gives the file in which it says its port."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        browser = subprocess.Popen([chromium(), *FLAGS, f"--user-data-dir={profile}", address], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            yield Path(profile) / "DevToolsActivePort"
        finally:
            browser.terminate()
            browser.wait(20)


def result_in_chromium(address: str, limit: float = 60) -> dict[str, Any]:
    """Opens a page and waits until its title is JSON.

    The title is read from the browser's list of pages, over HTTP. No developer tools are attached to the page: with them its WebSockets are
    seven to ten times slower.

    Raises
    ------
    SystemExit
        If no result comes, or the page reports an error.
    """
    with open_chromium(address) as port_file:
        result = wait_for_title(port_file, limit)
    if result is None or "error" in result:
        sys.exit(f"no result from {address}: {result}")
    return result


def wait_for_title(port_file: Path, limit: float) -> dict[str, Any] | None:
    """The first title of a page that is a JSON object."""
    end = time.monotonic() + limit
    while time.monotonic() < end:
        time.sleep(0.25)
        if not port_file.exists() or not (lines := port_file.read_text().splitlines()):
            continue
        with urlopen(f"http://127.0.0.1:{lines[0]}/json/list", timeout=10) as answer:
            titles = [page["title"] for page in json.load(answer) if page["type"] == "page"]
        for title in titles:
            if title.startswith("{"):
                found: dict[str, Any] = json.loads(html.unescape(title))
                return found
    return None
