"""Any stream as a live layer."""

from __future__ import annotations

import os
from typing import Any

from .. import errors
from .._array import Array
from .._stream import Stream
from .._writer import Directory
from ._live_layers import LiveLayers
from ._part import Viewer
from ._share import _unwrapped

_layers_of: dict[int, LiveLayers] = {}


def add_shared(
    viewer: Viewer,
    stream: str | Stream | Array,
    *,
    labels: bool | None = None,
    timeout: float | None = 0,
    directory: Directory = None,
    **options: Any,
) -> Any:
    """Adds a layer that shows a stream or an array live: the memory itself, without a copy, at the display's rate.

    Of a stream the layer shows the newest frame in its slot; the writer never waits, and a layer that is hidden asks for nothing. An array of
    another process is shown in its mapping, read-only, and drawn anew when it changed. An array of this process that is given as an object is
    the layer's own data: what is painted is in shared memory at once, and readers are told which tiles changed.

    When the writer ends, the layer keeps the last frame; when another writer takes the name, the layer follows it, whatever its shape and dtype.
    ``layer.metadata["webmon"]`` tells ``{"stream": NAME, "state": STATE}``: ``"live"``; ``"idle"`` for what another viewer shares before its
    first frame has come; ``"closed"`` or ``"gone"`` if its writer ended or died; ``"superseded"`` if another writer has taken the name and
    is not followed, or not yet; ``"left"`` if the layer has nothing to do with the segment any more.

    Parameters
    ----------
    viewer : napari.Viewer
        Gets the layer. To be called in its thread.
    stream : str, webmon.Stream or webmon.Array
        Name of a stream or array that anybody writes, or the object.
    labels : bool, optional
        Makes a Labels layer, or an Image layer; default: as ``labels`` in the metadata says.
    timeout : float, default 0
        Seconds to wait for a stream that is not there yet; None waits for ever.
    directory : path, optional
        Segment directory; default ``$WEBMON_DIR``, else ``/dev/shm/webmon-<uid>``.
    **options
        What ``viewer.add_image`` or ``viewer.add_labels`` take: they count more than metadata, of which ``name``, ``axes``, ``scale``,
        ``translate``, ``units``, ``colormap``, ``contrast_limits`` and ``rgb`` are used.

    Returns
    -------
    napari.layers.Image or napari.layers.Labels
        Its ``data`` is an array of the stream's shape that always has the newest frame's elements; ``layer.data.copy()`` keeps one.

    Raises
    ------
    NotFoundError
        There is no such stream.
    InvalidError, DTypeError
        napari cannot show it: a log, records, complex numbers, fewer than two axes.

    Examples
    --------
    >>> webmon.add_shared(viewer, "camera", colormap="viridis")  # doctest: +SKIP
    <Image layer 'camera' at 0x7f1bc43ad0d0>
    >>> labels = webmon.Array("labels", shape=(2048, 2048), dtype="u2")  # doctest: +SKIP
    >>> webmon.add_shared(viewer, labels, labels=True)  # doctest: +SKIP
    <Labels layer 'labels' at 0x7f1bc43ae950>
    """
    viewer = _unwrapped(viewer)
    if not hasattr(viewer, "layers") or not hasattr(viewer, "window"):
        raise errors.InvalidError(f"viewer is a {type(viewer).__name__}: a napari.Viewer is needed, whose window draws the layer")
    for argument in ("data", "multiscale", "channel_axis"):
        if argument in options:
            raise errors.InvalidError(f"add_shared takes no {argument}: the stream says what is shown")
    if isinstance(stream, Stream):
        directory, stream = os.path.dirname(stream.path), stream.name
    if not isinstance(stream, str | Array):
        raise errors.InvalidError(f"stream is a {type(stream).__name__}: a name, a webmon.Stream or a webmon.Array is needed")
    layers = _live_layers(viewer)
    if isinstance(stream, str):
        return layers.open(stream, directory, timeout, labels, options)
    return layers.paint(stream, labels, options)


def _live_layers(viewer: Viewer) -> LiveLayers:
    found = _layers_of.get(id(viewer))
    if found is not None:
        return found
    from ._window import Ticker

    layers = LiveLayers(viewer)
    ticker = Ticker(viewer, layers.tick, layers.close)

    def end() -> None:
        ticker.stop()
        _layers_of.pop(id(viewer), None)

    layers.on_empty = end
    _layers_of[id(viewer)] = layers
    return layers
