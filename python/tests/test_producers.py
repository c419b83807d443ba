"""The examples of producers, run as they are in the documentation."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbclient
import nbformat
import numpy as np
import pytest

import webmon

SOURCE = Path(__file__).resolve().parents[1] / "src"
EXAMPLES = Path(__file__).resolve().parents[2] / "docs" / "examples"
LIMIT = 120.0


def start(name: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-W", "error", str(EXAMPLES / name), *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
    )


def watch(name: str) -> tuple[int, np.ndarray, int]:
    """How many frames of a stream came until its writer ended it, and the last one with its number of the user's."""
    seen = 0
    with webmon.open(name, timeout=LIMIT) as reader:
        for frame in reader:
            seen += 1
            last = frame.copy()
            assert reader.info is not None
            user = reader.info.user
    return seen, last, user


def output(process: subprocess.Popen[str]) -> str:
    said, errors = process.communicate(timeout=LIMIT)
    assert process.returncode == 0, errors
    return said


def test_a_camera_thread(directory: Path) -> None:
    process = start("camera_thread.py", "150")
    seen, image, _ = watch("camera")
    assert "150 images" in output(process)
    assert seen > 1 and image.shape == (512, 512) and image.dtype == np.uint16
    assert image.std() > 0, "the demo camera shows waves"


def test_a_pool_whose_workers_each_write_a_stream(directory: Path) -> None:
    process = start("pool.py", "600")
    with ThreadPoolExecutor(2) as threads:
        found = list(threads.map(watch, ["worker-1", "worker-2"]))
    assert "600 tasks" in output(process)
    for seen, image, task in found:
        assert seen >= 1
        np.testing.assert_array_equal(image, np.random.default_rng(task).standard_normal((256, 256), dtype="f4"))
    assert webmon.streams() == []


def test_a_dask_graph(directory: Path) -> None:
    process = start("dask_graph.py")
    tiles = set()
    with webmon.open("result", timeout=LIMIT) as reader:
        shape = reader.shape
        for change in reader:
            tiles.update(map(str, change.tiles))
    assert shape == (4096, 4096) and len(tiles) > 1, "chunks came one by one"
    assert "deviation is 0.5775" in output(process)


def test_dask_cannot_take_an_array_to_other_processes(directory: Path) -> None:
    with webmon.Array("result", shape=4, dtype="u1") as array, pytest.raises(TypeError, match="one writer"):
        pickle.dumps(array)


def test_a_notebook_loop(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    notebook = nbformat.read(EXAMPLES / "notebook_loop.ipynb", 4)
    monkeypatch.setenv("PYTHONPATH", str(SOURCE))
    nbclient.NotebookClient(notebook, timeout=LIMIT).execute()
    outputs = [cell.outputs for cell in notebook.cells if cell.cell_type == "code"]
    assert "<iframe" in outputs[0][0]["data"]["text/html"]
    assert outputs[2][0]["data"]["text/plain"].startswith("(500,")
