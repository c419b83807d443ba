"""Tells pages what happens to the tiles of a multiscale image."""

from __future__ import annotations

import threading
import time as clock
from collections.abc import Mapping, Sequence
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from . import errors
from ._log import Log
from ._stream import Stream
from ._tile_layers import TileLayer
from ._tile_memory import CACHED, DRAWN, EVENT, EVICTED, FAILED, LOADING, RESTATED, WANTED, TileMemory
from ._writer import Directory, count

#: One state of a view: see docs/tile-viewer.md.
VIEW = np.dtype(
    [
        ("time", "<f8"),
        ("frame", "<u8"),
        ("top", "<f8"),
        ("left", "<f8"),
        ("bottom", "<f8"),
        ("right", "<f8"),
        ("level", "<i2"),
        ("canvas_height", "<u4"),
        ("canvas_width", "<u4"),
    ]
)
_UNKNOWN_LEVEL = -1


class TileLog:
    """A log of what happens to the tiles of a multiscale image, for the page ``/tiles/``.

    Each method appends once, however many tiles it is given. A page that comes late, or was too slow, gets the present states: all of them
    are said again each time half the ring has been written (:meth:`restate`), if they fit into half of it.

    Parameters
    ----------
    name : str
        As in :class:`webmon.Stream`. The view (:meth:`view`) is the stream ``NAME.view``.
    layers : sequence of TileLayer
        What is cut into tiles; see :class:`webmon.TileLayer`.
    image : str, optional
        Name of the whole, for people; default `name`.
    records : int, default 65536
        Events in the ring, at least 16. Best more than twice as many as there are tiles with a state.
    target : str, optional
        Name under which this program takes commands (:class:`webmon.Commands`): the page offers them.
    commands : sequence of str, optional
        Which of the target's commands belong to the image; default all.
    snapshot : str, optional
        The one of them, without arguments, that calls :meth:`restate`: a page that lost events calls it.
    metadata : mapping, optional
        More metadata.
    directory : path, optional
        As in :class:`webmon.Stream`.

    Examples
    --------
    >>> import numpy as np, webmon
    >>> layer = webmon.TileLayer.pyramid("slide", (100_000, 80_000), (256, 256), 8)
    >>> with webmon.TileLog("tiles", [layer]) as tiles:
    ...     tiles.want("slide", 3, [10, 10, 11], [4, 5, 4])
    ...     tiles.cached("slide", 3, 10, 4, milliseconds=12.5, nbytes=65536)
    ...     tiles.view((20_000, 8_000, 24_000, 13_000), level=3, canvas=(500, 625))
    3
    4
    1
    """

    def __init__(
        self,
        name: str,
        layers: Sequence[TileLayer],
        *,
        image: str | None = None,
        records: int = 65536,
        target: str | None = None,
        commands: Sequence[str] | None = None,
        snapshot: str | None = None,
        metadata: Mapping[str, Any] | None = None,
        directory: Directory = None,
    ) -> None:
        if not layers:
            raise errors.InvalidError(f"tile log {name!r} has no layers: at least one is needed")
        records = count(records, "records", 16, 2**31 - 1)
        described = [layer.metadata() for layer in layers]
        told: dict[str, Any] = {"role": "tile-events", "image": image or name, "view": f"{name}.view", "layers": described}
        for key, value in (("target", target), ("commands", commands), ("snapshot", snapshot)):
            if value is not None:
                told[key] = value
        self._numbers = {layer.name: number for number, layer in reversed(list(enumerate(layers)))}
        self._grids = [[level.grid for level in layer.levels] for layer in layers]
        self._lock = threading.Lock()
        self._half = records // 2
        self._memory = TileMemory(self._half)
        self._since_restated = 0
        self._frame = 0
        self._log = Log(name, np.dtype((np.record, EVENT)), records=records, metadata={**(metadata or {}), **told}, directory=directory)
        try:
            self._view = Stream(f"{name}.view", (1,), VIEW, metadata={"role": "tile-view", "tiles": name}, directory=directory)
        except BaseException:
            self._log.close()
            raise
        self._state = np.zeros(1, self._view.dtype)

    @property
    def name(self) -> str:
        """Name of the log."""
        return self._log.name

    @property
    def wanted(self) -> bool:
        """True while somebody looks at the tiles."""
        return self._log.wanted

    @property
    def view_wanted(self) -> bool:
        """True while somebody looks at the view."""
        return self._view.wanted

    @property
    def closed(self) -> bool:
        """True after :meth:`close`."""
        return self._log.closed

    def want(self, layer: str | int, level: int, rows: npt.ArrayLike, columns: npt.ArrayLike, *, time: npt.ArrayLike | None = None) -> int:
        """Tiles are needed and wait to be loaded.

        Parameters
        ----------
        layer : str or int
            Name or number of the layer.
        level : int
            Level of the tiles.
        rows, columns : array_like of int
            Which tiles of the level's grid; they broadcast.
        time : array_like of float, optional
            Seconds since 1970; default now.

        Returns
        -------
        int
            Sequence number of the last event.
        """
        return self._say(WANTED, layer, level, rows, columns, time)

    def loading(self, layer: str | int, level: int, rows: npt.ArrayLike, columns: npt.ArrayLike, *, time: npt.ArrayLike | None = None) -> int:
        """Tiles are being read or made. Parameters as in :meth:`want`."""
        return self._say(LOADING, layer, level, rows, columns, time)

    def cached(
        self,
        layer: str | int,
        level: int,
        rows: npt.ArrayLike,
        columns: npt.ArrayLike,
        *,
        milliseconds: npt.ArrayLike | None = None,
        nbytes: npt.ArrayLike | None = None,
        time: npt.ArrayLike | None = None,
    ) -> int:
        """Tiles are in memory, and not on screen.

        Parameters
        ----------
        milliseconds : array_like of float, optional
            What it took to load each; what was told before holds where it is not told.
        nbytes : array_like of int, optional
            Bytes of each; as `milliseconds`.
        layer, level, rows, columns, time
            As in :meth:`want`.
        """
        return self._say(CACHED, layer, level, rows, columns, time, milliseconds, nbytes)

    def drawn(
        self,
        layer: str | int,
        level: int,
        rows: npt.ArrayLike,
        columns: npt.ArrayLike,
        *,
        milliseconds: npt.ArrayLike | None = None,
        nbytes: npt.ArrayLike | None = None,
        time: npt.ArrayLike | None = None,
    ) -> int:
        """Tiles are on screen now, until another state of them is told. Parameters as in :meth:`cached`."""
        return self._say(DRAWN, layer, level, rows, columns, time, milliseconds, nbytes)

    def failed(
        self,
        layer: str | int,
        level: int,
        rows: npt.ArrayLike,
        columns: npt.ArrayLike,
        *,
        milliseconds: npt.ArrayLike | None = None,
        time: npt.ArrayLike | None = None,
    ) -> int:
        """Tiles could not be loaded. `milliseconds`: until that was known; the others as in :meth:`want`."""
        return self._say(FAILED, layer, level, rows, columns, time, milliseconds)

    def evicted(self, layer: str | int, level: int, rows: npt.ArrayLike, columns: npt.ArrayLike, *, time: npt.ArrayLike | None = None) -> int:
        """Tiles are not in memory any more, or not wanted any more. Parameters as in :meth:`want`."""
        return self._say(EVICTED, layer, level, rows, columns, time)

    def view(
        self,
        region: tuple[float, float, float, float],
        *,
        level: int | None = None,
        canvas: tuple[int, int] = (0, 0),
        frame: int | None = None,
        time: float | None = None,
    ) -> int | None:
        """Tells which part of the image the program shows.

        Parameters
        ----------
        region : (float, float, float, float)
            Top, left, bottom and right of what is visible, in coordinates of the image; it may reach past its edges.
        level : int, optional
            The level that is drawn.
        canvas : (int, int), optional
            Rows and columns of the program's canvas, in pixels of its screen.
        frame : int, optional
            Number of the picture; default: counted.
        time : float, optional
            Seconds since 1970; default now.

        Returns
        -------
        int or None
            As :meth:`webmon.Stream.put`.
        """
        with self._lock:
            self._frame = self._frame + 1 if frame is None else frame
            moment = clock.time() if time is None else time
            self._state[0] = (moment, self._frame, *region, _UNKNOWN_LEVEL if level is None else level, *canvas)
            return self._view.put(self._state)

    def restate(self) -> int:
        """Says all present states again, in one append; pages forget whatever they believed before.

        Returns
        -------
        int
            How many tiles have a state.
        """
        with self._lock:
            return self._restate()

    def clear(self) -> None:
        """All tiles are evicted."""
        with self._lock:
            self._memory.clear()
            self._restate()

    def close(self) -> None:
        """Ends the log and the view."""
        self._log.close()
        self._view.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<webmon.TileLog {self.name!r}, {len(self._grids)} layers>"

    def _say(
        self,
        state: int,
        layer: str | int,
        level: int,
        rows: npt.ArrayLike,
        columns: npt.ArrayLike,
        time: npt.ArrayLike | None,
        milliseconds: npt.ArrayLike | None = None,
        nbytes: npt.ArrayLike | None = None,
    ) -> int:
        number = self._number(layer)
        grids = self._grids[number]
        if not 0 <= level < len(grids):
            raise errors.InvalidError(f"tile log {self.name!r}: level is {level}: layer {layer!r} has levels 0 to {len(grids) - 1}")
        place = np.broadcast_arrays(_integers(rows, "rows"), _integers(columns, "columns"))
        events = np.zeros(place[0].size, EVENT)
        for name, values, extent in zip(("row", "column"), place, grids[level], strict=True):
            if values.size and not (0 <= values.min() and values.max() < extent):
                wrong = values[(values < 0) | (values >= extent)].flat[0]
                raise errors.InvalidError(f"tile log {self.name!r}: {name} is {wrong}: level {level} of layer {layer!r} has {name}s 0 to {extent - 1}")
            events[name] = values.ravel()
        events["layer"] = number
        events["level"] = level
        events["state"] = state
        events["milliseconds"] = np.nan if milliseconds is None else _spread(milliseconds, place[0])
        if nbytes is not None:
            # Sizes that 32 bits do not hold are told as the largest one that they do.
            events["nbytes"] = np.minimum(_spread(nbytes, place[0]), 2**32 - 1)
        with self._lock:
            events["time"] = clock.time() if time is None else _spread(time, place[0])
            if not events.size:
                return self._log.append(events)
            self._memory.add(events)
            sequence = self._log.append(events)
            self._since_restated += len(events)
            if self._since_restated >= self._half:
                self._restate_if_it_fits()
            return sequence

    def _number(self, layer: str | int) -> int:
        number = self._numbers.get(layer, -1) if isinstance(layer, str) else layer
        if not 0 <= number < len(self._grids):
            raise errors.InvalidError(f"tile log {self.name!r}: there is no layer {layer!r}; there are {', '.join(reversed(self._numbers))}")
        return number

    def _restate_if_it_fits(self) -> None:
        if len(self._memory.present()) < self._half:
            self._restate()
        else:
            self._since_restated = 0

    def _restate(self) -> int:
        present = self._memory.present()
        events = np.zeros(len(present) + 1, EVENT)
        events[1:] = present
        events[0]["time"] = clock.time()
        events[0]["state"] = RESTATED
        events[0]["nbytes"] = len(present)
        events[0]["milliseconds"] = np.nan
        self._log.append(events)
        self._since_restated = 0
        return len(present)


def _integers(values: npt.ArrayLike, what: str) -> npt.NDArray[np.int64]:
    array = np.asarray(values)
    if array.size and array.dtype.kind not in "iu":
        raise errors.InvalidError(f"{what} have dtype {array.dtype}: they must be integers")
    return array.astype(np.int64)


def _spread(values: npt.ArrayLike, like: npt.NDArray[Any]) -> npt.NDArray[Any]:
    return np.broadcast_to(np.asarray(values), like.shape).ravel()
