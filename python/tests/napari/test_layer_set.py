"""Which layers have tiles, and what following them costs."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import dask.array as da
import numpy as np
import pytest
import webmon
from napari.components import ViewerModel
from webmon.napari._layer_set import LayerSet
from webmon.napari._loads import Loads
from webmon.napari._sharing import Sharing
from webmon.napari._tiles import Tiles


@pytest.fixture
def viewer() -> Iterator[ViewerModel]:
    made = ViewerModel()
    yield made
    made.layers.clear()


def names(layers: LayerSet) -> list[str]:
    return [tiled.name for tiled in layers.layers]


@pytest.mark.filterwarnings("ignore:invalid value encountered:RuntimeWarning")
def test_a_layer_of_unknown_extents_leaves_the_others(viewer: ViewerModel, directory: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING, "webmon.napari")
    random = da.random.random((10, 10), chunks=5)
    viewer.add_image(np.zeros((8, 8)), name="good")
    bad = viewer.add_image(random[random[:, 0] > 0.5], name="bad", contrast_limits=(0, 1))
    sharing = Sharing(viewer, "napari", str(directory), [Loads, Tiles])
    for scale in (2, 3):
        sharing.tick()
        bad.scale = (scale, scale)
    sharing.tick()
    with webmon.open("napari.tiles") as reader:
        sharing.tick()
        assert [layer["name"] for layer in reader.metadata["layers"]] == ["good"]
    assert [record.levelno for record in caplog.records] == [logging.WARNING], "said once"
    assert "'bad' is left out of tiles and loads" in caplog.text
    # What it becomes counts.
    bad.data = np.zeros((4, 4), "u1")
    sharing.tick()
    with webmon.open("napari.tiles") as reader:
        assert [layer["name"] for layer in reader.metadata["layers"]] == ["good", "bad"]
    sharing.close()


def test_only_what_changed_is_made_anew(viewer: ViewerModel, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second, third = (viewer.add_image(np.zeros((8, 8)), name=name) for name in "abc")
    layers = LayerSet(viewer)
    before = layers.layers
    generation = layers.generation
    assert layers.layers is before and layers.generation == generation
    # Connecting takes longer than all the rest.
    connected: list[object] = []
    emitter = type(first.events.data)
    connect = emitter.connect
    monkeypatch.setattr(emitter, "connect", lambda self, *arguments, **options: (connected.append(self), connect(self, *arguments, **options))[1])
    second.data = np.ones((4, 8))
    after = layers.layers
    assert layers.generation == generation + 1 and connected == []
    assert [tiled is old for tiled, old in zip(after, before, strict=True)] == [True, False, True] and after[1].levels[0].shape == (4, 8)
    viewer.layers.move(0, 3)
    assert names(layers) == ["b", "c", "a"] and set(layers.layers) == set(after) and connected == []
    viewer.layers.remove(third)
    assert names(layers) == ["b", "a"] and connected == []
    added = viewer.add_image(np.zeros((2, 2)), name="d")
    connected.clear()
    assert names(layers) == ["b", "a", "d"] and {each.source for each in connected} == {added}  # type: ignore[attr-defined]
    third.name = "gone"
    assert layers.generation == generation + 4 and len(layers.layers) == 3 and layers.generation == generation + 4
    viewer.dims.order = (1, 0)
    assert not set(layers.layers) & set(after)
    layers.close()
    first.name = "after"
    assert names(layers) == ["b", "a", "d"]
