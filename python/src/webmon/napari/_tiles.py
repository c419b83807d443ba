"""The tiles of a viewer's layers, and its view, for the Tile Viewer."""

from __future__ import annotations

import logging
import threading
import time

import numpy as np

from .. import errors
from .._tile_log import TileLog
from .._tile_memory import CACHED, DRAWN, EVICTED, FAILED, LOADING, WANTED
from . import _load
from ._layers import Layers
from ._load import Load
from ._loads import Loads
from ._problems import Problems
from ._sharing import Sharing
from ._tile_blocks import keys_of, places
from ._tile_states import TileStates
from ._tiled_layer import TiledLayer
from ._view import Frame, followed_layer, seen_rectangle

_logger = logging.getLogger("webmon.napari")

#: Of the viewer's commands those that the page of the tiles offers: what moves the view. All of them are on the page Streams.
_COMMANDS = ("reset_view", "go_to_tile", "look_at", "set_view", "set_dims_step", "set_ndisplay", "show_grid", "set_contrast_limits")
#: Seconds between two looks for what dask's cache has given up.
_LOOK = 1.0
#: Seconds between two views that are told before the next tick.
_PERIOD = 0.008
_STATES = {_load.WANTED: WANTED, _load.LOADING: LOADING, _load.LOADED: CACHED, _load.FAILED: FAILED}


class Tiles:
    """The tile log ``PREFIX.tiles`` of all images and labels, and the view ``PREFIX.tiles.view``. Worked out only while somebody looks.

    Parameters
    ----------
    sharing : Sharing
        Has a part :class:`Loads` already.
    """

    def __init__(self, sharing: Sharing) -> None:
        loads = sharing.part(Loads)
        if not isinstance(loads, Loads):
            raise errors.InvalidError("tiles are told of by loads: Loads must be made before Tiles")
        self._sharing = sharing
        self._viewer = sharing.viewer
        self._loads = loads
        self._lock = threading.Lock()
        self._log: TileLog | None = None
        self._described: object = None
        self._generation: object = None
        self._problems = Problems("is left out of the tiles")
        self._layers: list[TiledLayer] = []
        self._image = Frame(np.eye(2), np.zeros(2))
        self._states: dict[TiledLayer, tuple[int, TileStates]] = {}
        self._view: object = None
        self._next_look = 0.0
        self._viewer.dims.events.point.connect(self._moved)
        if sharing.commands is not None:
            sharing.commands.command(self.restate, name="restate_tiles")
        camera = self._viewer.scene.camera.events
        self._camera = [camera.center, camera.zoom]
        for emitter in self._camera:
            emitter.connect(self._on_camera)
        self._next_view = 0.0
        loads.add(self)
        self._describe()

    @property
    def wants_loads(self) -> bool:
        """Whether somebody looks at tiles."""
        with self._lock:
            return self._log is not None and self._log.wanted

    def tick(self) -> None:
        """Tells what became of tiles and of the view."""
        self._describe()
        log = self._log
        if log is None:
            return
        wanted, view_wanted = log.wanted, log.view_wanted
        rectangle = seen_rectangle(self._viewer) if wanted or view_wanted else None
        if not view_wanted:
            self._view = None
        elif rectangle is not None:
            self._tell_view(log, rectangle)
        if not wanted:
            if self._states:
                self._stop()
            return
        with self._lock:
            if not self._states:
                self._start(log)
            now = time.monotonic()
            looks = now >= self._next_look
            if looks:
                self._next_look = now + _LOOK
            for tiled, (number, states) in self._states.items():
                try:
                    if looks:
                        states.forget_evicted()
                    changes = states.changes(self._viewer, rectangle)
                except Exception as error:
                    self._problems.say(tiled.layer, error)
                    continue
                for change in changes:
                    _SAY[change.state](log, number, change.level, change.rows, change.columns)

    def follow(self, loads: list[Load]) -> None:
        """Tells of tiles that are loaded; from any thread."""
        with self._lock:
            log = self._log
            if log is None or not self._states:
                return
            groups: dict[tuple[int, int, int], list[tuple[np.ndarray, Load]]] = {}
            for load in {id(load): load for load in loads}.values():
                state = _STATES.get(load.state)
                for tiled, level in self._loads.taps.places.get(load.tap, ()):
                    found = self._states.get(tiled)
                    if found is None:
                        continue
                    keys = keys_of(level, tiled.region_block(level, load.region))
                    found[1].hear(keys, state, load.key)
                    if state is not None and keys.size:
                        groups.setdefault((found[0], level, state), []).append((keys, load))
            for (number, level, state), told in groups.items():
                _tell(log, number, level, state, told)

    def restate(self) -> int:
        """Says the states of all tiles again; gives how many have one. For a page that lost some."""
        with self._lock:
            return 0 if self._log is None else self._log.restate()

    def close(self) -> None:
        """Lets go of the viewer and ends the logs."""
        self._viewer.dims.events.point.disconnect(self._moved)
        for emitter in self._camera:
            emitter.disconnect(self._on_camera)
        self._stop()
        self._close_log()

    def _describe(self) -> None:
        """Has a log of the layers that there are now: another generation if they are others."""
        layers = self._loads.layers.layers
        # A layer that was renamed has its stream's new name some ticks later.
        generation = self._loads.layers.generation, [self._pixels(layer) for layer in layers]
        if self._generation == generation:
            return
        self._generation = generation
        self._stop()
        self._view = None
        if layers:
            self._image = layers[0].straight()
        self._layers, described = [], []
        for layer, pixels in zip(layers, generation[1], strict=True):
            try:
                found = layer.described(self._image, pixels)
                found.metadata()
            except Exception as error:
                self._problems.say(layer.layer, error)
            else:
                self._layers.append(layer)
                described.append(found)
        if described == self._described:
            return
        self._described = described
        self._close_log()
        if described:
            sharing = self._sharing
            name, title = sharing.name("tiles"), self._viewer.title
            self._log = TileLog(
                name, described, image=title, target=sharing.prefix, commands=_COMMANDS, snapshot="restate_tiles", directory=sharing.directory
            )

    def _pixels(self, tiled: TiledLayer) -> str | None:
        """The stream of a layer's pixels, where all of them lie in it as they do here."""
        shared = self._sharing.part(Layers)
        if not isinstance(shared, Layers) or tiled.layer.ndim != 2 or tiled.is_multiscale:
            return None
        return shared.stream(tiled.layer) or None

    def _tell_view(self, log: TileLog, rectangle: tuple[float, float, float, float]) -> None:
        height, width = self._viewer.canvas.viewbox_size(self._viewer.layers)
        layer = followed_layer(self._viewer)
        level = None if layer is None else int(layer.data_level)
        view = rectangle, level, height, width
        if view != self._view:
            self._view = view
            self._next_view = time.monotonic() + _PERIOD
            log.view(self._image.box(rectangle), level=level, canvas=(int(height), int(width)))

    def _on_camera(self, event: object = None) -> None:
        """Tells the view at once: napari draws before the next tick, and that may take several."""
        log = self._log
        if self._view is None or log is None or time.monotonic() < self._next_view:
            return
        try:
            rectangle = seen_rectangle(self._viewer)
            if rectangle is not None:
                self._tell_view(log, rectangle)
        except Exception:
            # Into whatever moved the camera; the next tick will meet it again.
            _logger.debug("the view was not told at once", exc_info=True)

    def _start(self, log: TileLog) -> None:
        log.clear()
        self._states = {tiled: (number, TileStates(tiled)) for number, tiled in enumerate(self._layers)}

    def _stop(self) -> None:
        with self._lock:
            for _, states in self._states.values():
                states.close()
            self._states = {}

    def _close_log(self) -> None:
        # Threads that load ask it meanwhile.
        with self._lock:
            log, self._log = self._log, None
            if log is not None:
                log.close()

    def _moved(self, event: object = None) -> None:
        with self._lock:
            for _, states in self._states.values():
                states.move()


_SAY = {WANTED: TileLog.want, LOADING: TileLog.loading, CACHED: TileLog.cached, DRAWN: TileLog.drawn, FAILED: TileLog.failed, EVICTED: TileLog.evicted}


def _tell(log: TileLog, number: int, level: int, state: int, told: list[tuple[np.ndarray, Load]]) -> None:
    """All loads of a level that came to the same state, in one append."""
    keys = np.concatenate([keys for keys, _ in told])
    counts = [keys.size for keys, _ in told]
    rows, columns = places(keys)
    began = np.repeat([load.began for _, load in told], counts)
    if state not in (CACHED, FAILED):
        _SAY[state](log, number, level, rows, columns, time=began)
        return
    milliseconds = np.repeat([load.milliseconds for _, load in told], counts)
    ended = began + np.nan_to_num(milliseconds) / 1000
    if state == FAILED:
        log.failed(number, level, rows, columns, milliseconds=milliseconds, time=ended)
        return
    # A load of several tiles is shared out evenly.
    nbytes = np.repeat([load.nbytes // max(1, keys.size) for keys, load in told], counts)
    log.cached(number, level, rows, columns, milliseconds=milliseconds, nbytes=nbytes, time=ended)
