"""Starts two processes, Python's or a C program's, each with a link, and ends them."""

from __future__ import annotations

import contextlib
import ctypes
import multiprocessing
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from . import processes
from .link import Link
from .medians import TooSlow

#: Seconds in which a process must be ready: some peers start daemons.
_START = 90
#: Of <sys/prctl.h>: the signal that a process gets when its parent has ended.
_PDEATHSIG = 1


class Ends:
    """Two processes, each with a link."""

    def __init__(self) -> None:
        self.links: dict[str, Link] = {}
        self.processes: dict[str, int] = {}

    @property
    def cpu_seconds(self) -> float:
        """Of both, with what they started."""
        return sum(processes.cpu_seconds(process) for process in self.processes.values())

    def hear(self, end: str, seconds: float, wanted: type[Any]) -> Any:
        """What an end says next.

        Raises
        ------
        TooSlow
            It says nothing for so long.
        SystemExit
            It is gone, or says something else.
        """
        link = self.links[end]
        if not link.heard(seconds):
            raise TooSlow(f"the {end} said nothing for {seconds:g} s")
        try:
            found = link.hear()
        except EOFError:
            sys.exit(f"the {end} ended")
        if not isinstance(found, wanted):
            sys.exit(f"the {end} said {found!r}")
        return found


@contextlib.contextmanager
def two_processes(directory: str, targets: Mapping[str, tuple[Callable[..., None], tuple[Any, ...]]]) -> Iterator[tuple[Ends, list[Any]]]:
    """Starts Python functions in processes of their own, the second when the first has said that it is ready.

    Parameters
    ----------
    directory : str
        The socket of the links is ``link`` there. Each function connects a link with it, and says a word when it is ready.
    targets : mapping
        By the name of the end: the function and its arguments.
    """
    context = multiprocessing.get_context("spawn")
    ends = Ends()
    started: list[Any] = []
    with socket.socket(socket.AF_UNIX) as listener, contextlib.ExitStack() as stack:
        listener.bind(link_path(directory))
        listener.listen()
        listener.settimeout(0.5)
        for end, (target, arguments) in targets.items():
            process = context.Process(target=_with_parent, args=(target, *arguments))
            process.start()
            stack.callback(_end, process)
            started.append(process)
            ends.processes[end] = process.pid or 0
            ends.links[end] = _accept(listener, end, process.is_alive)
            stack.callback(ends.links[end].close)
            ends.hear(end, _START, str)
        yield ends, started


@contextlib.contextmanager
def two_programs(commands: Mapping[str, list[object]]) -> Iterator[tuple[Ends, list[subprocess.Popen[bytes]]]]:
    """The same of programs, by the name of the end. Standard input and output are their links."""
    ends = Ends()
    started: list[subprocess.Popen[bytes]] = []
    with contextlib.ExitStack() as stack:
        for end, command in commands.items():
            ours, theirs = socket.socketpair()
            with theirs:
                program = stack.enter_context(subprocess.Popen([str(part) for part in command], stdin=theirs.fileno(), stdout=theirs.fileno()))
            stack.callback(program.kill)
            started.append(program)
            ends.processes[end] = program.pid
            ends.links[end] = Link(connected=ours)
            stack.callback(ends.links[end].close)
            ends.hear(end, _START, str)
        yield ends, started


def link_path(directory: str) -> str:
    """Where an end connects its link."""
    return str(Path(directory) / "link")


def _with_parent(target: Callable[..., None], *arguments: Any) -> None:
    """Runs in the process that was started. It dies with the benchmark, or one that never sleeps would run on for ever."""
    ctypes.CDLL(None).prctl(_PDEATHSIG, signal.SIGKILL)
    target(*arguments)


def _end(process: Any) -> None:
    """Ends a process with all that it started, if it is not over."""
    if not process.is_alive():
        return
    started = processes.tree(process.pid)
    process.terminate()
    process.join(5)
    for one in started:
        with contextlib.suppress(ProcessLookupError):
            os.kill(one, signal.SIGKILL)
    process.join()


def _accept(listener: socket.socket, end: str, alive: Callable[[], bool]) -> Link:
    """The link of a process that was just started."""
    until = time.monotonic() + _START
    while time.monotonic() < until:
        try:
            connected = listener.accept()[0]
        except TimeoutError:
            if not alive():
                sys.exit(f"the {end} ended before it was ready")
            continue
        connected.settimeout(None)
        return Link(connected=connected)
    sys.exit(f"the {end} was not ready in {_START} s")
