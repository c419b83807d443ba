"""What a page tells a viewer: through a real server, to a real viewer, and back."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest

import webmon
import webmon.napari
from webmon.napari import _user_commands
from webmon.napari._camera_commands import CameraCommands
from webmon.napari._layers import Layers
from webmon.napari._sharing import Sharing
from webmon.napari._viewer_commands import ViewerCommands

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import dask.array as da
    from napari.components import ViewerModel

NewPage = Callable[[str], Any]


@pytest.fixture
def viewer() -> Any:
    made: Any = ViewerModel()
    made.add_image(np.arange(3 * 400 * 600, dtype="u4").reshape(3, 400, 600), name="camera", scale=(1, 2, 2))
    made.add_labels(np.zeros((400, 600), "u1"), name="cells")
    made.add_points(np.zeros((2, 2)), name="0")
    return made


@pytest.fixture
def sharing(viewer: Any, directory: Path) -> Iterator[Sharing]:
    _user_commands._commands.clear()
    shared = Sharing(viewer, "napari", str(directory), [ViewerCommands, Layers])
    yield shared
    shared.close()
    _user_commands._commands.clear()


@pytest.fixture
def page(sharing: Sharing, directory: Path, new_page: NewPage, caplog: pytest.LogCaptureFixture) -> Iterator[Any]:
    caplog.set_level(logging.CRITICAL, "webmon.commands")  # what is logged has a traceback, which keeps what it was about
    with webmon.serve(directory=directory) as server:
        made = new_page(server)
        made.learn("napari", "show_grid")
        yield made


def value(page: Any, name: str, **arguments: Any) -> Any:
    reply = page.call(name, "napari", **arguments)
    assert reply["ok"], reply
    return reply["value"]


def failure(page: Any, name: str, **arguments: Any) -> str:
    reply = page.call(name, "napari", **arguments)
    assert not reply["ok"], reply
    assert reply["error"]["code"] == "failed"
    message: str = reply["error"]["message"]
    return message


def test_declaration(page: Any) -> None:
    commands = {command["name"]: command for command in page.targets["napari"]["commands"]}
    assert list(commands) == [
        "reset_view", "look_at", "set_view", "go_to_tile", "set_camera", "set_dims_step", "set_ndisplay", "show_grid", "list_layers",
        "set_layer_visible", "set_opacity", "set_contrast_limits", "reset_contrast", "set_gamma", "set_colormap", "select_layers", "set_active_layer",
    ]  # fmt: skip
    assert all(command["help"] for command in commands.values())
    assert [argument["type"] for argument in commands["set_contrast_limits"]["args"]] == ["str", "float", "float"]
    assert commands["set_ndisplay"]["args"][0]["choices"] == [2, 3]


def test_what_is_seen(page: Any, viewer: Any) -> None:
    camera = viewer.scene.camera
    assert value(page, "set_camera", center=[10, 20], zoom=3) == {"center": [camera.center[0], 10, 20], "zoom": 3, "angles": [0, 0, 0]}
    assert camera.center[1:] == (10, 20) and camera.zoom == 3
    value(page, "look_at", y=5, x=6)
    assert camera.center[1:] == (5, 6) and camera.zoom == 3
    value(page, "look_at", y=5, x=6, zoom=0.5)
    assert camera.zoom == 0.5
    viewer.canvas.size = (500, 1000)
    value(page, "set_view", top=100, left=100, bottom=200, right=500)
    assert camera.center[1:] == (150, 300) and camera.zoom == 2.5
    viewer.reset_view()
    whole = camera.center, camera.zoom
    value(page, "look_at", y=1, x=1, zoom=9)
    value(page, "reset_view")
    assert (camera.center, camera.zoom) == whole
    assert value(page, "set_dims_step", axis="0", step=2)[0] == 2 and viewer.dims.current_step[0] == 2
    viewer.dims.axis_labels = ("time", "y", "x")
    assert value(page, "set_dims_step", axis="time", step=1)[0] == 1
    assert value(page, "set_dims_step", axis="-3", step=0)[0] == 0
    assert value(page, "set_ndisplay", ndisplay=3) == 3 and viewer.dims.ndisplay == 3
    assert value(page, "set_camera", angles=[10, 20, 30])["angles"] == [10, 20, 30]
    # Turned all the way round, and as far as napari cannot count.
    assert value(page, "set_camera", angles=[370, -370, 1e30])["angles"] == [10, -10, np.fmod(1e30, 360)]
    assert np.isfinite(camera.center).all()
    grid = viewer.canvas.grid
    assert value(page, "show_grid", show=True, rows=8, columns=8) is True and grid.shape == (8, 8)
    assert value(page, "show_grid", show=True, rows=2, columns=-1, stride=-2) is True
    assert grid.enabled and grid.shape == (2, -1) and grid.stride == -2
    assert value(page, "show_grid", show=False) is False and grid.shape == (2, -1)


def test_layers(page: Any, viewer: Any) -> None:
    camera = viewer.layers["camera"]
    listed = value(page, "list_layers")
    assert [(layer["name"], layer["type"], layer["visible"]) for layer in listed] == [
        ("camera", "Image", True), ("cells", "Labels", True), ("0", "Points", True)
    ]  # fmt: skip
    assert [layer["stream"] for layer in listed] == ["napari.layer.camera", "napari.layer.cells", "napari.layer.0"]
    assert value(page, "set_layer_visible", layer="cells", visible=False) is False and not viewer.layers["cells"].visible
    assert value(page, "set_opacity", layer="camera", opacity=0.25) == 0.25 and camera.opacity == 0.25
    assert value(page, "set_contrast_limits", layer="camera", low=5, high=300) == [5, 300] and camera.contrast_limits == [5, 300]
    assert value(page, "reset_contrast", layer="camera") == [float(each) for each in camera.contrast_limits] != [5, 300]
    assert value(page, "set_gamma", layer="camera", gamma=0.5) == 0.5 and camera.gamma == 0.5
    assert value(page, "set_colormap", layer="camera", colormap="viridis") == "viridis" and camera.colormap.name == "viridis"
    assert value(page, "select_layers", layers=["camera", 1]) == ["camera", "cells"]
    assert {layer.name for layer in viewer.layers.selection} == {"camera", "cells"}
    assert value(page, "set_active_layer", layer="1") == "cells" and viewer.layers.selection.active.name == "cells"
    # Empty: the active one. A name counts before a number.
    assert value(page, "set_opacity", layer="", opacity=0.5) == 0.5 and viewer.layers["cells"].opacity == 0.5
    assert value(page, "set_layer_visible", layer="0", visible=False) is False and not viewer.layers["0"].visible and camera.visible
    viewer.layers["camera"].name = "DAPI"
    value(page, "set_gamma", layer="DAPI", gamma=1)


WRONG: list[tuple[str, dict[str, Any], str]] = [
    ("set_opacity", {"layer": "sky", "opacity": 1}, "there is no layer 'sky'; there are 'camera', 'cells', '0'"),
    ("set_opacity", {"layer": "7", "opacity": 1}, "there is no layer '7'"),
    ("set_opacity", {"layer": "camera", "opacity": 2}, "opacity is 2.0: it must be 0 to 1"),
    ("set_contrast_limits", {"layer": "camera", "low": 5, "high": 5}, "the lower one first"),
    ("set_contrast_limits", {"layer": "cells", "low": 5, "high": 6}, "'cells' is of type Labels: it has no contrast limits"),
    ("reset_contrast", {"layer": "0"}, "type Points"),
    ("set_gamma", {"layer": "camera", "gamma": 0}, "0.2 to 2"),
    ("set_gamma", {"layer": "cells", "gamma": 1}, "no gamma"),
    ("set_colormap", {"layer": "camera", "colormap": "mud"}, "there is no colour map 'mud'; there are"),
    ("set_colormap", {"layer": "cells", "colormap": "gray"}, "type Labels"),
    ("select_layers", {"layers": [True]}, "names or numbers"),
    ("set_camera", {"center": [1]}, "center is [1]: 2 or 3 numbers"),
    ("set_camera", {"center": ["a", 1]}, "numbers are needed"),
    ("set_camera", {"zoom": 0}, "it must be from 1e-30"),
    ("set_camera", {"zoom": -3, "center": [1, 1]}, "it must be from 1e-30"),
    ("set_camera", {"angles": [1, 2]}, "3 numbers"),
    ("set_view", {"top": 5, "left": 0, "bottom": 5, "right": 9}, "top < bottom"),
    ("set_dims_step", {"axis": "0", "step": 3}, "the axis '-3' has 3 steps, counted from 0"),
    ("set_dims_step", {"axis": "0", "step": -1}, "counted from 0"),
    ("set_dims_step", {"axis": "9", "step": 0}, "there is no axis '9'; there are '-3', '-2', '-1', or 0 to 2"),
    ("set_dims_step", {"axis": "-1", "step": 0}, "it has no slider"),
    ("show_grid", {"show": True, "rows": 0}, "rows is 0"),
    ("show_grid", {"show": True, "stride": 0}, "stride is 0"),
    ("show_grid", {"show": True, "rows": 1000, "columns": 1000}, "napari makes a view for each place, so at most 64 places are allowed"),
    ("show_grid", {"show": True, "rows": -1, "columns": 65}, "rows and columns are -1 and 65"),
    ("show_grid", {"show": False, "rows": 13, "columns": 5}, "rows and columns are 13 and 5"),
    ("set_view", {"top": -1e308, "left": -1e308, "bottom": 1e308, "right": 1e308}, "top is -1e+308: a number from -1e+30 to 1e+30 is needed"),
    ("set_view", {"top": 0, "left": 0, "bottom": 1e-320, "right": 1e-320}, "pixels cannot show that"),
    ("look_at", {"y": 1e31, "x": 0}, "y is 1e+31"),
    ("look_at", {"y": 0, "x": 0, "zoom": 5e-324}, "it must be from 1e-30 to 1e+30"),
    ("set_camera", {"center": [1e300, 0]}, "2 or 3 numbers are needed, each from -1e+30 to 1e+30"),
    ("set_contrast_limits", {"layer": "camera", "low": -1e308, "high": 1e308}, "low and high are -1e+308 and 1e+308: two numbers, the lower one first"),
    ("set_colormap", {"layer": "camera", "colormap": ""}, "there is no colour map ''"),
    ("set_active_layer", {"layer": "1" * 5000}, "there is no layer '1111"),
    ("go_to_tile", {"layer": "0", "level": 0, "row": 0, "column": 0}, "it is no image"),
    ("go_to_tile", {"layer": "camera", "level": 1, "row": 0, "column": 0}, "has 1 levels"),
    ("go_to_tile", {"layer": "camera", "level": 0, "row": 1, "column": 0}, "1 rows and 1 columns of tiles"),
]


def test_errors_come_back_and_change_nothing(page: Any, viewer: Any) -> None:
    def state() -> Any:
        camera, grid, layers = viewer.scene.camera, viewer.canvas.grid, viewer.layers
        looks = [(layer.opacity, getattr(layer, "contrast_limits", None), getattr(layer, "colormap", None)) for layer in layers]
        return camera.center, camera.zoom, viewer.dims.point, grid.enabled, grid.shape, layers.selection.active, looks

    before = state()
    for name, arguments, says in WRONG:
        assert says in failure(page, name, **arguments), (name, arguments)
        assert state() == before


def test_an_integer_that_no_float_holds(viewer: Any) -> None:
    with pytest.raises(webmon.InvalidError, match="2 or 3 numbers are needed, each"):
        CameraCommands(viewer).set_camera(center=[10**400, 0])


class Chunked(np.ndarray[Any, Any]):
    """An array that says how it is cut, as those of zarr do."""

    chunks = (256, 256)


def test_tiles(page: Any, viewer: Any) -> None:
    pyramid = [np.zeros((2048 >> level, 3000 >> level), "u1").view(Chunked) for level in range(3)]
    viewer.layers.clear()
    viewer.add_image(pyramid, name="slide", multiscale=True, scale=(0.5, 0.5), translate=(100, 0))
    camera = viewer.scene.camera
    value(page, "go_to_tile", layer="slide", level=1, row=2, column=3)
    # The tile's middle is (2.5, 3.5) tiles of 256 pixels, which are two pixels of level 0.
    assert camera.center[1:] == pytest.approx((100 + (2.5 * 512 - 0.5) * 0.5, (3.5 * 512 - 0.5) * 0.5))
    assert camera.zoom == pytest.approx(1), "a pixel of level 1 is two of half a unit"
    value(page, "go_to_tile", layer="slide", level=0, row=0, column=11)
    assert camera.center[2] == pytest.approx(((11 * 256 + 3000) / 2 - 0.5) * 0.5), "the last one is narrower"
    assert "8 rows and 12 columns" in failure(page, "go_to_tile", layer="slide", level=0, row=8, column=0)
    viewer.add_image(da.zeros((5, 400, 600), chunks=(1, (100, 300), 200)), name="dask", translate=(0, 1, 1), contrast_limits=(0, 1))
    value(page, "go_to_tile", layer="dask", level=0, row=1, column=2)
    assert camera.center[1:] == pytest.approx((1 + 349.5, 1 + 499.5))
    viewer.add_image(np.zeros((40, 60)), name="in memory")
    value(page, "go_to_tile", layer="in memory", level=0, row=0, column=0)
    assert camera.center[1:] == pytest.approx((19.5, 29.5)), "one tile"
    viewer.dims.ndisplay = 3
    assert "set_ndisplay" in failure(page, "go_to_tile", layer="slide", level=0, row=0, column=0)


class _Tool:
    def choose(self, viewer: Viewer, side: Literal["a", "b"]) -> str:  # type: ignore[name-defined] # noqa: F821
        return f"{side} of {len(viewer.layers) + 1}"


def test_commands_of_users(page: Any, viewer: Any, sharing: Sharing, directory: Path) -> None:
    @webmon.napari.command
    def count_layers(viewer: ViewerModel, factor: int, side: Literal["left", "right"] = "left") -> list[Any]:
        "Counts."
        return [len(viewer.layers) * factor, side]

    @webmon.napari.command(name="name_of", help="Says it.", timeout=3)
    def _name(viewer, index: int = 0):  # type: ignore[no-untyped-def]
        return viewer.layers[index].name

    @webmon.napari.command
    def add(a: int, b: int) -> int:
        return a + b

    page.learn("napari", "count_layers", "name_of", "add")
    assert value(page, "count_layers", factor=2) == [6, "left"]
    assert value(page, "name_of", index=1) == "cells"
    assert value(page, "add", a=1, b=2) == 3
    declared = {command["name"]: command for command in page.targets["napari"]["commands"]}
    assert [argument["name"] for argument in declared["count_layers"]["args"]] == ["factor", "side"]
    assert (declared["name_of"]["help"], declared["name_of"]["timeout_ms"]) == ("Says it.", 3000)
    with pytest.raises(webmon.InvalidError, match="annotated set"):

        @webmon.napari.command
        def wrong(viewer: ViewerModel, numbers: set[int]) -> None: ...

    # What a function has from where it was made; a method, where annotations are text.
    more = 5

    @webmon.napari.command
    def scale(viewer: ViewerModel, factor: int) -> int:
        return factor * more

    webmon.napari.command(_Tool().choose)
    page.learn("napari", "scale", "choose")
    assert value(page, "scale", factor=3) == 15
    assert value(page, "choose", side="b") == "b of 4"
    assert 'one of "a", "b" is needed' in page.call("choose", "napari", side="c")["error"]["message"]
    # A viewer that is shared later has them, too, with itself.
    other: Any = ViewerModel()
    second = Sharing(other, "napari-2", str(directory), [ViewerCommands])
    page.learn("napari-2", "count_layers")
    assert page.call("count_layers", "napari-2", factor=5)["value"] == [0, "left"]
    second.close()
    sharing.close()

    @webmon.napari.command
    def later() -> None: ...

    while page.targets.get("napari", {"state": ""})["state"] == "live":
        page.message()


def test_parts_declare_more(page: Any, sharing: Sharing) -> None:
    assert sharing.commands is not None
    sharing.commands.command(lambda: 7, name="restate_tiles", help="Says all tiles again.")
    page.learn("napari", "restate_tiles")
    assert value(page, "restate_tiles") == 7


WINDOW = """
    import threading, urllib.request
    import napari, numpy as np, webmon, webmon.napari
    from qtpy.QtCore import QTimer
    import importlib.util, os

    page_module = importlib.util.spec_from_file_location("conftest_of_python", os.environ["CONFTEST"])
    conftest = importlib.util.module_from_spec(page_module)
    page_module.loader.exec_module(conftest)

    viewer = napari.Viewer()
    viewer.add_image(np.zeros((64, 64), "u2"), name="camera")

    @webmon.napari.command
    def where(viewer: "napari.Viewer") -> list:
        return [threading.current_thread() is threading.main_thread(), viewer.title, len(viewer.layers)]

    address = webmon.share()
    found = []

    def page():
        page = conftest.Page(address)
        page.learn("napari", "where", "set_gamma")
        found.append(page.call("where")["value"])
        found.append(page.call("set_camera", center=[1, 2], zoom=4)["value"]["zoom"])
        found.append(page.call("set_gamma", layer="sky", gamma=1)["error"]["message"])
        page.close()
        done.append(1)

    done = []
    client = threading.Thread(target=page)
    client.start()
    timer = QTimer()
    timer.timeout.connect(lambda: viewer.close() if done else None)
    timer.start(20)
    napari.run()
    client.join()
    assert found[0] == [True, "napari", 1], found
    assert found[1] == 4
    assert "there is no layer 'sky'; there are 'camera'" in found[2]
    assert webmon.streams() == []
    print("done")
"""


def test_on_the_viewers_thread(napari_script: Callable[[str], str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONFTEST", str(Path(__file__).parents[1] / "conftest.py"))
    assert "done" in napari_script(WINDOW)
