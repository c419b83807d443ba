"""Writes the report of a folder of results: `python -m report FOLDER [--reference]` in benchmarks.

With --reference it writes what is kept in the repository, benchmarks/reference/DATE.md and DATE.json, instead.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from . import reference, write


def main() -> None:
    """Writes, and tells what."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--reference", action="store_true", help="write benchmarks/reference/DATE.md and DATE.json")
    arguments = parser.parse_args()
    into = Path(__file__).resolve().parents[1] / "reference"
    for path in reference(arguments.folder, into) if arguments.reference else write(arguments.folder):
        print(path)


if __name__ == "__main__":
    main()
