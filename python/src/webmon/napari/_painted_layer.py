"""A layer on an array of one's own: what is painted in it is in shared memory, and the tiles are told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from .._array import Array
from ._announced_array import Announcer, announced
from ._layer_look import look_of
from ._part import Viewer
from ._shared_data import NAMES


class PaintedLayer:
    """A layer whose data is the memory of a :class:`webmon.Array` of this process.

    napari writes to it by ``layer.data[region] = values``, whether it paints, fills, undoes or redoes: each of these is announced. Edits
    of the program's own, ``array[region] = values``, are drawn at the next tick.

    Parameters
    ----------
    viewer : napari.Viewer or napari.components.ViewerModel
    array : webmon.Array
    labels : bool, optional
        A Labels layer or an Image layer; None: as the metadata say.
    options : mapping
        Arguments for the layer that a user gave.
    """

    #: True once the layer has nothing to do with the array any more.
    left = False

    def __init__(self, viewer: Viewer, array: Array, labels: bool | None, options: Mapping[str, Any]) -> None:
        look = look_of(array.description, labels, options)
        self._viewer = viewer
        self._array = array
        self._data = announced(array, look.labels)
        announcer = self._data.announcer
        assert announcer is not None
        self._announcer: Announcer = announcer
        # What the layer shows: this many versions, of which so many were announced by it.
        self._version = array.status.sequence
        self._edits = 0
        self._shown_edits = 0
        self._taking = False
        add = viewer.add_labels if look.labels else viewer.add_image
        self.layer = add(self._data, **{**look.options, "metadata": {**look.options.get("metadata", {}), "webmon": {}}})
        self._say("live")
        NAMES[self.layer] = array.name
        self._drawing = [self.layer.events.set_data] + ([self.layer.events.labels_update] if look.labels else [])
        for event in self._drawing:
            event.connect(self._drawn)
        self.layer.events.data.connect(self._given)

    def tick(self) -> None:
        """Draws what others than the layer wrote."""
        array = self._array
        if array.closed:
            self._leave("closed")
            return
        version = array.status.sequence
        if version == self._version:
            return
        unseen = version - self._version - (self._shown_edits - self._edits)
        self._version, self._edits = version, self._shown_edits
        if unseen > 0 and self.layer.visible:
            self.layer.refresh(extent=False, thumbnail=False, highlight=False)
            self._version, self._edits = array.status.sequence, self._announcer.edits

    def release(self) -> None:
        """Leaves layer and array alone. The layer keeps the memory, and its edits are announced still."""
        self._leave("left")

    def close(self) -> None:
        """The same when the viewer is gone."""
        self._leave("left")

    def _leave(self, state: str) -> None:
        if self.left:
            return
        for event in self._drawing:
            event.disconnect(self._drawn)
        self.layer.events.data.disconnect(self._given)
        NAMES.pop(self.layer, None)
        self.left = True
        self._say(state)

    def _drawn(self, event: Any = None) -> None:
        # napari draws what it painted itself.
        self._shown_edits = self._announcer.edits

    def _given(self, event: Any = None) -> None:
        """Somebody set ``layer.data``: the result of an operation in place, or another array, whose elements are taken over."""
        if self._taking:
            return
        if self._array.closed:
            self._leave("closed")
            return
        data = self.layer.data
        if data is self._data:
            self._announcer.announce(self._announcer.box_of(self._announcer.plain))
            return
        found = np.asarray(data)
        if not self._fits(found):
            about = f", {found.min()} to {found.max()}" if found.dtype.kind in "iu" and found.size else ""
            self._viewer.status = (
                f"{self.layer.name} is shared no more: it got data of shape {found.shape}, {found.dtype}{about}; "
                f"the array {self._array.name} has {self._array.shape}, {self._array.dtype}"
            )
            self.release()
            return
        self._taking = True
        try:
            self._announcer.take(found)
            self.layer.data = self._data
        finally:
            self._taking = False

    def _fits(self, found: npt.NDArray[Any]) -> bool:
        """True if the array can have these elements; integers as they are, whatever their dtype."""
        dtype = self._array.dtype
        if found.shape != self._array.shape:
            return False
        if not (found.dtype.kind in "biu" and dtype.kind in "biu"):
            return np.can_cast(found.dtype, dtype, "same_kind")
        low, high = (0, 1) if dtype.kind == "b" else (np.iinfo(dtype).min, np.iinfo(dtype).max)
        return not found.size or bool(low <= int(found.min()) and int(found.max()) <= high)

    def _say(self, state: str) -> None:
        self.layer.metadata["webmon"] = {"stream": self._array.name, "state": state}
