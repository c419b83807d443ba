"""The machine that a result is from: ratios carry over to others, bare numbers do not."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import time
from importlib import metadata
from pathlib import Path


def describe() -> dict[str, str | int | float]:
    """Processor, memory, system and versions, as a result records them."""
    return {
        "processor": _of_file("/proc/cpuinfo", "model name"),
        "cores": len(os.sched_getaffinity(0)),
        "memory_gb": round(int(_of_file("/proc/meminfo", "MemTotal").split()[0]) / 1e6, 1),
        "kernel": platform.release(),
        "system": _of_file("/etc/os-release", "PRETTY_NAME", "=").strip('"'),
        "python": platform.python_version(),
        "numpy": version("numpy") or "",
        "chromium": _said("chromium", "--version"),
        "firefox": _said("firefox-esr", "--version"),
        "commit": _said("git", "-C", str(Path(__file__).parent), "describe", "--always", "--dirty"),
        "load": os.getloadavg()[0],
        "stolen_percent": round(_stolen_percent(), 1),
        "date": time.strftime("%Y-%m-%d %H:%M:%S %z"),
    }


def version(package: str) -> str | None:
    """Of an installed Python package; None if there is none."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _processor_time() -> tuple[int, int]:
    """Of all processors since the machine started: all of it, and what the host gave to other virtual machines while this one wanted it."""
    # user nice system idle iowait irq softirq steal; guests' time is part of user's.
    counts = [int(count) for count in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
    return sum(counts), counts[7]


_BEGUN = _processor_time()


def _stolen_percent() -> float:
    """Since this program started."""
    (all_, stolen), (all_before, stolen_before) = _processor_time(), _BEGUN
    return 100 * (stolen - stolen_before) / max(1, all_ - all_before)


def _of_file(path: str, key: str, between: str = ":") -> str:
    for line in Path(path).read_text().splitlines():
        name, _, value = line.partition(between)
        if name.strip() == key:
            return value.strip()
    return ""


def _said(program: str, *arguments: str) -> str:
    if shutil.which(program) is None:
        return ""
    return subprocess.run([program, *arguments], capture_output=True, text=True, timeout=20).stdout.strip()
