"""The server on a Unix socket: whose it is, and what goes over it."""

import json
import signal
import socket
import stat
import subprocess
import threading

import numpy as np
import pytest
import webmon
from data_message import array
from raw_http import request
from raw_websocket import RawWebSocket, Refused
from waiting import until


@pytest.fixture
def path(tmp_path):
    return tmp_path / "webmon.sock"


def start(program, directory, path, *arguments):
    return subprocess.run(
        [program, "serve", "--dir", directory, "--socket", str(path), *arguments], capture_output=True, text=True, timeout=20
    )


def test_it_is_this_users_alone_and_goes_with_the_server(serve, path, directory):
    server = serve("--socket", path)
    assert server.line == f"webmon: serving {directory} at unix:{path}\n"
    mode = path.stat().st_mode
    assert stat.S_ISSOCK(mode) and stat.S_IMODE(mode) == 0o600
    assert f"ssh -L 5000:{path}" in server.logged()
    assert server.stop() == 0 and not path.exists()


def test_pages_and_the_api(serve, path):
    serve("--socket", path)
    assert request(0, "/hello/", host="localhost:5000", unix=path).status == 200
    assert request(0, "/hello/", host="evil.example", unix=path).status == 403
    fetched = subprocess.run(
        ["curl", "-sS", "--unix-socket", str(path), "http://localhost:5000/api/streams"], capture_output=True, timeout=20, check=True
    )
    assert json.loads(fetched.stdout)["streams"] == []


def test_frames_are_not_copied_and_arrive_whole(serve, path):
    serve("--socket", path)
    client = RawWebSocket(0, unix=path, host="localhost:5000", origin="http://localhost:5000")
    with webmon.Stream("camera", (1500, 2000), "<u2") as camera:
        client.subscribed(1, "camera")
        for number in range(5):
            frame = np.random.default_rng(number).integers(0, 65536, (1500, 2000), "u2")
            camera.put(frame)
            header, got = array(client.data())
            assert np.array_equal(got, frame)
            client.credit(1, header)
        client.send("status", every_ms=100)
        while (message := client.message())["type"] != "status":
            pass
        assert message["session"]["copied_bytes"] == 0 and message["session"]["sent_bytes"] > 5 * frame.nbytes
    client.close()


def test_a_stalled_page_does_not_hold_the_others_up(serve, path):
    serve("--socket", path)
    frame = np.zeros(32 << 20, "u1")
    with webmon.Stream("camera", frame.shape, "u1", slots=4) as camera:
        camera.put(frame)
        stalled = RawWebSocket(0, unix=path, host="localhost")
        stalled.subscribed(1, "camera")
        download = socket.socket(socket.AF_UNIX)
        download.connect(str(path))
        download.sendall(b"GET /api/streams/camera.npy HTTP/1.1\r\nHost: localhost\r\n\r\n")
        for _ in range(5):
            assert request(0, "/healthz", host="localhost", unix=path).body == b"ok\n"
        other = RawWebSocket(0, unix=path, host="localhost")
        other.subscribed(1, "camera")
        assert len(other.data()) > frame.nbytes
        for connection in stalled, other, download:
            connection.close()


def test_a_token_is_asked_for_there_too(serve, path):
    server = serve("--socket", path, "--token", "0123456789abcdef")
    assert request(0, "/hello/", host="localhost", unix=path).status == 401
    with pytest.raises(Refused):
        RawWebSocket(0, unix=path, host="localhost")
    answer = request(0, "/hello/?token=0123456789abcdef", host="localhost", unix=path)
    assert answer.status == 302 and answer.headers["set-cookie"].startswith("webmon-0=")
    assert "/?token=0123456789abcdef" in server.logged()


def test_a_live_socket_is_not_taken(serve, path, program, tmp_path):
    serve("--socket", path)
    result = start(program, str(tmp_path / "segments"), path)
    assert result.returncode == 1 and not result.stdout
    assert f"--socket {path} is in use" in result.stderr and "another webmon" in result.stderr
    assert request(0, "/healthz", host="localhost", unix=path).status == 200


def test_what_a_killed_server_left_is_replaced(serve, path):
    killed = serve("--socket", path)
    killed.process.send_signal(signal.SIGKILL)
    killed.process.wait(30)
    assert path.exists()
    killed.stop = lambda: 0
    serve("--socket", path)
    assert request(0, "/healthz", host="localhost", unix=path).status == 200


@pytest.mark.parametrize("case", ["file", "folder", "long", "nowhere", "open to others", "link"])
def test_places_that_are_none(program, directory, tmp_path, case):
    place = {
        "file": tmp_path / "file", "folder": tmp_path / "folder", "long": tmp_path / ("x" * 120), "nowhere": tmp_path / "no" / "socket",
        "open to others": tmp_path / "shared" / "socket", "link": tmp_path / "link",
    }[case]  # fmt: skip
    (tmp_path / "file").write_text("precious")
    (tmp_path / "link").symlink_to("file")
    (tmp_path / "folder").mkdir()
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared").chmod(0o777)
    result = start(program, directory, place)
    assert result.returncode == 1 and not result.stdout
    (line,) = result.stderr.splitlines()
    assert line.startswith("webmon: --socket") and str(place) in line
    assert (tmp_path / "file").read_text() == "precious" and (tmp_path / "folder").is_dir()


def test_a_relative_path(program, directory, tmp_path):
    server = subprocess.Popen(
        [program, "serve", "--dir", directory, "--socket", "@here"], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    line = server.stdout.readline()
    is_socket = stat.S_ISSOCK((tmp_path / "@here").stat().st_mode)
    server.terminate()
    assert server.wait(20) == 0
    server.stdout.close()
    assert line.endswith(f"unix:{tmp_path}/@here\n") and is_socket


def test_many_clients_at_once(serve, path):
    serve("--socket", path)
    statuses = []

    def ask():
        for _ in range(10):
            statuses.append(request(0, "/api/pages", host="localhost", unix=path).status)

    threads = [threading.Thread(target=ask) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert statuses == [200] * 100
    until(lambda: request(0, "/healthz", host="localhost", unix=path).status == 200)
