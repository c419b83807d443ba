"""Reads frames in place with the Python package: clients/direct.c in Python.

direct.py DIRECTORY NAME SECONDS
"""

from __future__ import annotations

import sys
from pathlib import Path

import webmon

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from clients.measured import Measured, tell  # noqa: E402


def main() -> None:
    """Takes the newest frame again and again."""
    directory, name, seconds = sys.argv[1:]
    reader = webmon.open(name, directory=directory)
    assert isinstance(reader, webmon.FrameReader)
    reader.subscribe()
    # Opened by webmon, not by numpy.load: only its mapping counts.
    lines = [line.split() for line in Path("/proc/self/maps").read_text().splitlines() if line.endswith(f"/{name}.npy")]
    ranges = [tuple(int(address, 16) for address in fields[0].split("-")) for fields in lines]
    if not ranges:
        sys.exit("the segment is not mapped")
    print("ready", flush=True)
    measured: Measured | None = None
    last = 0
    while True:
        if last == 0 or reader.status.sequence == last:
            reader.wait(after=last)
        frame = reader.latest()
        assert reader.info is not None
        last = reader.info.sequence
        measured = measured or Measured(frame.nbytes, float(seconds))
        address = frame.ctypes.data
        measured.outside += not any(start <= address and address + frame.nbytes <= end for start, end in ranges)
        if found := measured.take(frame, last):
            break
        del frame  # or its slot would be held while the next one is awaited
    tell(found)


if __name__ == "__main__":
    main()
