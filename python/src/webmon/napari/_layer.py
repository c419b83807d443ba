"""One layer that is shared: its segments, and what is told of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ._axes import Layer
from ._colormap import page_colormap
from ._content import Source
from ._display_log import DISPLAY_EVENTS, Record, display_record, gone_record
from ._offer import Offer
from ._part import Viewer
from ._pixels import PIXEL_EVENTS, Pixels
from ._points import colour_emitters, points_table
from ._records import Records, Table
from ._shapes import shapes_table
from ._shared_data import shared_name
from ._names import Names
from ._surface import faces_table, vertices_table
from ._tracks import graph_table, tracks_table
from ._vectors import vectors_table
from ._worker import Worker

#: By kind of layer, its tables by the end of their segments' names.
_TABLES: dict[str, dict[str, Callable[[Layer], Table]]] = {
    "points": {"": points_table},
    "vectors": {"": vectors_table},
    "tracks": {"": tracks_table, ".graph": graph_table},
    "shapes": {"": shapes_table},
    "surface": {"": vertices_table, ".faces": faces_table},
}
_PIXELS = ("image", "labels")
#: Events of a layer after which its data may have another shape, or its axes other names and sizes.
_FORM_EVENTS = frozenset({"data", "features", "scale", "translate", "units", "axis_labels", "rebuild_graph"})
#: Events of a layer after which its records may be others, beside those.
_RECORD_EVENTS = frozenset(
    {"set_data", "size", "symbol", "shown", "face_color", "border_color", "border_width", "edge_color", "edge_width", "z_index", "properties"}
    | {"rebuild_tracks"}
)


class SharedLayer:
    """Follows one layer.

    Parameters
    ----------
    layer : napari.layers.Layer
    number : int
        By which pages know it, whatever it is called.
    viewer : napari.Viewer or napari.components.ViewerModel
    directory : str
        Segment directory.
    names : Names
    log : str
        Name of the display log.
    worker : Worker
    """

    def __init__(
        self,
        layer: Layer,
        number: int,
        viewer: Viewer,
        directory: str,
        names: Names,
        log: str,
        worker: Worker,
    ) -> None:
        self.layer = layer
        self.number = number
        #: True if it looks otherwise than was told.
        self.is_news = True
        self.kind = type(layer).__name__.lower() if type(layer).__name__.lower() in (*_TABLES, *_PIXELS) else str(layer._type_string)
        self._viewer = viewer
        self._directory = directory
        self._names = names
        self._log = log
        self._worker = worker
        self._name = ""
        self._offers: list[Offer] = []
        self._problem = ""
        #: True if a segment that nobody looks at may have to say another form.
        self._is_unsettled = True
        self._begin()
        layer.events.connect(self._event)
        self._colours = colour_emitters(layer) if self.kind == "points" else []
        for emitter in self._colours:
            emitter.connect(self._coloured)

    @property
    def stream(self) -> str:
        """The segment that it is seen by, "" if there is none."""
        return shared_name(self.layer) or self._name

    @property
    def copies(self) -> int:
        """Times that data of it was copied."""
        return sum(offer.copies for offer in self._offers)

    def moved(self) -> None:
        """The viewer's dims are others. A layer that is seen says by itself when its slice has come."""
        if self.kind in _PIXELS and not self.layer.visible:
            self._changed(False)

    def turned(self) -> None:
        """Other axes are seen."""
        if self.kind in _PIXELS:
            self._changed(True)

    def tick(self, now: float) -> None:
        """Publishes what somebody looks at, if it changed."""
        for offer in self._offers:
            offer.tick(now)
        problem = next((offer.problem for offer in self._offers if offer.problem), "")
        if problem != self._problem:
            self._problem = problem
            self.is_news = self._is_unsettled = True

    def restate(self, now: float) -> bool:
        """As :meth:`Offer.restate`; and takes the layer's new name, if it has one, or the segment that it shows as it is."""
        # Compared at each tick: no event says that a layer shows a segment, or shows it no more.
        if self._name_wanted() != self._named_for:
            self._end()
            self._begin()
            self.is_news = self._is_unsettled = True
            return True
        if not self._is_unsettled:
            return False
        if any(offer.restate(now) for offer in self._offers):
            return True
        self._is_unsettled = not all(offer.is_settled for offer in self._offers)
        return False

    def record(self, order: int, selected: bool) -> Record:
        """What it looks like now."""
        return display_record(self.layer, self.number, order, self.kind, self.stream, selected, self._problem)

    def gone(self) -> Record:
        """That it is there no more."""
        return gone_record(self.number, self.kind, self.layer.name, self.stream)

    def close(self) -> None:
        """Follows it no more."""
        self.layer.events.disconnect(self._event)
        for emitter in self._colours:
            emitter.disconnect(self._coloured)
        self._end()

    def _begin(self) -> None:
        self._endings = tuple(_TABLES.get(self.kind, {"": None} if self.kind in _PIXELS else {}))
        self._named_for = self._name_wanted()
        self._name = ""
        self._problem = ""
        if self._named_for is None:
            return
        self._name = self._names.take(self._named_for, self._endings)
        for ending in self._endings:
            self._offers.append(Offer(self._name + ending, self._directory, self._source(ending), self._worker))

    def _name_wanted(self) -> str | None:
        """What its segments are to be named for; None if it has none of its own."""
        return None if shared_name(self.layer) or not self._endings else str(self.layer.name)

    def _end(self) -> None:
        while self._offers:
            self._offers.pop().close()
        if self._name:
            self._names.give(self._name, self._endings)

    def _source(self, ending: str) -> Source:
        about = {"layer": self.layer.name, "kind": self.kind, "display": {"log": self._log, "layer": self.number}}
        if self.kind in _PIXELS:
            constants = {**about, "labels": True} if self.kind == "labels" else about
            return Pixels(self.layer, self._viewer, self._looks, constants)
        take = _TABLES[self.kind][ending]
        return Records(lambda: take(self.layer), about)

    def _looks(self) -> dict[str, Any]:
        if self.kind == "labels":
            return {"colormap": "labels"}
        limits = [float(limit) for limit in self.layer.contrast_limits]
        looks: dict[str, Any] = {"colormap": page_colormap(self.layer.colormap)}
        if np.isfinite(limits).all():
            looks["contrast_limits"] = limits
        return looks

    def _changed(self, has_other_form: bool) -> None:
        self._is_unsettled |= has_other_form
        for offer in self._offers:
            offer.changed(has_other_form)

    def _coloured(self, _: Any) -> None:
        self._changed(False)

    def _event(self, event: Any) -> None:
        kind = event.type
        if kind in DISPLAY_EVENTS:
            self.is_news = True
        if kind in _FORM_EVENTS:
            self._changed(True)
        elif kind in (PIXEL_EVENTS if self.kind in _PIXELS else _RECORD_EVENTS):
            self._changed(False)
