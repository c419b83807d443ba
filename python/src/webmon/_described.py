"""What a segment is, as readers and writers both tell it."""

from __future__ import annotations

from typing import Any

import numpy as np

from ._description import SegmentDescription


class Described:
    """The constants of a segment as properties. Whoever derives from it sets ``_description``."""

    _description: SegmentDescription

    @property
    def name(self) -> str:
        """Name of the segment."""
        return self._description.name

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of one frame, of the array, or ``(records,)``."""
        return self._description.shape

    @property
    def dtype(self) -> np.dtype[Any]:
        """numpy dtype of an item."""
        return self._description.dtype

    @property
    def metadata(self) -> dict[str, Any]:
        """The metadata that the writer gave, as readers see it."""
        return self._description.metadata

    @property
    def path(self) -> str:
        """The file, which ``numpy.load(path, mmap_mode="r")`` opens."""
        return self._description.path

    @property
    def description(self) -> SegmentDescription:
        """All constants of the segment."""
        return self._description
