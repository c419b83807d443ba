"""``tiles``: a viewer pans and zooms over an enlarged fundus photograph, and tells of every tile that it loads."""

from __future__ import annotations

import time as clock
from collections import OrderedDict
from collections.abc import Callable, Iterable
from itertools import groupby
from math import log2, sin
from typing import Annotated

import numpy as np
import numpy.typing as npt
from scipy.ndimage import zoom

import webmon
from webmon.demo import images
from webmon.demo.tile_loader import FUNDUS, TILE, Key, TileLoader

ENLARGED = 4
LEVELS = 6
CANVAS = (480, 640)
CACHE = 420
# A tile that failed is tried again after so many seconds.
TRY_AGAIN = 5.0
GRID = 255


class Tiles:
    """Tile events, the view, and the pictures of a simulated viewer; its tiles are really loaded, cached and evicted."""

    name = "tiles"
    period = 1 / 30

    def __init__(self, directory: str | None) -> None:
        source = zoom(images.retina_green().astype(np.uint8), ENLARGED, order=1)
        self._source = webmon.Array(
            "fundus",
            like=source,
            tile=(TILE, TILE),
            directory=directory,
            metadata={"axes": ["y", "x"], "units": ["pixel", "pixel"], "scale": [1, 1], "colormap": "green", "contrast_limits": [0, 255]},
        )
        with self._source.edit() as view:
            view[...] = source
        self._picture = webmon.Stream(
            "fundus.viewer",
            CANVAS,
            "u1",
            directory=directory,
            metadata={"axes": ["y", "x"], "colormap": "green", "contrast_limits": [0, 255]},
        )
        shape = source.shape
        self._log = webmon.TileLog(
            self.name,
            [
                webmon.TileLayer.pyramid("fundus", shape, (TILE, TILE), LEVELS, pixels="fundus"),
                webmon.TileLayer.pyramid("vessels", shape, (TILE, TILE), LEVELS),
            ],
            image="Fundus",
            target="demo",
            commands=[function.__name__ for function in self.commands],
            snapshot="restate_tiles",
            directory=directory,
        )
        self._loader = TileLoader(self._source.array)
        self._cache: OrderedDict[Key, npt.NDArray[np.uint8]] = OrderedDict()
        self._failed: dict[Key, float] = {}
        self._drawn: set[Key] = set()
        # Where on its way the viewer is, in seconds; how fast it goes; a place that a page sent it to.
        self._way = 0.0
        self._speed = 1.0
        self._last = 0.0
        self._paused = False
        self._place: tuple[float, float, float] | None = None
        self._grid = False
        self._region = (0.0, 0.0, 1.0, 1.0)
        self._level = 0

    @property
    def wanted(self) -> bool:
        return self._log.wanted or self._picture.wanted

    def compute(self, time: float) -> None:
        """Moves on; wants, takes, evicts and draws tiles."""
        passed, self._last = time - self._last, time
        if not self._paused:
            self._way += passed * self._speed
        self._look()
        needed = self._needed()
        started, ended = self._loader.news()
        self._tell(self._log.loading, started)
        for loaded in ended:
            layer, level, row, column = loaded.key
            if loaded.pixels is None:
                self._failed[loaded.key] = clock.monotonic()
                self._log.failed(layer, level, row, column, milliseconds=loaded.milliseconds)
            else:
                self._cache[loaded.key] = loaded.pixels
                self._log.cached(layer, level, row, column, milliseconds=loaded.milliseconds, nbytes=loaded.pixels.nbytes)
        self._want(needed)
        self._evict(needed)
        drawn = {key for key in needed if key in self._cache}
        self._tell(self._log.cached, (key for key in self._drawn - drawn if key in self._cache))
        self._tell(self._log.drawn, drawn - self._drawn)
        for key in drawn:
            self._cache.move_to_end(key)
        self._drawn = drawn

    def publish(self) -> int:
        """Tells of the view, and shows the picture if somebody looks at it."""
        self._log.view(self._region, level=self._level, canvas=CANVAS)
        if not self._picture.wanted:
            return 0
        with self._picture.loan() as slot:
            self._draw(slot)
        return slot.nbytes

    @property
    def commands(self) -> tuple[Callable[..., object], ...]:
        return (self.show_grid, self.pause_viewer, self.viewer_speed, self.go_to, self.restate_tiles)

    def show_grid(self, on: bool = True) -> None:
        """Draws the edges of the tiles in fundus.viewer, or leaves them out."""
        self._grid = on

    def pause_viewer(self, on: bool = True) -> None:
        """Lets the viewer stay where it is, or go on."""
        self._paused = on
        if not on:
            self._place = None

    def viewer_speed(self, times: Annotated[float, "0.1 to 10"] = 1.0) -> None:
        """Lets the viewer go slower or faster."""
        if not 0.1 <= times <= 10:
            raise ValueError(f"times is {times:g}; it must be 0.1 to 10")
        self._speed = times

    def go_to(self, x: Annotated[float, "in pixels of level 0"], y: Annotated[float, "in pixels of level 0"], level: int = 1) -> None:
        """Sends the viewer to a place, and lets it stay there until it goes on (pause_viewer)."""
        rows, columns = self._source.shape
        if not (0 <= x <= columns and 0 <= y <= rows and 0 <= level < LEVELS):
            raise ValueError(f"x is {x:g}, y is {y:g}, level is {level}; they must be 0 to {columns}, 0 to {rows}, 0 to {LEVELS - 1}")
        self._paused = True
        self._place = (y, x, 2.0**level)

    def restate_tiles(self) -> int:
        """Says the states of all tiles again; gives how many there are."""
        return self._log.restate()

    def close(self) -> None:
        self._loader.close()
        self._log.close()
        self._picture.close()
        self._source.close()

    def _look(self) -> None:
        """Where the viewer is: on a curve that never quite repeats, going in and out; or where it was sent."""
        rows, columns = self._source.shape
        way = self._way
        step = 2 ** (2.2 + 2.2 * sin(0.21 * way))  # pixels of level 0 for one of the canvas
        y = rows * (0.5 + 0.36 * sin(0.17 * way))
        x = columns * (0.5 + 0.36 * sin(0.23 * way + 1))
        if self._place is not None:
            y, x, step = self._place
        height, width = CANVAS[0] * step, CANVAS[1] * step
        self._region = (y - height / 2, x - width / 2, y + height / 2, x + width / 2)
        self._level = min(LEVELS - 1, max(0, round(log2(step))))

    def _tiles_in_view(self) -> tuple[range, range]:
        size = TILE << self._level
        top, left, bottom, right = self._region
        rows, columns = self._source.shape
        return (
            range(max(0, int(top // size)), min(-(-rows // size), int(bottom // size) + 1)),
            range(max(0, int(left // size)), min(-(-columns // size), int(right // size) + 1)),
        )

    def _needed(self) -> list[Key]:
        """The tiles in view, nearest to its centre first."""
        rows, columns = self._tiles_in_view()
        middle = ((rows.start + rows.stop - 1) / 2, (columns.start + columns.stop - 1) / 2)
        places = sorted(((row, column) for row in rows for column in columns), key=lambda at: (at[0] - middle[0]) ** 2 + (at[1] - middle[1]) ** 2)
        return [(layer, self._level, row, column) for row, column in places for layer in range(2)]

    def _want(self, needed: list[Key]) -> None:
        now = clock.monotonic()
        waiting = self._loader.keys
        self._tell(self._log.evicted, [key for key in waiting.difference(needed) if self._loader.drop(key)])
        again = [key for key, since in self._failed.items() if now - since > TRY_AGAIN]
        gone = [key for key in again if key not in needed]
        for key in again:
            del self._failed[key]
        self._tell(self._log.evicted, gone)
        wanted = [key for key in needed if key not in self._cache and key not in waiting and key not in self._failed]
        # Said before it is asked for: the thread may be quick.
        self._tell(self._log.want, wanted)
        for key in wanted:
            self._loader.want(key)

    def _evict(self, needed: list[Key]) -> None:
        """The tiles that were not needed for longest, where there are too many."""
        keep = set(needed)
        evicted = []
        for key in list(self._cache):
            if len(self._cache) <= CACHE:
                break
            if key not in keep:
                del self._cache[key]
                evicted.append(key)
        self._drawn.difference_update(evicted)
        self._tell(self._log.evicted, evicted)

    def _tell(self, say: Callable[..., int], keys: Iterable[Key]) -> None:
        for (layer, level), group in groupby(sorted(keys), key=lambda key: key[:2]):
            places = np.array([key[2:] for key in group])
            say(layer, level, places[:, 0], places[:, 1])

    def _draw(self, canvas: npt.NDArray[np.uint8]) -> None:
        """The cached tiles of the photograph, as the viewer shows them."""
        rows, columns = self._tiles_in_view()
        canvas[...] = 0
        if not rows or not columns:
            return
        mosaic = np.zeros((len(rows) * TILE, len(columns) * TILE), np.uint8)
        for row in rows:
            for column in columns:
                tile = self._cache.get((FUNDUS, self._level, row, column))
                if tile is not None:
                    begin_y, begin_x = (row - rows.start) * TILE, (column - columns.start) * TILE
                    mosaic[begin_y : begin_y + tile.shape[0], begin_x : begin_x + tile.shape[1]] = tile
        if self._grid:
            mosaic[::TILE] = GRID
            mosaic[:, ::TILE] = GRID
        step = 1 << self._level
        top, left, bottom, right = self._region
        # For each row and column of the canvas the one of the mosaic; what lies outside stays black.
        y = np.floor(np.linspace(top, bottom, CANVAS[0], endpoint=False) / step).astype(int) - rows.start * TILE
        x = np.floor(np.linspace(left, right, CANVAS[1], endpoint=False) / step).astype(int) - columns.start * TILE
        in_y, in_x = ((places >= 0) & (places < extent) for places, extent in zip((y, x), mosaic.shape, strict=True))
        canvas[np.ix_(in_y, in_x)] = mosaic[np.ix_(y[in_y], x[in_x])]
