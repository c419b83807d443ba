"""A layer that shows a segment as it is now."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Mapping
from typing import Any

from .. import errors
from .._array_reader import ArrayReader
from .._frame_reader import FrameReader
from .._open import open as open_reader
from .._reader import ENDS
from .._writer import Directory
from ._layer_look import Look, look_of, without_axes
from ._layer_pixels import pixels_of
from ._part import Viewer
from ._shared_data import NAMES

# Nothing was found now, but may be at the next tick.
_LATER = (errors.NoDataError, errors.TornError)
# Seconds between two looks for a writer that is to come back.
_LOOK_EVERY = 0.25
# A thumbnail costs as much as half a frame.
_THUMBNAIL_EVERY = 1.0
# What a new generation may say anew, by the argument that a user may have given instead.
_OF_METADATA = ("scale", "translate", "axis_labels", "units", "colormap", "contrast_limits")


class LiveLayer:
    """A layer that shows a stream or an array that somebody writes, and follows it through writers that end and come back.

    Parameters
    ----------
    viewer : napari.Viewer or napari.components.ViewerModel
    reader : FrameReader or ArrayReader
        Belongs to this object from now on.
    directory : path, optional
        Segment directory.
    labels : bool, optional
        A Labels layer or an Image layer; None: as the metadata say.
    options : mapping
        Arguments for the layer that a user gave.
    """

    def __init__(
        self, viewer: Viewer, reader: FrameReader | ArrayReader, directory: Directory, labels: bool | None, options: Mapping[str, Any]
    ) -> None:
        self._viewer = viewer
        self._directory = directory
        self._labels = labels
        self._options = dict(options)
        self._name = reader.name
        self._reader: FrameReader | ArrayReader | None = reader
        self._description = reader.description
        self._look = look_of(reader.description, labels, options)
        #: Axes that the user's options are for.
        self._ndim = self._look.ndim
        self._pixels = pixels_of(reader, self._look.labels)
        self._next_look = 0.0
        #: What is said of a writer that ended, if no other one has come until then.
        self._ending = ""
        self._ended_at = 0.0
        #: Generation that napari cannot show.
        self._refused = 0
        self._next_thumbnail = 0.0
        #: True once the layer has nothing to do with the segment any more.
        self.left = False
        self.layer = self._add(self._look)

    def tick(self) -> None:
        """Shows what is newest, if that is not shown yet."""
        if self.layer.data is not self._pixels.data:
            self.release()  # somebody gave the layer other data
            return
        reader = self._reader
        if reader is None:
            self._look_for_a_writer()
            return
        visible = bool(self.layer.visible)
        if visible != reader.subscribed:
            reader.subscribe(visible)
        if not visible:
            return
        try:
            if reader.wait(0, after=self._pixels.sequence):
                self._draw()
        except ENDS:
            self._end(reader)
        except _LATER:
            pass

    def release(self) -> None:
        """Lets go of the segment; the layer keeps what it shows."""
        reader, self._reader = self._reader, None
        self.left = True
        NAMES.pop(self.layer, None)
        if reader is not None:
            self._keep(reader)
            self._say("left")

    def close(self) -> None:
        """Lets go of the segment when the viewer is gone, too."""
        NAMES.pop(self.layer, None)
        if self._reader is not None:
            self._reader.close()
            self._reader = None
            self._say("left")

    def _draw(self) -> None:
        first = self._pixels.sequence == 0
        self._pixels.take()
        if first and not self._look.labels and not self._look.rgb and "contrast_limits" not in self._look.options:
            self.layer.reset_contrast_limits()
        now = time.monotonic()
        thumbnail = now >= self._next_thumbnail
        if thumbnail:
            self._next_thumbnail = now + _THUMBNAIL_EVERY
        self.layer.refresh(extent=False, thumbnail=thumbnail, highlight=False)

    def _keep(self, reader: FrameReader | ArrayReader) -> None:
        self._pixels.keep()
        reader.close()
        # A viewer that closes, and slices in a thread, has ended that before it removes its layers.
        with contextlib.suppress(RuntimeError):
            self.layer.refresh(extent=False)

    # A writer that ends, another that comes

    def _end(self, reader: FrameReader | ArrayReader) -> None:
        state = reader.status.state
        self._reader = None
        NAMES.pop(self.layer, None)
        self._keep(reader)
        self._say(state)
        left = "it has shown nothing" if self._is_idle else "the last frame stays"
        self._ending = f"{self._name}: its writer {'died' if state == 'gone' else 'ended'}; {left}"
        self._ended_at = time.monotonic()

    def _look_for_a_writer(self) -> None:
        now = time.monotonic()
        if now < self._next_look:
            return
        self._next_look = now + _LOOK_EVERY
        if self._ending and now > self._ended_at + _LOOK_EVERY:
            self._viewer.status, self._ending = self._ending, ""
        try:
            reader = open_reader(self._name, directory=self._directory)
        except errors.SegmentError:
            return
        if reader.status.state == "live" and reader.description.generation != self._refused:
            self._follow(reader)
        else:
            reader.close()

    def _follow(self, reader: Any) -> None:
        self._ending = ""
        given = self._options
        try:
            look = look_of(reader.description, self._labels, given)
            if look.ndim != self._ndim:
                given = without_axes(given)
                look = look_of(reader.description, self._labels, given)
        except errors.SegmentError as error:
            self._refused = reader.description.generation
            reader.close()
            self._viewer.status = str(error)
            return
        before, self._look = self._look, look
        was, self._description = self._description, reader.description
        self._reader = reader
        self._pixels = pixels_of(reader, look.labels)
        if not look.same_layer(before):
            self._replace(look)
            return
        self.layer.data = self._pixels.data
        if look.labels:
            self.layer.editable = False
        self._restyle(look, before, given, was.dtype != reader.dtype)
        self._show()

    def _restyle(self, look: Look, before: Look, given: Mapping[str, Any], has_other_dtype: bool) -> None:
        """What the new writer says otherwise than the one before; what it says no more is as if it had never been said."""
        unsaid = {"scale": (1,) * look.ndim, "translate": (0,) * look.ndim, "units": ("pixel",) * look.ndim, "axis_labels": None, "colormap": "gray"}
        for key in _OF_METADATA:
            if key in given:
                continue
            said, was = look.options.get(key), before.options.get(key)
            if said is None and key == "contrast_limits":
                if not look.rgb and not look.labels and (has_other_dtype or was is not None):
                    self.layer.reset_contrast_limits()
            elif said != was:
                setattr(self.layer, key, unsaid[key] if said is None else said)

    # Layers

    def _add(self, look: Look) -> Any:
        add = self._viewer.add_labels if look.labels else self._viewer.add_image
        layer = add(self._pixels.data, **{**look.options, "metadata": {**look.options.get("metadata", {}), "webmon": {}}})
        if look.labels:
            layer.editable = False
        self.layer = layer
        self._show()
        return layer

    def _replace(self, look: Look) -> None:
        layers, old = self._viewer.layers, self.layer
        at = layers.index(old)
        # The new one first: if napari refuses it, the old one stays.
        new = self._add(Look(look.labels, look.rgb, look.ndim, {**look.options, "opacity": old.opacity, "visible": old.visible}))
        layers.remove(old)
        new.name = old.name
        layers.move(layers.index(new), at)

    def _show(self) -> None:
        """The layer shows the segment from now on."""
        NAMES[self.layer] = self._name
        self._say("idle" if self._is_idle else "live")

    @property
    def _is_idle(self) -> bool:
        """True for a segment that says that it will have elements when somebody looks: what another viewer shares."""
        return bool(self._description.metadata.get("idle"))

    def _say(self, state: str) -> None:
        self.layer.metadata["webmon"] = {"stream": self._name, "state": state}
