"""Names of segments, of which no two may be the same."""

from __future__ import annotations

from collections.abc import Callable


class Names:
    """Gives names that nobody else has, and takes them back.

    Parameters
    ----------
    make : callable
        Makes a segment's name of any text: different texts may give the same.
    """

    def __init__(self, make: Callable[[str], str]) -> None:
        self._make = make
        self._taken: set[str] = set()

    def take(self, text: str, endings: tuple[str, ...]) -> str:
        """A name for `text`, free with each of the endings; ``-2`` and so on after it where it is taken.

        Examples
        --------
        ``take("cells", ("", ".faces"))`` gives ``"napari.layer.cells"`` and keeps ``"napari.layer.cells.faces"`` as well.
        """
        base = self._make(text)
        number = 1
        while True:
            name = base if number == 1 else f"{base}-{number}"
            wanted = {name + ending for ending in endings}
            if not wanted & self._taken:
                self._taken |= wanted
                return name
            number += 1

    def give(self, name: str, endings: tuple[str, ...]) -> None:
        """The name is free again."""
        self._taken -= {name + ending for ending in endings}
