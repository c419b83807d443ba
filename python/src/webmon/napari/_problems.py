"""What is wrong with layers, for the log."""

from __future__ import annotations

import logging
import weakref
from typing import Any

_logger = logging.getLogger("webmon.napari")


class Problems:
    """Says what is wrong with a layer: once, until it is something else.

    Parameters
    ----------
    what : str
        What comes of it, for people: "is left out of the tiles".
    """

    def __init__(self, what: str) -> None:
        self._what = what
        self._said: weakref.WeakKeyDictionary[Any, str] = weakref.WeakKeyDictionary()

    def say(self, layer: Any, error: Exception) -> None:
        """This went wrong with a layer."""
        text = f"{type(error).__name__}: {error}"
        if self._said.get(layer) != text:
            self._said[layer] = text
            _logger.warning("the layer %r %s: %s", layer.name, self._what, text)
