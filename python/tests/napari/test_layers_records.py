"""Points, shapes, tracks, vectors and surfaces as records, against their source."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

RNG = np.random.default_rng(12)


def column(records: Any, *names: str) -> Any:
    return np.stack([records[name] for name in names], axis=-1)


def test_points(model: Any) -> None:
    places = RNG.random((5, 3)) * 100
    features = {"area": [1.5, 2.5, np.nan, 4, 5], "count": [1, 2, 3, 4, 5], "what.kind": ["a", "bb", "ccc \u00e4", "", "e"], "size": [0, 0, 0, 0, 1]}
    layer = model.viewer.add_points(
        places, name="spots", size=[1, 2, 3, 4, 5], face_color=["red", "lime", "blue", "white", "#10203040"], features=features,
        symbol=["disc", "square", "disc", "cross", "disc"], axis_labels=["z", "y", "x"],
    )
    with model.watching("napari.layer.spots") as look:
        records = model.until(look)
        assert np.array_equal(column(records, "z", "y", "x"), layer.data)
        assert records["size"].tolist() == [1, 2, 3, 4, 5] and records["size 2"].tolist() == features["size"]
        assert records["face_color"].tolist() == [[255, 0, 0, 255], [0, 255, 0, 255], [0, 0, 255, 255], [255] * 4, [16, 32, 48, 64]]
        assert records["symbol"].tolist() == ["disc", "square", "disc", "cross", "disc"]
        assert np.array_equal(records["area"], features["area"], equal_nan=True) and records["count"].dtype.kind == "i"
        assert records["what_kind"].tolist() == features["what.kind"]
        assert look.metadata["kind"] == "points" and look.metadata["layer"] == "spots"


def test_points_come_and_go_in_one_generation(model: Any) -> None:
    layer = model.viewer.add_points(RNG.random((3, 2)), name="spots")
    with model.watching("napari.layer.spots") as look:
        model.until(look_has(look, layer))
        generation = look.generations[-1]
        for _ in range(20):
            layer.add(RNG.random(2))
            model.until(look_has(look, layer))
        layer.selected_data = {0, 5}
        layer.remove_selected()
        model.until(look_has(look, layer))
        assert look.generations[-1] == generation
        layer.data = RNG.random((200, 2))
        model.until(look_has(look, layer))
        assert look.generations[-1] != generation
        layer.data = np.zeros((0, 2))
        model.until(lambda: (records := look()) is not None and len(records) == 0)
        layer.add([3, 4])
        model.until(look_has(look, layer))
        layer.face_color = "red"
        model.until(lambda: (found := look()) is not None and (found["face_color"] == [255, 0, 0, 255]).all())


def test_features_of_pandas(model: Any) -> None:
    day = pd.to_datetime(["2020-01-01 12:00", "2021-07-01 12:00"])
    features = pd.DataFrame(
        {
            "whole": pd.array([1, 2], "Int16"), "some": pd.array([2**53, None], "Int64"), "huge": pd.array([2**53 + 1, None], "Int64"),
            "share": pd.array([1.5, None], "Float32"), "yes": pd.array([True, False], "boolean"), "maybe": pd.array([True, None], "boolean"),
            "zone": day.tz_localize("Europe/Vienna"), "day": day, "kind": pd.Categorical(["a", "b"]),
        }
    )  # fmt: skip
    model.viewer.add_points(np.zeros((2, 2)), features=features, name="spots")
    dtypes = {"whole": "i2", "some": "f8", "huge": "U16", "share": "f4", "yes": "?", "maybe": "U4", "kind": "U1"}
    with model.watching("napari.layer.spots") as look:
        records = model.until(look)
        assert {name: records.dtype[name] for name in dtypes} == dtypes
        assert records["whole"].tolist() == [1, 2] and records["yes"].tolist() == [True, False]
        assert records["some"][0] == 2**53 and np.isnan(records["some"][1]) and records["huge"].tolist() == [str(2**53 + 1), "<NA>"]
        assert records["share"][0] == 1.5 and np.isnan(records["share"][1]) and records["maybe"].tolist() == ["True", "<NA>"]
        assert records["zone"].astype("M8[s]").astype(str).tolist() == ["2020-01-01T11:00:00", "2021-07-01T10:00:00"]
        assert np.array_equal(records["day"], day.to_numpy())


def test_a_long_text_is_cut(model: Any) -> None:
    notes = ["x"] * 1000
    notes[5] = "y" * 5000
    model.viewer.add_points(np.zeros((1000, 2)), features={"note": notes}, name="spots")
    with model.watching("napari.layer.spots") as look:
        records = model.until(look)
        assert records["note"][5] == "y" * 256 and records["note"][6] == "x"


def test_the_graph_that_nobody_looks_at(model: Any) -> None:
    layer = model.viewer.add_tracks(np.array([[1, 0, 0, 0], [1, 1, 0, 0], [2, 2, 0, 0], [2, 3, 0, 0.0]]), name="cells")
    model.until(lambda: "napari.layer.cells.graph" in model.listed())
    layer.graph = {2: [1]}
    model.until(lambda: (listing := model.listed().get("napari.layer.cells.graph")) is not None and listing.shape == (1,))


def test_colours_chosen_in_napari(model: Any) -> None:
    layer = model.viewer.add_points(RNG.random((3, 2)), name="spots", face_color="red", border_color="red", features={"q": [0, 0.5, 1]})
    with model.watching("napari.layer.spots") as look:

        def wait_for(name: str, expected: list[list[int]]) -> None:
            model.until(lambda: (found := look()) is not None and found[name].tolist() == expected)

        model.until(lambda: look() is not None)
        layer.selected_data = {1}
        layer.current_face_color = "blue"
        wait_for("face_color", [[255, 0, 0, 255], [0, 0, 255, 255], [255, 0, 0, 255]])
        layer.current_border_color = "lime"
        wait_for("border_color", [[255, 0, 0, 255], [0, 255, 0, 255], [255, 0, 0, 255]])
        layer.face_color, layer.face_colormap = "q", "gray"
        wait_for("face_color", [[level] * 3 + [255] for level in [0, 128, 255]])
        layer.face_contrast_limits = (0, 2)
        wait_for("face_color", [[level] * 3 + [255] for level in [0, 64, 128]])
        layer.features["q"] = [2.0, 1.0, 0.0]
        layer.refresh_colors(True)
        wait_for("face_color", [[level] * 3 + [255] for level in [255, 128, 0]])
    followed = len(layer._face.events.colors.callbacks)
    model.viewer.layers.remove(layer)
    model.tick(0)
    assert len(layer._face.events.colors.callbacks) == followed - 1, "nobody follows it any more"


def look_has(look: Any, layer: Any) -> Any:
    def has() -> bool:
        records = look()
        return records is not None and len(records) == len(layer.data) and np.array_equal(column(records, "axis 0", "axis 1"), layer.data)

    return has


def test_shapes(model: Any) -> None:
    outlines = [[[0, 0], [9, 9]], [[0, 0], [0, 3], [3, 3], [3, 0]], [[1, 1], [4, 2], [2, 5], [0, 4], [0, 2]]]
    layer = model.viewer.add_shapes(
        [np.array(outline, float) for outline in outlines], shape_type=["line", "rectangle", "polygon"], name="regions",
        edge_color=["red", "lime", "blue"], edge_width=[1, 2, 3], features={"label": ["x", "yy", "zzz"]},
    )
    with model.watching("napari.layer.regions") as look:
        records = model.until(look)
        for number, (outline, kind) in enumerate(zip(layer.data, ["line", "rectangle", "polygon"], strict=True)):
            of = records[records["shape"] == number]
            assert np.array_equal(column(of, "axis 0", "axis 1"), outline)
            assert set(of["type"]) == {kind} and set(of["edge_width"]) == {number + 1}
            assert (of["edge_color"] == np.eye(4, dtype="u1")[number] * 255 + [0, 0, 0, 255]).all()
            assert set(of["label"]) == {"xyz"[number] * (number + 1)}
        layer.add([[0, 0], [5, 5]], shape_type="line")
        model.until(lambda: (found := look()) is not None and set(found["shape"]) == {0, 1, 2, 3})
        layer.data = []
        model.until(lambda: (found := look()) is not None and len(found) == 0)


def test_tracks(model: Any) -> None:
    rows = np.array([[1, 0, 10, 20], [1, 1, 11, 21], [2, 2, 12, 22], [3, 2, 5, 6]], float)
    layer = model.viewer.add_tracks(rows, name="cells", graph={2: [1], 3: [1]}, features={"speed": [0.5, 1, 2, 3]})
    with model.watching("napari.layer.cells") as look:
        records = model.until(look)
        assert np.array_equal(column(records, "track_id", "axis 0", "axis 1", "axis 2"), layer.data)
        assert records["speed"].tolist() == [0.5, 1, 2, 3] and records["track_id"].dtype.kind == "i"
    with model.watching("napari.layer.cells.graph") as look:
        edges = model.until(look)
        assert column(edges, "track_id", "parent").tolist() == [[2, 1], [3, 1]]


def test_vectors(model: Any) -> None:
    layer = model.viewer.add_vectors(RNG.random((6, 2, 3)), name="flow", edge_color="lime")
    with model.watching("napari.layer.flow") as look:
        records = model.until(look)
        names = ["axis 0", "axis 1", "axis 2"]
        assert np.array_equal(column(records, *names), layer.data[:, 0])
        assert np.array_equal(column(records, *(f"along {name}" for name in names)), layer.data[:, 1])
        assert (records["edge_color"] == [0, 255, 0, 255]).all()
        layer.data = RNG.random((2, 2, 3))
        model.until(lambda: (found := look()) is not None and len(found) == 2)


def test_surface(model: Any) -> None:
    vertices, faces, values = RNG.random((4, 3)), np.array([[0, 1, 2], [1, 2, 3]]), np.array([0, 1, 2, 3.5])
    model.viewer.add_surface((vertices, faces, values), name="mesh")
    with model.watching("napari.layer.mesh") as look:
        records = model.until(look)
        assert np.array_equal(column(records, "axis 0", "axis 1", "axis 2"), vertices) and records["value"].tolist() == values.tolist()
    with model.watching("napari.layer.mesh.faces") as look:
        assert column(model.until(look), "a", "b", "c").tolist() == faces.tolist()


def test_empty_layers(model: Any) -> None:
    model.viewer.add_points(name="points")
    model.viewer.add_shapes(name="shapes")
    model.viewer.add_vectors(np.zeros((0, 2, 2)), name="vectors")
    for name in ("points", "shapes", "vectors"):
        with model.watching(f"napari.layer.{name}") as look:
            records = model.until(look)
            assert len(records) == 0 and records.dtype.names


def test_nobody_looks(model: Any) -> None:
    layer = model.viewer.add_points(RNG.random((100, 2)), name="spots")
    model.until(lambda: "napari.layer.spots" in model.listed())
    for _ in range(5):
        layer.add(RNG.random(2))
        model.tick(0.02)
    assert model.layers.copies == 0
    # How many there are is told all the same.
    model.until(lambda: (listing := model.listed().get("napari.layer.spots")) is not None and listing.shape == (105,))
