"""What each layer looks like, as records of a log."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any

import numpy as np

from .._log import Log
from ._axes import Layer, axis_names, axis_units
from ._colormap import page_colormap

#: Events of a layer after which it looks otherwise.
DISPLAY_EVENTS = frozenset(
    {"name", "visible", "opacity", "contrast_limits", "colormap", "gamma", "blending", "scale", "translate", "units", "axis_labels"}
)
#: Axes that a record tells of; of a layer with more, the last ones.
AXES = 8

RECORD = np.dtype(
    [
        ("time", "f8"),  # seconds since 1970
        ("layer", "u4"),  # its number, which it keeps; the pixels' metadata name it
        ("order", "i4"),  # 0 is drawn first, under all others; -1: the layer is gone
        ("kind", "U8"),
        ("name", "U64"),
        ("stream", "S120"),  # the segment with its pixels or records
        ("visible", "?"),
        ("selected", "?"),
        ("opacity", "f4"),
        ("contrast_low", "f8"),  # NaN: it has no contrast limits
        ("contrast_high", "f8"),
        ("gamma", "f4"),
        ("colormap", "S200"),  # as pages draw it: a name, or # and colours
        ("colormap_name", "U32"),  # as napari calls it
        ("blending", "U24"),
        ("ndim", "u1"),
        ("axes", "U96"),
        ("units", "U96"),
        ("scale", "f8", (AXES,)),  # NaN past the axes
        ("translate", "f8", (AXES,)),
        ("problem", "U200"),  # why its data is not shared; empty if it is
    ]
)

#: One record, in the order of the fields: tuples are the log's quickest way.
Record = tuple[Any, ...]
_LAYER, _ORDER = 1, 2

_LEAST = 256


class DisplayLog:
    """Appends what changed, and says all again before the ring has overwritten what was said of a layer.

    Parameters
    ----------
    name : str
    directory : str
    """

    def __init__(self, name: str, directory: str) -> None:
        self._name = name
        self._directory = directory
        self._log = self._made(_LEAST)
        #: By layer's number, its newest record.
        self._records: dict[int, Record] = {}
        self._all_since = 0

    def tell(self, records: Iterable[Record]) -> None:
        """Appends records, of which one says that a layer is gone by order -1."""
        news = list(records)
        for record in news:
            number = record[_LAYER]
            if record[_ORDER] < 0:
                self._records.pop(number, None)
            else:
                self._records[number] = record
        if not news:
            return
        most = len(self._records) + len(news)
        if most > self._log.records // 4:
            self._log.close()
            self._log = self._made(1 << (8 * most - 1).bit_length())
            news = [record for record in news if record[_ORDER] < 0] + list(self._records.values())
            self._all_since = 0
        last = [self._log.append(record) for record in news][-1]
        if last - self._all_since > self._log.records // 2 and self._records:
            self._all_since = self._log.append(list(self._records.values())) - len(self._records)

    def close(self) -> None:
        """Ends the log."""
        self._log.close()

    def _made(self, records: int) -> Log:
        return Log(self._name, RECORD, records=records, metadata={"role": "napari-layers"}, directory=self._directory)


def display_record(layer: Layer, number: int, order: int, kind: str, stream: str, selected: bool, problem: str) -> Record:
    """What a layer looks like now."""
    limits = getattr(layer, "contrast_limits", None) or (np.nan, np.nan)
    colormap = getattr(layer, "colormap", None) if kind in ("image", "surface") else None
    return (
        time.time(),
        number,
        order,
        kind,
        layer.name,
        stream.encode(),
        layer.visible,
        selected,
        layer.opacity,
        *limits,
        getattr(layer, "gamma", 1.0),
        b"labels" if kind == "labels" else b"" if colormap is None else page_colormap(colormap).encode(),
        "" if colormap is None else str(colormap.name),
        str(layer.blending),
        layer.ndim,
        ",".join(axis_names(layer)),
        ",".join(axis_units(layer)),
        _padded(layer.scale),
        _padded(layer.translate),
        problem,
    )


def gone_record(number: int, kind: str, name: str, stream: str) -> Record:
    """That a layer is there no more."""
    nothing = _padded([])
    nan = float("nan")
    return (time.time(), number, -1, kind, name, stream.encode(), False, False, 0, nan, nan, 1, b"", "", "", 0, "", "", nothing, nothing, "")


def _padded(values: Any) -> list[float]:
    """One number an axis, NaN past the axes."""
    numbers = [float(value) for value in values[-AXES:]]
    return numbers + [float("nan")] * (AXES - len(numbers))
