"""How a segment wants to look, as what napari's layers take."""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from .. import errors
from .._description import SegmentDescription

_logger = logging.getLogger("webmon.napari")

_COLOURS = (3, 4)
# Arguments that are of as many axes as there are.
_OF_AXES = frozenset({"scale", "translate", "rotate", "shear", "affine", "axis_labels", "units"})
# A range of more bits shows pictures of few bits as black.
_LONGEST_RANGE = 2


@dataclass(frozen=True)
class Look:
    """What kind of layer, and what it is told."""

    #: True: a Labels layer; False: an Image layer.
    labels: bool
    #: True if the last axis is colour.
    rgb: bool
    #: Axes that napari counts: without colour.
    ndim: int
    #: Arguments for ``viewer.add_image`` or ``viewer.add_labels``.
    options: dict[str, Any]

    def same_layer(self, other: Look) -> bool:
        """True if a layer made for one can go on with the other."""
        return (self.labels, self.rgb, self.ndim) == (other.labels, other.rgb, other.ndim)


def look_of(description: SegmentDescription, labels: bool | None, given: Mapping[str, Any]) -> Look:
    """The look of a segment's layer: what is `given` counts, then the metadata, then the dtype.

    What the metadata say wrongly is left out, with a warning in the log.

    Raises
    ------
    InvalidError, DTypeError
        napari has no layer for such data.
    """
    name, shape, dtype, metadata = description.name, description.shape, description.dtype, description.metadata
    if description.kind == "log":
        raise errors.InvalidError(
            f"{name!r} is a log of records, not pixels: read it with webmon.open({name!r}) and give its fields to viewer.add_points(), "
            "or see it on the page /table/"
        )
    if dtype.kind not in "biuf":
        found = "complex numbers" if dtype.kind == "c" else "records" if dtype.names else "no numbers"
        raise errors.DTypeError(
            f"{name!r} has dtype {dtype}, {found}: napari shows bool, integers and floats. Publish one of its parts as a stream of its own, "
            "or see it on the page /viewer/"
        )
    as_labels = metadata.get("labels") is True if labels is None else labels
    if as_labels and dtype.kind == "f":
        raise errors.DTypeError(f"{name!r} has dtype {dtype}: labels are integers. Leave labels out, or publish integers")
    rgb = given.get("rgb")
    if rgb is None:
        rgb = not as_labels and _is_colour(shape, dtype, metadata)
    ndim = len(shape) - bool(rgb)
    if ndim < 2:
        raise errors.InvalidError(
            f"{name!r} has shape {shape}: napari's layers need two axes or more. The page /viewer/ shows it as a line"
        )
    options = {"name": _text(metadata.get("name")) or name, **_of_axes(name, metadata, ndim)}
    if not as_labels:
        options["rgb"] = bool(rgb)
        if not rgb:
            options.update(_of_numbers(name, metadata, dtype))
    return Look(as_labels, bool(rgb), ndim, {**options, **given})


def without_axes(given: Mapping[str, Any]) -> dict[str, Any]:
    """What a user gave, without what is of another number of axes."""
    return {key: value for key, value in given.items() if key not in _OF_AXES}


def _is_colour(shape: tuple[int, ...], dtype: np.dtype[Any], metadata: Mapping[str, Any]) -> bool:
    if len(shape) < 3 or shape[-1] not in _COLOURS:
        return False
    said = metadata.get("rgb")
    return said is True or said is None and dtype == np.uint8


def _of_axes(name: str, metadata: Mapping[str, Any], ndim: int) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, argument, fits in (
        ("scale", "scale", lambda value: _is_number(value) and value != 0),
        ("translate", "translate", _is_number),
        ("axes", "axis_labels", lambda value: isinstance(value, str)),
        ("units", "units", _is_unit),
    ):
        value = metadata.get(key)
        if value is None:
            continue
        if isinstance(value, list) and len(value) >= ndim and all(fits(each) for each in value[:ndim]):
            found[argument] = tuple(each or "pixel" for each in value[:ndim]) if key == "units" else tuple(value[:ndim])
        else:
            _logger.warning("%s: its metadata %s are %r, which napari cannot take for %d axes: left out", name, key, value, ndim)
    return found


def _of_numbers(name: str, metadata: Mapping[str, Any], dtype: np.dtype[Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    limits = metadata.get("contrast_limits")
    if isinstance(limits, list) and len(limits) == 2 and all(_is_number(each) for each in limits) and limits[0] < limits[1]:
        found["contrast_limits"] = tuple(limits)
    else:
        if limits is not None:
            _logger.warning("%s: its metadata contrast_limits are %r: two numbers, the lower one first, are needed", name, limits)
        if dtype.kind == "b":
            found["contrast_limits"] = (0, 1)
        elif dtype.kind in "iu" and dtype.itemsize <= _LONGEST_RANGE:
            found["contrast_limits"] = (int(np.iinfo(dtype).min), int(np.iinfo(dtype).max))
    colormap = metadata.get("colormap")
    if colormap is not None:
        if _is_colormap(colormap):
            found["colormap"] = colormap
        else:
            _logger.warning("%s: napari has no colour map %r: gray instead", name, colormap)
    return found


def _is_number(value: Any) -> bool:
    return type(value) in (int, float) and math.isfinite(value)


def _is_unit(value: Any) -> bool:
    if value is None or value == "":
        return True
    import pint

    try:
        pint.get_application_registry().Unit(value)  # type: ignore[no-untyped-call]
    except Exception:  # whatever its parser stumbles on
        return False
    return isinstance(value, str)


def _is_colormap(value: Any) -> bool:
    from napari.utils.colormaps import ensure_colormap

    try:
        ensure_colormap(value)
    except Exception:  # a KeyError, or what a wrong type leads to
        return False
    return isinstance(value, str)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
