"""A client of napari's own monitor: its frame times and messages become logs.

napari starts it, if ``$NAPARI_MON`` names a file with::

    {"clients": [["python", "-m", "webmon.napari.monitor"]]}

The monitor is a manager of `multiprocessing` on a port of this computer, with a fixed key; what it carries is pickled.
"""

from __future__ import annotations

import argparse
import base64
import binascii
import json
import math
import numbers
import os
import queue
import time
from collections.abc import Mapping
from multiprocessing.managers import BaseManager
from typing import Any

from .. import errors
from .._log import Log
from .._writer import Directory

# As in napari's components/experimental/monitor.
_KEY = b"napari"
_FRAME_TIME = "frame_time"
_TEXT = 1000
#: Seconds between two looks at what is no message: data, and whether napari is there.
_LOOK = 0.5
_GONE = (EOFError, OSError)


class _Manager(BaseManager):
    """napari's, from the client's side."""


for _name in ("napari_data", "napari_messages", "napari_shutdown"):
    _Manager.register(_name)


def port_of(text: str | None) -> int:
    """The monitor's port, out of ``$NAPARI_MON_CLIENT``: JSON in base64.

    Raises
    ------
    InvalidError
        There is none, or it is something else.
    """
    if text is None:
        raise errors.InvalidError("NAPARI_MON_CLIENT is not set: napari sets it for the clients that $NAPARI_MON's file lists; or give --port")
    try:
        port = json.loads(base64.b64decode(text, validate=True))["server_port"]
    except (binascii.Error, ValueError, KeyError, TypeError):
        port = None
    if type(port) is not int or not 0 < port < 65536:
        raise errors.InvalidError(f'NAPARI_MON_CLIENT is {text[:80]!r}: base64 of {{"server_port": PORT}} is needed')
    return port


def follow(port: int | None = None, *, name: str = "napari.monitor", directory: Directory = None) -> None:
    """Follows napari's monitor until napari ends.

    ===========================  ==================================================================================
    ``NAME.frame-times``         a record for each frame: ``time``, ``frame_ms`` (since the frame before)
    ``NAME.KIND``                a record for each message of a kind whose values are all numbers, with their names
    ``NAME.messages``            all other messages, and data that changed: ``time``, ``kind``, ``length``, ``text`` (JSON)
    ===========================  ==================================================================================

    Parameters
    ----------
    port : int, optional
        The monitor's; default: as ``$NAPARI_MON_CLIENT`` says.
    name : str, default "napari.monitor"
        What the names of the logs begin with; if they are taken, as for a second napari, ``"napari-2.monitor"``.
    directory : path, optional
        Segment directory; default ``$WEBMON_DIR``, else ``/dev/shm/webmon-<uid>``.

    Raises
    ------
    InvalidError
        There is no port.
    SystemCallError
        Nobody answers there.
    """
    port = port_of(os.environ.get("NAPARI_MON_CLIENT")) if port is None else port
    manager: Any = _Manager(address=("127.0.0.1", port), authkey=_KEY)
    try:
        manager.connect()
        data, messages, shutdown = manager.napari_data(), manager.napari_messages(), manager.napari_shutdown()
    except _GONE as error:
        raise errors.SystemCallError(f"napari's monitor does not answer at 127.0.0.1:{port}: {error}") from None
    parent = os.getppid()
    with MonitorLogs(name, directory) as logs:
        try:
            next_look = 0.0
            # A napari that was killed leaves its manager behind.
            while os.getppid() == parent:
                try:
                    logs.take(messages.get(True, _LOOK))
                except queue.Empty:
                    pass
                if time.monotonic() >= next_look:
                    next_look = time.monotonic() + _LOOK
                    logs.take_data(data.copy())
                    if shutdown.is_set():
                        return
        except _GONE:
            return


class MonitorLogs:
    """The logs of one napari's messages.

    Parameters
    ----------
    name, directory
        As in :func:`follow`.
    """

    def __init__(self, name: str, directory: Directory = None) -> None:
        self._directory = directory
        self._logs: dict[str, tuple[Log, tuple[str, ...]]] = {}
        self._data: dict[str, str] = {}
        head, _, tail = name.partition(".")
        number = 1
        while True:
            self.name = name if number == 1 else f"{head}-{number}.{tail}" if tail else f"{head}-{number}"
            try:
                self._open("frame-times", ("frame_ms",), {"role": "frame-times", "field_units": {"time": "s", "frame_ms": "ms"}})
                return
            except errors.BusyError:
                number += 1

    def take(self, message: object) -> None:
        """Appends a message: a mapping with a value for each kind."""
        if not isinstance(message, Mapping):
            self._say("message", message)
            return
        for kind, value in message.items():
            if kind == _FRAME_TIME and isinstance(value, Mapping) and {"time", "delta_ms"} <= set(value):
                # The first frame has none before it, and comes as 0.
                spent = _number(value["delta_ms"]) or math.nan
                self._logs["frame-times"][0].append((_number(value["time"]), spent))
            elif isinstance(value, Mapping) and value and all(_is_number(each) for each in value.values()):
                self._count(str(kind), {str(key): float(each) for key, each in value.items()})
            else:
                self._say(str(kind), value)

    def take_data(self, data: Mapping[Any, Any]) -> None:
        """Appends what changed of napari's shared data."""
        for kind, value in data.items():
            text = _json(value)
            if self._data.get(str(kind)) != text:
                self._data[str(kind)] = text
                self._say(str(kind), value)

    def close(self) -> None:
        """Ends all logs."""
        for log, _ in self._logs.values():
            log.close()

    def __enter__(self) -> MonitorLogs:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _count(self, kind: str, values: dict[str, float]) -> None:
        log_name = "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in kind)[:40].strip("-") or "unnamed"
        if log_name in ("messages", "frame-times"):
            log_name += "-2"
        stamp = values.pop("time", None)
        log, fields = self._logs.get(log_name, (None, ()))
        if log is None or not set(values) <= set(fields):
            # Other values than before: another generation, with all of them.
            if log is not None:
                log.close()
            log, fields = self._open(log_name, tuple(dict.fromkeys((*fields, *values))), {"kind": kind, "field_units": {"time": "s"}})
        log.append((time.time() if stamp is None else stamp, *(values.get(field, math.nan) for field in fields)))

    def _open(self, log_name: str, fields: tuple[str, ...], metadata: dict[str, Any]) -> tuple[Log, tuple[str, ...]]:
        dtype = [("time", "<f8"), *((field, "<f8") for field in fields)]
        opened = Log(f"{self.name}.{log_name}", dtype, metadata=metadata, directory=self._directory), fields
        self._logs[log_name] = opened
        return opened

    def _say(self, kind: str, value: object) -> None:
        if "messages" not in self._logs:
            dtype = [("time", "<f8"), ("kind", "S40"), ("length", "<u4"), ("text", f"S{_TEXT}")]
            log = Log(f"{self.name}.messages", dtype, records=4096, metadata={"field_units": {"time": "s"}}, directory=self._directory)
            self._logs["messages"] = log, ()
        text = _json(value).encode()
        # Not in the middle of a letter.
        shown = text[:_TEXT].decode(errors="ignore").encode()
        self._logs["messages"][0].append((time.time(), kind.encode()[:40].decode(errors="ignore").encode(), len(text), shown))


def _json(value: object) -> str:
    """For people: what JSON has not is said as Python does."""
    return json.dumps(value, default=repr, ensure_ascii=False, skipkeys=True)


def _is_number(value: object) -> bool:
    return isinstance(value, numbers.Real)


def _number(value: object) -> float:
    return float(value) if isinstance(value, numbers.Real) else math.nan


def main() -> None:
    """The program: ``python -m webmon.napari.monitor``."""
    parser = argparse.ArgumentParser(prog="python -m webmon.napari.monitor", description="Turns the messages of napari's monitor into logs.")
    parser.add_argument("--port", type=int, help="the monitor's (default: as $NAPARI_MON_CLIENT says)")
    parser.add_argument("--name", default="napari.monitor", help="what the names of the logs begin with (default: %(default)s)")
    parser.add_argument("--dir", help="segment directory (default: $WEBMON_DIR)")
    given = parser.parse_args()
    try:
        follow(given.port, name=given.name, directory=given.dir)
    except errors.SegmentError as error:
        parser.exit(1, f"webmon: {error}\n")
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    main()
