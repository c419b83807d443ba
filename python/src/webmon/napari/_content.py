"""What is to be shared of a layer: its form, its numbers, and where they come from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

#: Elements from which on a frame is too large to be copied whole: it becomes an array with tiles.
LARGE = 1 << 24

Shareable = npt.NDArray[Any] | Any


@dataclass(frozen=True)
class Form:
    """What is fixed for a generation of a segment. Another one makes a new generation."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    metadata: Mapping[str, Any]
    #: Metadata that are of the moment, and make no new generation.
    looks: Mapping[str, Any] = field(default_factory=dict, compare=False)

    @property
    def is_large(self) -> bool:
        """True if it is shared as an array with tiles instead of frames."""
        return int(np.prod(self.shape, dtype=np.float64)) > LARGE or 0 in self.shape


@dataclass(frozen=True)
class Content:
    """What is to be seen now."""

    form: Form
    #: The numbers, or what makes them; called on the worker's thread, so it must not touch napari.
    data: Shareable | Callable[[], Shareable]
    #: Of a table that has room for more: its rows.
    rows: int | None = None


class Source(Protocol):
    """Where an offer's numbers come from. On the viewer's thread."""

    def form(self) -> Form | None:
        """What would be shared, without a look at the data; None if there is nothing."""

    def content(self) -> Content | Callable[[], Content] | None:
        """What is to be seen now, or what finds that out, on the worker's thread; None if there is nothing."""
