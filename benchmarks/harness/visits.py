"""Visits of a page: a plain browser opens it, and the page tells what it found by going to an address of ours.

That needs no developer tools, which make WebSockets many times slower, works in every browser, and no content security policy forbids it.
"""

from __future__ import annotations

import contextlib
import functools
import http.server
import json
import os
import queue
import shutil
import signal
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from .browsers import chromium, find_chromium
from .medians import TooSlow
from .screen import screen

WINDOW = (1280, 960)
CHROMIUM = [
    "--headless=new", "--no-sandbox", "--disable-gpu", "--enable-unsafe-swiftshader", "--no-first-run", "--disable-extensions", "--disable-background-networking",
    "--disable-breakpad", f"--window-size={WINDOW[0]},{WINDOW[1]}",
]  # fmt: skip
#: The first two as webmon has them: they isolate a page, which gives it fine clocks.
HEADERS = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    # A peer's page takes a script from here.
    "Access-Control-Allow-Origin": "*",
    "Cross-Origin-Resource-Policy": "cross-origin",
}


class Desk:
    """A small web server that gives pages and takes their results."""

    def __init__(self, pages: Path) -> None:
        self._results: queue.Queue[dict[str, Any]] = queue.Queue()
        results = self._results

        class Handler(http.server.SimpleHTTPRequestHandler):
            def do_GET(self) -> None:
                found = urlsplit(self.path)
                if found.path != "/result":
                    super().do_GET()
                    return
                self.send_response(204)
                self.end_headers()
                results.put(json.loads(unquote(found.query)))

            def end_headers(self) -> None:
                for name, value in HEADERS.items():
                    self.send_header(name, value)
                super().end_headers()

            def log_message(self, *_: Any) -> None:
                """Says nothing."""

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=str(pages)))
        self.root = f"http://127.0.0.1:{self._server.server_port}/"
        #: Where a page goes with its result, as JSON in the query.
        self.report = f"{self.root}result"

    def __enter__(self) -> Desk:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def result(self, browser: subprocess.Popen[bytes], limit: float) -> dict[str, Any]:
        """What the page of a browser that was opened says.

        Raises
        ------
        TooSlow
            If nothing comes in so many seconds, or the page says that it has waited too long.
        SystemExit
            If the page reports an error.
        """
        try:
            found = self._results.get(timeout=limit)
        except queue.Empty:
            raise TooSlow(f"no result in {limit:g} s") from None
        if "slow" in found:
            raise TooSlow(found["slow"])
        if "error" in found:
            raise SystemExit(f"{found['error']}: {browser.args!r}")
        return found


@contextlib.contextmanager
def opened(browser: str, address: str) -> Iterator[subprocess.Popen[bytes]]:
    """A browser, "chromium" or "firefox", with one page; it ends with the `with` block, with all that it started.

    Raises
    ------
    SystemExit
        If it is not there: :func:`missing` tells before.
    """
    with tempfile.TemporaryDirectory(prefix="webmon-bench-", ignore_cleanup_errors=True) as profile, contextlib.ExitStack() as stack:
        if browser == "chromium":
            command, environment = [chromium(), *CHROMIUM, f"--user-data-dir={profile}", address], {}
        else:
            preferences = {"webgl.force-enabled": True, "browser.shell.checkDefaultBrowser": False, "datareporting.policy.dataSubmissionEnabled": False}
            Path(profile, "user.js").write_text("".join(f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in preferences.items()))
            # The WebGL of Firefox needs the software OpenGL of a screen.
            stack.enter_context(screen(f"{WINDOW[0]}x{WINDOW[1]}x24"))
            environment = {"HOME": profile}
            command = ["firefox-esr", "--no-remote", "--profile", profile, address]
        # A group of its own: Ctrl-C is for us, and we end them all.
        process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True, env={**os.environ, **environment}
        )
        try:
            yield process
        finally:
            _end_group(process)


def missing(browser: str) -> str | None:
    """Why a browser cannot be opened here; None if it can."""
    if browser == "chromium":
        return None if find_chromium() else "chromium is not installed"
    lacking = [name for name in ("firefox-esr", "Xvfb") if shutil.which(name) is None]
    return f"{' and '.join(lacking)} not installed" if lacking else None


def _end_group(process: subprocess.Popen[bytes]) -> None:
    """Ends a process and all of its group, gently first."""
    for how, patience in ((signal.SIGTERM, 5), (signal.SIGKILL, 5)):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, how)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(patience)
