"""What a program takes of the machine, with all processes that it started: a browser is ten of them."""

from __future__ import annotations

import os
import time
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")


def tree(process: int) -> list[int]:
    """The process and all that descend from it, as they are now."""
    parents: dict[int, list[int]] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        if fields := _fields(path):
            parents.setdefault(int(fields[1]), []).append(int(path.parent.name))
    found, left = [], [process]
    while left:
        found.append(left.pop())
        left += parents.get(found[-1], [])
    return found


def exact_cpu_seconds(process: int) -> float:
    """User and system time so far of this process alone, all its threads, in nanoseconds' steps where `cpu_seconds` has ticks of 10 ms."""
    # clock_getcpuclockid(3), which Python has for threads only: the id of a process's clock is made of its number.
    return time.clock_gettime((~process << 3) | 2)


def cpu_seconds(process: int) -> float:
    """User and system time so far: of the tree, and of those in it that ended and were waited for."""
    return sum(int(field) for one in tree(process) for field in _fields(Path(f"/proc/{one}/stat"))[11:15]) / TICK


def resident_mb(process: int) -> float:
    """Memory of the tree now, in MB. Pages that several processes map count once for each that shares them (proportional set size)."""
    kilobytes = 0
    for one in tree(process):
        try:
            lines = Path(f"/proc/{one}/smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        kilobytes += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return kilobytes * 1024 / 1e6


def _fields(stat: Path) -> list[str]:
    """What follows the name in /proc/PID/stat: state, parent, ...; nothing of a process that is gone."""
    try:
        return stat.read_text().rsplit(")", 1)[1].split()
    except OSError:
        return []
