"""The log of what layers look like."""

from __future__ import annotations

import threading
import time
from typing import Any

import numpy as np
import pytest

import webmon
from webmon.napari._colormap import page_colormap

RNG = np.random.default_rng(13)


@pytest.fixture
def log(model: Any) -> Any:
    with webmon.open("napari.layers", directory=model.directory) as reader:
        yield reader


def newest(log: Any) -> dict[int, Any]:
    """By layer, what was said last, of all that is still in the ring."""
    found = {int(record["layer"]): record for record in log.latest(log.records)}
    return {number: record for number, record in found.items() if record["order"] >= 0}


def test_what_a_record_says(model: Any, log: Any) -> None:
    layer = model.viewer.add_image(
        np.zeros((3, 8, 9)), name="DAPI \u00e4", scale=(2, 0.5, 0.25), translate=(1, 2, 3), units=("s", "um", "um"), axis_labels=["t", "y", "x"],
        contrast_limits=(5, 70), colormap="magma", gamma=0.5, opacity=0.25, blending="additive", visible=False,
    )
    model.tick(0)
    record = newest(log)[model.layers.number(layer)]
    assert (record["name"], record["kind"], record["stream"]) == ("DAPI \u00e4", "image", b"napari.layer.DAPI")
    assert (record["contrast_low"], record["contrast_high"], record["gamma"], record["opacity"]) == (5, 70, 0.5, 0.25)
    assert (record["colormap"], record["colormap_name"], record["blending"]) == (b"magma", "magma", "additive")
    assert not record["visible"] and record["selected"] and record["order"] == 0 and record["ndim"] == 3
    assert record["scale"][:3].tolist() == [2, 0.5, 0.25] and np.isnan(record["scale"][3:]).all()
    assert (record["axes"], record["units"]) == ("t,y,x", "second,micrometer,micrometer")


def test_one_record_a_layer_a_tick(model: Any, log: Any) -> None:
    first = model.viewer.add_image(np.zeros((8, 9)), name="first")
    model.viewer.add_points(name="second")
    model.tick()
    before = log.status.sequence
    for limit in range(20):
        first.contrast_limits = (0, 1 + limit)
        first.opacity = limit / 20
        first.colormap = "viridis"
    model.tick(0)
    assert log.status.sequence == before + 1
    record = newest(log)[model.layers.number(first)]
    assert (record["contrast_high"], record["colormap"]) == (20, b"viridis") and record["opacity"] == np.float32(19 / 20)
    model.tick(0.1)
    assert log.status.sequence == before + 1, "what stands still is not told again"


def test_order_selection_and_removal(model: Any, log: Any) -> None:
    layers = [model.viewer.add_image(np.zeros((8, 9)), name=f"layer {n}") for n in range(3)]
    model.tick(0)
    numbers = [model.layers.number(layer) for layer in layers]
    assert [newest(log)[number]["order"] for number in numbers] == [0, 1, 2]
    assert [bool(newest(log)[number]["selected"]) for number in numbers] == [False, False, True]
    model.viewer.layers.move(0, 3)
    model.viewer.layers.selection = {layers[0], layers[1]}
    model.tick(0)
    assert [newest(log)[number]["order"] for number in numbers] == [2, 0, 1]
    assert [bool(newest(log)[number]["selected"]) for number in numbers] == [True, True, False]
    model.viewer.layers.remove(layers[1])
    model.tick(0)
    assert set(newest(log)) == {numbers[0], numbers[2]}
    assert log.latest(log.records)["order"].tolist().count(-1) == 1
    assert newest(log)[numbers[0]]["order"] == 1
    again = model.viewer.add_image(np.zeros((8, 9)), name="layer 1")
    model.tick(0)
    assert model.layers.number(again) not in numbers, "a number is given once"


def test_no_segment_stays_that_was_being_made(model: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    begun = threading.Event()

    def slow(*arguments: Any, **options: Any) -> webmon.Array:
        made = webmon.Array(*arguments, **options)
        begun.set()
        time.sleep(0.2)
        return made

    monkeypatch.setattr("webmon.napari._offer.Array", slow)
    model.viewer.add_image(np.zeros((8, 9)))
    model.tick(0)
    assert begun.wait(20)
    model.sharing.close()
    assert model.listed() == {}


def test_the_ring_always_holds_all(model: Any, log: Any) -> None:
    quiet = model.viewer.add_image(np.zeros((8, 9)), name="quiet", contrast_limits=(3, 4))
    loud = model.viewer.add_image(np.zeros((8, 9)), name="loud")
    model.tick(0)
    for n in range(3 * log.records):
        loud.contrast_limits = (0, 1 + n)
        model.tick(0)
        if n % 50 == 0:
            assert newest(log)[model.layers.number(quiet)]["contrast_low"] == 3
    assert newest(log)[model.layers.number(quiet)]["contrast_high"] == 4


def test_more_layers_than_the_ring_was_made_for(model: Any) -> None:
    for n in range(80):
        model.viewer.add_points(name=f"points {n}")
    model.tick(0)
    with webmon.open("napari.layers", directory=model.directory) as log:
        assert len(newest(log)) == 80


def test_colour_maps(model: Any) -> None:
    from napari.utils.colormaps import ensure_colormap

    assert page_colormap(ensure_colormap("viridis")) == "viridis"
    assert page_colormap(ensure_colormap("bop blue")).startswith("#000000")
    assert page_colormap(ensure_colormap(np.array([[0, 0, 0, 1], [1, 0.4, 0, 1]]))) == "#000000ff6600"
    turned = page_colormap(ensure_colormap("hsv"))
    colours = ensure_colormap("hsv").map(np.linspace(0, 1, 33))[:, :3]
    assert bytes.fromhex(turned[1:]) == np.rint(colours * 255).astype("u1").tobytes()


def test_a_map_that_is_called_like_another(model: Any, log: Any) -> None:
    from napari.utils import Colormap

    layer = model.viewer.add_image(np.zeros((8, 9)), colormap=Colormap([[0, 0, 0], [1, 0, 0]], name="gray"))
    model.tick(0)
    assert newest(log)[model.layers.number(layer)]["colormap"] == b"#000000ff0000"
    layer.colormap = "gray"
    model.tick(0)
    assert newest(log)[model.layers.number(layer)]["colormap"] == b"gray"
    surface = model.viewer.add_surface((RNG.random((3, 2)), np.array([[0, 1, 2]])), colormap=Colormap([[0, 0, 0], [0, 1, 0]], name="viridis"))
    model.tick(0)
    assert newest(log)[model.layers.number(surface)]["colormap"] == b"#00000000ff00"


def test_metadata_follow_what_changes_rarely(model: Any) -> None:
    layer = model.viewer.add_image(np.zeros((8, 9)), name="image", contrast_limits=(0, 5), colormap="green")
    with model.watching("napari.layer.image") as look:
        model.until(lambda: look() is not None)
        assert look.metadata["display"] == {"log": "napari.layers", "layer": model.layers.number(layer)}
        assert (look.metadata["colormap"], look.metadata["contrast_limits"]) == ("green", [0, 5])
        generation = look.generations[-1]
        layer.contrast_limits = (1, 2)
        layer.colormap = "red"
        model.tick(0.1)
        assert look() is not None and look.generations[-1] == generation
        layer.scale = (0.5, 0.5)
        model.until(lambda: look() is not None and look.metadata["scale"] == [0.5, 0.5])
        assert (look.metadata["colormap"], look.metadata["contrast_limits"]) == ("red", [1, 2])
        layer.units = ("um", "um")
        model.until(lambda: look() is not None and look.metadata["units"] == ["micrometer", "micrometer"])


def test_units_of_another_registry(model: Any, log: Any, caplog: pytest.LogCaptureFixture) -> None:
    import pint

    other = pint.UnitRegistry()
    layers = [model.viewer.add_image(np.zeros((8, 9)), units=units) for units in (("um", "pixel"), (other.um, other.second))]
    model.tick()
    assert [newest(log)[model.layers.number(layer)]["units"] for layer in layers] == ["micrometer,", "micrometer,second"]
    assert caplog.text == ""


@pytest.mark.parametrize("doing", ["tick", "moved", "restate", "record", "close"])
def test_a_layer_that_raises_takes_no_other_with_it(
    model: Any, log: Any, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, doing: str
) -> None:
    bad = model.viewer.add_image(RNG.random((3, 8, 9)), name="bad")
    good = model.viewer.add_image(RNG.random((3, 8, 9)), name="good")
    model.tick()
    shared = model.layers._shared[bad]

    def wrong(*_: Any) -> Any:
        raise OSError("nothing goes")

    monkeypatch.setattr(shared, doing, wrong)
    with model.watching("napari.layer.good") as look:
        for step in (2, 0):
            model.viewer.dims.set_current_step(0, step)
            bad.opacity = good.opacity = 0.5 + step / 10
            model.until(lambda step=step: (found := look()) is not None and np.array_equal(found, good.data[step]))
        assert newest(log)[model.layers.number(good)]["opacity"] == np.float32(0.5)
        model.viewer.layers.remove(bad)
        model.tick()
        assert newest(log)[model.layers.number(good)]["order"] == 0
    assert caplog.text.count("cannot be shared as it is") == 1, "it is said once"
    monkeypatch.undo()
    shared.close()


def test_a_layer_that_cannot_be_followed(model: Any, log: Any, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    follow = model.layers._follow

    def but_not_bad(layer: Any) -> Any:
        if layer.name == "bad":
            raise OSError("nothing goes")
        return follow(layer)

    monkeypatch.setattr(model.layers, "_follow", but_not_bad)
    for name in ("bad", "good"):
        model.viewer.add_image(np.zeros((8, 9)), name=name)
        model.tick()
    assert [record["name"] for record in newest(log).values()] == ["good"] and caplog.text.count("cannot be shared as it is") == 1
