"""Commands about single layers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from .. import errors
from ._find_layer import LayerName, find_layer
from ._part import Viewer


#: Further apart than this, limits are more than napari's sliders count.
_LARGEST = 1e30


class LayerCommands:
    """What there is, and how it looks.

    Parameters
    ----------
    viewer : napari.Viewer or napari.components.ViewerModel
    stream : callable
        Gives the segment by which a layer is seen; "" if there is none.
    """

    def __init__(self, viewer: Viewer, stream: Callable[[Any], str]) -> None:
        self._viewer = viewer
        self._stream = stream

    def all(self) -> list[Callable[..., Any]]:
        """All of them."""
        return [
            self.list_layers,
            self.set_layer_visible,
            self.set_opacity,
            self.set_contrast_limits,
            self.reset_contrast,
            self.set_gamma,
            self.set_colormap,
            self.select_layers,
            self.set_active_layer,
        ]

    def list_layers(self) -> list:  # type: ignore[type-arg]
        "All layers, from the bottom."
        selection = self._viewer.layers.selection
        return [
            {
                "name": layer.name,
                "type": type(layer).__name__,
                "visible": bool(layer.visible),
                "opacity": float(layer.opacity),
                "selected": layer in selection,
                "active": layer is selection.active,
                "stream": self._stream(layer),
            }
            for layer in self._viewer.layers
        ]

    def set_layer_visible(self, layer: LayerName, visible: bool) -> bool:
        "Shows a layer, or hides it."
        found = find_layer(self._viewer, layer)
        found.visible = visible
        return bool(found.visible)

    def set_opacity(self, layer: LayerName, opacity: Annotated[float, "0 to 1"]) -> float:
        "Sets how much a layer covers those below."
        found = find_layer(self._viewer, layer)
        if not 0 <= opacity <= 1:
            raise errors.InvalidError(f"opacity is {opacity}: it must be 0 to 1")
        found.opacity = opacity
        return float(found.opacity)

    def set_contrast_limits(self, layer: LayerName, low: float, high: float) -> list:  # type: ignore[type-arg]
        "Sets the values that are shown darkest and brightest."
        found = self._with(layer, "contrast_limits", "contrast limits")
        if not -_LARGEST <= low < high <= _LARGEST:
            raise errors.InvalidError(f"low and high are {low} and {high}: two numbers, the lower one first, from {-_LARGEST:g} to {_LARGEST:g}, are needed")
        found.contrast_limits = (low, high)
        return [float(each) for each in found.contrast_limits]

    def reset_contrast(self, layer: LayerName) -> list:  # type: ignore[type-arg]
        "Sets the contrast limits to the extremes of what is seen."
        found = self._with(layer, "reset_contrast_limits", "contrast limits to reset")
        found.reset_contrast_limits()
        return [float(each) for each in found.contrast_limits]

    def set_gamma(self, layer: LayerName, gamma: Annotated[float, "0.2 to 2; 1 is even"]) -> float:
        "Sets how colours are spread between the contrast limits."
        found = self._with(layer, "gamma", "gamma")
        if not 0.2 <= gamma <= 2:
            raise errors.InvalidError(f"gamma is {gamma}: it must be 0.2 to 2, as far as napari's slider goes")
        found.gamma = gamma
        return float(found.gamma)

    def set_colormap(self, layer: LayerName, colormap: Annotated[str, "viridis, gray, magenta, gray_r, ..."]) -> str:
        "Sets the colour map."
        found = self._with(layer, "colormap", "colour map")
        if not hasattr(found, "contrast_limits"):
            raise errors.InvalidError(f"the layer {found.name!r} is of type {type(found).__name__}: its colours are not of a colour map by name")
        from napari.utils.colormaps import AVAILABLE_COLORMAPS, ensure_colormap

        try:
            if not colormap:
                raise KeyError(colormap)  # napari makes one, without a name and without colour
            found.colormap = ensure_colormap(colormap)
        except KeyError:
            raise errors.InvalidError(f"there is no colour map {colormap!r}; there are {', '.join(sorted(AVAILABLE_COLORMAPS))} and those of matplotlib") from None
        return str(found.colormap.name)

    def select_layers(self, layers: Annotated[list, 'names or numbers: ["camera", "labels"]']) -> list:  # type: ignore[type-arg]
        "Selects these layers and no others; gives their names."
        for each in layers:
            if not isinstance(each, str | int) or isinstance(each, bool):
                raise errors.InvalidError(f"layers has {each!r}: names or numbers of layers are needed")
        chosen = [find_layer(self._viewer, str(each)) for each in layers]
        self._viewer.layers.selection = set(chosen)
        return [each.name for each in self._viewer.layers if each in self._viewer.layers.selection]

    def set_active_layer(self, layer: LayerName) -> str:
        "Selects one layer, which napari's controls are for."
        found = find_layer(self._viewer, layer)
        self._viewer.layers.selection.active = found
        return str(found.name)

    def _with(self, layer: str, attribute: str, what: str) -> Any:
        found = find_layer(self._viewer, layer)
        if not hasattr(found, attribute):
            raise errors.InvalidError(f"the layer {found.name!r} is of type {type(found).__name__}: it has no {what}")
        return found
