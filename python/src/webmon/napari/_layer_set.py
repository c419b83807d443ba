"""The layers of a viewer that are cut into tiles, kept as they are now."""

from __future__ import annotations

from typing import Any

from ._part import Viewer
from ._tiled_layer import TiledLayer

_OF_A_LAYER = ("data", "name", "scale", "translate", "rotate", "shear", "affine")


class LayerSet:
    """The images and labels of a viewer, bottom first, made anew after something about them changed.

    Parameters
    ----------
    viewer : napari.Viewer or napari.components.ViewerModel
    """

    def __init__(self, viewer: Viewer) -> None:
        self._viewer = viewer
        self._stale = True
        self._layers: tuple[TiledLayer, ...] = ()
        self._connected: list[Any] = []
        #: Goes up each time that the layers were made anew.
        self.generation = 0
        layers, dims = viewer.layers.events, viewer.dims.events
        self._of_viewer = [layers.inserted, layers.removed, layers.reordered, dims.order, dims.ndisplay]
        for emitter in self._of_viewer:
            emitter.connect(self._changed)
        dims.point.connect(self._moved)

    @property
    def layers(self) -> tuple[TiledLayer, ...]:
        """As they are now."""
        if self._stale:
            self._stale = False
            self._disconnect()
            self._connected = [layer for layer in self._viewer.layers if _has_tiles(layer)]
            for layer in self._connected:
                for name in _OF_A_LAYER:
                    layer.events[name].connect(self._changed)
            self._layers = tuple(TiledLayer(layer, self._viewer) for layer in self._connected)
            self.generation += 1
        return self._layers

    def close(self) -> None:
        """Lets go of the viewer."""
        self._disconnect()
        for emitter in self._of_viewer:
            emitter.disconnect(self._changed)
        self._viewer.dims.events.point.disconnect(self._moved)

    def _disconnect(self) -> None:
        for layer in self._connected:
            for name in _OF_A_LAYER:
                layer.events[name].disconnect(self._changed)
        self._connected = []

    def _changed(self, event: object = None) -> None:
        self._stale = True

    def _moved(self, event: object = None) -> None:
        # Elsewhere along a slider, a layer that is turned out of the plane has its pixels elsewhere.
        if any(layer.is_coupled for layer in self._layers):
            self._stale = True


def _has_tiles(layer: Any) -> bool:
    return hasattr(layer, "level_shapes") and hasattr(layer, "data_level")
