"""Real viewers: scripts that run on a screen of their own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import webmon

with warnings.catch_warnings():
    # What napari's libraries say of each other as they are imported is no error of these tests.
    warnings.simplefilter("ignore")
    import napari.components
    import napari.layers  # noqa: F401

SOURCE = Path(__file__).resolve().parents[2] / "src"
# Of a script, seconds: a slow machine takes 20 to open a window.
LIMIT = 400.0


@pytest.fixture
def napari_script(directory: Path, tmp_path: Path) -> Callable[[str], str]:
    """Runs a script that makes a viewer, to its end, which must be a good one; gives what it printed.

    A process of its own for each, because Qt has one application a process, and a screen of its own, because tests run side by side.
    """

    def run(script: str) -> str:
        file = tmp_path / "script.py"
        file.write_text(textwrap.dedent(script))
        screen = ["xvfb-run", "-a", "-s", "-screen 0 1400x1000x24"]
        started = subprocess.Popen(
            [*screen, sys.executable, "-X", "faulthandler", str(file)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(SOURCE), "NAPARI_CONFIG": str(tmp_path / "napari-settings.yaml")},
            start_new_session=True,
        )
        try:
            told, errors = started.communicate(timeout=LIMIT)
        except BaseException:
            # The script and its screen too.
            os.killpg(started.pid, signal.SIGKILL)
            started.communicate()
            raise
        assert started.returncode == 0, f"{told}\n{errors}"
        return told

    return run


class SharedModel:
    """A viewer without a window whose layers are shared, and somebody who looks at them."""

    def __init__(self, directory: Path) -> None:
        with warnings.catch_warnings():
            # Of napari's own modules, while they are imported.
            warnings.simplefilter("ignore")
            import napari.layers  # noqa: F401
            from napari.components import ViewerModel

        from webmon.napari._layers import Layers
        from webmon.napari._sharing import Sharing

        self.viewer = ViewerModel()
        self.directory = str(directory)
        self.sharing = Sharing(self.viewer, "napari", self.directory, [Layers])
        self.layers: Any = self.sharing.part(Layers)

    def tick(self, seconds: float = 0.1) -> None:
        """Ticks for a while, as a window does."""
        self.until(lambda: False, seconds, must=False)

    def until(self, condition: Callable[[], Any], seconds: float = 20, must: bool = True) -> Any:
        """Ticks until a call gives something that is neither None nor False, and gives that."""
        end = time.monotonic() + seconds
        while True:
            self.sharing.tick()
            value = condition()
            # numpy's False is another one than Python's.
            if value is not None and not (isinstance(value, bool | np.bool_) and not value):
                return value
            if time.monotonic() > end:
                assert not must, "it did not come true"
                return None
            time.sleep(0.005)

    def listed(self) -> dict[str, Any]:
        """All segments by name."""
        return {listing.name: listing for listing in webmon.streams(self.directory)}

    def kind(self, name: str) -> str:
        """Of a segment; "" while there is none, as between two generations."""
        listing = self.listed().get(name)
        return "" if listing is None else listing.kind

    def taken(self, name: str) -> float:
        """Bytes of memory that a segment takes; infinite while there is none."""
        try:
            return os.stat(f"{self.directory}/{name}.npy").st_blocks * 512
        except FileNotFoundError:
            return float("inf")

    @contextmanager
    def watching(self, name: str) -> Iterator[Watch]:
        """Looks at a segment, over its generations, as a page does."""
        with Watch(name, self.directory) as watch:
            yield watch


class Watch:
    """Somebody who looks."""

    def __init__(self, name: str, directory: str) -> None:
        self.name = name
        self.directory = directory
        self.reader: Any = None
        self.metadata: dict[str, Any] = {}
        self.generations: list[int] = []

    def __enter__(self) -> Watch:
        return self

    def __exit__(self, *_: object) -> None:
        if self.reader is not None:
            self.reader.close()

    def __call__(self) -> Any:
        """The newest data: rows that are filled, of a table. None as long as there are none, or an edit does not pause."""
        if self.reader is None or self.reader.status.state != "live":
            self.__exit__()
            try:
                self.reader = webmon.open(self.name, directory=self.directory)
            except (webmon.errors.NotFoundError, webmon.errors.ClosedError):
                self.reader = None
                return None
            self.metadata = self.reader.metadata
            self.generations.append(self.reader.description.generation)
        if self.metadata.get("idle"):
            return None
        try:
            if self.reader.description.kind == "array":
                return self.reader.copy()
            data = self.reader.latest(copy=True)
        except (webmon.errors.NoDataError, webmon.errors.TornError):
            return None
        return data[: self.reader.info.valid_bytes // data.itemsize] if data.dtype.names else data


@pytest.fixture
def model(directory: Path) -> Iterator[SharedModel]:
    """A viewer without a window whose layers are shared."""
    shared = SharedModel(directory)
    yield shared
    shared.sharing.close()
    assert shared.listed() == {}
