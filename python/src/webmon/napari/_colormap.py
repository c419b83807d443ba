"""napari's colour maps, as pages draw them."""

from __future__ import annotations

from typing import Any

import numpy as np

#: Those that the Viewer page has under the same name, with the same colours.
SHARED = frozenset(
    {"gray", "gray_r", "viridis", "magma", "inferno", "plasma", "turbo", "twilight", "red", "green", "blue", "cyan", "magenta", "yellow"}
)
#: Colours that say any other one; between them pages go in straight lines.
_POINTS = 33


def page_colormap(colormap: Any) -> str:
    """The name by which the Viewer page knows a colour map, else its colours.

    Parameters
    ----------
    colormap : napari.utils.Colormap

    Returns
    -------
    str
        A name, or ``#`` and hexadecimal digits, six a colour, of colours that are evenly spread from the lowest value to the highest.
    """
    name = str(colormap.name)
    if name in SHARED:
        return name
    colours = np.asarray(colormap.map(np.linspace(0, 1, _POINTS)))[:, :3]
    first, last = colours[0], colours[-1]
    if np.allclose(colours, np.linspace(first, last, _POINTS), atol=1 / 512):
        colours = colours[[0, -1]]
    return "#" + bytes(np.rint(colours * 255).clip(0, 255).astype("u1")).hex()
