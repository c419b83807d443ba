"""A segment that is there from the start, and filled only while somebody looks."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable
from typing import Any

import numpy as np

from .. import errors
from .._array import Array
from .._stream import Stream
from ._content import Content, Form, Source
from ._tile_fill import TileFill, tile_of
from ._worker import Worker

_logger = logging.getLogger("webmon.napari")

#: Seconds for which what was looked at stays filled after the last page left: one that is loaded anew comes back within them.
LINGER = 2.0
#: Seconds from one generation to the next at least: a zoom passes through many shapes.
BETWEEN_GENERATIONS = 0.25
#: Seconds until what failed is tried again.
RETRY = 2.0
#: Bytes that are copied within a tick; more is copied by the worker.
_AT_ONCE = 1 << 18
#: Bytes of a frame from which on a ring has two slots instead of three.
_BIG_FRAME = 1 << 23


class Offer:
    """One segment. While nobody looks it is a sparse array that takes no memory, with ``idle: true`` in its metadata; when somebody
    does, it becomes frames, or an array with tiles where these are large, as a new generation under the same name.

    All that takes long is done by the worker: making segments, copies, and reading data that is not in memory.

    Parameters
    ----------
    name : str
    directory : str
        Segment directory.
    source : Source
    worker : Worker
    """

    def __init__(self, name: str, directory: str, source: Source, worker: Worker) -> None:
        self.name = name
        #: Times that data was copied into the segment.
        self.copies = 0
        self._directory = directory
        self._source = source
        self._worker = worker
        self._writer: Stream | Array | None = None
        self._form: Form | None = None
        self._fill: TileFill | None = None
        self._is_idle = True
        self._is_busy = False
        self._is_stale = True
        self._has_other_form = True
        self._wanted_at = 0.0
        self._made_at = float("-inf")
        self._retry_at = 0.0
        self._has_failed = False
        # What went wrong last, with what is to be seen, and with the segment that nobody looks at.
        self._content_problem = self._idle_problem = ""
        self._closed = False
        self._lock = threading.Lock()

    def changed(self, has_other_form: bool) -> None:
        """There is something else to be seen, maybe in another form."""
        self._is_stale = True
        self._has_other_form |= has_other_form

    @property
    def problem(self) -> str:
        """What went wrong last, for people; "" if nothing did."""
        return self._content_problem or self._idle_problem

    @property
    def is_settled(self) -> bool:
        """False if the segment may have to say another form, or is being made."""
        return not self._has_other_form and not self._is_busy

    def tick(self, now: float) -> None:
        """Publishes what changed if somebody looks. `now` in seconds of any clock."""
        if self._is_busy:
            return
        if self._has_failed:
            self._has_failed = False
            self._retry_at = now + RETRY
        writer = self._writer
        if writer is None:
            return
        if writer.wanted:
            self._wanted_at = now
            if self._is_stale and now >= self._retry_at:
                self._publish(now)
        elif not self._is_idle and now - max(self._wanted_at, self._made_at) > LINGER and now >= self._retry_at:
            self._is_stale = True
            self._begin_idle(now)

    def restate(self, now: float) -> bool:
        """Lets a segment that nobody looks at say its present form. True if that took more than a moment."""
        if not self._has_other_form or self._is_busy or not self._is_idle or now < max(self._retry_at, self._made_at + BETWEEN_GENERATIONS):
            return False
        self._begin_idle(now)
        return True

    def close(self) -> None:
        """Ends the segment."""
        with self._lock:
            self._closed = True
            writer, self._writer = self._writer, None
        if writer is not None:
            writer.close()

    def _begin_idle(self, now: float) -> None:
        self._has_other_form = False
        try:
            form = self._source.form()
        except Exception as error:
            self._failed(error, True)
            return
        if form is None or form == self._form and self._is_idle and self._writer is not None:
            return
        self._start(lambda: self._make(form, True), now, True)

    def _publish(self, now: float) -> None:
        try:
            content = self._source.content()
        except Exception as error:
            self._failed(error)
            return
        if content is None:
            self._is_stale = False
            return
        if callable(content):
            self._is_stale = False
            self._start(lambda: self._publish_made(content(), now), None)
            return
        if self._is_idle or content.form != self._form:
            if now >= self._made_at + BETWEEN_GENERATIONS or self._is_idle:
                self._is_stale = False
                self._start(lambda: self._make(content.form, False, content), now)
            return
        self._is_stale = False
        if isinstance(content.data, np.ndarray) and content.data.nbytes <= _AT_ONCE and isinstance(self._writer, Stream):
            self._guarded(lambda: self._copy(content))
        else:
            self._start(lambda: self._copy(content), None)

    def _start(self, act: Callable[[], None], made_at: float | None, idle: bool = False) -> None:
        self._is_busy = True
        if made_at is not None:
            self._made_at = made_at
        self._worker.submit(lambda: self._guarded(act, idle))

    def _guarded(self, act: Callable[[], None], idle: bool = False) -> None:
        try:
            act()
            self._idle_problem = ""
            if not idle:
                self._content_problem = ""
        except errors.ClosedError:
            pass  # The layer went meanwhile.
        except Exception as error:
            self._failed(error, idle)
        finally:
            self._is_busy = False

    def _failed(self, error: Exception, idle: bool = False) -> None:
        """It is tried again: the segment that nobody looks at, or what is to be seen."""
        text = f"{type(error).__name__}: {error}"
        if text != self.problem:
            _logger.warning("%s is not shared: %s", self.name, text)
        if idle:
            self._idle_problem, self._has_other_form = text, True
        else:
            self._content_problem, self._is_stale = text, True
        if self._writer is None:
            self._form, self._is_idle, self._has_other_form = None, True, True
        self._has_failed = True

    def _make(self, form: Form, is_idle: bool, content: Content | None = None) -> None:
        """A new generation. On the worker's thread, as is all below."""
        if self._is_idle and not is_idle:
            self._check_room(form)  # while there is none, pages stay at what is idle
        with self._worker.making:
            with self._lock:
                if self._closed:
                    return
                writer, self._writer, self._fill = self._writer, None, None
            if writer is not None:
                writer.close()
            made = self._made(form, is_idle)
            with self._lock:
                # Not all of it under the lock: the viewer's thread takes it to close.
                if not self._closed:
                    self._writer, self._form, self._is_idle = made, form, is_idle
                    self._fill = TileFill(made) if isinstance(made, Array) else None
            if self._writer is None:
                made.close()
        if content is not None:
            self._copy(content)  # not if it is closed: there is no writer

    def _made(self, form: Form, is_idle: bool) -> Stream | Array:
        metadata = {**form.metadata, **form.looks}
        options: dict[str, Any] = {"shape": form.shape, "dtype": form.dtype, "directory": self._directory}
        if is_idle or form.is_large:
            if is_idle:
                metadata["idle"] = True
            else:
                self._check_room(form)
            return Array(self.name, tile=tile_of(form.shape, bool(form.metadata.get("rgb"))), metadata=metadata, sparse=True, **options)
        frame = form.dtype.itemsize * int(np.prod(form.shape))
        return Stream(self.name, slots=2 if frame >= _BIG_FRAME else 3, metadata=metadata, **options)

    def _publish_made(self, content: Content, now: float) -> None:
        if self._is_idle or content.form != self._form:
            self._made_at = now
            self._make(content.form, False, content)
        else:
            self._copy(content)

    def _copy(self, content: Content) -> None:
        data = content.data() if callable(content.data) else content.data
        writer = self._writer
        if writer is None:
            return
        if isinstance(writer, Array):
            assert self._fill is not None
            if not self._fill.take(data, lambda: self._closed or not writer.wanted):
                self._is_stale = True
        else:
            data = np.asarray(data)
            loan = writer.loan()
            with loan as view:
                if content.rows is None:
                    np.copyto(view, data)
                else:
                    view[: content.rows] = data
                    loan.valid_bytes = content.rows * writer.dtype.itemsize
            if loan.dropped:
                self._is_stale = True  # Readers hold every slot: again at the next tick.
        self.copies += 1

    def _check_room(self, form: Form) -> None:
        """A sparse array that finds no room ends the process, so there must be room before."""
        if not form.is_large:
            return
        needed = form.dtype.itemsize * int(np.prod(form.shape))
        found = os.statvfs(self._directory)
        free = found.f_bavail * found.f_frsize
        if needed > free // 2:
            raise errors.InvalidError(f"its slice has {needed / 1e6:,.0f} MB: {free / 2e6:,.0f} MB, half of what is free in {self._directory}, are allowed")
