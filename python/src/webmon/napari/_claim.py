"""The first word of all names of a viewer that is shared: one live viewer has it."""

from __future__ import annotations

import os

from .. import errors
from .._command_message import RESERVED
from .._directory import streams
from .._log import Log

_WORD = "napari"


class Claim(Log):
    """Holds a prefix, ``"napari"`` or the first free one of ``"napari-2"``, ``"napari-3"``, ..., until it is closed or this process ends.

    It is a log because a name has one live writer, which the kernel sees to: of two viewers that begin at once one gets the name, and that
    of a killed one is free.
    """

    _may_be_reserved = True

    def __init__(self, directory: str) -> None:
        # Nobody else's segments are to be taken for a viewer's.
        used = {listing.name.split(".", 1)[0] for listing in streams(directory) if listing.status.state == "live"}
        number = 1
        while True:
            self.prefix = _WORD if number == 1 else f"{_WORD}-{number}"
            if self.prefix not in used:
                try:
                    about = {"viewer": self.prefix, "pid": os.getpid()}
                    super().__init__(f"{RESERVED}viewer.{self.prefix}", "u1", records=1, metadata=about, directory=directory)
                    return
                except errors.BusyError:
                    pass
            number += 1
