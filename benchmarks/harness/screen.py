"""A screen that nobody sees, for programs with windows: Xvfb, which draws in software."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator

SIZE = "1400x1000x24"


@contextlib.contextmanager
def screen(size: str = SIZE) -> Iterator[None]:
    """Sets DISPLAY to a screen of its own for as long as the `with` block, whatever ends it (`xvfb-run` would leave its screen behind when it is killed).

    Raises
    ------
    SystemExit
        If there is no Xvfb.
    """
    if shutil.which("Xvfb") is None:
        sys.exit("Xvfb is missing: apt-get install xvfb")
    read, write = os.pipe()
    server = subprocess.Popen(["Xvfb", "-displayfd", str(write), "-screen", "0", size, "-nolisten", "tcp"], pass_fds=[write], stderr=subprocess.DEVNULL)
    os.close(write)
    before = os.environ.get("DISPLAY")
    try:
        with os.fdopen(read) as told:
            number = told.readline().strip()
        if not number:
            sys.exit("Xvfb did not start")
        os.environ["DISPLAY"] = f":{number}"
        yield
    finally:
        if before is None:
            os.environ.pop("DISPLAY", None)
        else:
            os.environ["DISPLAY"] = before
        server.terminate()
        server.wait(20)
