"""Pixels of image and labels layers against their source."""

from __future__ import annotations

import os
import time
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import webmon
from webmon.napari import _shared_data
from webmon.napari._live_layers import LiveLayers
from webmon.napari._offer import BETWEEN_GENERATIONS

RNG = np.random.default_rng(11)
SHAPE = (31, 47)
KINDS: dict[str, Any] = {
    "u1": RNG.integers(0, 256, SHAPE).astype("u1"),
    "bool": RNG.random(SHAPE) > 0.5,
    "i2": RNG.integers(-3000, 3000, SHAPE).astype("i2"),
    "u2 big-endian": RNG.integers(0, 65536, SHAPE).astype(">u2"),
    "u4": RNG.integers(0, 2**32, SHAPE).astype("u4"),
    "i8": RNG.integers(-(2**60), 2**60, SHAPE),
    "f4 with NaN": np.where(RNG.random(SHAPE) < 0.2, np.nan, RNG.random(SHAPE)).astype("f4"),
    "f8 infinite": np.where(RNG.random(SHAPE) < 0.2, np.inf, RNG.random(SHAPE)),
    "rows far apart": RNG.random((31, 470))[:, ::10],
    "one pixel": np.array([[7.0]]),
}


def same(found: Any, expected: Any) -> bool:
    return (
        found is not None
        and found.shape == expected.shape
        and np.array_equal(found, expected, equal_nan=np.asarray(expected).dtype.kind == "f")
    )


@pytest.mark.parametrize("kind", KINDS)
def test_images_of_every_dtype(model: Any, kind: str) -> None:
    model.viewer.add_image(KINDS[kind], name="image", contrast_limits=(0, 1))
    with model.watching("napari.layer.image") as look:
        model.until(lambda: same(look(), KINDS[kind]))
        assert look().dtype == KINDS[kind].dtype
        # A copy is counted a moment after it can be seen.
        model.until(lambda: model.layers.copies > 0)
    assert model.layers.copies == 1


@pytest.mark.parametrize("dtype", ["u1", "i4", "u8"])
def test_labels(model: Any, dtype: str) -> None:
    data = RNG.integers(0, 100, SHAPE).astype(dtype)
    layer = model.viewer.add_labels(data.copy(), name="cells")
    with model.watching("napari.layer.cells") as look:
        model.until(lambda: same(look(), data))
        assert look.metadata["labels"] is True and look.metadata["colormap"] == "labels"
        generations = len(look.generations)
        layer.paint((10, 10), 77)
        assert layer.data[10, 10] == 77
        model.until(lambda: same(look(), layer.data))
        layer.undo()
        model.until(lambda: same(look(), data))
        assert len(look.generations) == generations


@pytest.mark.parametrize("channels", [3, 4])
def test_colours(model: Any, channels: int) -> None:
    data = RNG.random((4, *SHAPE, channels)).astype("f4")
    model.viewer.add_image(data, name="photo", rgb=True)
    model.viewer.dims.set_current_step(0, 2)
    with model.watching("napari.layer.photo") as look:
        model.until(lambda: same(look(), data[2]))
        assert look.metadata["rgb"] is True and look.metadata["axes"] == ["axis 1", "axis 2", "rgb"]


def test_a_layer_with_fewer_axes_is_seen_as_napari_draws_it(model: Any) -> None:
    model.viewer.add_image(np.zeros((4, 5, 6, 7), "u1"), name="stack", contrast_limits=(0, 1))
    flat = RNG.integers(0, 4096, SHAPE).astype("u2")
    model.viewer.add_image(flat, name="flat", contrast_limits=(0, 4096), visible=False, axis_labels=("y", "x"))
    with model.watching("napari.layer.flat") as look:
        # The viewer displays axes that the layer has not both; napari draws the layer's own, in the order in which they come.
        for order, transposed in (((0, 2, 3, 1), False), ((0, 3, 1, 2), True), ((1, 2, 3, 0), False)):
            model.viewer.dims.order = order
            model.until(lambda transposed=transposed: same(look(), flat.T if transposed else flat))
            assert look.metadata["axes"] == (["x", "y"] if transposed else ["y", "x"])


def test_dims_order_and_ndisplay(model: Any) -> None:
    data = RNG.random((5, 6, 7, 8))
    model.viewer.add_image(data, name="stack", scale=(1, 2, 3, 4), translate=(0, 10, 20, 30), axis_labels=["t", "z", "y", "x"])
    dims = model.viewer.dims
    with model.watching("napari.layer.stack") as look:
        dims.current_step = (3, 2, 0, 0)
        model.until(lambda: same(look(), data[3, 2]))
        assert (look.metadata["axes"], look.metadata["scale"], look.metadata["translate"]) == (["y", "x"], [3, 4], [20, 30])
        generation = look.generations[-1]
        for step in (0, 4, 1):
            dims.set_current_step(0, step)
            model.until(lambda step=step: same(look(), data[step, 2]))
        assert look.generations[-1] == generation, "another slice is no other generation"
        dims.order = (0, 2, 3, 1)
        dims.current_step = (1, 2, 5, 0)
        model.until(lambda: same(look(), data[1, :, 5].T))
        assert look.metadata["axes"] == ["x", "z"]
        dims.order = (0, 1, 2, 3)
        dims.ndisplay = 3
        model.until(lambda: same(look(), data[1]))
        assert look.metadata["axes"] == ["z", "y", "x"]


def test_a_layer_with_fewer_axes_than_the_viewer(model: Any) -> None:
    volume, plane = RNG.random((4, *SHAPE)), RNG.random(SHAPE)
    model.viewer.add_image(volume, name="volume")
    model.viewer.add_image(plane, name="plane", axis_labels=["y", "x"])
    with model.watching("napari.layer.plane") as look:
        model.until(lambda: same(look(), plane))
        model.viewer.dims.order = (0, 2, 1)
        model.until(lambda: same(look(), plane.T))
        assert look.metadata["axes"] == ["x", "y"]


def test_edits_in_place_and_other_data(model: Any) -> None:
    layer = model.viewer.add_image(np.zeros(SHAPE, "u2"), name="image")
    with model.watching("napari.layer.image") as look:
        model.until(lambda: same(look(), layer.data))
        layer.data[3:5] = 9
        layer.refresh()
        model.until(lambda: same(look(), layer.data))
        layer.data = np.ones((12, 13), "f4")
        model.until(lambda: same(look(), layer.data))
        assert look().dtype == np.float32


def test_a_hidden_layer_can_be_looked_at(model: Any) -> None:
    data = RNG.random((4, *SHAPE))
    layer = model.viewer.add_image(data, name="image", visible=False)
    with model.watching("napari.layer.image") as look:
        for step in (1, 3):
            model.viewer.dims.set_current_step(0, step)
            model.until(lambda step=step: same(look(), data[step]))
        layer.visible = True
        model.viewer.dims.set_current_step(0, 0)
        model.until(lambda: same(look(), data[0]))


def test_dask_and_zarr(model: Any, tmp_path: Any) -> None:
    import dask.array as da
    import zarr

    data = RNG.random((4, *SHAPE))
    computed = []

    def compute(block: Any) -> Any:
        computed.append(1)
        return block

    # Its meta is given, or dask would try the function on nothing.
    lazy = da.from_array(data, chunks=(1, *SHAPE)).map_blocks(compute, dtype="f8", meta=np.empty((0, 0, 0)))
    model.viewer.add_image(lazy, name="dask", contrast_limits=(0, 1))
    stored = zarr.create_array(str(tmp_path / "a.zarr"), shape=data.shape, chunks=(1, 16, 16), dtype="f8")
    stored[:] = data
    model.viewer.add_image(stored, name="zarr", contrast_limits=(0, 1))
    for name in ("dask", "zarr"):
        with model.watching(f"napari.layer.{name}") as look:
            for step in (2, 1):
                model.viewer.dims.set_current_step(0, step)
                before = len(computed)
                model.until(lambda step=step: same(look(), data[step]))
                assert len(computed) == before, "what napari computed is not computed again"


def test_multiscale(model: Any) -> None:
    levels = [RNG.random((256, 320)), RNG.random((128, 160)), RNG.random((64, 80))]
    layer = model.viewer.add_image(levels, multiscale=True, name="slide", scale=(0.5, 0.25), translate=(10, 20), contrast_limits=(0, 1))
    with model.watching("napari.layer.slide") as look:
        model.until(lambda: same(look(), levels[2]))
        assert (look.metadata["level"], look.metadata["scale"], look.metadata["translate"]) == (2, [2, 1], [10, 20])
        layer.data_level = 1
        layer.corner_pixels = np.array([[8, 16], [71, 95]])
        layer.refresh()
        model.until(lambda: same(look(), levels[1][8:72, 16:96]))
        assert look.metadata["level"] == 1
        assert (look.metadata["scale"], look.metadata["translate"]) == ([1, 0.5], [10 + 16 * 0.5, 20 + 32 * 0.25])


def test_a_hidden_layer_of_few_planes_in_its_coarsest_level(model: Any) -> None:
    fine = np.arange(10, dtype="u1")[:, None, None] * np.ones((10, 16, 16), "u1")
    coarse = fine[::3][:3, :8, :8]
    layer = model.viewer.add_image([fine, coarse], multiscale=True, name="slide", contrast_limits=(0, 10), visible=False)
    model.viewer.add_image(np.zeros((12, 16, 16), "u1"), name="longer")
    with model.watching("napari.layer.slide") as look:
        for step, plane in ((2, 1), (9, 2), (4, 1), (8, 2)):
            model.viewer.dims.set_point(0, step)
            layer.visible = True
            assert layer.data_level == 1 and np.array_equal(layer._slice.image.raw, coarse[plane]), "what napari shows"
            layer.visible = False
            model.until(lambda plane=plane: same(look(), coarse[plane]))
        model.viewer.dims.set_point(0, 10)
        model.tick(0.2)
        assert same(look(), coarse[2]), "it does not reach there"


def test_shapes_that_follow_each_other_make_few_generations(model: Any) -> None:
    levels = [RNG.random((256, 320)), RNG.random((128, 160))]
    layer = model.viewer.add_image(levels, multiscale=True, name="slide", contrast_limits=(0, 1))
    began = time.monotonic()
    with model.watching("napari.layer.slide") as look:
        model.until(lambda: same(look(), levels[1]))
        for size in range(20, 60):
            layer.corner_pixels = np.array([[0, 0], [size, size]])
            layer.refresh()
            model.tick(0.01)
            look()
        model.until(lambda: same(look(), levels[1][:60, :60]))
        # The one that is idle, the first one that is filled, and then so many as may come within the time that the machine took.
        assert len(look.generations) <= 3 + (time.monotonic() - began) / BETWEEN_GENERATIONS


def test_a_large_slice_goes_by_tile(model: Any) -> None:
    data = np.zeros((4100, 4200), "u1")
    data[:300, :300] = RNG.integers(1, 255, (300, 300))
    layer = model.viewer.add_labels(data, name="canvas")
    with model.watching("napari.layer.canvas") as look:
        model.until(lambda: same(look(), data))
        assert look.reader.description.kind == "array" and look.reader.description.tile == (256, 256)
        # The rest was never touched: it takes no memory.
        assert model.taken("napari.layer.canvas") < 6_000_000
        layer.data_setitem((np.array([4000]), np.array([4000])), 5)
        model.until(lambda: same(look(), layer.data))
    model.until(lambda: model.taken("napari.layer.canvas") < 100_000)


def test_a_large_slice_that_finds_no_room_waits_for_it(model: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    data = np.zeros((4100, 4200), "u1")
    data[:300, :300] = 7
    free = SimpleNamespace(f_bavail=1_000_000, f_frsize=1)
    monkeypatch.setattr(os, "statvfs", lambda _: free)
    model.viewer.add_labels(data, name="canvas")
    with model.watching("napari.layer.canvas") as look, webmon.open("napari.layers", directory=model.directory) as log:

        def no_room() -> bool:
            look()
            return "half of what is free" in str(log.latest(1)[-1]["problem"])

        model.until(no_room)
        generations = len(look.generations)
        model.tick(3)
        assert no_room() and look.metadata["idle"] and len(look.generations) == generations, "it was tried again meanwhile"
        free.f_bavail = 1_000_000_000
        model.until(lambda: same(look(), data))
        model.until(lambda: log.latest(1)[-1]["problem"] == "")


def test_nothing_of_nothing(model: Any) -> None:
    """Slices that the layer does not reach: napari shows none of it, and what came before stays."""
    data = RNG.random((3, *SHAPE))
    model.viewer.add_image(data, name="short")
    model.viewer.add_image(np.zeros((9, *SHAPE)), name="long")
    with model.watching("napari.layer.short") as look:
        model.viewer.dims.set_current_step(0, 2)
        model.until(lambda: same(look(), data[2]))
        model.viewer.dims.set_current_step(0, 7)
        model.tick(0.2)
        assert same(look(), data[2])
        model.viewer.dims.set_current_step(0, 0)
        model.until(lambda: same(look(), data[0]))


def test_data_that_cannot_be_read_is_told(model: Any) -> None:
    class Broken:
        shape = (3, *SHAPE)
        ndim = 3
        dtype = np.dtype("u1")
        works = False

        def __getitem__(self, index: Any) -> Any:
            if not self.works:
                raise OSError("the disk is gone")
            return np.ones(self.shape, self.dtype)[index]

    model.viewer.add_image(Broken(), name="broken", visible=False, contrast_limits=(0, 255))
    with model.watching("napari.layer.broken") as look, webmon.open("napari.layers", directory=model.directory) as log:
        model.until(lambda: (look(), "the disk is gone" in str(log.latest(1)[-1]["problem"]))[1])
        Broken.works = True
        model.until(lambda: same(look(), np.ones(SHAPE, "u1")))
        model.until(lambda: log.latest(1)[-1]["problem"] == "")
        model.viewer.layers.remove("broken")
        model.until(lambda: log.latest(1)[-1]["order"] == -1)


def test_only_what_is_looked_at_is_touched(model: Any) -> None:
    for number in range(10):
        model.viewer.add_image(RNG.random((4, *SHAPE)), name=f"image {number}")
    model.until(lambda: len(model.listed()) == 11)
    model.tick(0.1)
    for step in range(4):
        model.viewer.dims.set_current_step(0, step)
        model.tick(0.02)
    assert model.layers.copies == 0
    assert all(model.taken(f"napari.layer.image-{n}") < 20_000 for n in range(10))
    with model.watching("napari.layer.image-4") as look:
        model.until(lambda: look() is not None and model.layers.copies > 0)
        assert model.layers.copies == 1
        model.tick(0.2)
        assert model.layers.copies == 1, "what stands still is not copied again"
        listed = model.listed()
        assert [name for name, listing in listed.items() if listing.kind == "frames"] == ["napari.layer.image-4"]
    model.until(lambda: model.kind("napari.layer.image-4") == "array")
    copies = model.layers.copies
    model.viewer.dims.set_current_step(0, 0)
    model.tick(0.1)
    assert model.layers.copies == copies


def test_removed_while_watched(model: Any) -> None:
    layer = model.viewer.add_image(RNG.random(SHAPE), name="image")
    other = RNG.random(SHAPE)
    with model.watching("napari.layer.image") as look:
        model.until(lambda: look() is not None)
        model.viewer.layers.remove(layer)
        model.until(lambda: "napari.layer.image" not in model.listed())
        layer.data = np.zeros((3, 3))  # Nobody follows it any more.
        model.viewer.add_image(other, name="image")
        model.until(lambda: same(look(), other))


def test_names(model: Any) -> None:
    names = ["a b", "a-b", "ä b/ü", "", "...", "x" * 200, "a b.faces", "\u96f6", "\u4e00"]
    for name in names:
        model.viewer.add_image(RNG.random(SHAPE), name=name)
    model.until(lambda: len(model.listed()) == len(names) + 1)
    streams = set(model.listed())
    assert {"napari.layer.a-b", "napari.layer.a-b-2", "napari.layer.unnamed", "napari.layer.unnamed-2"} <= streams
    layer = model.viewer.layers["a b"]
    assert model.layers.stream(layer) == "napari.layer.a-b"
    layer.name = "new name"
    with model.watching("napari.layer.new-name") as look:
        model.until(lambda: same(look(), layer.data))
        assert look.metadata["layer"] == "new name"
    assert "napari.layer.a-b" not in model.listed()


def test_data_that_is_shared_already_is_not_copied(model: Any) -> None:
    layer = model.viewer.add_image(RNG.random(SHAPE), name="live")
    _shared_data.NAMES[layer] = "camera"
    model.tick()
    assert list(model.listed()) == ["napari.layers"] and model.layers.stream(layer) == "camera"
    # It shows that no more, of which no event tells.
    del _shared_data.NAMES[layer]
    with model.watching("napari.layer.live") as look, webmon.open("napari.layers", directory=model.directory) as log:
        model.until(lambda: same(look(), layer.data))
        assert log.latest(1)[-1]["stream"] == b"napari.layer.live"
        _shared_data.NAMES[layer] = "camera"
        model.tick()
        assert list(model.listed()) == ["napari.layers"] and log.latest(1)[-1]["stream"] == b"camera"


@pytest.mark.parametrize("first", ["sharing", "live"])
def test_a_live_layer_that_is_given_other_data_or_ends(model: Any, first: str) -> None:
    live = LiveLayers(model.viewer)
    with webmon.Stream("camera", SHAPE, "u1", directory=model.directory) as stream:
        given, ended = (live.open("camera", model.directory, 0, None, {"name": name}) for name in ("given", "ended"))
        stream.put(np.full(SHAPE, 5, "u1"))
        live.tick()
        model.tick()
        given.data = np.full((8, 8), 3, "u1")
        if first == "sharing":
            model.tick()
        live.tick()
        with model.watching("napari.layer.given") as look:
            model.until(lambda: same(look(), given.data))
        assert model.layers.stream(ended) == "camera"
    if first == "sharing":
        model.tick()
    live.tick()
    with model.watching("napari.layer.ended") as look:
        model.until(lambda: same(look(), np.full(SHAPE, 5, "u1")))
    live.close()


def test_a_name_that_somebody_else_holds_is_taken_once_it_is_free(model: Any) -> None:
    data = RNG.random(SHAPE)
    with webmon.Stream("napari.layer.image", shape=2, dtype="u1", directory=model.directory), webmon.open("napari.layers", directory=model.directory) as log:
        layer = model.viewer.add_image(data, name="image")
        model.until(lambda: "BusyError" in str(log.latest(1)[-1]["problem"]) if log.status.sequence else False)
        model.tick(5)  # It was tried again meanwhile, and failed again.
    with model.watching("napari.layer.image") as look:
        model.until(lambda: same(look(), layer.data))
