"""The pixels of an image or labels layer, as napari shows them now."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from ._axes import Layer, axis_names, axis_units, displayed_axes, hidden_axes
from ._content import Content, Form
from ._part import Viewer

#: Events of a layer after which other pixels may be seen.
PIXEL_EVENTS = frozenset({"set_data", "visible", "labels_update", "paint"})


class Pixels:
    """The slice of an image or labels layer.

    Parameters
    ----------
    layer : napari.layers.Image or napari.layers.Labels
    viewer : napari.Viewer or napari.components.ViewerModel
    about : callable
        Metadata that are of the moment: contrast limits, colour map.
    constants : mapping
        Metadata that hold for all of the layer.
    """

    def __init__(self, layer: Layer, viewer: Viewer, about: Callable[[], Mapping[str, Any]], constants: Mapping[str, Any]) -> None:
        self._layer = layer
        self._viewer = viewer
        self._about = about
        self._constants = constants

    def form(self) -> Form | None:
        """The form of the slice, as far as the layer's shape tells it."""
        layer = self._layer
        shown = self._shown()
        level = self._level()
        extents = layer.level_shapes[level] if layer.multiscale else layer.data.shape
        shape = [int(extents[axis]) for axis in shown]
        if _is_rgb(layer):
            shape.append(int(layer.data.shape[-1]))
        factors = layer.downsample_factors[level] if layer.multiscale else np.ones(layer.ndim)
        return self._formed(tuple(shape), layer.dtype, shown, factors, np.zeros(layer.ndim))

    def content(self) -> Content | None:
        """What napari holds of the slice; where it holds none, since the layer is hidden, what makes it."""
        layer = self._layer
        # Private, and here alone: napari has no public way to what it shows, and to cut dask or zarr data again would be to compute and
        # to read all of it a second time. It is what is drawn also where slices are thick or of a coarser level.
        held = getattr(layer, "_slice", None)
        if held is None or not layer.visible:
            return self._cut()
        if held.empty or not layer.loaded:
            return None  # Out of reach, or on its way: napari tells when it is here.
        raw, place = held.image.raw, held.tile_to_data
        return Content(self._formed(raw.shape, raw.dtype, self._shown(), place.scale, place.translate), raw)

    def _cut(self) -> Content | None:
        """The slice out of the layer's data, for the worker to make."""
        layer = self._layer
        shown = self._shown()
        level = self._level()
        data = layer.data[level] if layer.multiscale else layer.data
        point = layer.world_to_data(self._viewer.dims.point)
        index: list[Any] = [slice(None)] * len(data.shape)
        reach = layer.level_shapes[0]
        factors = layer.downsample_factors[level] if layer.multiscale else np.ones(layer.ndim)
        for axis in hidden_axes(layer.ndim, shown):
            at = float(point[axis])
            if not 0 <= round(at) < reach[axis]:
                return None  # The layer does not reach here; napari shows nothing of it.
            # As napari: a coarser level's last plane is for all that come after it.
            index[axis] = min(round(at / float(factors[axis])), int(data.shape[axis]) - 1)
        turn = [sorted(shown).index(axis) for axis in shown]
        if _is_rgb(layer):
            turn.append(len(turn))
        shape = [int(data.shape[axis]) for axis in shown] + [int(extent) for extent in data.shape[layer.ndim :]]

        def cut() -> Any:
            part = data[tuple(index)]
            return np.asarray(part).transpose(turn)

        return Content(self._formed(tuple(shape), np.dtype(data.dtype), shown, factors, np.zeros(layer.ndim)), cut)

    def _level(self) -> int:
        """The level that is seen; of a hidden layer the coarsest, which costs least."""
        layer = self._layer
        if not layer.multiscale:
            return 0
        return int(layer.data_level) if layer.visible else len(layer.level_shapes) - 1

    def _shown(self) -> tuple[int, ...]:
        """The axes of the layer that are seen."""
        dims = self._viewer.dims
        return displayed_axes(self._layer.ndim, dims.order, dims.ndisplay)

    def _formed(
        self, shape: tuple[int, ...], dtype: Any, shown: Sequence[int], factors: Any, corner: Any
    ) -> Form:
        """`factors` and `corner`: pixels of level 0 that one of the slice covers, and where its first one lies."""
        layer = self._layer
        names, units = axis_names(layer), axis_units(layer)
        colours = len(shape) - len(shown)
        metadata: dict[str, Any] = {
            "axes": [names[axis] for axis in shown] + ["rgb"] * colours,
            "units": [units[axis] for axis in shown] + [""] * colours,
            "scale": [float(layer.scale[axis] * factors[axis]) for axis in shown] + [1.0] * colours,
            "translate": [float(layer.translate[axis] + layer.scale[axis] * corner[axis]) for axis in shown] + [0.0] * colours,
            **self._constants,
        }
        if _is_rgb(layer):
            metadata["rgb"] = True
        if layer.multiscale:
            metadata["level"] = int(round(float(np.log2(max(factors[axis] for axis in shown)))))
        return Form(tuple(int(extent) for extent in shape), np.dtype(dtype), metadata, self._about())


def _is_rgb(layer: Layer) -> bool:
    return bool(getattr(layer, "rgb", False))
