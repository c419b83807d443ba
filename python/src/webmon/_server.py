"""The server as a child of this process."""

from __future__ import annotations

import atexit
import os
import re
import select
import subprocess
import sys
import tempfile
import threading
import time
import webbrowser
from collections.abc import Iterable
from typing import IO

from . import _files, _process, errors
from ._directory import directory_path
from ._running import running_server
from ._writer import Directory, count

_READY = re.compile(rb"^webmon: serving .* at (https?://\S+)$", re.MULTILINE)
# A directory has one server.
_TAKEN = "is served already by webmon"
_START_LIMIT = 15.0
# Longer than what the server gives to what is on its way.
_STOP_LIMIT = 10.0
# Tells a spawned child, which imports the script again, where its parent's server is.
_ADDRESS_VARIABLE = "WEBMON_PARENT_ADDRESS"


class Server(str):
    """The address of a running server, ``http://127.0.0.1:PORT/``; made by :func:`serve`."""

    _process: subprocess.Popen[bytes] | None
    _log: IO[bytes] | None
    _owner: int
    _last_words: str = ""
    #: The segment directory that it serves.
    directory: str

    @property
    def running(self) -> bool:
        """True while the server runs as a child of this process."""
        return self._process is not None and self._owner == os.getpid() and self._process.poll() is None

    @property
    def log(self) -> str:
        """What the server has written to its standard error."""
        return self._last_words if self._log is None else _text(self._log)

    def stop(self) -> None:
        """Stops the server and waits for its end. In another process than the one that started it, does nothing."""
        child = self._process
        if child is None or self._owner != os.getpid():
            return
        assert child.stdin is not None and child.stdout is not None
        child.stdin.close()
        try:
            child.wait(_STOP_LIMIT)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
        child.stdout.close()
        if self._log is not None:
            self._last_words = _text(self._log)
            self._log.close()
            self._log = None

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def __reduce__(self) -> tuple[type[str], tuple[str]]:
        return str, (str(self),)


_servers: dict[str, Server] = {}
_lock = threading.Lock()


#: One of something, or several.
Paths = str | os.PathLike[str] | Iterable[str | os.PathLike[str]]


def serve(
    port: int = 0,
    *,
    directory: Directory = None,
    pages: Paths = (),
    allow_embed: str | Iterable[str] | None = None,
    open_browser: bool = False,
) -> Server:
    """Starts the server as a child of this process, and gives its address.

    It stops with this process, however that ends. Called again it gives the server that runs already.

    Parameters
    ----------
    port : int, default 0
        Port on 127.0.0.1; 0 takes a free one.
    directory : path, optional
        Segment directory; default ``$WEBMON_DIR``, else ``/dev/shm/webmon-<uid>``.
    pages : path or paths, optional
        Folders with pages of your own, as ``webmon serve --pages`` takes them.
    allow_embed : str or iterable of str, optional
        Origins whose pages may show the server's in a frame: ``"http://localhost:8888"``, or ``"loopback"`` for every port of this
        machine. Default: ``"loopback"`` in a Jupyter kernel, for :func:`show`; nobody elsewhere.
    open_browser : bool, default False
        Shows the page in the user's browser.

    Returns
    -------
    Server
        A `str`, the address; ``stop()`` ends the server.

    Raises
    ------
    BusyError
        Another server has the directory; the text says where it is. Or this process has one that runs without what is asked for.
    SystemCallError
        The server could not be started; the text says what it wrote.

    Examples
    --------
    >>> address = webmon.serve()  # doctest: +SKIP
    >>> print(address)  # doctest: +SKIP
    http://127.0.0.1:40431/
    """
    port = count(port, "port", 0, 65535)
    path = directory_path(directory)
    folders = [os.fspath(pages)] if isinstance(pages, str | os.PathLike) else [os.fspath(folder) for folder in pages]
    origins = [allow_embed] if isinstance(allow_embed, str) else list(allow_embed or ())
    with _lock:
        server = _servers.get(path)
        if server is None or not _is_there(server):
            if allow_embed is None and _is_kernel():
                origins = ["loopback"]
            server = _parents(path) if _process.imports_main_again() else _start(port, path, folders, origins)
            _servers[path] = server
        else:
            _check_same(server, port, folders, origins)
    if open_browser:
        webbrowser.open(server)
    return server


def address_of(path: str) -> Server | None:
    """The server that this process, or the one that spawned it, has started for a directory."""
    server = _servers.get(path)
    return server if server is not None and _is_there(server) else None


def _is_kernel() -> bool:
    """Whether a notebook runs this process: ipykernel is also imported where kernels are started, and in napari's console."""
    application = sys.modules.get("ipykernel.kernelapp")
    return application is not None and bool(application.IPKernelApp.initialized())


def _is_there(server: Server) -> bool:
    return server.running or server._owner != os.getpid()


def _check_same(server: Server, port: int, pages: list[str], origins: list[str]) -> None:
    """Whether a server that runs is what is asked for."""
    if port and f":{port}/" not in server:
        raise errors.BusyError(f"the server for {server.directory} runs at {server} already: stop() it first, or ask for port 0")
    running = running_server(server.directory)
    if running is None:
        return
    for folder in pages:
        if os.path.realpath(folder) not in running.pages:
            raise errors.BusyError(f"the server at {server} runs without pages={folder!r}: stop() it first")
    for origin in origins:
        if ("http://localhost:*" if origin == "loopback" else origin.rstrip("/").lower()) not in running.embedders:
            raise errors.BusyError(f"the server at {server} runs without allow_embed={origin!r}: stop() it first")


def _start(port: int, path: str, pages: list[str], origins: list[str]) -> Server:
    log = tempfile.TemporaryFile()
    command = [str(_files.program()), "serve", "--port", str(port), "--dir", path, "--stop-with-stdin"]
    command += [f"--pages={folder}" for folder in pages] + [f"--allow-embed={origin}" for origin in origins]
    # The child reads the end of its standard input when this process ends, by whatever means.
    child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log)
    server = _server(_address(child, log), path, child, log)
    os.environ[_ADDRESS_VARIABLE] = server
    atexit.register(server.stop)
    return server


def _server(address: str, path: str, child: subprocess.Popen[bytes] | None, log: IO[bytes] | None) -> Server:
    server = Server(address)
    server._process = child
    server._log = log
    server._owner = os.getpid()
    server.directory = path
    return server


def _parents(path: str) -> Server:
    """The parent's server, in a spawned child that runs the parent's script again."""
    server = _server(os.environ.get(_ADDRESS_VARIABLE, ""), path, None, None)
    server._owner = os.getppid()
    return server


def _address(child: subprocess.Popen[bytes], log: IO[bytes]) -> str:
    """Waits for the line with which the server says that it is ready."""
    assert child.stdout is not None and child.stdin is not None
    limit = time.monotonic() + _START_LIMIT
    said = b""
    while (left := limit - time.monotonic()) > 0:
        if not select.select([child.stdout], [], [], min(left, 0.1))[0]:
            continue
        part = os.read(child.stdout.fileno(), 4096)
        said += part
        ready = _READY.search(said) if said.endswith(b"\n") else None
        if ready is not None:
            return ready.group(1).decode()
        if not part:
            break
    timed_out = left <= 0
    if timed_out:
        child.kill()
    code = child.wait()
    child.stdin.close()
    child.stdout.close()
    said_last = _text(log) or said.decode(errors="replace").strip()
    log.close()
    if _TAKEN in said_last:
        raise errors.BusyError(said_last.removeprefix("webmon: "))
    how = f"did not say that it is ready within {_START_LIMIT:g} s" if timed_out else f"ended with code {code} before it was ready"
    raise errors.SystemCallError(f"{_files.program()} serve {how}" + (f": {said_last}" if said_last else ""))


def _text(log: IO[bytes]) -> str:
    return os.pread(log.fileno(), 1 << 20, 0).decode(errors="replace").strip()


def _after_fork_in_child() -> None:
    # A child that outlives this process must not keep the pipe open: the server would not learn of the end.
    global _lock
    _lock = threading.Lock()
    for server in _servers.values():
        if server._process is not None and server._process.stdin is not None:
            server._process.stdin.close()


os.register_at_fork(after_in_child=_after_fork_in_child)
