"""webmon where napari is not installed."""

from __future__ import annotations

import subprocess
import sys

SCRIPT = """
import sys

for name in ("napari", "qtpy", "wrapt", "dask", "zarr"):
    sys.modules[name] = None  # as if it were not installed
from webmon import *
import webmon

for call in (share, lambda: add_shared(None, "camera")):
    try:
        call()
    except InvalidError as error:
        print(error)
"""


def test_everything_else_is_there_and_errors_name_what_is_missing() -> None:
    ended = subprocess.run([sys.executable, "-W", "error", "-c", SCRIPT], capture_output=True, text=True, timeout=60)
    assert ended.returncode == 0, ended.stderr
    said = ended.stdout.splitlines()
    assert said[0].startswith("napari and a Qt binding are needed") and "pip install" in said[0]
    assert len(said) == 2, said
