"""How the layers of a multiscale image are cut into tiles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from . import errors
from ._writer import count

Pair = tuple[float, float]


@dataclass(frozen=True)
class TileLevel:
    """One level of a layer.

    Parameters
    ----------
    shape : (int, int)
        Rows and columns, in pixels of this level.
    tile : (int, int)
        Rows and columns of one tile, in pixels of this level. Tiles at the edge are smaller.
    scale : (float, float), optional
        How much of the image, along y and x, one pixel of this level covers; default: the shape of level 0 by this one, rounded.
    """

    shape: tuple[int, int]
    tile: tuple[int, int]
    scale: Pair | None = None

    @property
    def grid(self) -> tuple[int, int]:
        """Rows and columns of tiles."""
        rows, columns = (-(-extent // tile) for extent, tile in zip(self.shape, self.tile, strict=True))
        return rows, columns


@dataclass(frozen=True)
class TileLayer:
    """A layer and its levels, the finest first.

    Parameters
    ----------
    name : str
        For people.
    levels : sequence of TileLevel
        At least one.
    pixels : str, optional
        Name of the array or stream that shares the layer's pixels at level 0: pages show them under the tiles.
    translate : (float, float), default (0, 0)
        Where the layer's corner lies in the image, along y and x.
    """

    name: str
    levels: Sequence[TileLevel]
    pixels: str | None = None
    translate: Pair = (0.0, 0.0)

    @classmethod
    def pyramid(cls, name: str, shape: tuple[int, int], tile: tuple[int, int], levels: int, *, pixels: str | None = None) -> TileLayer:
        """A layer whose levels halve both axes, rounded up, and are all cut into tiles of the same size.

        Examples
        --------
        >>> import webmon
        >>> [level.grid for level in webmon.TileLayer.pyramid("slide", (5000, 4000), (256, 256), 3).levels]
        [(20, 16), (10, 8), (5, 4)]
        """
        made = [
            TileLevel((-(-shape[0] // 2**level), -(-shape[1] // 2**level)), tile, (2.0**level, 2.0**level))
            for level in range(count(levels, "levels", 1, 32))
        ]
        return cls(name, made, pixels)

    def metadata(self) -> dict[str, Any]:
        """The layer as a page reads it. Raises InvalidError for what cannot be."""
        where = f"layer {self.name!r}"
        if not self.levels:
            raise errors.InvalidError(f"{where} has no levels: at least one is needed")
        described = []
        for number, level in enumerate(self.levels):
            at = f"{where}, level {number}"
            for what, pair in (("shape", level.shape), ("tile", level.tile)):
                if len(pair) != 2:
                    raise errors.InvalidError(f"{at}: {what} is {pair!r}: it must be (rows, columns)")
                for extent in pair:
                    count(extent, f"{at}: {what} {tuple(pair)}: extent", 1, 2**31 - 1)
            finest = self.levels[0].shape
            scale = level.scale or (
                float(max(1, round(finest[0] / level.shape[0]))),
                float(max(1, round(finest[1] / level.shape[1]))),
            )
            if not all(0 < factor < float("inf") for factor in scale):
                raise errors.InvalidError(f"{at}: scale is {scale}: both must be over 0")
            described.append({"shape": list(level.shape), "tile": list(level.tile), "scale": list(scale)})
        layer: dict[str, Any] = {"name": self.name, "levels": described, "translate": list(self.translate)}
        if self.pixels is not None:
            layer["pixels"] = self.pixels
        return layer
