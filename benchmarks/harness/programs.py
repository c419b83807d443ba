"""The programs of a benchmark: C programs built on the spot, processes started, watched and ended."""

from __future__ import annotations

import contextlib
import json
import os
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .processes import exact_cpu_seconds

ROOT = Path(__file__).resolve().parents[2]
RELEASE = ROOT / ".build" / "release"
WEBMON = Path(os.environ.get("WEBMON_BIN", RELEASE / "webmon"))
LIBRARY = Path(os.environ.get("WEBMON_LIBRARY", RELEASE / "libarrayshm.so")).parent


def compiler() -> list[str]:
    """The C compiler, and how strict it is."""
    return [*shlex.split(os.environ.get("CC", "cc")), "-O2", "-Wall", "-Wextra", "-Werror"]


def compile_c(source: str, into: Path, *libraries: str) -> Path:
    """Builds `benchmarks/SOURCE`.

    Returns
    -------
    Path
        The program.

    Raises
    ------
    SystemExit
        If there is no compiler, or it refuses.
    """
    program = into / Path(source).stem
    command = [
        *compiler(), str(ROOT / "benchmarks" / source),
        "-I", str(ROOT / "Sources" / "ArrayShmC" / "include"), "-L", str(LIBRARY), "-larrayshm", f"-Wl,-rpath,{LIBRARY}",
        *(f"-l{library}" for library in libraries), "-o", str(program),
    ]  # fmt: skip
    if subprocess.run(command).returncode != 0:
        sys.exit(f"{source} could not be built: {shlex.join(command)}")
    return program


class Process:
    """A program under measurement, ended with the `with` block."""

    def __init__(self, *command: object, environment: dict[str, str] | None = None) -> None:
        self.command = [str(part) for part in command]
        self.process = subprocess.Popen(
            self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={**os.environ, **(environment or {})}
        )

    def __enter__(self) -> Process:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()

    def line(self) -> str:
        """The next line that it prints."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            sys.exit(f"{shlex.join(self.command)} ended with code {self.process.wait()}")
        return line.strip()

    def result(self) -> dict[str, Any]:
        """The JSON object that it prints, after "ready" if it says so."""
        line = self.line()
        found: dict[str, Any] = json.loads(self.line() if line == "ready" else line)
        return found

    @property
    def cpu_seconds(self) -> float:
        """User and system time so far, of all its threads."""
        return exact_cpu_seconds(self.process.pid)

    @property
    def peak_resident_mb(self) -> float:
        """The most memory that it had so far, in MB, with what it maps of segments and files."""
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
        raise RuntimeError("the kernel tells no VmHWM")


@contextlib.contextmanager
def webmon_server(directory: Path, *options: str) -> Iterator[tuple[Process, int]]:
    """A server on a free port; gives the process and the port."""
    with Process(WEBMON, "serve", "--port", "0", "--dir", directory, *options) as server:
        yield server, int(server.line().rsplit(":", 1)[1].strip("/"))
