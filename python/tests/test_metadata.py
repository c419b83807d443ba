from __future__ import annotations

import json
from pathlib import Path, PurePath
from types import MappingProxyType

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import webmon
from webmon._metadata import to_json


def test_numpy_values_are_converted(directory: Path) -> None:
    metadata = {
        "axes": ("y", "x"),
        "scale": np.array([0.25, 0.5]),
        "contrast_limits": [np.uint16(3), np.float32(0.5)],
        "flag": np.True_,
        "zero": np.array(3),
        "nested": MappingProxyType({"path": PurePath("a/b"), "nothing": None, "text": "µm \"quoted\" \n"}),
    }
    plain = {
        "axes": ["y", "x"],
        "scale": [0.25, 0.5],
        "contrast_limits": [3, 0.5],
        "flag": True,
        "zero": 3,
        "nested": {"path": "a/b", "nothing": None, "text": "µm \"quoted\" \n"},
    }
    with webmon.Stream("s", 3, "u1", metadata=metadata) as stream, webmon.open("s") as reader:
        assert stream.metadata == reader.metadata == plain == webmon.streams()[0].metadata
    with webmon.Log("l", "u1") as log:
        assert log.metadata == {}


@pytest.mark.parametrize(
    ("metadata", "where"),
    [
        ({"a": float("nan")}, "metadata['a'] is nan"),
        ({"a": [1, np.inf]}, "metadata['a'][1] is inf"),
        ({"a": np.array([1, np.nan])}, "metadata['a'][1]"),
        ({"a": {1: 2}}, "metadata['a'] has the key 1"),
        ({"a": {"b": object()}}, "metadata['a']['b'] is a object"),
        ({"a": 1j}, "complex"),
        ({"a": {1, 2}}, "set"),
        ([1, 2], "mapping"),
        ({"a": "x" * 2_000_000}, "metadata"),
    ],
)
def test_what_json_cannot_say_is_refused_with_its_place(directory: Path, metadata: dict[str, object], where: str) -> None:
    with pytest.raises(webmon.InvalidError) as caught:
        webmon.Stream("s", 3, "u1", metadata=metadata)
    assert where in str(caught.value)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(st.characters(codec="utf-8")),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner),
    max_leaves=10,
)


@given(st.dictionaries(st.text(st.characters(codec="utf-8")), JSON))
def test_json_comes_back_as_it_was(metadata: dict[str, object]) -> None:
    assert json.loads(to_json(metadata)) == metadata
