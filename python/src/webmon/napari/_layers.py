"""All layers of a viewer."""

from __future__ import annotations

import itertools
import logging
import time
import weakref
from typing import Any

from ._display_log import DisplayLog
from ._layer import SharedLayer
from ._sharing import Sharing
from ._names import Names
from ._worker import Worker

_logger = logging.getLogger("webmon.napari")

#: Of the viewer's dims: another place along the axes that are not seen; other axes that are.
_MOVES = ("point", "thickness")
_TURNS = ("ndisplay", "order")


class Layers:
    """What the layers of a viewer show, under names of their own, and the log of what they look like.

    Parameters
    ----------
    sharing : Sharing
    """

    def __init__(self, sharing: Sharing) -> None:
        self._viewer = sharing.viewer
        self._directory = sharing.directory
        self._log_name = sharing.name("layers")
        self._log = DisplayLog(self._log_name, sharing.directory)
        self._names = Names(lambda text: sharing.name("layer", text))
        self._worker = Worker("webmon-layers")
        self._numbers = itertools.count(1)
        #: By layer, in the order in which they are drawn.
        self._shared: dict[Any, SharedLayer] = {}
        self._other_list = True
        self._other_selection = False
        self._moved = False
        self._turned = False
        self._turn = 0
        self._told: dict[Any, tuple[int, bool]] = {}
        #: Those of which it was said that something is wrong.
        self._failed: weakref.WeakSet[Any] = weakref.WeakSet()
        layers, dims = self._viewer.layers, self._viewer.dims
        self._connections = [
            *((getattr(layers.events, name), self._list_event) for name in ("inserted", "removed", "reordered")),
            (layers.selection.events.changed, self._selection_event),
            *((getattr(dims.events, name), self._move_event) for name in _MOVES),
            *((getattr(dims.events, name), self._turn_event) for name in _TURNS),
        ]
        for emitter, callback in self._connections:
            emitter.connect(callback)
        self.tick()

    @property
    def copies(self) -> int:
        """Times that data of the present layers was copied."""
        return sum(shared.copies for shared in self._shared.values())

    def stream(self, layer: Any) -> str:
        """The segment by which a layer is seen; "" if there is none."""
        shared = self._shared.get(layer)
        return "" if shared is None else shared.stream

    def number(self, layer: Any) -> int:
        """By which pages know a layer; 0 if it is not shared."""
        shared = self._shared.get(layer)
        return 0 if shared is None else shared.number

    def tick(self) -> None:
        """Publishes what changed and somebody looks at."""
        now = time.monotonic()
        news = self._follow_list() if self._other_list else []
        moved, turned = self._moved, self._turned
        self._moved = self._turned = False
        for layer, shared in self._shared.items():
            try:
                if turned:
                    shared.turned()
                elif moved:
                    shared.moved()
                shared.tick(now)
            except Exception:
                self._raised(layer)
        self._restate_one(now)
        news += self._display_news()
        if news:
            self._log.tell(news)

    def close(self) -> None:
        """Follows the viewer no more; no segment stays."""
        for emitter, callback in self._connections:
            emitter.disconnect(callback)
        for shared in self._shared.values():
            shared.close()
        self._shared.clear()
        self._worker.close()
        self._log.close()

    def _follow_list(self) -> list[Any]:
        """The layers that there are now; gives the records of those that went."""
        self._other_list = False
        layers = list(self._viewer.layers)
        gone = [layer for layer in self._shared if layer not in layers]
        records = []
        for layer in gone:
            shared = self._shared.pop(layer)
            self._told.pop(layer, None)
            try:
                records.append(shared.gone())
                shared.close()
            except Exception:
                self._raised(layer)
        for layer in layers:
            try:
                known = self._shared.pop(layer) if layer in self._shared else self._follow(layer)
            except Exception:
                self._raised(layer)
                continue
            self._shared[layer] = known  # in their order
        self._other_selection = True
        return records

    def _follow(self, layer: Any) -> SharedLayer:
        return SharedLayer(layer, next(self._numbers), self._viewer, self._directory, self._names, self._log_name, self._worker)

    def _display_news(self) -> list[Any]:
        if not self._other_selection and not any(shared.is_news for shared in self._shared.values()):
            return []
        self._other_selection = False
        selection = self._viewer.layers.selection
        records = []
        for order, (layer, shared) in enumerate(self._shared.items()):
            standing = order, layer in selection
            if shared.is_news or self._told.get(layer) != standing:
                shared.is_news = False
                self._told[layer] = standing
                try:
                    records.append(shared.record(*standing))
                except Exception:
                    self._raised(layer)
        return records

    def _restate_one(self, now: float) -> None:
        """Lets one layer that nobody looks at say its present form: it takes a moment, so the others have their turn at later ticks."""
        shared = list(self._shared.values())
        for step in range(len(shared)):
            at = (self._turn + step) % len(shared)
            try:
                if shared[at].restate(now):
                    self._turn = at + 1
                    return
            except Exception:
                self._raised(shared[at].layer)

    def _raised(self, layer: Any) -> None:
        """The viewer goes on, and so do the other layers."""
        if layer not in self._failed:
            self._failed.add(layer)
            _logger.exception("the layer %s cannot be shared as it is", layer)

    # Weak references keep these: connected as methods, not as functions made here.

    def _list_event(self, _: Any) -> None:
        self._other_list = True

    def _selection_event(self, _: Any) -> None:
        self._other_selection = True

    def _move_event(self, _: Any) -> None:
        self._moved = True

    def _turn_event(self, _: Any) -> None:
        self._turned = True
