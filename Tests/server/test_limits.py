"""What one client, or many, may ask of the server at once."""

import json
import resource
import socket
import subprocess
import time

import pytest
import webmon
from raw_http import Answer, request
from raw_websocket import PING, PONG, TEXT, Closed, RawWebSocket, Refused
from waiting import until


def closing(client):
    with pytest.raises(Closed) as closed:
        while True:
            client.message(pongs=[])
    return closed.value


# Requests


def test_requests_that_come_too_fast(serve):
    server = serve("--max-requests", 10)
    answers = [request(server.port, "/healthz") for _ in range(150)]
    assert {answer.status for answer in answers} == {200, 429}
    assert all(answer.status == 200 for answer in answers[:50])
    refused = next(answer for answer in answers if answer.status == 429)
    assert int(refused.headers["retry-after"]) >= 1 and json.loads(refused.body)["error"]["code"] == "too-many"
    with pytest.raises(Refused) as refusal:
        for _ in range(100):
            RawWebSocket(server.port).close()
    assert refusal.value.status == 429
    until(lambda: request(server.port, "/healthz").status == 200)


def test_pipelined_requests_count_too(serve):
    server = serve("--max-requests", 10)
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n" * 200)
        received = b""
        try:
            while chunk := connection.recv(1 << 16):
                received += chunk
        except ConnectionError:
            pass
    # The connection is closed on requests that were not read, which resets it: of the 50 answers some may be lost on their way.
    assert 0 < received.count(b"HTTP/1.1 200") < 200
    assert received.count(b"HTTP/1.1 429") <= 1


def test_an_open_session_is_not_held_up_by_them(serve):
    server = serve("--max-requests", 10)
    client = RawWebSocket(server.port)
    client.greeted()
    while request(server.port, "/healthz").status == 200:
        pass
    client.send("ping", t=1)
    client.control("pong")
    client.close()


# Messages


def test_credits_at_a_thousand_a_second_pass(server):
    client = RawWebSocket(server.port)
    client.greeted()
    for _ in range(5):
        client.socket.sendall(b"".join(masked(b'{"type":"status","every_ms":0}') for _ in range(1000)))
        time.sleep(0.2)
    client.send("ping", t=5)
    client.control("pong")
    client.close()


def masked(payload, opcode=TEXT):
    assert len(payload) < 126
    return bytes([0x80 | opcode, 0x80 | len(payload)]) + bytes(4) + payload


def test_messages_that_come_too_fast_end_the_session(server):
    client = RawWebSocket(server.port)
    client.greeted()
    flood = masked(b'{"type":"status","every_ms":0}') * 5000
    client.socket.settimeout(60)
    try:
        for _ in range(60):
            client.socket.sendall(flood)
    except OSError:
        pass
    # A reset may have overtaken the close.
    try:
        closed = closing(client)
        assert closed.code == 1008 and "too fast" in closed.reason
    except (ConnectionError, EOFError):
        pass
    until(lambda: "control messages come too fast" in server.logged() or request(server.port, "/healthz").status == 200)
    other = RawWebSocket(server.port)
    other.greeted()
    other.close()


def test_subscribing_over_and_over_ends_the_session(server):
    client = RawWebSocket(server.port)
    with webmon.Stream("camera", 4, "u1") as camera:
        client.learn("camera")
        client.socket.settimeout(60)
        for _ in range(100):
            pair = masked(b'{"type":"subscribe","id":1,"stream":"camera"}') + masked(b'{"type":"unsubscribe","id":1}')
            try:
                client.socket.sendall(pair * 50)
                for _ in range(100):
                    client.message()
            except Closed as closed:
                assert closed.code == 1008 and "too fast" in closed.reason
                break
            except (ConnectionError, EOFError):
                break
        until(lambda: not camera.wanted)
    client.close()


def test_a_flood_of_pings_is_answered_in_bounds(server):
    client = RawWebSocket(server.port)
    client.greeted()
    client.socket.sendall(masked(b"", PING) * 20_000)
    other = RawWebSocket(server.port)
    other.greeted()
    other.send("ping", t=1)
    other.control("pong")
    other.close()
    client.send("ping", t=1)
    pongs = []
    client.control("pong", pongs=pongs)
    assert 1 <= len(pongs) <= 20_000
    client.socket.sendall(masked(b"nobody asked", PONG) * 1000)
    client.send("ping", t=2)
    client.control("pong", pongs=pongs)
    client.close()


# Connections


def test_too_many_connections_are_told_so(program, directory):
    def limit():
        resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))

    from conftest import RunningServer

    server = RunningServer(program, directory, preexec_fn=limit)
    connections = [socket.create_connection(("127.0.0.1", server.port), timeout=20) for _ in range(100)]
    # 48 of 64 descriptors are for connections; those over it are told so and closed.
    refused = 0
    for connection in connections[60:]:
        raw = b""
        try:
            while chunk := connection.recv(4096):
                raw += chunk
        except ConnectionError:
            pass
        refused += raw == b"" or Answer(raw).status == 503
    assert refused == 40
    for connection in connections:
        connection.close()
    until(lambda: answers(server))
    assert server.stop() == 0
    assert "Fatal error" not in server.logged()
    server.log.close()


def answers(server):
    try:
        return request(server.port, "/healthz").status == 200
    except OSError:
        return False


def test_slow_headers_do_not_stop_others(server):
    connections = [socket.create_connection(("127.0.0.1", server.port), timeout=30) for _ in range(200)]
    start = time.monotonic()
    ended = 0
    header = iter(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n" + b"X: y\r\n" * 100)
    # A byte at a time never ends a request; it must be ended within a bounded time all the same.
    while ended < len(connections):
        assert time.monotonic() - start < 60, f"{len(connections) - ended} of the slow ones are still there"
        byte = bytes([next(header, ord("x"))])
        for index, connection in enumerate(connections):
            if connection is None:
                continue
            try:
                connection.sendall(byte)
                connection.setblocking(False)
                gone = connection.recv(100) == b""
            except BlockingIOError:
                gone = False
            except OSError:
                gone = True
            connection.setblocking(True)
            if gone:
                connection.close()
                connections[index] = None
                ended += 1
        assert request(server.port, "/healthz").status == 200
        time.sleep(0.3)


def test_silent_connections_are_ended(server):
    connections = [socket.create_connection(("127.0.0.1", server.port), timeout=30) for _ in range(50)]
    for connection in connections:
        try:
            assert connection.recv(1000)[9:12] in (b"", b"408")
        except ConnectionError:
            pass
        connection.close()


@pytest.mark.parametrize("arguments", [["--max-clients", "0"], ["--max-clients", "x"], ["--max-requests", "0"], ["--max-requests", "-5"]])
def test_limits_that_are_none(program, arguments):
    assert subprocess.run([program, "serve", *arguments], capture_output=True, timeout=20).returncode == 64
