"""SIGTERM: what is on its way arrives, nobody new is let in, and the exit code is 0."""

import io
import signal
import socket
import time

import numpy as np
import pytest
import webmon
from data_message import parse
from raw_http import request
from raw_websocket import CLOSE, Closed, RawWebSocket
from waiting import until

MIB = 1 << 20


def is_listed(server, name):
    return name.encode() in request(server.port, "/api/streams").body


def exit_code(server, seconds=20):
    return server.process.wait(seconds)


def read_to_end(connection):
    received = bytearray()
    try:
        while chunk := connection.recv(1 << 20):
            received += chunk
    except ConnectionError:
        pass
    return bytes(received)


def download(server, name):
    """A download of which the first bytes are here, and the rest is held up by a small window."""
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
    connection.settimeout(20)
    connection.connect(("127.0.0.1", server.port))
    connection.sendall(f"GET /api/streams/{name}.npy HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
    return connection, connection.recv(1000)


def test_a_message_on_its_way_arrives(serve):
    server = serve()
    frame = np.random.default_rng(1).integers(0, 255, 24 * MIB, "u1")
    with webmon.Stream("camera", frame.shape, "u1") as camera:
        camera.put(frame)
        client = RawWebSocket(server.port, receive_buffer=65536)
        client.subscribed(1, "camera", credits=8)
        first = client.frame()
        server.process.terminate()
        until(lambda: "stopping" in server.logged())
        camera.put(frame)  # after the end was asked for: not sent any more
        parts = [first.payload]
        while (part := client.frame()).opcode != CLOSE:
            parts.append(part.payload)
        assert b"".join(parts)[112:] == frame.tobytes()
        assert int.from_bytes(part.payload[:2], "big") == 1001
        client.close()
    assert exit_code(server) == 0


def test_a_download_on_its_way_arrives(serve):
    server = serve()
    frame = np.random.default_rng(2).integers(0, 255, 24 * MIB, "u1")
    with webmon.Stream("camera", frame.shape, "u1") as camera:
        camera.put(frame)
        until(lambda: is_listed(server, "camera"))
        connection, start = download(server, "camera")
        server.process.terminate()
        whole = start + read_to_end(connection)
        assert np.array_equal(np.load(io.BytesIO(whole.partition(b"\r\n\r\n")[2])), frame)
        connection.close()
    assert exit_code(server) == 0


def test_nobody_new_is_let_in(serve):
    server = serve()
    frame = np.zeros(64 * MIB, "u1")
    with webmon.Stream("camera", frame.shape, "u1") as camera:
        camera.put(frame)
        until(lambda: is_listed(server, "camera"))
        connection, _ = download(server, "camera")  # keeps the server
        kept = socket.create_connection(("127.0.0.1", server.port), timeout=20)
        server.process.terminate()
        until(lambda: "stopping" in server.logged())
        try:
            assert request(server.port, "/healthz").raw == b""
        except ConnectionError:
            pass
        kept.close()
        connection.close()
    assert exit_code(server) == 0


@pytest.mark.parametrize("kind", ["page", "download"])
def test_who_takes_nothing_is_not_waited_for_long(serve, kind):
    server = serve()
    frame = np.zeros(64 * MIB, "u1")
    with webmon.Stream("camera", frame.shape, "u1") as camera:
        camera.put(frame)
        until(lambda: is_listed(server, "camera"))
        if kind == "page":
            stalled = RawWebSocket(server.port, receive_buffer=65536)
            stalled.subscribed(1, "camera")
            stalled.frame()
        else:
            stalled, _ = download(server, "camera")
        start = time.monotonic()
        server.process.terminate()
        assert exit_code(server) == 0
        assert time.monotonic() - start > 4, "what is on its way has some seconds"
        stalled.close()


def test_the_second_signal_ends_it_at_once(serve):
    server = serve()
    frame = np.zeros(64 * MIB, "u1")
    with webmon.Stream("camera", frame.shape, "u1") as camera:
        camera.put(frame)
        until(lambda: is_listed(server, "camera"))
        stalled, _ = download(server, "camera")
        server.process.terminate()
        until(lambda: "stopping" in server.logged())
        assert server.process.poll() is None
        server.process.send_signal(signal.SIGINT)
        start = time.monotonic()
        assert exit_code(server) == 0
        assert time.monotonic() - start < 4
        stalled.close()


def test_under_load(serve):
    server = serve()
    frame = np.zeros(MIB, "u1")
    clients = [RawWebSocket(server.port) for _ in range(20)]
    idle = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(20)]
    with webmon.Stream("camera", frame.shape, "u1", slots=4) as camera:
        camera.put(frame)
        for client in clients:
            client.subscribed(1, "camera", credits=64)
        for _ in range(10):
            camera.put(frame)
        server.process.terminate()
        for client in clients:
            with pytest.raises(Closed) as closed:
                while True:
                    message = client.message()
                    assert isinstance(message, dict) or parse(message)
            assert closed.value.code == 1001
            client.close()
    assert exit_code(server) == 0
    for connection in idle:
        connection.close()


def test_signals_that_its_starter_ignores_do_not_end_it(serve):
    """As nohup does with SIGHUP, and a shell with SIGINT for what it starts in the background."""

    def ignore():
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        signal.signal(signal.SIGINT, signal.SIG_IGN)

    server = serve(preexec_fn=ignore)
    for number in signal.SIGHUP, signal.SIGINT:
        server.process.send_signal(number)
    for _ in range(20):
        assert request(server.port, "/healthz").status == 200
        time.sleep(0.05)
    assert server.process.poll() is None
