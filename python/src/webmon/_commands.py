"""Commands that pages call."""

from __future__ import annotations

import inspect
import json
import logging
import os
import re
import sys
import threading
import time
from collections.abc import Callable
from ctypes import byref, c_uint64
from pathlib import Path
from typing import Any, NamedTuple, Self, TypeVar, overload

from . import _metadata, _native, _process, errors
from ._call_reader import CallReader
from ._command_message import DECLARATION_LIMIT, PRODUCER_LOG, RECORD, REPLY_LIMIT, Message, encode, parts
from ._command_types import Signature
from ._directory import directory_path
from ._log import Log
from ._native import bulk, quick
from ._writer import Directory

_logger = logging.getLogger("webmon.commands")

Function = TypeVar("Function", bound=Callable[..., Any])
#: Gets a function without arguments, and runs it, now or later, in whatever thread it likes.
Runner = Callable[[Callable[[], None]], object]

# Some of the longest replies, so that the server has time to read them.
_RECORDS = 8192
_NAME = re.compile(r"[\w.\-]{1,120}")
_TARGET = re.compile(r"[A-Za-z0-9._\-]{1,100}")
_LONGEST_TIMEOUT = 600.0
_MESSAGE_LIMIT = 2000
_RETRY = 0.25


class _Command(NamedTuple):
    function: Callable[..., Any]
    signature: Signature
    run: Runner | None
    declaration: dict[str, Any]


class _ProducerLog(Log):
    _may_be_reserved = True


class Commands:
    """Commands of this process that pages may call, under one name.

    Nothing is created before the first command: then a log of its own declares them, and a background thread waits for calls. The functions
    run in that thread, one after the other, unless `run` says otherwise. What a function returns goes back to the page that called, and
    so does an exception, which is logged as well (logger ``webmon.commands``).

    A server finds the commands, whichever starts first, and they go on when it is started anew. A call is executed once or not at all: one
    whose time limit has passed is not begun.

    Parameters
    ----------
    target : str
        Name under which pages find the commands, 1 to 100 characters of ``A-Z a-z 0-9 . _ -``. One live process may hold it.
    directory : path, optional
        Segment directory; default ``$WEBMON_DIR``, else ``/dev/shm/webmon-<uid>``.

    Examples
    --------
    >>> import webmon
    >>> with webmon.Commands("microscope") as commands:
    ...     @commands.command
    ...     def set_exposure(milliseconds: float, gain: int = 1) -> float:
    ...         "Sets the exposure; gives the one that the camera really takes."
    ...         return round(milliseconds, 1)
    """

    def __init__(self, target: str, directory: Directory = None) -> None:
        if not isinstance(target, str) or not _TARGET.fullmatch(target):
            raise errors.InvalidError(f"target is {target!r}: it must be 1 to 100 characters of A-Z a-z 0-9 . _ -")
        self._target = target
        self._directory = directory_path(directory)
        self._lock = threading.RLock()
        self._commands: dict[str, _Command] = {}
        self._log: _ProducerLog | None = None
        self._thread: threading.Thread | None = None
        self._why_unusable: type[errors.SegmentError] | None = None
        self._newest = 0  # the newest record
        self._declared = 0  # first record of the newest declaration
        _process.register(self)

    @property
    def target(self) -> str:
        """Name under which pages find the commands."""
        return self._target

    @property
    def names(self) -> list[str]:
        """Names of the commands."""
        return list(self._commands)

    @overload
    def command(
        self,
        function: Function,
        /,
        *,
        name: str | None = None,
        help: str | None = None,
        timeout: float = 1.0,
        run: Runner | None = None,
    ) -> Function: ...

    @overload
    def command(
        self,
        function: None = None,
        /,
        *,
        name: str | None = None,
        help: str | None = None,
        timeout: float = 1.0,
        run: Runner | None = None,
    ) -> Callable[[Function], Function]: ...

    def command(
        self,
        function: Function | None = None,
        /,
        *,
        name: str | None = None,
        help: str | None = None,
        timeout: float = 1.0,
        run: Runner | None = None,
    ) -> Function | Callable[[Function], Function]:
        """Declares a function as a command, as a decorator or called; gives the function back as it is.

        Arguments are given by name, and checked against the annotations before the function is called: ``bool``, ``int`` (no bool, no float),
        ``float`` (integers too), ``str``, ``list``, ``dict``, ``Any``, ``Literal`` and ``Enum`` (its names), each also with ``| None``;
        ``Annotated[int, "text"]`` adds a help text. Without an annotation any JSON value is passed on.

        Parameters
        ----------
        name : str, optional
            Default: the function's own. A second command of one name takes the place of the first.
        help : str, optional
            Default: the first paragraph of the docstring.
        timeout : float, default 1.0
            Seconds after which the page is told that no reply came; at most 600.
        run : callable, optional
            Runs the calls elsewhere, a GUI's own thread for example: it gets a function without arguments, to be called there.

        Raises
        ------
        InvalidError
            The function cannot be a command: the text says why.
        BusyError
            Another process has the target.
        """
        if function is None:
            return lambda function: self._declare(function, name, help, timeout, run)
        return self._declare(function, name, help, timeout, run)

    def close(self) -> None:
        """Ends the commands: pages are told, calls under way get no reply."""
        with self._lock:
            log, self._log = self._log, None
            thread = self._thread
            self._why_unusable = self._why_unusable or errors.ClosedError
        if log is not None:
            log.close()  # that wakes the thread
        if thread is not None and thread is not threading.current_thread():
            thread.join(1.0)

    @property
    def closed(self) -> bool:
        """True after :meth:`close`, and in a child process for those of its parent."""
        return self._why_unusable is not None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __reduce__(self) -> Any:
        raise TypeError(f"{self!r} cannot be pickled: its functions run in the process that declared them")

    def __repr__(self) -> str:
        return f"<webmon.Commands {self._target!r}: {', '.join(self._commands) or 'none'}{', closed' if self.closed else ''}>"

    def _forked(self) -> None:
        # The thread stayed in the parent, and whoever held the lock there will not give it back here.
        self._lock = threading.RLock()
        self._thread = None
        self._log = None
        self._why_unusable = self._why_unusable or errors.ForkedError

    # Declaring

    def _declare(self, function: Function, name: str | None, help: str | None, timeout: float, run: Runner | None) -> Function:
        if self._why_unusable is errors.ForkedError:
            raise errors.ForkedError(f"commands {self._target!r} belong to the parent process: make others under another target")
        if self._why_unusable is not None:
            raise self._why_unusable(f"commands {self._target!r} are closed")
        if not callable(function):
            raise errors.InvalidError(f"command: found a {type(function).__name__}; a function is needed")
        command_name = getattr(function, "__name__", "") if name is None else name
        if not isinstance(command_name, str) or not _NAME.fullmatch(command_name):
            raise errors.InvalidError(f"command {command_name!r}: a name has 1 to 120 letters, digits and . _ -; give one with name=")
        if not isinstance(timeout, int | float) or not 0.001 <= timeout <= _LONGEST_TIMEOUT:
            raise errors.InvalidError(f"command {command_name}: timeout is {timeout!r}: it must be 0.001 to {_LONGEST_TIMEOUT:g} seconds")
        signature = Signature(function, f"command {command_name}")
        declaration = {
            "name": command_name,
            "help": _first_paragraph(function) if help is None else str(help),
            "args": [argument.declaration() for argument in signature.arguments.values()],
            "returns": signature.returns,
            "timeout_ms": round(timeout * 1000),
        }
        if _process.imports_main_again():
            return function  # the parent has declared it
        with self._lock:
            commands = {**self._commands, command_name: _Command(function, signature, run, declaration)}
            text = _declaration(commands)
            if len(text) > DECLARATION_LIMIT:
                raise errors.InvalidError(
                    f"command {command_name}: with it the declaration has {len(text)} bytes; at most {DECLARATION_LIMIT} are allowed"
                )
            if self._log is None:
                self._start()
            self._commands = commands
            self._append_declaration()
        return function

    def _start(self) -> None:
        self._log = _ProducerLog(
            PRODUCER_LOG + self._target,
            RECORD,
            records=_RECORDS,
            directory=self._directory,
            metadata={"webmon": {"target": self._target, "pid": os.getpid()}},
        )
        calls = CallReader(self._directory, self._log.name)
        self._thread = threading.Thread(target=self._run, args=(calls,), name="webmon-commands", daemon=True)
        self._thread.start()

    def _append_declaration(self) -> None:
        self._declared = self._newest + 1
        self._append(Message(0, 0, 0, _declaration(self._commands)))

    # Calls

    def _run(self, calls: CallReader) -> None:
        while True:
            try:
                found = calls.next()
            except errors.ClosedError:
                return
            except errors.SegmentError:
                _logger.exception("calls cannot be read, trying again")
                time.sleep(_RETRY)
                continue
            for call in found:
                try:
                    self._begin(call, calls.generation)
                except Exception:  # whatever it was, the next call is another one
                    if self.closed:
                        return
                    _logger.exception("a call was not answered")

    def _begin(self, call: Message, server: int) -> None:
        try:
            request = json.loads(call.text)
            command = self._commands[request["command"]]
            arguments = command.signature.take(request["args"])
        except ValueError as error:
            self._reply(call, server, _failure("bad-argument", str(error)))
            return
        except (KeyError, TypeError, AttributeError, RecursionError):
            self._reply(call, server, _failure("no-such-command", f"{self._target} has no such command"))
            return
        if command.run is None:
            self._execute(command, arguments, call, server)
            return
        try:
            command.run(lambda: self._execute(command, arguments, call, server))
        except Exception as error:
            _logger.exception("the command %s could not be run", command.declaration["name"])
            self._reply(call, server, _failure("failed", _described(error)))

    def _execute(self, command: _Command, arguments: dict[str, Any], call: Message, server: int) -> None:
        name = command.declaration["name"]
        if quick.now() > call.deadline:
            _logger.warning("the command %s was not run: its time limit had passed before it could begin", name)
            return
        try:
            text = _success(command.function(**arguments))
        except BaseException as error:  # SystemExit too: a page must not end the producer
            _logger.exception("the command %s failed", name)
            text = _failure("failed", _described(error))
        if len(text) > REPLY_LIMIT:
            message = f"the value of {name} has {len(text)} bytes as JSON; at most {REPLY_LIMIT} go back: share an array instead"
            text = _failure("too-large", message)
        self._reply(call, server, text)

    def _reply(self, call: Message, server: int, text: bytes) -> None:
        reply = Message(call.call, server, 0, text)
        with self._lock:
            # A server that comes later must find the declaration in the ring.
            if self._newest + parts(text) >= self._declared + _RECORDS:
                self._append_declaration()
            self._append(reply)

    def _append(self, message: Message) -> None:
        log = self._log
        handle = None if log is None else log._handle
        if handle is None:
            return  # closed: the server tells the page
        records = encode(message)
        append = quick.append if len(records) <= _native.BULK_BYTES else bulk.append
        sequence = c_uint64()
        _native.check(append(handle.pointer, records, parts(message.text), byref(sequence)))
        self._newest = sequence.value


def _declaration(commands: dict[str, _Command]) -> bytes:
    return _json({"commands": [command.declaration for command in commands.values()]})


def _success(value: Any) -> bytes:
    return _json({"ok": True, "value": _metadata.plain(value, "the value")})


def _failure(code: str, message: str) -> bytes:
    return _json({"ok": False, "error": {"code": code, "message": message[:_MESSAGE_LIMIT]}})


def _json(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":"), allow_nan=False).encode()


def _described(error: BaseException) -> str:
    try:
        return f"{type(error).__name__}: {error}"
    except Exception:  # its __str__ is at fault, too
        return type(error).__name__


def _first_paragraph(function: Callable[..., Any]) -> str:
    text = inspect.getdoc(function) or ""
    return " ".join(text.strip().split("\n\n")[0].split())


# The commands of this process without a `Commands` of their own, by target; None: the script's name.
_defaults: dict[str | None, Commands] = {}
_defaults_lock = threading.Lock()


@overload
def command(
    function: Function,
    /,
    *,
    name: str | None = None,
    help: str | None = None,
    timeout: float = 1.0,
    target: str | None = None,
    run: Runner | None = None,
) -> Function: ...


@overload
def command(
    function: None = None,
    /,
    *,
    name: str | None = None,
    help: str | None = None,
    timeout: float = 1.0,
    target: str | None = None,
    run: Runner | None = None,
) -> Callable[[Function], Function]: ...


def command(
    function: Function | None = None,
    /,
    *,
    name: str | None = None,
    help: str | None = None,
    timeout: float = 1.0,
    target: str | None = None,
    run: Runner | None = None,
) -> Function | Callable[[Function], Function]:
    """Declares a function as a command that pages may call; gives the function back as it is.

    As :meth:`Commands.command`, on a :class:`Commands` of this process that lives until its end.

    Parameters
    ----------
    name, help, timeout, run
        As in :meth:`Commands.command`.
    target : str, optional
        Name under which pages find the command. Default: the script's name, with ``-PID`` after it if another process has that.

    Examples
    --------
    >>> @webmon.command  # doctest: +SKIP
    ... def set_grid(show: bool) -> None:
    ...     "Shows or hides the grid."
    ...     viewer.grid.enabled = show

    On a GUI's own thread, here with Qt:

    >>> class Invoker(QObject):  # doctest: +SKIP
    ...     run = Signal(object)
    >>> invoker = Invoker(); invoker.run.connect(lambda work: work())  # doctest: +SKIP
    >>> @webmon.command(run=invoker.run.emit)  # doctest: +SKIP
    ... def set_title(text: str) -> None: ...
    """
    if function is None:
        return lambda function: _declare(function, target, name, help, timeout, run)
    return _declare(function, target, name, help, timeout, run)


def _declare(
    function: Function, target: str | None, name: str | None, help: str | None, timeout: float, run: Runner | None
) -> Function:
    with _defaults_lock:
        commands = _defaults.get(target)
        if commands is None or commands.closed:
            commands = Commands(_script_name() if target is None else target)
        try:
            declared = commands._declare(function, name, help, timeout, run)
        except errors.BusyError:
            if target is not None:
                raise
            commands = Commands(f"{commands.target[:80]}-{os.getpid()}")
            declared = commands._declare(function, name, help, timeout, run)
        _defaults[target] = commands
        return declared


def _script_name() -> str:
    main = sys.modules.get("__main__")
    spec = getattr(main, "__spec__", None)
    file = getattr(main, "__file__", None)
    name = spec.name.removesuffix(".__main__") if spec is not None else Path(file).stem if file else "python"
    return re.sub(r"[^A-Za-z0-9._\-]", "_", name)[:100] or "python"


def _after_fork_in_child() -> None:
    global _defaults_lock
    _defaults_lock = threading.Lock()
    _defaults.clear()


os.register_at_fork(after_in_child=_after_fork_in_child)
