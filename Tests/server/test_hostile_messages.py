"""Messages that are wrong in every way that could be thought of, and some that a generator thought of. The server answers, or acts, and lives."""

import json
import socket
import struct
import time

import pytest
import webmon
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from raw_http import request
from raw_websocket import BINARY, CLOSE, CONTINUATION, TEXT, Closed, RawWebSocket
from waiting import until

# All that a server says.
KNOWN = {
    "hello", "streams", "added", "removed", "status", "measuring", "subscribed", "waiting", "unsubscribed", "transport", "viewed", "gap", "pong",
    "commands", "reply", "error",
}  # fmt: skip
CODES = {"malformed", "unknown-type", "bad-field", "id-in-use", "no-such-id", "too-large", "too-many", "unreadable"}


@pytest.fixture
def client(server):
    with RawWebSocket(server.port) as client:
        client.greeted()
        yield client


def answers_until_pong(client, mark):
    """All answers up to that of a ping; it has to be the last."""
    client.send("ping", t=mark)
    answers = []
    while True:
        message = client.message()
        if isinstance(message, bytes):
            continue
        if message["type"] == "pong" and message["t"] == mark:
            return answers
        answers.append(message)


# Wrong types in every field of every message

VALUES = [
    None, True, False, -1, 0, 1.5, -0.5, 2**32, 2**64, -(2**63) - 1, 1e300, "", "x" * 200, "1", "\0", "é", [], [1], {}, {"a": None},
]  # fmt: skip

# A message that is right, its fields, and which of VALUES are right in them too.
FIELDS = {
    "subscribe": (
        {"id": 7, "stream": "none", "policy": "all", "credits": 2, "max_fps": 5, "backlog": 3},
        {"stream": ["1"], "policy": [None], "credits": [None], "max_fps": [None, 1.5, 2**32, 2**64, 1e300], "backlog": [None, 0, 2**32]},
    ),
    "unsubscribe": ({"id": 7}, {}),
    "credit": ({"id": 7, "seq": 1, "painted_ns": 5}, {"seq": [0, 2**32], "painted_ns": [None, 0, 1.5, 2**32]}),
    "status": ({"every_ms": 60000}, {"every_ms": [0]}),
}


def is_right(value, right):
    # True == 1 in Python, not in JSON.
    return any(value == other and type(value) is type(other) for other in right)


@pytest.mark.parametrize("type, field", [(type, field) for type, (fields, _) in FIELDS.items() for field in fields])
def test_every_value_in_every_field(client, type, field):
    fields, right = FIELDS[type]
    for number, value in enumerate(VALUES):
        client.send(type, **{**fields, field: value})
        answers = [answer for answer in answers_until_pong(client, number) if answer["type"] != "status"]
        if is_right(value, right.get(field, [])):
            assert [answer for answer in answers if answer.get("code") == "bad-field"] == [], value
            if type == "subscribe":
                assert [answer["type"] for answer in answers] == ["waiting"]
                client.send("unsubscribe", id=7)
                client.control("unsubscribed")
        else:
            (error,) = answers
            assert (error["type"], error["code"]) == ("error", "bad-field"), (value, error)
            assert f"{type}.{field}" in error["message"]


def test_every_value_as_the_type(client):
    for number, value in enumerate(VALUES):
        client.send(value, id=1)
        (error,) = answers_until_pong(client, number)
        assert error["code"] == "unknown-type"


# What a generator thinks of

SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.sampled_from(["camera", "latest", "all", 1, 2, 64, 100])
ANYTHING = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4), max_leaves=12)
KEYS = ["id", "stream", "policy", "credits", "max_fps", "backlog", "seq", "painted_ns", "every_ms", "t", "region", "level", "args", "call", "ref"]
TYPES = ["subscribe", "unsubscribe", "credit", "status", "ping", "command", "reply", "hello", "streams", "pong", ""]
OBJECTS = st.builds(
    lambda type, fields: {**fields, **({} if type is None else {"type": type})},
    st.sampled_from(TYPES) | st.none() | ANYTHING,
    st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=8), ANYTHING, max_size=6),
)
# Nearly right: every field plausible.
PLAUSIBLE = st.fixed_dictionaries(
    {"type": st.sampled_from(TYPES[:5]), "id": st.integers(0, 6)},
    optional={
        "stream": st.sampled_from(["camera", "none", "loads", ""]),
        "policy": st.sampled_from(["latest", "all", "some"]),
        "credits": st.integers(0, 65),
        "max_fps": st.floats(allow_nan=False) | st.integers(),
        "backlog": st.integers(-1, 2**65),
        "seq": st.integers(-1, 2**65),
        "painted_ns": st.floats(allow_nan=False) | st.integers(-1, 2**70),
        "every_ms": st.integers(-1, 60001),
        "t": ANYTHING,
    },
)


def say_all(server, texts):
    """Sends texts over one session, as long as it lasts, and checks every answer."""
    with RawWebSocket(server.port) as client:
        client.greeted()
        for number, text in enumerate(texts):
            client.send_frame(TEXT, text)
            try:
                for answer in answers_until_pong(client, f"mark {number}"):
                    assert answer["type"] in KNOWN
                    if answer["type"] == "error":
                        assert answer["code"] in CODES and answer["message"]
            except (Closed, EOFError, ConnectionError) as end:
                # Only for what is no JSON object.
                assert not isinstance(end, Closed) or end.code == 1003
                with pytest.raises(ValueError):
                    # What Python writes for these numbers is not JSON.
                    json.loads(text, parse_constant=lambda name: int(name + "?"))
                break
    assert server.process.poll() is None


@pytest.mark.parametrize("objects", [OBJECTS, PLAUSIBLE], ids=["anything", "plausible"])
def test_generated_messages(server, objects):
    with webmon.Stream("camera", 64, "u4") as camera, webmon.Log("loads", "<u8") as loads:

        @settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck), database=None)
        @given(st.lists(objects, min_size=1, max_size=12))
        def say(messages):
            camera.put([camera.status.sequence + 1] * 64)
            loads.append([1, 2])
            say_all(server, [json.dumps(message).encode() for message in messages])

        say()
        until(lambda: not camera.wanted and not loads.wanted)
    assert request(server.port, "/healthz").status == 200


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck), database=None)
@given(st.binary(max_size=200) | st.text(max_size=100).map(str.encode) | OBJECTS.map(lambda object: json.dumps(object).encode()[:-1]))
def check_garbage(server, garbage):
    with RawWebSocket(server.port) as client:
        client.greeted()
        client.send_frame(TEXT, garbage)
        error = client.control("error")
        assert error["code"] in CODES and error["message"]
        # Python's reader takes more than JSON (NaN, a lone surrogate), never less.
        if error["code"] == "malformed":
            with pytest.raises(Closed) as closed:
                client.message()
            assert closed.value.code == 1003


def test_garbage_as_text(server):
    check_garbage(server)
    assert request(server.port, "/healthz").status == 200


# Too large, truncated, mixed


def closes_with(client, code):
    with pytest.raises((Closed, ConnectionError, EOFError)) as end:
        while True:
            client.message()
    if isinstance(end.value, Closed):
        assert end.value.code == code


def test_a_message_that_never_ends(server, client):
    client.send_frame(TEXT, b" " * 1000, final=False)
    # It goes on long after it was refused.
    try:
        for _ in range(5000):
            client.send_frame(CONTINUATION, b" " * 1000, final=False)
    except ConnectionError:
        pass
    closes_with(client, 1009)
    assert request(server.port, "/healthz").status == 200


def test_a_message_in_the_smallest_fragments(server, client):
    text = json.dumps({"type": "ping", "t": "x" * 3000}).encode()
    frames = b"".join(
        bytes([(TEXT if n == 0 else CONTINUATION) | (0x80 if n == len(text) - 1 else 0), 0x81, 0, 0, 0, 0, byte]) for n, byte in enumerate(text)
    )
    client.socket.sendall(frames)
    assert client.control("pong")["t"] == "x" * 3000


def test_fragments_without_bytes(server, client):
    text = json.dumps({"type": "ping", "t": 1}).encode()
    client.send_frame(TEXT, b"", final=False)
    client.socket.sendall(bytes([CONTINUATION, 0x80, 0, 0, 0, 0]) * 20_000)
    client.send_frame(CONTINUATION, text, final=True)
    assert client.control("pong")["t"] == 1


def test_a_length_that_is_announced_and_never_comes(server, client):
    """2^40 bytes: nothing is made ready for them."""
    memory = resident(server)
    client.socket.sendall(bytes([0x81, 0xFF]) + struct.pack(">Q", 1 << 40) + bytes(4) + b" " * 100_000)
    error = client.control("error")
    assert error["code"] == "too-large"
    assert resident(server) < memory + 20e6
    assert request(server.port, "/healthz").status == 200


def resident(server):
    with open(f"/proc/{server.process.pid}/status") as status:
        (line,) = [line for line in status if line.startswith("VmRSS")]
    return int(line.split()[1]) * 1024


@pytest.mark.parametrize("fragments", [1, 3])
def test_binary_where_text_is_due(server, client, fragments):
    for n in range(fragments):
        client.send_frame(BINARY if n == 0 else CONTINUATION, b"x" * 500, final=n == fragments - 1)
    assert client.control("error")["code"] == "malformed"
    closes_with(client, 1003)


def test_a_second_message_within_the_first(server, client):
    client.send_frame(TEXT, b'{"type": ', final=False)
    client.send_frame(TEXT, b'{"type": "ping"}')
    closes_with(client, 1002)
    assert request(server.port, "/healthz").status == 200


@pytest.mark.parametrize("farewell", ["reset", "close"])
def test_messages_that_are_cut_off(server, farewell):
    text = b'{"type":"subscribe","id":1,"stream":"camera"}'
    whole = bytes([0x81, 0x80 | len(text)]) + bytes(4) + text
    with webmon.Stream("camera", 64, "u4") as camera:
        camera.put([1] * 64)
        for count in range(len(whole) + 1):
            client = RawWebSocket(server.port)
            client.socket.sendall(whole[:count])
            getattr(client, farewell)()
        until(lambda: not camera.wanted)
    assert request(server.port, "/healthz").status == 200


@pytest.mark.slow
def test_a_page_that_says_goodbye_and_reads_nothing(server):
    with webmon.Stream("camera", 64 << 20, "u1", slots=2) as camera:
        with camera.loan() as view:
            view[...] = 1
        pages = [RawWebSocket(server.port, receive_buffer=4096) for _ in range(4)]
        for number, page in enumerate(pages):
            page.subscribed(1, "camera")
            page._take(number * 500_000)
            page.send_frame(CLOSE, struct.pack(">H", 1000))
        # It holds the frame for as long as any page that takes nothing may, and no longer.
        until(lambda: not camera.wanted, seconds=40)
        for page in pages:
            page.close()


# Slow headers


def test_headers_a_byte_at_a_time(server):
    """Two hundred clients that would take minutes for their headers: dropped in time, and others are served meanwhile."""
    head = f"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nX-Slow: {'x' * 500}\r\n\r\n".encode()
    slow = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(200)]
    for connection in slow:
        connection.setblocking(False)
    open_ones, sent, begin = set(slow), 0, time.monotonic()
    while open_ones:
        assert time.monotonic() - begin < 40, f"{len(open_ones)} are still there"
        assert request(server.port, "/healthz").status == 200
        for connection in list(open_ones):
            try:
                connection.send(head[sent : sent + 1])
                if connection.recv(1000) == b"":
                    open_ones.remove(connection)
            except BlockingIOError:
                pass
            except OSError:
                open_ones.remove(connection)
        sent += 1
        time.sleep(0.5)
    for connection in slow:
        connection.close()
    with RawWebSocket(server.port) as client:
        client.greeted()
