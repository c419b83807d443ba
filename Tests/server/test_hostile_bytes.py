"""Bytes that are no proper HTTP and no proper WebSocket: refused or answered, never believed, and no harm to anybody else."""

import socket
import struct

import pytest
from raw_http import Answer, exchange, request
from raw_websocket import CLOSE, CONTINUATION, PING, TEXT, Closed, RawWebSocket
from waiting import until

HOST = b"Host: localhost\r\n"
HEALTH = b"GET /healthz HTTP/1.1\r\n" + HOST
WS = b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: webmon.v1\r\n"
KEY = b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"


def answers(raw):
    """The status of every answer on a connection."""
    return [int(part[1:4]) for part in raw.split(b"HTTP/1.1")[1:]]


@pytest.fixture(autouse=True)
def alive(server):
    yield
    assert request(server.port, "/healthz").status == 200


# Smuggling: nobody may be answered a request that another one hid in a body.


@pytest.mark.parametrize(
    "headers",
    [
        b"Transfer-Encoding: chunked\r\n",
        b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n",
        b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n",
        b"Transfer-Encoding: identity\r\n",
        b"Transfer-Encoding:\tchunked\r\n",
        b"transfer-encoding: Chunked\r\n",
        b"Transfer-Encoding: x\r\nTransfer-Encoding: chunked\r\n",
        b"Content-Length: 60\r\n",
        b"Content-Length: 0\r\nContent-Length: 60\r\n",
        b"Content-Length: 60\r\nContent-Length: 0\r\n",
        b"Content-Length: +60\r\n",
        b"Content-Length: 60, 60\r\n",
        b"Content-Length: -1\r\n",
        b"Content-Length: 18446744073709551615\r\n",
        b"Content-Length: 4294967296\r\n",
        b"Expect: 100-continue\r\nContent-Length: 60\r\n",
    ],
)
def test_a_body_is_not_taken_for_a_request(server, headers):
    hidden = b"0\r\n\r\nGET /nothing HTTP/1.1\r\n" + HOST + b"\r\n"
    answer = exchange(server.port, HEALTH + headers + b"\r\n" + hidden)
    assert answers(answer.raw) == [400], answer.raw


@pytest.mark.parametrize(
    "raw, allowed",
    [
        # A blank before the colon, and a line that goes on: not what they look like to others.
        (b"Transfer-Encoding : chunked\r\n", {200, 400, 403}),
        (b"X: y\r\n Transfer-Encoding: chunked\r\n", {200, 400, 403}),
        (b"Expect: 100-continue\r\n", {200}),
        (b"Connection: close, close, keep-alive\r\n", {200}),
        (b": nameless\r\n", {200, 400, 403}),
        (b"no colon\r\n", {200, 400, 403}),
    ],
)
def test_odd_headers(server, raw, allowed):
    answer = exchange(server.port, HEALTH + raw + b"Connection: close\r\n\r\n", timeout=5)
    assert set(answers(answer.raw)) <= allowed and len(answers(answer.raw)) <= 1, answer.raw


def test_a_host_cannot_be_hidden(server):
    for raw in [
        b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: evil.example\r\nHost: localhost\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: evil.example\r\n X: y\r\nHost: localhost\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: evil\r\n .example\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: localhost\x00.evil.example\r\n\r\n",
        b"GET http://evil.example/healthz HTTP/1.1\r\nHost: evil.example\r\n\r\n",
        b"GET /healthz HTTP/1.0\r\n\r\n",
    ]:
        answer = exchange(server.port, raw, timeout=3)
        assert 200 not in answers(answer.raw), raw


# Request lines


@pytest.mark.parametrize(
    "target",
    [
        b"http://evil.example/healthz", b"//evil.example/healthz", b"*", b"", b"healthz", b"\\healthz", b"/%00", b"/healthz%00", b"/healthz\x00",
        b"/%", b"/%1", b"/%zz", b"/%e", b"/%%30%30", b"/?%", b"/?a=%0", b"/\xff\xfe", b"/" + b"%41" * 6000, b"/?" + b"a&" * 3000, b"/?" + b"=" * 3000,
        b"/" + b"a" * 15_000, b"/" + b"a" * 60_000, b"/..?x", b"/../../..?a=b", b"/a/../b?c", b"/?a=1;b=2#f", b"/#f", b"/\r", b"/a b c",
    ],
)  # fmt: skip
def test_odd_targets(server, target):
    for ending in b" HTTP/1.1\r\n" + HOST + b"\r\n", b" HTTP/1.0\r\n" + HOST + b"\r\n", b"\r\n\r\n", b" HTTP/1.1\n" + HOST + b"\n":
        answer = exchange(server.port, b"GET " + target + ending, timeout=0.7)
        assert b"ok\n" not in answer.body[-3:] or target in (b"/healthz", b"healthz", b"//evil.example/healthz"), answer.raw
        if answer.raw:
            assert Answer(answer.raw).status in (200, 302, 400, 401, 403, 404, 405, 413, 414, 431), answer.raw[:100]
        location = answer.headers.get("location", "/streams/")
        assert location.startswith("/") and not location.startswith("//"), location


def test_http_1_0(server):
    answer = exchange(server.port, b"GET /healthz HTTP/1.0\r\n" + HOST + b"\r\n")
    assert answer.status == 200 and answer.body == b"ok\n"


@pytest.mark.parametrize("method", [b"CONNECT", b"TRACE", b"GETT", b"G", b"X" * 5000, b"\x00GET", b"\x16\x03\x01", b" GET"])
def test_odd_methods(server, method):
    for target in b"/healthz", b"localhost:80":
        answer = exchange(server.port, method + b" " + target + b" HTTP/1.1\r\n" + HOST + b"\r\n" + b"more" * 50, timeout=1)
        assert 200 not in answers(answer.raw) and b" 101 " not in answer.raw


def test_bytes_one_by_one(server):
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in HEALTH + b"Connection: close\r\n\r\n":
            connection.sendall(bytes([byte]))
        received = b""
        while chunk := connection.recv(4096):
            received += chunk
    assert received.startswith(b"HTTP/1.1 200") and received.endswith(b"ok\n")


def test_pipelined_requests_of_all_kinds(server):
    lines = [
        b"GET /healthz HTTP/1.1\r\n" + HOST + b"\r\n", b"GET /hello/ HTTP/1.1\r\n" + HOST + b"\r\n", b"GET /nothing HTTP/1.1\r\n" + HOST + b"\r\n",
        b"HEAD /hello/ HTTP/1.1\r\n" + HOST + b"\r\n", b"GET / HTTP/1.1\r\n" + HOST + b"\r\n",
    ]  # fmt: skip
    answer = exchange(server.port, b"".join(lines) * 5 + HEALTH + b"Connection: close\r\n\r\n")
    assert answers(answer.raw) == [200, 200, 404, 200, 302] * 5 + [200]


def test_a_refusal_ends_the_connection(server):
    bad = b"GET /healthz HTTP/1.1\r\nHost: evil.example\r\n\r\n"
    answer = exchange(server.port, bad + HEALTH + b"\r\n")
    assert answers(answer.raw) == [403] and answer.headers["connection"] == "close"


def test_an_upgrade_after_a_request_and_a_request_after_an_upgrade(server):
    upgrade = b"GET /ws HTTP/1.1\r\n" + HOST + WS + KEY + b"\r\n"
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
        connection.sendall(HEALTH + b"\r\n" + upgrade + HEALTH + b"\r\n")  # the last one is no WebSocket frame
        received = b""
        try:
            while chunk := connection.recv(65536):
                received += chunk
        except ConnectionError:
            pass
    assert answers(received)[:2] == [200, 101] and received.count(b"ok\n") == 1


@pytest.mark.parametrize(
    "headers",
    [
        WS, WS.replace(b"13", b"8") + KEY, WS.replace(b"13", b"99999999999") + KEY, WS + b"Sec-WebSocket-Key: \r\n",
        WS + b"Sec-WebSocket-Key: " + b"x" * 5000 + b"\r\n", WS.replace(b"webmon.v1", b"," * 300) + KEY,
        WS.replace(b"webmon.v1", b"x" * 3000) + KEY, WS.replace(b"websocket", b"h2c") + KEY, WS + KEY + b"Content-Length: 5\r\n",
        WS + KEY + b"Transfer-Encoding: chunked\r\n", WS.replace(b"websocket", b"websocket, h2c") + KEY, WS.replace(b"websocket", b"") + KEY,
    ],
)  # fmt: skip
def test_odd_upgrades(server, headers):
    other_version = b"Sec-WebSocket-Version: 13" not in headers
    for before in b"", HEALTH + b"\r\n":
        # Not all are answered; those that must be have time for it.
        answer = exchange(server.port, before + b"GET /ws HTTP/1.1\r\n" + HOST + headers + b"\r\n", timeout=20 if other_version else 2)
        assert b" 101 " not in answer.raw, answer.raw
        if other_version:
            assert answers(answer.raw)[-1] == 426


def test_no_extension_is_agreed_to(server):
    raw = b"GET /ws HTTP/1.1\r\n" + HOST + WS + KEY + b"Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n\r\n"
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
        connection.sendall(raw)
        received = connection.recv(65536)
    assert b" 101 " in received and b"extensions" not in received.lower()


# WebSocket frames


def end_of(client):
    """How a connection ended: the close code, or None without one."""
    try:
        while True:
            client.message(pongs=[])
    except Closed as closed:
        return closed.code
    except (EOFError, ConnectionError):
        return None


@pytest.mark.parametrize(
    "frame",
    [
        b"\x81\x02hi",  # unmasked
        b"\xc1\x80" + bytes(4), b"\xa1\x80" + bytes(4), b"\x91\x80" + bytes(4),  # reserved bits
        b"\x83\x80" + bytes(4), b"\x87\x80" + bytes(4), b"\x8b\x80" + bytes(4), b"\x8f\x80" + bytes(4),  # opcodes that are none
        b"\x89\xfe\x00\x7e" + bytes(4) + bytes(126),  # a ping that is too long
        b"\x88\xfe\x01\x00" + bytes(4) + bytes(256),  # a close that is
        b"\x09\x80" + bytes(4), b"\x08\x80" + bytes(4),  # control in fragments
        b"\x80\x80" + bytes(4),  # goes on with nothing
        b"\x01\x81" + bytes(4) + b"{" + b"\x81\x81" + bytes(4) + b"}",  # a message in another
        b"\x81\xff\xff\xff\xff\xff\xff\xff\xff\xff" + bytes(4),  # a length with its sign bit
        b"\x81\xff\x7f\xff\xff\xff\xff\xff\xff\xff" + bytes(4) + bytes(70_000),  # 8 EiB
        b"\x81\x82" + bytes(4) + b"\xff\xfe",  # no UTF-8
        b"\x81\x83" + bytes(4) + b"\xed\xa0\x80",  # half of a pair
        b"\x82\x84" + bytes(4) + b"1234",  # binary
    ],
)  # fmt: skip
def test_broken_frames_end_the_session(server, frame):
    client = RawWebSocket(server.port)
    client.greeted()
    client.socket.sendall(frame)
    assert end_of(client) in (None, 1000, 1001, 1002, 1003, 1007, 1009)
    client.close()


@pytest.mark.parametrize("code", [0, 999, 1000, 1001, 1005, 1006, 1015, 1016, 2999, 3000, 4999, 5000, 65535])
def test_close_codes(server, code):
    client = RawWebSocket(server.port)
    client.greeted()
    client.send_frame(8, struct.pack(">H", code) + b"bye")
    assert end_of(client) in (None, code, 1000, 1002, 1005)
    client.close()


@pytest.mark.parametrize("payload", [b"", b"\x03", b"\x03\xe8\xff\xfe", b"\x03\xe8" + b"x" * 123])
def test_odd_closes(server, payload):
    client = RawWebSocket(server.port)
    client.greeted()
    client.send_frame(8, payload)
    # The answer may say the same back, whatever it is.
    while client.frame().opcode != CLOSE:
        pass
    with pytest.raises((EOFError, ConnectionError)):
        client.frame()
    client.close()


def test_what_comes_after_a_close_is_not_heard(server):
    client = RawWebSocket(server.port)
    client.greeted()
    close = b"\x88\x82" + bytes(4) + struct.pack(">H", 1000)
    ping = b'{"type":"ping","t":"late"}'
    client.socket.sendall(close + bytes([0x81, 0x80 | len(ping)]) + bytes(4) + ping)
    seen = []
    try:
        while True:
            seen.append(client.message())
    except (Closed, EOFError, ConnectionError):
        pass
    assert not seen
    client.close()


def test_fragments_without_end(server):
    client = RawWebSocket(server.port)
    client.greeted()
    try:
        client.send_frame(TEXT, b'{"type":', final=False)
        for _ in range(3000):
            client.send_frame(CONTINUATION, b" " * 100, final=False)
            client.send_frame(PING, b"")
    except OSError:
        pass
    assert end_of(client) in (None, 1009)
    client.close()


def test_a_huge_frame_that_never_comes(server):
    clients = [RawWebSocket(server.port) for _ in range(20)]
    for client in clients:
        client.greeted()
        client.socket.sendall(b"\x81\xff\x00\x00\x00\x00\x7f\xff\xff\xff" + bytes(4) + b" " * 1000)
    other = RawWebSocket(server.port)
    other.greeted()
    other.send("ping", t=1)
    other.control("pong")
    for client in clients + [other]:
        client.close()
    until(lambda: request(server.port, "/healthz").status == 200)
