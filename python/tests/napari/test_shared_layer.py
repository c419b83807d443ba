"""Streams and arrays of other processes as layers: the memory itself, the newest frame, writers that end and come back."""

from __future__ import annotations

import subprocess
import tracemalloc
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import numpy as np
import pytest

import webmon
from webmon import _memory
from webmon._native import quick
from webmon.napari._live_layers import LiveLayers
from webmon.napari._shared_data import shared_name

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from napari.components import ViewerModel

LIMIT = 30.0
Start = Callable[..., subprocess.Popen[str]]

# Puts a frame of `number` everywhere for each line `number`; "flood" puts 300 at once.
WRITER = """
import sys, numpy as np, webmon
shape = tuple(map(int, sys.argv[1].split(",")))
stream = webmon.Stream("camera", shape, sys.argv[2], slots=4)
print("ready", flush=True)
for line in sys.stdin:
    for number in range(1, 301) if line.strip() == "flood" else [int(line)]:
        stream.put(np.full(shape, number, sys.argv[2]))
    print(stream.status.dropped, flush=True)
stream.close()
"""


@pytest.fixture
def viewer() -> Any:
    return ViewerModel()


@pytest.fixture
def layers(viewer: Any) -> Iterator[LiveLayers]:
    live = LiveLayers(viewer)
    yield live
    live.close()
    viewer.layers.clear()
    viewer.layers.selection._current = None  # where napari keeps the layer that was removed last


def opened(layers: LiveLayers, stream: str, labels: bool | None = None, **options: Any) -> Any:
    return layers.open(stream, None, 0, labels, options)


def tell(writer: subprocess.Popen[str], line: object) -> int:
    """Says a line to a writer; gives how many frames it dropped so far."""
    assert writer.stdin is not None and writer.stdout is not None
    writer.stdin.write(f"{line}\n")
    writer.stdin.flush()
    return int(writer.stdout.readline())


def started(python: Start, shape: str, dtype: str) -> subprocess.Popen[str]:
    writer = python(WRITER, shape, dtype)
    assert writer.stdout is not None
    assert writer.stdout.readline() == "ready\n"
    return writer


def until(layers: LiveLayers, condition: Callable[[], bool]) -> None:
    end = monotonic() + LIMIT
    while not condition():
        assert monotonic() < end, "it did not come true"
        layers.tick()
        sleep(0.01)


def leases(layers: LiveLayers) -> int:
    """Slots that the reader of the first layer holds."""
    reader: Any = layers._live[0]._reader  # type: ignore[union-attr]
    return int(quick.leases(reader._handle.pointer))


def addresses(path: Path) -> list[tuple[int, int, str]]:
    """Where a file is mapped in this process, and how."""
    found = []
    for line in Path("/proc/self/maps").read_text().splitlines():
        if line.endswith(str(path)):
            span, rights = line.split()[:2]
            low, high = (int(end, 16) for end in span.split("-"))
            found.append((low, high, rights))
    return found


def test_newest_frame_in_its_slot(python: Start, directory: Path, layers: LiveLayers) -> None:
    writer = started(python, "64,80", "u2")
    layer = opened(layers, "camera")
    assert (layer.data.shape, layer.data.dtype, layer.name) == ((64, 80), np.uint16, "camera")
    assert not np.asarray(layer.data).any(), "before the first frame there are zeros"
    for number in (1, 7, 300):
        tell(writer, number)
        layers.tick()
        data = np.asarray(layer.data)
        assert (data == number).all()
        assert not data.flags.writeable
        assert any(low <= data.ctypes.data < high and rights == "r--s" for low, high, rights in addresses(directory / "camera.npy"))
        assert np.shares_memory(data, layer._slice.image.raw), "what napari draws is the memory"
        assert leases(layers) == 1, "the frame before was let go"
    assert shared_name(layer) == "camera"
    layers.tick()
    assert leases(layers) == 1
    # A writer flat out: it drops nothing, and the layer shows the last one.
    assert tell(writer, "flood") == 0
    layers.tick()
    assert (np.asarray(layer.data) == 300).all()


def test_nothing_is_copied(directory: Path, layers: LiveLayers) -> None:
    with webmon.Stream("camera", (2048, 2048), "u2") as stream:
        frame = np.arange(2048 * 2048, dtype="u2").reshape(2048, 2048)
        stream.put(frame)
        layer = opened(layers, "camera")
        layers.tick()
        tracemalloc.start()
        try:
            for _ in range(5):
                with stream.loan() as view:
                    view[0, 0] += 1
                layers.tick()
            _, most = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert most < frame.nbytes / 20, f"{most} bytes were taken for five frames of {frame.nbytes}"
        assert _memory.memory_of(layer.data.frame) is not None


def test_data_is_an_array_for_whoever_takes_it(directory: Path, layers: LiveLayers) -> None:
    with webmon.Stream("camera", (4, 6), "f4") as stream:
        stream.put(np.arange(24, dtype="f4").reshape(4, 6))
        layer = opened(layers, "camera")
        data = layer.data
        assert (len(data), data.ndim, data.size, data.T.shape) == (4, 2, 24, (6, 4))
        assert data.mean() == 11.5 and np.max(data) == 23 and data[1, 2] == 8
        assert ((data + 1) == np.asarray(data) + 1).all() and (data > 20).sum() == 3
        kept = data.copy()
        stream.put(np.zeros((4, 6), "f4"))
        layers.tick()
        assert kept.max() == 23 and np.asarray(layer.data).max() == 0
        with pytest.raises((TypeError, ValueError), match="read-only|assignment"):
            data += 1
        with pytest.raises(TypeError):
            data[0, 0] = 1


def test_frames_that_a_user_keeps_stay_and_the_layer_goes_on(directory: Path, layers: LiveLayers) -> None:
    with webmon.Stream("camera", (4, 4), "u1") as stream:
        stream.put(np.full((4, 4), 1, "u1"))
        layer = opened(layers, "camera")
        kept = []
        for number in range(2, 9):
            kept.append(layer.data[0])
            stream.put(np.full((4, 4), number, "u1"))
            layers.tick()
            assert layer.data[0, 0] == number
        assert [row[0] for row in kept] == [1, 2, 3, 4, 5, 6, 7]
        assert stream.status.dropped == 0


def test_looks(directory: Path, layers: LiveLayers) -> None:
    metadata = {
        "name": "DAPI", "axes": ["z", "y", "x"], "scale": [3, 0.5, 0.5], "translate": [0, 10, 20], "units": [None, "um", "um"],
        "colormap": "viridis", "contrast_limits": [10, 90],
    }  # fmt: skip
    with webmon.Stream("camera", (2, 4, 6), "u2", metadata=metadata):
        layer = opened(layers, "camera")
        assert layer.name == "DAPI" and layer.axis_labels == ("z", "y", "x") and layer.colormap.name == "viridis"
        assert layer.scale.tolist() == [3, 0.5, 0.5] and layer.translate.tolist() == [0, 10, 20]
        assert [str(unit) for unit in layer.units] == ["pixel", "micrometer", "micrometer"]
        assert layer.contrast_limits == [10, 90]
        given = opened(layers, "camera", name="mine", scale=(1, 1, 1), contrast_limits=(0, 5), metadata={"a": 1})
        assert given.name == "mine" and given.scale.tolist() == [1, 1, 1] and given.contrast_limits == [0, 5]
        assert given.metadata == {"a": 1, "webmon": {"stream": "camera", "state": "live"}}


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("scale", [1, 0]), ("scale", "large"), ("scale", [1]), ("translate", [1, None]), ("units", ["um", "nonsense"]), ("units", [3, 4]),
        ("axes", [1, 2]), ("colormap", "no-such-map"), ("colormap", [[1]]), ("contrast_limits", [5, 5]), ("contrast_limits", ["a", 2]),
    ],
)  # fmt: skip
def test_metadata_that_make_no_sense_are_left_out(
    directory: Path, layers: LiveLayers, caplog: pytest.LogCaptureFixture, key: str, value: Any
) -> None:
    with webmon.Stream("camera", (4, 6), "u2", metadata={key: value}):
        layer = opened(layers, "camera")
        assert layer.scale.tolist() == [1, 1] and layer.translate.tolist() == [0, 0] and layer.colormap.name == "gray"
        assert layer.contrast_limits == [0, 65535]
        assert "camera" in caplog.text and repr(value) in caplog.text


@pytest.mark.parametrize(
    ("shape", "dtype", "metadata", "rgb", "limits"),
    [
        ((4, 6, 3), "u1", {}, True, None),
        ((4, 6, 4), "u1", {}, True, None),
        ((4, 6, 3), "u1", {"rgb": False}, False, [0, 255]),
        ((4, 6, 3), "u2", {}, False, [0, 65535]),
        ((4, 6, 3), "f4", {"rgb": True}, True, None),
        ((2, 4, 6, 3), "u1", {}, True, None),
        ((4, 6), ">u2", {}, False, [0, 65535]),
        ((4, 6), "i1", {}, False, [-128, 127]),
        ((4, 6), "?", {}, False, [0, 1]),
        ((4, 6), "i8", {}, False, [0, 1]),
        ((4, 6), "u8", {}, False, [0, 1]),
        ((4, 6), "f2", {}, False, [0, 1]),
        ((4, 6), "f8", {}, False, [0, 1]),
    ],
)
def test_dtypes(
    directory: Path, layers: LiveLayers, shape: tuple[int, ...], dtype: str, metadata: dict[str, Any], rgb: bool, limits: list[float] | None
) -> None:
    frame = np.zeros(shape, dtype)
    frame[..., 1, :] = 1
    with webmon.Stream("camera", shape, dtype, metadata=metadata) as stream:
        layer = opened(layers, "camera")
        stream.put(frame)
        layers.tick()
        assert layer.rgb is rgb and np.array_equal(np.asarray(layer.data), frame)
        if limits is not None:
            assert [float(limit) for limit in layer.contrast_limits] == limits


@pytest.mark.parametrize("dtype", ["u1", "i4", "u8", "?"])
def test_labels(directory: Path, layers: LiveLayers, dtype: str) -> None:
    with webmon.Stream("cells", (4, 6), dtype, metadata={"labels": True}) as stream:
        layer = opened(layers, "cells")
        stream.put(np.ones((4, 6), dtype))
        layers.tick()
        assert type(layer).__name__ == "Labels" and not layer.editable, "nobody paints in what another process writes"
        assert (np.asarray(layer.data) == 1).all() and layer.get_value((1, 1)) == 1
        assert type(opened(layers, "cells", labels=False)).__name__ == "Image"


@pytest.mark.parametrize(
    ("shape", "dtype", "labels", "says"),
    [
        ((5,), "u2", None, "two axes"),
        ((5, 3), "u1", None, None),
        ((5, 5), "c8", None, "complex numbers"),
        ((5, 5), [("a", "f4")], None, "records"),
        ((5, 5), "S3", None, "no numbers"),
        ((5, 5), "f4", True, "labels are integers"),
    ],
)
def test_what_napari_cannot_show(
    directory: Path, layers: LiveLayers, shape: tuple[int, ...], dtype: Any, labels: bool | None, says: str | None
) -> None:
    with webmon.Stream("camera", shape, dtype) as stream:
        if says is None:
            opened(layers, "camera", labels)
            return
        with pytest.raises((webmon.InvalidError, webmon.DTypeError), match=f"'camera'.*{says}"):
            opened(layers, "camera", labels)
        assert not stream.wanted and stream.status.readers == 0


def test_a_log_is_no_picture(directory: Path, layers: LiveLayers) -> None:
    with webmon.Log("loads", [("time", "f8")]) as log:
        with pytest.raises(webmon.InvalidError, match=r"log of records.*add_points"):
            opened(layers, "loads")
        assert not log.wanted
    with pytest.raises(webmon.NotFoundError):
        opened(layers, "no-such-stream")


def test_writers_that_end_and_come_back(python: Start, directory: Path, viewer: Any, layers: LiveLayers) -> None:
    writer = started(python, "4,6", "u2")
    tell(writer, 5)
    layer = opened(layers, "camera", colormap="magma")
    writer.communicate()
    until(layers, lambda: layer.metadata["webmon"]["state"] == "closed")
    assert shared_name(layer) is None, "pages are told of the layer, not of what is there no more"
    until(layers, lambda: "its writer ended; the last frame stays" in viewer.status)
    assert (np.asarray(layer.data) == 5).all()
    assert _memory.memory_of(layer.data.frame) is None, "a copy: the memory of the stream is given back"
    # Of another shape and dtype: the same layer.
    writer = started(python, "8,10", "f4")
    until(layers, lambda: layer.metadata["webmon"]["state"] == "live")
    assert shared_name(layer) == "camera"
    tell(writer, 3)
    layers.tick()
    assert layer.data.shape == (8, 10) and layer.data.dtype == np.float32 and (np.asarray(layer.data) == 3).all()
    writer.kill()
    until(layers, lambda: layer.metadata["webmon"]["state"] == "gone")
    until(layers, lambda: "its writer died" in viewer.status)
    assert (np.asarray(layer.data) == 3).all()
    # Of another number of axes: another layer, in its place.
    viewer.add_image(np.zeros((4, 4)), name="above")
    layer.name = "renamed"
    writer = started(python, "3,8,10", "u1")
    until(layers, lambda: viewer.layers[0].ndim == 3)
    tell(writer, 9)
    layers.tick()
    layer = viewer.layers[0]
    assert [each.name for each in viewer.layers] == ["renamed", "above"] and layer.colormap.name == "magma"
    assert (np.asarray(layer.data) == 9).all() and shared_name(layer) == "camera"


def test_a_new_generation_while_the_old_one_is_shown(directory: Path, layers: LiveLayers) -> None:
    first = webmon.Stream("camera", (4, 6), "u1", metadata={"scale": [1, 1], "contrast_limits": [0, 9]})
    first.put(np.ones((4, 6), "u1"))
    layer = opened(layers, "camera", translate=(7, 7))
    first.close()
    with webmon.Stream("camera", (4, 6), "u1", metadata={"scale": [2, 2], "translate": [1, 1], "contrast_limits": [0, 50]}) as second:
        second.put(np.full((4, 6), 2, "u1"))
        until(layers, lambda: np.asarray(layer.data).max() == 2)
        assert layer.scale.tolist() == [2, 2] and layer.contrast_limits == [0, 50]
        assert layer.translate.tolist() == [7, 7], "what the user gave counts"


def test_what_a_new_writer_says_no_more(directory: Path, layers: LiveLayers) -> None:
    said = {"scale": [0.5, 2], "translate": [3, 4], "units": ["um", "um"], "axes": ["y", "x"], "contrast_limits": [0, 10], "colormap": "viridis"}
    with webmon.Stream("camera", (4, 6), "f4", metadata=said):
        layer = opened(layers, "camera")
        mine = opened(layers, "camera", scale=(7, 7), colormap="red", contrast_limits=(1, 2))
    with webmon.Stream("camera", (4, 6), "f4", metadata={"colormap": "magma"}) as second:
        second.put(np.arange(24, dtype="f4").reshape(4, 6))
        until(layers, lambda: all(each.metadata["webmon"]["state"] == "live" and np.asarray(each.data).any() for each in (layer, mine)))
        assert layer.colormap.name == "magma" and layer.contrast_limits == [0, 23]
        assert layer.scale.tolist() == [1, 1] and layer.translate.tolist() == [0, 0]
        assert [str(unit) for unit in layer.units] == ["pixel", "pixel"] and layer.axis_labels == ("-2", "-1")
        assert mine.scale.tolist() == [7, 7] and mine.colormap.name == "red" and mine.contrast_limits == [1, 2]
    with webmon.Stream("camera", (4, 6), "f4"):
        until(layers, lambda: layer.metadata["webmon"]["state"] == "live" and not np.asarray(layer.data).any())
        assert layer.colormap.name == "gray"


def test_options_for_axes_that_a_new_writer_does_not_have(directory: Path, viewer: Any, layers: LiveLayers) -> None:
    with webmon.Stream("camera", (4, 6), "u1") as first:
        opened(layers, "camera", axis_labels=("y", "x"), scale=(2, 2), colormap="red", name="mine")
        first.put(np.ones((4, 6), "u1"))
    with webmon.Stream("camera", (3, 4, 6), "u1", metadata={"axes": ["t", "y", "x"], "scale": [5, 1, 1]}) as second:
        until(layers, lambda: viewer.layers[0].ndim == 3)
        layer = viewer.layers[0]
        assert len(viewer.layers) == 1 and layer.name == "mine" and layer.colormap.name == "red"
        assert layer.axis_labels == ("t", "y", "x") and layer.scale.tolist() == [5, 1, 1]
        second.put(np.full((3, 4, 6), 2, "u1"))
        layers.tick()
        assert np.asarray(layer.data).max() == 2
    with webmon.Stream("camera", (4, 6), "u1"):
        until(layers, lambda: viewer.layers[0].ndim == 2)
        assert len(viewer.layers) == 1 and viewer.layers[0].axis_labels == ("y", "x") and viewer.layers[0].scale.tolist() == [2, 2]


def test_a_layer_stays_where_napari_refuses_its_successor(
    directory: Path, viewer: Any, layers: LiveLayers, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with webmon.Stream("camera", (4, 6), "u1") as first:
        layer = opened(layers, "camera")
        first.put(np.full((4, 6), 7, "u1"))
        layers.tick()

    def refuse(*_: Any, **__: Any) -> Any:
        raise ValueError("not this one")

    monkeypatch.setattr(type(viewer), "add_image", refuse)
    with webmon.Stream("camera", (3, 4, 6), "u1") as second:
        until(layers, lambda: layer.metadata["webmon"]["state"] == "left")
        assert list(viewer.layers) == [layer] and np.asarray(layer.data).max() == 7 and "not this one" in caplog.text
        assert second.status.readers == 0
    caplog.clear()  # it holds the traceback


def test_what_napari_cannot_show_is_said_once(directory: Path, viewer: Any, layers: LiveLayers) -> None:
    with webmon.Stream("camera", (4, 6), "u1") as first:
        layer = opened(layers, "camera")
        first.put(np.full((4, 6), 7, "u1"))
        layers.tick()
    with webmon.Stream("camera", (4, 6), "c8"):
        until(layers, lambda: "complex numbers" in viewer.status)
        viewer.status = "elsewhere"
        end = monotonic() + 1
        while monotonic() < end:
            layers.tick()
            sleep(0.01)
        assert viewer.status == "elsewhere" and np.asarray(layer.data).max() == 7
    with webmon.Stream("camera", (4, 6), "u1"):
        until(layers, lambda: layer.metadata["webmon"]["state"] == "live")


def test_what_another_viewer_shares(directory: Path, viewer: Any, layers: LiveLayers, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is idle until somebody looks: what is said of it is true all the while."""
    # A quarter of a second is soon over before the next writer is there.
    monkeypatch.setattr("webmon.napari._live_layer._LOOK_EVERY", 1.0)
    said: list[str] = []
    viewer.events.status.connect(lambda event: said.append(str(event.value)))
    with webmon.Array("napari.layer.a", (4, 6), "u1", metadata={"idle": True}):
        layer = opened(layers, "napari.layer.a")
        assert layer.metadata["webmon"]["state"] == "idle" and not np.asarray(layer.data).any()
        layers.tick()
    layers.tick()
    with webmon.Stream("napari.layer.a", (4, 6), "u1") as stream:
        stream.put(np.full((4, 6), 9, "u1"))
        until(layers, lambda: layer.metadata["webmon"]["state"] == "live")
        assert np.asarray(layer.data).min() == 9 and not any("ended" in text for text in said)
    with webmon.Array("napari.layer.a", (4, 6), "u1", metadata={"idle": True}):
        until(layers, lambda: layer.metadata["webmon"]["state"] == "idle")
    until(layers, lambda: "its writer ended; it has shown nothing" in viewer.status)
    assert layer.metadata["webmon"]["state"] == "closed"


def test_a_hidden_layer_asks_for_nothing(directory: Path, layers: LiveLayers) -> None:
    with webmon.Stream("camera", (4, 6), "u1") as stream:
        layer = opened(layers, "camera")
        assert stream.wanted
        layer.visible = False
        layers.tick()
        assert not stream.wanted
        stream.put(np.ones((4, 6), "u1"))
        layers.tick()
        assert not np.asarray(layer.data).any()
        layer.visible = True
        layers.tick()
        assert stream.wanted and np.asarray(layer.data).all()


def test_a_layer_that_is_removed_lets_go(directory: Path, viewer: Any, layers: LiveLayers) -> None:
    with webmon.Stream("camera", (4, 6), "u1") as stream:
        stream.put(np.full((4, 6), 4, "u1"))
        layer = opened(layers, "camera")
        other = opened(layers, "camera")
        viewer.layers.move(0, 2)
        layers.tick()
        assert stream.status.readers == 2, "a layer that moves stays what it is"
        viewer.layers.remove(layer)
        assert stream.status.readers == 1
        assert shared_name(layer) is None and layer.metadata["webmon"]["state"] == "left"
        assert _memory.memory_of(layer.data.frame) is None and (np.asarray(layer.data) == 4).all()
        viewer.layers.clear()
        assert stream.status.readers == 0 and not stream.wanted
        ended = []
        layers.on_empty = lambda: ended.append(1)
        layers.tick()
        assert ended == [1], "nothing ticks for no layer"
        assert other.metadata["webmon"]["state"] == "left"


def test_a_layer_that_is_given_other_data_lets_go(directory: Path, layers: LiveLayers) -> None:
    with webmon.Stream("camera", (4, 6), "u1") as stream:
        layer = opened(layers, "camera")
        layer.data = np.full((8, 8), 3, "u1")
        layers.tick()
        assert stream.status.readers == 0 and shared_name(layer) is None
        stream.put(np.ones((4, 6), "u1"))
        layers.tick()
        assert layer.data.shape == (8, 8) and layer.data.max() == 3


EDITOR = """
import sys, webmon
array = webmon.Array("mask", (300, 300), "u1")
print("ready", flush=True)
for line in sys.stdin:
    row, value = map(int, line.split())
    array[row] = value
    print(0, flush=True)
array.close()
"""


def test_array_of_another_process(python: Start, directory: Path, layers: LiveLayers) -> None:
    editor = python(EDITOR)
    assert editor.stdout is not None and editor.stdout.readline() == "ready\n"
    layer = opened(layers, "mask", labels=True)
    assert not layer.editable and not layer.data.flags.writeable
    drawn: list[int] = []
    layer.events.set_data.connect(lambda event: drawn.append(1))
    layers.tick()
    assert drawn == [], "nothing changed, nothing is drawn"
    tell(editor, "10 3")
    layers.tick()
    assert drawn == [1] and (layer.data[10] == 3).all()
    assert any(low <= layer.data.ctypes.data < high and rights == "r--s" for low, high, rights in addresses(directory / "mask.npy"))
    layers.tick()
    assert drawn == [1]
    editor.communicate()
    until(layers, lambda: layer.metadata["webmon"]["state"] == "closed")
    assert (layer.data[10] == 3).all()


def test_the_call(directory: Path, viewer: Any) -> None:
    with pytest.raises(webmon.InvalidError, match="a napari.Viewer is needed"):
        webmon.add_shared(viewer, "camera")
    with pytest.raises(webmon.InvalidError, match="a napari.Viewer is needed"):
        webmon.add_shared("camera", "camera")


WINDOW = """
    import logging, subprocess, sys, time
    import napari, napari.settings, numpy as np, pytest, webmon
    from qtpy.QtWidgets import QApplication

    WRITER = '''
    import sys, time, numpy as np, webmon
    with webmon.Stream("camera", (512, 512), "u1") as stream:
        while stream.status.sequence < 100000:
            with stream.loan() as view:
                view[...] = 40 + stream.status.sequence % 160
            time.sleep(0.002)
    '''
    problems = []
    handler = logging.Handler()
    handler.emit = lambda record: problems.append(record.getMessage())
    logging.getLogger("webmon.napari").addHandler(handler)
    writer = subprocess.Popen([sys.executable, "-c", WRITER])
    viewer = napari.Viewer()
    for call, says in (
        (lambda: webmon.add_shared(viewer, "camera", data=1), "no data"),
        (lambda: webmon.add_shared(viewer, 3), "stream is a int"),
        (lambda: webmon.add_shared(viewer, "nothing"), "nothing"),
    ):
        with pytest.raises((webmon.InvalidError, webmon.NotFoundError), match=says):
            call()
    layer = webmon.add_shared(viewer, "camera", timeout=60)

    def until(condition):
        end = time.monotonic() + 60
        while not condition():
            assert time.monotonic() < end, "it did not come true"
            QApplication.processEvents()
            time.sleep(0.005)

    def shown():
        picture = viewer.screenshot(canvas_only=True, flash=False)
        return int(picture[picture.shape[0] // 2, picture.shape[1] // 2, 0])

    seen = set()
    until(lambda: seen.add(int(layer.data[0, 0])) or len(seen) > 8)
    layer.visible = True
    # What is on the canvas is the frame that the layer has.
    assert layer.data[0, 0] >= 40 and abs(shown() - int(layer.data[0, 0])) <= 2
    with webmon.open("camera", subscribe=False) as reader:
        assert reader.status.readers == 1 and reader.status.dropped == 0
        viewer.layers.remove(layer)
        until(lambda: reader.status.readers == 0)
        assert reader.status.dropped == 0
    # The same with slices that are made in a thread.
    napari.settings.get_settings().experimental.async_ = True
    again = webmon.add_shared(viewer, "camera")
    seen = set()
    until(lambda: seen.add(int(again._slice.image.raw[0, 0])) or len(seen) > 4)
    with webmon.open("camera", subscribe=False) as reader:
        assert reader.status.dropped == 0
    array = webmon.Array("own", (64, 64), "u2")
    webmon.add_shared(viewer, array)
    viewer.close()
    until(lambda: webmon.streams()[0].status.readers == 0)
    array.close()
    writer.kill()
    writer.wait()
    webmon.remove("camera")
    assert problems == []
    print("done")
"""


def test_in_a_window(napari_script: Callable[[str], str]) -> None:
    assert "done" in napari_script(WINDOW)
