"""Every dtype that numpy can write: out and back, exactly."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

import webmon

FIXED = "?bhilqBHILQefdFD"


def plain() -> st.SearchStrategy[np.dtype[Any]]:
    return st.one_of(
        st.sampled_from(FIXED).map(np.dtype),
        st.sampled_from("hilqHILQefdFD").map(lambda char: np.dtype(char).newbyteorder(">")),
        npst.byte_string_dtypes(min_len=1, max_len=20),
        npst.unicode_string_dtypes(min_len=1, max_len=20),
        npst.datetime64_dtypes(),
        npst.timedelta64_dtypes(),
        st.integers(1, 20).map(lambda length: np.dtype(f"V{length}")),
    )


def structured(inner: st.SearchStrategy[np.dtype[Any]]) -> st.SearchStrategy[np.dtype[Any]]:
    names = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=8)
    subarray = npst.array_shapes(max_dims=2, max_side=3)
    field = st.one_of(inner, st.tuples(inner, subarray).map(np.dtype))
    return st.builds(
        lambda fields, align: np.dtype([(name, dt) for name, dt in fields], align=align),
        st.lists(st.tuples(names, field), min_size=1, max_size=5, unique_by=lambda pair: pair[0]),
        st.booleans(),
    )


DTYPES = st.recursive(plain(), structured, max_leaves=6)


def same(found: np.dtype[Any], given: np.dtype[Any]) -> bool:
    return found == given and found.itemsize == given.itemsize and found.fields == given.fields


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.data())
def test_round_trip(directory: Path, data: st.DataObject) -> None:
    dtype = data.draw(DTYPES)
    shape = data.draw(npst.array_shapes(min_dims=0, max_dims=4, max_side=4))
    random = np.random.default_rng(data.draw(st.integers(0, 2**32)))
    raw = random.integers(0, 256, max(1, int(np.prod(shape))) * dtype.itemsize, "u1")
    raw[raw > 1] &= 0x7F  # code points of text
    given = np.frombuffer(bytes(raw), dtype).reshape(shape) if not _has_text(dtype) else np.zeros(shape, dtype)

    with webmon.Stream("s", shape, dtype) as stream, webmon.open("s") as reader:
        assert isinstance(reader, webmon.FrameReader)
        stream.put(given)
        seen = reader.latest()
        loaded = np.load(stream.path, mmap_mode="r")
        for dt in (reader.dtype, seen.dtype, loaded.dtype):
            assert same(dt, dtype)
        assert seen.shape == shape and loaded.shape == (4, *shape)
        assert seen.tobytes() == given.tobytes() or _padded(dtype)
        assert seen.tobytes() in [loaded[slot, ...].tobytes() for slot in range(4)]
        del loaded
    with webmon.Array("a", shape, dtype) as array, webmon.open("a") as reader:
        assert isinstance(reader, webmon.ArrayReader)
        array[...] = given
        loaded = np.load(array.path, mmap_mode="r")
        assert same(loaded.dtype, dtype) and loaded.shape == shape == reader.array.shape
        assert loaded.tobytes() == reader.copy().tobytes() == reader.array.tobytes()
        del loaded


def _has_text(dt: np.dtype[Any]) -> bool:
    if dt.subdtype is not None:
        return _has_text(dt.subdtype[0])
    if dt.names is not None:
        return any(_has_text(dt.fields[name][0]) for name in dt.names)  # type: ignore[index]
    return dt.kind == "U"


def _padded(dt: np.dtype[Any]) -> bool:
    """numpy does not copy the bytes between fields."""
    if dt.subdtype is not None:
        return _padded(dt.subdtype[0])
    if dt.names is None:
        return False
    fields = [dt.fields[name][0] for name in dt.names]  # type: ignore[index]
    return sum(field.itemsize for field in fields) != dt.itemsize or any(_padded(field) for field in fields)


@pytest.mark.parametrize(
    ("dtype", "field"),
    [
        (object, "dtype"),
        (np.dtypes.StringDType(), "dtype"),
        ("g", "dtype"),
        ("G", "dtype"),
        ([("a", "f4"), ("b", object)], "field 'b'"),
        ([("a", [("x", "i4"), ("y", np.dtypes.StringDType())])], "StringDType"),
        ([("a", [("x", "g", (2,))])], "field 'a.x'"),
        ({"names": ["a", "b"], "formats": ["i4", "i4"], "offsets": [0, 2]}, "field 'b'"),
        ({"names": ["a", "b"], "formats": ["i4", "i4"], "offsets": [4, 0]}, "field 'b'"),
        ("U", "0 bytes"),
        ("V0", "0 bytes"),
        (("f4", (3,)), "shape of its own"),
    ],
)
def test_refused_dtypes_name_the_field(directory: Path, dtype: Any, field: str) -> None:
    for make in (
        lambda: webmon.Stream("s", (2, 3), dtype),
        lambda: webmon.Log("s", dtype),
        lambda: webmon.Array("s", (2, 3), dtype),
    ):
        with pytest.raises(webmon.DTypeError) as caught:
            make()
        assert field in str(caught.value)
        assert isinstance(caught.value, TypeError)
    assert not list(directory.glob("*"))


def test_titles_and_metadata(directory: Path) -> None:
    titled = np.dtype([(("the title", "a"), "i4"), ("b", "f4")])
    with webmon.Log("s", titled) as log, webmon.open("s") as reader:
        log.append((1, 2))
        assert reader.dtype == titled and reader.dtype.fields["a"][2] == "the title"  # type: ignore[index]
    noted = np.dtype("f4", metadata={"unit": "m"})
    with webmon.Stream("s", 3, noted) as stream, webmon.open("s") as reader:
        stream.put(np.zeros(3, noted))
        assert reader.dtype == np.float32 and reader.dtype.metadata is None


def test_recarrays_come_back_as_recarrays(directory: Path) -> None:
    example = np.rec.array([(1, 2.5), (3, 4.5)], dtype=[("n", "i4"), ("x", "f8")])
    with webmon.Stream("s", like=example) as stream, webmon.open("s") as reader:
        assert isinstance(reader, webmon.FrameReader) and stream.description.recarray
        stream.put(example)
        for seen in (reader.latest(), reader.latest(copy=True)):
            assert isinstance(seen, np.recarray) and seen.x.tolist() == [2.5, 4.5] and isinstance(seen[0], np.record)
            assert seen.dtype == example.dtype and seen.dtype.type is np.record
        with stream.loan() as view:
            assert isinstance(view, np.recarray)
            view.n = 7
        assert reader.latest().n.tolist() == [7, 7]  # type: ignore[attr-defined]
        with pytest.raises(ValueError, match="WRITEABLE"):
            reader.latest().setflags(write=True)
    with webmon.Log("s", like=example) as log, webmon.open("s") as reader:
        assert isinstance(reader, webmon.LogReader)
        log.append(example)
        log.append(example[0])
        log.append((5, 6))
        records = reader.since(0).records
        assert isinstance(records, np.recarray) and records.n.tolist() == [1, 3, 1, 5] and records[0].x == 2.5
    with webmon.Array("s", like=example) as array, webmon.open("s") as reader:
        assert isinstance(reader, webmon.ArrayReader)
        array[...] = example
        assert isinstance(array.array, np.recarray) and isinstance(reader.array, np.recarray)
        assert isinstance(reader.copy(slice(1, None)), np.recarray) and reader.copy().x.tolist() == [2.5, 4.5]  # type: ignore[attr-defined]
    with webmon.Log("s", [("n", "i4")]) as log, webmon.open("s") as reader:
        assert isinstance(reader, webmon.LogReader)
        log.append((1,))
        assert type(reader.since(0).records) is np.ndarray and not log.description.recarray


@pytest.mark.filterwarnings("ignore::pytest.PytestUnknownMarkWarning")
def test_every_array_of_numpys_own_format_tests(directory: Path) -> None:
    from numpy.lib.tests import test_format

    tried = 0
    for array in [*test_format.basic_arrays, *test_format.record_arrays]:
        if array.dtype.hasobject or array.dtype.char in "gG":
            continue
        with webmon.Array("a", like=array) as shared, webmon.open("a") as reader:
            assert isinstance(reader, webmon.ArrayReader)
            shared[...] = array
            assert reader.dtype == array.dtype and reader.copy().tobytes() == np.ascontiguousarray(array).tobytes()
            tried += 1
    assert tried > 50
