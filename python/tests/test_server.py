"""The real server as a child."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import webmon
from webmon import _files, _server

Start = Callable[..., subprocess.Popen[str]]

try:
    _files.program()
except FileNotFoundError as error:
    pytest.skip(str(error), allow_module_level=True)


def get(address: str) -> Any:
    with urllib.request.urlopen(address, timeout=30) as answer:
        return json.load(answer)


def answers(address: str) -> bool:
    try:
        get(address + "api/streams")
    except (urllib.error.URLError, ConnectionError):
        return False
    return True


def ends(address: str) -> bool:
    limit = time.monotonic() + 30
    while time.monotonic() < limit:
        if not answers(address):
            return True
        time.sleep(0.05)
    return False


@pytest.fixture
def server(directory: Path) -> Iterator[webmon.Server]:
    with webmon.serve() as address:
        yield address


def test_serve(server: webmon.Server, directory: Path) -> None:
    assert server.startswith("http://127.0.0.1:") and server.endswith("/") and server.running
    with webmon.Stream("camera", (3, 4), "u2", metadata={"a": 1}) as stream:
        stream.put(np.zeros((3, 4), "u2"))
        limit = time.monotonic() + 30
        while "camera" not in (found := json.dumps(get(server + "api/streams"))) and time.monotonic() < limit:
            time.sleep(0.05)
        assert "camera" in found
    assert webmon.serve() is server and webmon.serve(directory=directory) is server
    with pytest.raises(webmon.BusyError, match="already"):
        webmon.serve(1)
    server.stop()
    assert not server.running and not answers(server)
    server.stop()
    with webmon.serve() as again:
        assert again.running and again is not server


def test_a_port_that_is_taken(server: webmon.Server, directory: Path) -> None:
    port = int(server.rsplit(":", 1)[1].strip("/"))
    with pytest.raises(webmon.SystemCallError, match=str(port)) as caught:
        webmon.serve(port, directory=directory / "other")
    assert "ended with code" in str(caught.value)


FORK = """
child = os.fork()
if child == 0:
    os.close(1); os.close(2)
    time.sleep(60)
print(child, flush=True)
os.kill(os.getpid(), 9)
"""


@pytest.mark.parametrize("how", ["pass", "os._exit(0)", "os.kill(os.getpid(), 9)", "address.stop()", FORK])
def test_the_server_ends_with_its_process(directory: Path, python: Start, how: str) -> None:
    process = python(f"import os, time, webmon\naddress = webmon.serve()\nprint(address, flush=True)\ninput()\n{how}\n")
    assert process.stdout is not None and process.stdin is not None
    address = process.stdout.readline().strip()
    assert answers(address)
    process.stdin.write("\n")
    process.stdin.flush()
    child = int(process.stdout.readline()) if how == FORK else None
    process.wait(20)
    try:
        assert ends(address)
    finally:
        if child is not None:
            os.kill(child, signal.SIGKILL)


def test_a_spawned_child_does_not_start_another_server(directory: Path, python: Start) -> None:
    child = python(
        """
        import multiprocessing, webmon
        address = webmon.serve()                # no guard

        def see(_):
            return str(address), address.running

        if __name__ == "__main__":
            for method in ("spawn", "fork"):
                with multiprocessing.get_context(method).Pool(1) as pool:
                    assert pool.map(see, [0]) == [(str(address), False)], method
                    pool.close()
                    pool.join()
            assert address.running
            print("ok")
        """
    )
    output, errors = child.communicate(timeout=60)
    assert output == "ok\n", errors


def test_a_program_that_is_no_server(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEBMON_BIN", "/bin/false")
    with pytest.raises(webmon.SystemCallError, match="ended with code 1"):
        webmon.serve()
    assert str(directory) not in _server._servers


def test_console_script(directory: Path, python: Start) -> None:
    child = python("import sys; from webmon._files import run_program\nsys.argv[1:] = ['--version']\nrun_program()")
    output, errors = child.communicate(timeout=30)
    assert child.returncode == 0 and output.strip(), errors
