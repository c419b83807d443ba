"""Real viewers: scripts that run on a screen of their own."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest

with warnings.catch_warnings():
    # What napari's libraries say of each other as they are imported is no error of these tests.
    warnings.simplefilter("ignore")
    import napari.components
    import napari.layers  # noqa: F401

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
