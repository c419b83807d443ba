"""Painting in shared memory: another process sees the tiles that were painted."""

from __future__ import annotations

import subprocess
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import webmon
from webmon.napari._announced_array import AnnouncedArray
from webmon.napari._live_layers import LiveLayers
from webmon.napari._shared_data import shared_name

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from napari.components import ViewerModel

Start = Callable[..., subprocess.Popen[str]]
Corner = tuple[int, ...]

# Tells the corners of the tiles that changed since the last time, and whether its copy is what a file has.
READER = """
import sys, numpy as np, webmon
reader = webmon.open("labels")
version = 0
for line in sys.stdin:
    tiles, version = reader.changed(version)
    same = np.array_equal(reader.copy(), np.load(line.strip()))
    print([tuple(part.start for part in tile) for tile in tiles], same, flush=True)
"""


class Eyes:
    """What a reader in another process sees."""

    def __init__(self, process: subprocess.Popen[str], layer: Any, file: Path) -> None:
        self._process, self._layer, self._file = process, layer, file

    def changed(self) -> list[Corner]:
        """Corners of the tiles that changed since the last call; it has the same elements as the layer."""
        np.save(self._file, np.asarray(self._layer.data))
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(f"{self._file}\n")
        self._process.stdin.flush()
        tiles, same = self._process.stdout.readline().rsplit(" ", 1)
        assert same == "True\n"
        found: list[Corner] = eval(tiles)
        return found


@pytest.fixture
def layers() -> Iterator[LiveLayers]:
    viewer: Any = ViewerModel()
    live = LiveLayers(viewer)
    yield live
    viewer.layers.clear()
    live.close()
    viewer.layers.selection._current = None  # where napari keeps the layer that was removed last


class Painted(list[Any]):
    """A layer, its array, and who looks at it."""


@pytest.fixture
def painted(directory: Path, layers: LiveLayers, python: Start, tmp_path: Path) -> Iterator[Painted]:
    """A layer on an array of nine tiles, and who looks at it."""
    with webmon.Array("labels", (600, 700), "u2") as array:
        layer = layers.paint(array, True, {})
        layer.brush_size = 10
        eyes = Eyes(python(READER), layer, tmp_path / "layer.npy")
        assert eyes.changed() == []
        held = Painted([layer, array, eyes])
        del layer, eyes
        yield held
        held.clear()  # pytest keeps what a fixture gave


def test_it_is_the_memory(painted: Painted) -> None:
    layer, array, _ = painted
    assert type(layer).__name__ == "Labels" and layer.editable
    assert isinstance(layer.data, np.ndarray) and np.shares_memory(layer.data, array.array)
    assert np.shares_memory(layer._slice.image.raw, array.array), "what napari draws is the memory"
    assert shared_name(layer) == "labels"


def test_what_napari_does(painted: Painted) -> None:
    layer, array, eyes = painted
    layer.paint((10, 10), 5)
    assert eyes.changed() == [(0, 0)] and array.array[10, 10] == 5
    layer.paint((300, 255), 5)
    assert eyes.changed() == [(256, 0), (256, 256)], "a brush over an edge"
    layer.undo()
    assert eyes.changed() == [(256, 0), (256, 256)] and array.array[300, 255] == 0
    layer.redo()
    assert eyes.changed() == [(256, 0), (256, 256)] and array.array[300, 255] == 5
    layer.undo()
    layer.undo()
    assert set(eyes.changed()) == {(0, 0), (256, 0), (256, 256)} and not array.array.any()
    layer.paint_polygon([(520, 520), (520, 590), (590, 520)], 7)
    assert eyes.changed() == [(512, 512)] and array.array[530, 530] == 7
    layer.fill((530, 530), 8)
    assert eyes.changed() == [(512, 512)] and array.array[530, 530] == 8
    layer.data_setitem((np.array([5, 300]), np.array([5, 5])), 4)
    assert eyes.changed() == [(0, 0), (256, 0)]
    layer.undo()
    assert eyes.changed() == [(0, 0), (256, 0)] and array.array[5, 5] == 0
    layer.contiguous = False
    layer.fill((0, 0), 1)
    assert len(eyes.changed()) == 9
    layer.preserve_labels = True
    layer.paint((400, 400), 3)
    assert eyes.changed() == [], "nothing was painted over"
    layer.contour = 1
    layer.preserve_labels = False
    layer.paint((400, 400), 3)
    assert eyes.changed() == [(256, 256)]


def test_a_stroke_that_is_abandoned(painted: Painted) -> None:
    layer, array, eyes = painted
    layer._begin_stroke()
    layer.paint((10, 10), 5)
    assert eyes.changed() == [(0, 0)], "readers see a stroke while it is made"
    layer._abort_stroke()
    assert eyes.changed() == [(0, 0)] and not array.array.any()


def test_what_programs_do(painted: Painted) -> None:
    layer, array, eyes = painted
    layer.data[500:510, 500:600] = 9
    assert eyes.changed() == [(256, 256), (256, 512)]
    layer.data[layer.data == 9] = 2
    assert eyes.changed() == [(256, 256), (256, 512)]
    layer.data[[1, 2], [1, 600]] = 3
    assert eyes.changed() == [(0, 0), (0, 512)], "none of those between"
    layer.data[[1, 599]] = 3
    assert len(eyes.changed()) == 9, "of rows the smallest box with all of them"
    layer.data[300][5] = 1
    assert eyes.changed() == [(256, 0)], "by way of a view"
    layer.data[20:40, 20:40][::-2, ::3][1:, -1] = 6
    assert eyes.changed() == [(0, 0)]
    row = layer.data[520]
    row += 1
    assert eyes.changed() == [(512, 0), (512, 256), (512, 512)]
    row[:10].fill(4)
    np.copyto(layer.data[:3, :3], np.ones((3, 3), "u2"))
    assert eyes.changed() == [(0, 0), (512, 0)]
    np.add(layer.data[:3, 300], 1, out=layer.data[:3, 300])
    assert eyes.changed() == [(0, 256)]
    np.add.at(layer.data[:, 300:310], (slice(0, 3), 2), 1)
    assert (0, 256) in eyes.changed()
    layer.data += 1
    assert len(eyes.changed()) == 9
    # Whatever is made of it is an array like any other.
    for other in (layer.data + 1, layer.data.copy(), layer.data[::2].astype("f4"), layer.data[layer.data > 0]):
        other[:] = 0
    assert eyes.changed() == [] and layer.data.max() > 0
    assert not isinstance(layer.data + 1, AnnouncedArray)


def test_scattered_elements(painted: Painted) -> None:
    layer, array, eyes = painted
    corners = np.array([0, 599, 0, 599]), np.array([0, 699, 699, 0])
    layer.data_setitem(corners, np.array([1, 2, 3, 1]))
    assert eyes.changed() == [(0, 0), (0, 512), (512, 0), (512, 512)] and array.array[corners].tolist() == [1, 2, 3, 1]
    layer.undo()
    assert eyes.changed() == [(0, 0), (0, 512), (512, 0), (512, 512)] and not array.array.any()
    layer.redo()
    eyes.changed()
    layer.data[::2][layer.data[::2] == 1] = 4
    assert eyes.changed() == [(0, 0)], "by way of a view"
    layer.data[::-1][[0, -1], [0, 0]] = [5, 6]
    assert eyes.changed() == [(0, 0), (512, 0)] and array.array[[599, 0], 0].tolist() == [5, 6]
    layer.data[::-1][0, 600:] = 6
    assert eyes.changed() == [(512, 512)]
    layer.data[[3, 3, -1], [3, 3, -1]] = np.array([[1, 2, 3]])
    assert eyes.changed() == [(0, 0), (512, 512)] and array.array[3, 3] == 2 and array.array[599, 699] == 3
    layer.data[[], []] = 4
    layer.data[layer.data == 77] = 4
    assert eyes.changed() == []
    with pytest.raises(ValueError, match="broadcast"):
        layer.data[[1, 2], [1, 2]] = [1, 2, 3]
    with pytest.raises(IndexError):
        layer.data[[1, 600], [1, 2]] = 1
    assert eyes.changed() == []
    random = np.random.default_rng(8)
    for _ in range(20):
        places = tuple(random.integers(-extent, extent, (7, 5)) for extent in array.shape)
        expected = array.array.copy()
        expected[places] = np.arange(5)
        layer.data[places] = np.arange(5)
        assert np.array_equal(array.array, expected)


def test_integers_that_fit_are_taken_whatever_their_dtype(directory: Path, layers: LiveLayers) -> None:
    with webmon.Array("labels", (30, 40), "u1") as array, webmon.Array("mask", (30, 40), "?") as mask:
        layer = layers.paint(array, True, {})
        data = np.zeros((30, 40), "i8")
        data[3, 3] = 255
        layer.data = data
        assert array.array[3, 3] == 255 and shared_name(layer) == "labels"
        data[3, 3] = 300
        layer.data = data
        assert array.array[3, 3] == 255 and shared_name(layer) is None and layer.data[3, 3] == 300
        assert "shared no more" in layers._viewer.status and "0 to 300" in layers._viewer.status and "uint8" in layers._viewer.status
        layer = layers.paint(mask, True, {})
        layer.data = np.eye(30, 40, dtype="i4")
        assert array.array[3, 3] and shared_name(layer) == "mask"
        layer.data = np.full((30, 40), 2)
        assert shared_name(layer) is None and mask.array.sum() == 30


def test_other_data_is_taken_over(painted: Painted, layers: LiveLayers) -> None:
    layer, array, eyes = painted
    data = np.zeros((600, 700), "u2")
    data[0, 0], data[599, 699] = 7, 8
    layer.data = data
    assert eyes.changed() == [(0, 0), (512, 512)], "only tiles that are other ones"
    assert np.shares_memory(layer.data, array.array) and array.array[599, 699] == 8
    layer.paint((300, 300), 5)
    assert eyes.changed() == [(256, 256)]
    layer.data = np.zeros((5, 5), "u2")
    assert shared_name(layer) is None and layer.metadata["webmon"]["state"] == "left"
    assert "shared no more" in layers._viewer.status and array.array[300, 300] == 5


def test_edits_of_the_program_are_drawn(painted: Painted, layers: LiveLayers) -> None:
    layer, array, _ = painted
    drawn: list[int] = []
    layer.events.set_data.connect(lambda event: drawn.append(1))
    array[3, 3] = 8
    layers.tick()
    assert drawn == [1]
    layers.tick()
    assert drawn == [1]
    layer.paint((300, 300), 6)
    layers.tick()
    assert drawn == [1], "napari has drawn what it painted"
    layer.paint((300, 300), 7)
    array[5, 5] = 1
    layers.tick()
    assert drawn == [1, 1]
    layer.data[6, 6] = 1
    layers.tick()
    assert drawn == [1, 1, 1], "what a program writes needs no refresh()"


@pytest.mark.parametrize(("shape", "dtype"), [((3, 300, 300), "i4"), ((2, 2, 300, 300), "u8"), ((300, 300), "?"), ((300, 300), ">u2"), ((300, 300), "u1")])
def test_axes_and_dtypes(directory: Path, layers: LiveLayers, shape: tuple[int, ...], dtype: str) -> None:
    with webmon.Array("labels", shape, dtype, metadata={"labels": True}) as array, webmon.open("labels") as reader:
        assert isinstance(reader, webmon.ArrayReader)
        layer = layers.paint(array, None, {})
        viewer = layers._viewer
        first = (0,) * (len(shape) - 2)
        if first:
            viewer.dims.set_current_step(0, 1)
            first = (1, *first[1:])
        layer.paint((*first, 270, 270), 1)
        assert [tuple(part.start for part in tile) for tile in reader.changed(0).tiles] == [(*first, 256, 256)]
        assert reader[(*first, 270, 270)] == 1
        version = reader.changed(0).version
        layer.undo()
        assert len(reader.changed(version).tiles) == 1 and not array.array.any()
        if len(shape) > 2:
            layer.n_edit_dimensions = 3
            version = reader.changed(0).version
            layer.brush_size = 3
            layer.paint((*first, 100, 100), 1)
            assert len(reader.changed(version).tiles) == (3 if shape[0] == 3 else 2)


def test_an_image_on_an_array(directory: Path, layers: LiveLayers) -> None:
    with webmon.Array("image", (30, 40), "f4") as array:
        layer = layers.paint(array, None, {"contrast_limits": (0, 1)})
        assert type(layer).__name__ == "Image" and np.shares_memory(layer.data, array.array)
        array[3] = 1
        layers.tick()
        assert layer._slice.image.raw[3, 0] == 1


def test_after_the_array_is_closed(directory: Path, layers: LiveLayers) -> None:
    array = webmon.Array("labels", (30, 40), "u1")
    layer = layers.paint(array, True, {})
    other = layers.paint(webmon.Array("other", (30, 40), "u1"), True, {})
    array.close()
    layer.paint((5, 5), 3)
    layers.tick()
    assert layer.data[5, 5] == 3, "the memory stays"
    assert shared_name(layer) is None and layer.metadata["webmon"] == {"stream": "labels", "state": "closed"}
    layer.data = np.full((30, 40), 300)
    layers.tick()
    assert layer.data.max() == 300, "it is a layer like any other"
    layers.close()
    assert shared_name(other) is None and other.metadata["webmon"]["state"] == "left"
    with pytest.raises(webmon.ClosedError, match="nobody could see"):
        layers.paint(array, True, {})


WINDOW = """
    import subprocess, sys, time
    import napari, numpy as np, webmon
    from qtpy.QtCore import QPoint, Qt
    from qtpy.QtTest import QTest
    from qtpy.QtWidgets import QApplication, QOpenGLWidget

    READER = '''
    import sys, webmon
    reader = webmon.open("labels")
    seen = set()
    print("ready", flush=True)
    for tiles, version in reader:
        for tile in tiles:
            seen.add(tuple(part.start for part in tile))
    print(sorted(seen), int((reader.array == 5).sum()), int((reader.array == 6).sum()), flush=True)
    '''
    array = webmon.Array("labels", (600, 600), "u2")
    reader = subprocess.Popen([sys.executable, "-c", READER], stdout=subprocess.PIPE, text=True)
    assert reader.stdout.readline() == "ready\\n"
    viewer = napari.Viewer()
    layer = webmon.add_shared(viewer, array, labels=True)
    layer.selected_label = 5
    layer.brush_size = 8
    layer.mode = "paint"
    viewer.scene.camera.center = (299.5, 299.5)
    viewer.scene.camera.zoom = 1
    canvas = viewer.window._qt_viewer.canvas.native

    def at(row, column):
        return QPoint(canvas.width() // 2 + column - 300, canvas.height() // 2 + row - 300)

    def until(condition):
        end = time.monotonic() + 60
        while not condition():
            assert time.monotonic() < end, "it did not come true"
            QApplication.processEvents()
            time.sleep(0.01)

    until(lambda: viewer.screenshot(flash=False) is not None)
    # From one tile into the next, with the mouse.
    QTest.mousePress(canvas, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, at(300, 300))
    for column in range(300, 200, -10):
        QTest.mouseMove(canvas, at(300, column))
        QApplication.processEvents()
    QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, at(300, 200))
    until(lambda: array.array[300, 215] == 5 and (array.array == 5).sum() > 600)  # to its end
    painted = int((array.array == 5).sum())
    assert array.array[300, 300] == 5 and array.array[300, 215] == 5 and array.array[100, 300] == 0
    layer.undo()
    assert not array.array.any()
    layer.redo()
    assert int((array.array == 5).sum()) == painted
    layer.mode = "fill"
    layer.selected_label = 6
    QTest.mouseClick(canvas, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, at(300, 290))
    until(lambda: (array.array == 6).sum() == painted)
    array.close()
    seen, fives, sixes = reader.communicate(timeout=60)[0].rsplit(" ", 2)
    assert eval(seen) == [(256, 0), (256, 256)], seen
    assert (int(fives), int(sixes)) == (0, painted)
    viewer.close()
    print("done")
"""


def test_with_the_mouse(napari_script: Callable[[str], str]) -> None:
    assert "done" in napari_script(WINDOW)
