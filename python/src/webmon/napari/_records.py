"""Tables as structured arrays: what the layers that are no pixels have in common."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from .. import errors
from ._content import LARGE, Content, Form

#: Rows for which a table has room at least.
_LEAST = 64
#: Characters of text in the form of a table that nobody looks at, where its texts are not measured.
_TEXT = 16
#: Characters of a text at most: each row has room for the longest one.
_LONGEST_TEXT = 256
#: Up to it a float has each whole number exactly.
_EXACT = 2**53

Column = tuple[str, npt.NDArray[Any]]


@dataclass(frozen=True)
class Table:
    """What a table is made of."""

    rows: int
    #: The columns; called on the worker's thread, so it must not touch napari.
    columns: Callable[[], Sequence[Column]]
    #: Their names and dtypes before they are made.
    dtype: np.dtype[Any]


class Records:
    """A table that has room to grow: while rows come and go, its segment stays the same, with fewer rows filled than there are.

    Parameters
    ----------
    take : callable
        Gives the table as it is now, on the viewer's thread.
    metadata : mapping
    """

    def __init__(self, take: Callable[[], Table], metadata: Mapping[str, Any]) -> None:
        self._take = take
        self._metadata = metadata
        self._room = 0

    def form(self) -> Form:
        """As many rows as there are, texts of a guessed length."""
        table = self._take()
        return Form((table.rows,), table.dtype, self._metadata)

    def content(self) -> Callable[[], Content]:
        """What makes the rows as they are now: the worker, since how long texts are, and with them the form, is known only then."""
        table = self._take()
        if table.rows > LARGE:
            raise errors.InvalidError(f"it has {table.rows:,} rows: tables of up to {LARGE:,} are shared")
        return lambda: self._made(table)

    def _made(self, table: Table) -> Content:
        if table.rows == 0:
            return Content(Form((0,), table.dtype, self._metadata), np.zeros(0, table.dtype))
        records = recarray(table.columns(), table.rows)
        room = self._room
        if not table.rows <= room <= 4 * max(table.rows, _LEAST):
            room = self._room = max(_LEAST, 1 << (table.rows - 1).bit_length())
        return Content(Form((room,), records.dtype, self._metadata), records, table.rows)


def recarray(columns: Sequence[Column], rows: int) -> npt.NDArray[Any]:
    """Columns as records. A column with more axes gives fields with a shape.

    Parameters
    ----------
    columns : sequence of (name, array)
        Arrays of shape (rows, ...); a name that occurs again gets a number.
    rows : int
    """
    names: list[str] = []
    fields = []
    for name, values in columns:
        names.append(_free(name, names))
        fields.append((names[-1], values.dtype, values.shape[1:]))
    records = np.zeros(rows, np.dtype((np.record, np.dtype(fields))))
    for name, (_, values) in zip(names, columns, strict=True):
        records[name] = values
    return records


def place_columns(names: Sequence[str], places: npt.NDArray[Any]) -> list[Column]:
    """Coordinates, shape (rows, axes), as a column an axis."""
    return [(name, places[:, axis]) for axis, name in enumerate(names)]


def colour_column(name: str, colours: Any) -> Column:
    """Colours, shape (rows, 4), 0 to 1, as bytes RGBA."""
    return name, np.rint(np.asarray(colours, "f4") * 255).clip(0, 255).astype("u1")


def text_column(name: str, values: Any) -> Column:
    """Anything as text, of which long ones are cut."""
    texts = np.array([str(value)[:_LONGEST_TEXT] for value in values], dtype=np.str_)
    return name, texts if texts.dtype.itemsize else texts.astype("U1")


def feature_columns(features: Any) -> list[Column]:
    """The columns of a layer's features, a pandas DataFrame: numbers and dates as they are, all else as text.

    Whole numbers of which some are missing become floats, NaN for these, or text if floats do not have them exactly. Times with a zone become UTC.
    """
    columns = []
    for name, column in features.items():
        values = _numbers(column)
        columns.append(text_column(_feature_name(name), column) if values is None else (_feature_name(name), values))
    return columns


def feature_fields(features: Any) -> list[tuple[str, Any]]:
    """Names and dtypes of those columns without a look at the values."""
    return [(_feature_name(name), _kept_dtype(column.dtype) or f"U{_TEXT}") for name, column in features.items()]


def table_dtype(fields: Sequence[tuple[Any, ...]]) -> np.dtype[Any]:
    """The dtype of records of these fields; a name that occurs again gets a number."""
    names: list[str] = []
    for name, *_ in fields:
        names.append(_free(name, names))
    return np.dtype((np.record, np.dtype([(name, *rest) for name, (_, *rest) in zip(names, fields, strict=True)])))


def _numbers(column: Any) -> npt.NDArray[Any] | None:
    """The numbers or dates of a column; None if it has to become text."""
    dtype = _kept_dtype(column.dtype)
    if dtype is None:
        return None
    if isinstance(column.dtype, np.dtype):
        values: npt.NDArray[Any] = column.to_numpy()
    elif dtype.kind == "M":
        values = column.dt.tz_convert(None).to_numpy()
    elif dtype.kind == "f":
        values = column.to_numpy(dtype, na_value=np.nan)
    elif not column.hasnans:
        values = column.to_numpy(dtype)
    elif dtype.kind == "b" or column.min() < -_EXACT or column.max() > _EXACT:
        return None
    else:
        values = column.to_numpy(np.float64, na_value=np.nan)
    return values


def _kept_dtype(dtype: Any) -> np.dtype[Any] | None:
    """What numbers and dates are in a segment, if none is missing; None for other features, which become text."""
    if isinstance(dtype, np.dtype):
        return dtype if dtype.kind in "biufcmM" and dtype.char not in "gG" else None
    # Of pandas: dates with a zone; numbers of which some may be missing.
    if getattr(dtype, "tz", None) is not None:
        return np.dtype(f"M8[{dtype.unit}]")
    numbers = getattr(dtype, "numpy_dtype", None)
    return numbers if isinstance(numbers, np.dtype) and numbers.kind in "biuf" else None


def _feature_name(name: Any) -> str:
    # Pages write a nested field's place with dots.
    return str(name).replace(".", "_") or "unnamed"


def _free(name: str, taken: Sequence[str]) -> str:
    free, number = name, 1
    while free in taken:
        number += 1
        free = f"{name} {number}"
    return free
