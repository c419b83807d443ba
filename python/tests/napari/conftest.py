"""Real viewers: scripts that run on a screen of their own."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[2] / "src"
LIMIT = 120.0


@pytest.fixture
def napari_script(directory: Path, tmp_path: Path) -> Callable[[str], str]:
    """Runs a script that makes a viewer, to its end, which must be a good one; gives what it printed.

    A process of its own for each, because Qt has one application a process, and a screen of its own, because tests run side by side.
    """

    def run(script: str) -> str:
        file = tmp_path / "script.py"
        file.write_text(textwrap.dedent(script))
        screen = ["xvfb-run", "-a", "-s", "-screen 0 1400x1000x24"]
        ended = subprocess.run(
            [*screen, sys.executable, "-X", "faulthandler", str(file)],
            capture_output=True,
            text=True,
            timeout=LIMIT,
            env={**os.environ, "PYTHONPATH": str(SOURCE), "NAPARI_CONFIG": str(tmp_path / "napari-settings.yaml")},
        )
        assert ended.returncode == 0, f"{ended.stdout}\n{ended.stderr}"
        return ended.stdout

    return run
