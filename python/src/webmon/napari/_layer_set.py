"""The layers of a viewer that are cut into tiles, kept as they are now."""

from __future__ import annotations

from typing import Any

from ._part import Viewer
from ._problems import Problems
from ._tiled_layer import TiledLayer

_OF_A_LAYER = ("data", "name", "scale", "translate", "rotate", "shear", "affine")


class LayerSet:
    """The images and labels of a viewer, bottom first: each made anew after something about it changed. One that cannot be cut into tiles is left out.

    Parameters
    ----------
    viewer : napari.Viewer or napari.components.ViewerModel
    """

    def __init__(self, viewer: Viewer) -> None:
        self._viewer = viewer
        self._problems = Problems("is left out of tiles and loads")
        #: By layer, bottom first; None: it is left out.
        self._made: dict[Any, TiledLayer | None] = {}
        self._stale: set[Any] = set()
        self._has_other_list = True
        self._layers: tuple[TiledLayer, ...] = ()
        #: Goes up each time that a layer came, went or was made anew.
        self.generation = 0
        layers, dims = viewer.layers.events, viewer.dims.events
        self._connections = [
            *((emitter, self._on_list) for emitter in (layers.inserted, layers.removed, layers.reordered)),
            *((emitter, self._on_turn) for emitter in (dims.order, dims.ndisplay)),
            (dims.point, self._on_move),
        ]
        for emitter, callback in self._connections:
            emitter.connect(callback)

    @property
    def layers(self) -> tuple[TiledLayer, ...]:
        """As they are now."""
        if self._has_other_list or self._stale:
            self._follow_list()
            stale, self._stale = self._stale, set()
            for layer in stale:
                self._made[layer] = self._tiled(layer)
            self._layers = tuple(tiled for tiled in self._made.values() if tiled is not None)
            self.generation += 1
        return self._layers

    def close(self) -> None:
        """Lets go of the viewer."""
        for layer in self._made:
            self._disconnect(layer)
        for emitter, callback in self._connections:
            emitter.disconnect(callback)

    def _follow_list(self) -> None:
        if not self._has_other_list:
            return
        self._has_other_list = False
        layers = [layer for layer in self._viewer.layers if _has_tiles(layer)]
        # To connect takes milliseconds: those that stay are left alone.
        for layer in self._made.keys() - layers:
            self._disconnect(layer)
            self._stale.discard(layer)
        for layer in layers:
            if layer not in self._made:
                for name in _OF_A_LAYER:
                    layer.events[name].connect(self._on_change)
                self._stale.add(layer)
        self._made = {layer: self._made.get(layer) for layer in layers}

    def _tiled(self, layer: Any) -> TiledLayer | None:
        try:
            return TiledLayer(layer, self._viewer)
        except Exception as error:
            self._problems.say(layer, error)
            return None

    def _disconnect(self, layer: Any) -> None:
        for name in _OF_A_LAYER:
            layer.events[name].disconnect(self._on_change)

    def _on_list(self, event: object = None) -> None:
        self._has_other_list = True

    def _on_turn(self, event: object = None) -> None:
        self._stale.update(self._made)

    def _on_move(self, event: object = None) -> None:
        # Elsewhere along a slider, a layer that is turned out of the plane has its pixels elsewhere.
        self._stale.update(tiled.layer for tiled in self._layers if tiled.is_coupled)

    def _on_change(self, event: Any) -> None:
        self._stale.add(event.source)


def _has_tiles(layer: Any) -> bool:
    return hasattr(layer, "level_shapes") and hasattr(layer, "data_level")
