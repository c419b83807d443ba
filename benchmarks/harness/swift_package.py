"""Swift packages of the benchmarks: built at run time, into a folder of their own."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from .programs import LIBRARY, ROOT


def build(package: Path) -> Path | str:
    """Builds a package that has one program of its own name, with `libarrayshm` to link with.

    Returns
    -------
    Path or str
        The program; or why there is none, where Swift is not installed, or its dependencies cannot be had.
    """
    if shutil.which("swift") is None:
        return "swift is not installed"
    scratch = ROOT / f".build-{package.name}"
    options = ["-c", "release", "--package-path", str(package), "--scratch-path", str(scratch), "--product", package.name]
    options += ["-Xlinker", f"-L{LIBRARY}", "-Xlinker", "-rpath", "-Xlinker", str(LIBRARY)]
    if (built := subprocess.run(["swift", "build", *options], capture_output=True, text=True)).returncode != 0:
        lines = [line for line in (built.stdout + built.stderr).splitlines() if "error:" in line]
        return f"it could not be built: {lines[0] if lines else f'swift build ended with {built.returncode}'}"
    return scratch / "release" / package.name
