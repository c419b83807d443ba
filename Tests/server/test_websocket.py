"""Sessions over a real WebSocket: bytes, fragments, flow, and pages that misbehave."""

import json
import os
import random
import socket
import statistics
import struct
import subprocess
import sys
import time

import numpy as np
import pytest
import webmon
from data_message import array, parse
from raw_websocket import BINARY, CLOSE, CONTINUATION, PING, TEXT, Closed, RawWebSocket, Refused
from waiting import until

MIB = 1 << 20


def pattern(nbytes, seed):
    """Bytes of which every run tells where it comes from."""
    words = np.arange(nbytes // 8 + 1, dtype="u8") * np.uint64(0x9E3779B97F4A7C15) + np.uint64(seed)
    return words.view("u1")[:nbytes]


@pytest.fixture
def client(server):
    client = RawWebSocket(server.port)
    yield client
    client.close()


# Bytes


@pytest.mark.parametrize(
    "nbytes",
    [1, 13, 14, 125, 126, 65535 - 112, 65536 - 112, 65536, MIB - 112, MIB - 111, MIB, 2 * MIB - 112, 3 * MIB + 7, 8 * MIB, 64 * MIB],
)
def test_frames_arrive_byte_for_byte_with_pings_in_between(server, client, nbytes):
    frames = 3 if nbytes > 16 * MIB else 12
    with webmon.Stream("camera", shape=nbytes, dtype="u1") as camera:
        client.subscribed(7, "camera")
        pings, pongs = 0, []
        for number in range(1, frames + 1):
            camera.put(pattern(nbytes, number))
            for _ in range(4):
                client.send_frame(PING, b"%d" % pings)
                pings += 1
            fragments = []
            header, payload = parse(client.data(pongs=pongs, fragments=fragments))
            assert (header.opcode, header.id, header.sequence, header.shape) == (1, 7, number, (nbytes,))
            assert header.published <= header.sent
            assert np.array_equal(np.frombuffer(payload, "u1"), pattern(nbytes, number))
            assert max(fragments) <= MIB and len(fragments) == -(-(nbytes + 112) // MIB)
            client.credit(7, header)
        client.send("ping", t="last")
        client.control("pong", pongs=pongs)
        # Pings that come while one is not answered yet need no answers of their own (RFC 6455, 5.5.3).
        answered = [int(pong) for pong in pongs]
        assert answered == sorted(set(answered)) and answered[-1] < pings and len(answered) >= frames


def test_frames_are_not_copied(server, client):
    with webmon.Stream("camera", shape=MIB, dtype="u1") as camera:
        camera.put(pattern(MIB, 1))
        client.subscribed(1, "camera")
        client.data()
        client.send("status", every_ms=1000)
        session = client.control("status")["session"]
    assert session["copied_bytes"] == 0
    assert session["sent_bytes"] > MIB
    assert session["messages"] >= 4  # hello, streams, subscribed, the frame
    assert session["sends"] >= 5


def test_a_slow_reader_gets_whole_frames(server):
    client = RawWebSocket(server.port, receive_buffer=16384)
    with webmon.Stream("camera", shape=(1024, 4096), dtype="u2") as camera:
        camera.put(pattern(8 * MIB, 1).view("u2").reshape(1024, 4096))
        client.subscribed(1, "camera")
        pongs = []
        for number in (1, 2):
            for n in range(3):
                client.send_frame(PING, b"%d" % n)
            header, pixels = array(client.data(pongs=pongs, slowly=0.002))
            assert np.array_equal(pixels, pattern(8 * MIB, number).view("u2").reshape(1024, 4096))
            camera.put(pattern(8 * MIB, number + 1).view("u2").reshape(1024, 4096))
            client.credit(1, header)
        client.data(pongs=pongs)
        client.send("status", every_ms=1000)
        assert client.control("status", pongs=pongs)["session"]["partial_sends"] > 0
    assert pongs
    client.close()


@pytest.mark.parametrize("dtype", ["?", "i1", "<u2", ">u2", "<i4", ">f4", "f8", "f2", "c8", ">c16", "<u8"])
def test_header_of_every_plain_dtype(server, client, dtype):
    shape = (3, 5)
    frame = np.arange(15).reshape(shape).astype(dtype)
    with webmon.Stream("camera", shape=shape, dtype=dtype) as camera:
        camera.put(frame, level=2, plane=9, region=(slice(10, 13), slice(20, 25)))
        stream = client.subscribed(4_000_000_000, "camera")
        header, pixels = array(client.data())
        assert header.dtype == np.dtype(dtype) == np.dtype(stream["dtype"])
        assert np.array_equal(pixels, frame)
        assert (header.id, header.level, header.plane) == (4_000_000_000, 2, 9)
        assert (header.y, header.x, header.h, header.w) == (10, 20, 3, 5)
        assert f"{header.generation:016x}" == stream["generation"]
        assert header.published <= time.monotonic_ns()


def test_structured_dtype_is_described(server, client):
    dtype = np.dtype([("t", "<f8"), (("title", "name"), "S5"), ("roi", [("y", "<u4"), ("x", ">u4")], (2,))])
    with webmon.Log("events", dtype) as log:
        stream = client.subscribed(1, "events")
        log.append(np.zeros(3, dtype))
        header, payload = parse(client.data())
    assert stream["dtype"] is None and stream["itemsize"] == 29 and stream["kind"] == "log"
    assert stream["fields"][1] == {
        "name": "name", "title": "title", "offset": 8, "dtype": "|S5", "fields": None, "shape": [], "itemsize": 5,
    }  # fmt: skip
    assert stream["fields"][2]["shape"] == [2]
    assert [field["dtype"] for field in stream["fields"][2]["fields"]] == ["<u4", ">u4"]
    assert header.dtype is None and header.records == 3 and header.shape == (3,) and len(payload) == 87


# Flow


def test_data_moves_on_credit_only(server, client):
    with webmon.Stream("camera", shape=4, dtype="u1") as camera:
        client.subscribed(1, "camera", credits=3)
        for number in range(1, 4):
            camera.put([number] * 4)
            assert array(client.data())[0].sequence == number
        camera.put([4] * 4)
        client.send("ping", t=1)
        client.control("pong")  # and no data before it
        client.send("credit", id=1, seq=1)
        assert array(client.data())[0].sequence == 4
        # More credits than were spent count for nothing.
        for _ in range(5):
            client.send("credit", id=1, seq=4)
        client.send("ping", t=2)
        client.control("pong")
        for number in range(5, 8):
            camera.put([number] * 4)
            assert array(client.data())[0].sequence == number
        camera.put([8] * 4)
        client.send("ping", t=3)
        client.control("pong")


def test_newest_wins_and_what_was_passed_over_is_told(server, client):
    with webmon.Stream("camera", shape=4, dtype="u4") as camera:
        for number in range(1, 6):
            camera.put([number] * 4)
        client.subscribed(1, "camera")
        header, pixels = array(client.data())
        assert header.sequence == 5 and header.lost == 0 and pixels[0] == 5  # what came before is no gap
        for number in range(6, 11):
            camera.put([number] * 4)
        client.credit(1, header)
        gap = client.control("gap")
        assert (gap["id"], gap["from"], gap["to"]) == (1, 6, 9)
        header, pixels = array(client.data())
        assert header.sequence == 10 and header.lost == 4 and pixels[0] == 10


def test_every_frame_is_sent_or_told_as_a_gap(server, client):
    with webmon.Stream("camera", shape=1000, dtype="u4") as camera:
        client.subscribed(1, "camera", credits=4)
        last, lost, got = 0, 0, 0
        for number in range(1, 501):
            while camera.put(np.full(1000, number, "u4")) is None:
                time.sleep(0.001)  # every slot is leased just now
            if number % 7 == 0:
                time.sleep(0.001)
        while last < 500:
            message = client.message()
            if isinstance(message, dict):
                assert message["type"] == "gap" and message["from"] == last + 1
                last = message["to"]
                lost += message["to"] - message["from"] + 1
            else:
                header, pixels = array(message)
                assert header.sequence == last + 1 or last == 0
                assert (pixels == header.sequence).all() and header.lost == lost
                last, got = header.sequence, got + 1
                client.credit(1, header)
        assert got > 1


def test_policy_all_goes_through_the_ring_in_order(server, client):
    with webmon.Stream("camera", shape=4, dtype="u4", slots=8) as camera:
        camera.put([1] * 4)
        client.subscribed(1, "camera", policy="all", credits=1)
        for number in range(2, 7):
            camera.put([number] * 4)
        for number in range(1, 7):
            header, pixels = array(client.data())
            assert header.sequence == number and pixels[0] == number
            client.credit(1, header)
        for number in range(7, 40):
            camera.put([number] * 4)
            time.sleep(0.001)
        message = client.message()
        while isinstance(message, bytes):
            header, _ = array(message)
            if header.sequence == 39:
                return  # the machine was quick enough for all
            client.credit(1, header)
            message = client.message()
        assert message["type"] == "gap" and message["from"] == header.sequence + 1


def test_max_fps_paces(server, client):
    with webmon.Stream("camera", shape=4, dtype="u4") as camera:
        camera.put([0] * 4)
        client.subscribed(1, "camera", max_fps=20, credits=8)
        sent, end = [], time.monotonic() + 60
        client.socket.settimeout(0.01)
        while len(sent) < 31:
            assert time.monotonic() < end, sent
            camera.put([1] * 4)
            try:
                message = client.message()
            except TimeoutError:
                continue
            if isinstance(message, bytes):
                header, _ = parse(message)
                sent.append(header.sent)
                client.credit(1, header)
        # By the server's clock, which it reads a moment after it found that a frame was due: half an interval is more than that moment.
        assert sent[-1] - sent[0] >= 29.5 * 50e6, sent
        # Where the machine pauses one interval is longer, so the rate is that of the one in the middle.
        assert statistics.median(np.diff(sent)) < 70e6, sent


def test_two_streams_share_the_socket_fairly(server, client):
    with webmon.Stream("large", shape=4 * MIB, dtype="u1") as large, webmon.Stream("small", shape=16, dtype="u1") as small:
        large.put(pattern(4 * MIB, 0))
        small.put(pattern(16, 0))
        client.learn("small", "large")
        client.subscribed(1, "large")
        client.send("subscribe", id=2, stream="small")
        counts = {1: 0, 2: 0}
        while sum(counts.values()) < 40:
            message = client.message()
            if isinstance(message, bytes):
                header, _ = parse(message)
                counts[header.id] += 1
                large.put(pattern(4 * MIB, 0))
                small.put(pattern(16, 0))
                client.credit(header.id, header)
        assert min(counts.values()) >= 15, counts


def test_several_pages_get_the_same_frames(server):
    clients = [RawWebSocket(server.port) for _ in range(5)]
    frame = pattern(5 * MIB, 3)
    with webmon.Stream("camera", shape=5 * MIB, dtype="u1", slots=3) as camera:
        for client in clients:
            client.subscribed(1, "camera")
        camera.put(frame)
        for client in clients:
            header, payload = parse(client.data())
            assert header.sequence == 1 and np.array_equal(np.frombuffer(payload, "u1"), frame)
            client.close()


FLAT_OUT = """
import numpy as np, webmon
camera = webmon.Stream("camera", 1 << 18, "u4", slots=4)
print("ready", flush=True)
n = 0
while True:
    with camera.loan() as view:
        n += 1
        view[...] = n
"""


@pytest.mark.slow
def test_no_frame_is_torn_while_the_writer_goes_flat_out(server):
    producer = start_producer(program=FLAT_OUT)
    clients = [RawWebSocket(server.port, receive_buffer=size) for size in (1 << 20, 1 << 16, 4096)]
    for client in clients:
        client.subscribed(1, "camera", credits=2, policy="latest")
    counts = [0] * len(clients)
    lost = [0] * len(clients)
    end = time.monotonic() + 15
    while time.monotonic() < end or min(counts) <= 50:
        assert time.monotonic() < end + 120, counts
        for index, client in enumerate(clients):
            message = client.message()
            if isinstance(message, dict):
                lost[index] += message["to"] - message["from"] + 1
                continue
            header, values = array(message)
            assert (values == values[0]).all(), "a torn frame"
            assert header.lost == lost[index]
            counts[index] += 1
            client.credit(1, header)
    for client in clients:
        client.close()
    stop_producer(producer)


# Logs and arrays


def test_a_log_arrives_whole_and_in_order(server, client):
    dtype = np.dtype([("n", "<u8"), ("x", "<f4")])
    with webmon.Log("loads", dtype, records=100_000) as log:
        records = np.zeros(50_000, dtype)
        records["n"] = np.arange(50_000)
        log.append(records[:10])
        client.subscribed(3, "loads", backlog=4, credits=2)
        header, payload = parse(client.data())
        assert header.opcode == 2 and header.records == 4 and header.sequence == 10
        assert np.frombuffer(payload, dtype)["n"].tolist() == [6, 7, 8, 9]
        client.credit(3, header)
        got = [6, 7, 8, 9]
        for start in range(10, 50_000, 4999):
            log.append(records[start : start + 4999])
        while len(got) < 50_000 - 6:
            header, payload = parse(client.data())
            part = np.frombuffer(payload, dtype)["n"].tolist()
            assert header.sequence == part[-1] + 1 and header.records == len(part)
            got += part
            client.credit(3, header)
        assert got == list(range(6, 50_000))


def test_an_overrun_log_tells_what_is_lost(server, client):
    with webmon.Log("loads", "<u8", records=16) as log:
        log.append(np.arange(1, 3, dtype="u8"))
        client.subscribed(3, "loads", backlog=2)
        header, _ = parse(client.data())
        assert header.sequence == 2
        log.append(np.arange(3, 101, dtype="u8"))
        client.credit(3, header)
        gap = client.control("gap")
        header, payload = parse(client.data())
        assert (gap["from"], gap["to"]) == (3, 84) and header.lost == 82
        assert np.frombuffer(payload, "<u8").tolist() == list(range(85, 101))


def test_backlog_starts_nowhere_by_default(server, client):
    with webmon.Log("loads", "<u8") as log:
        log.append(np.arange(5, dtype="u8"))
        client.subscribed(3, "loads")
        client.send("ping", t=1)
        client.control("pong")
        log.append(np.arange(5, 7, dtype="u8"))
        header, payload = parse(client.data())
        assert header.sequence == 7 and np.frombuffer(payload, "<u8").tolist() == [5, 6]


def test_an_array_is_sent_whole_each_time_it_changed(server, client):
    with webmon.Array("labels", (600, 700), "<u2") as labels:
        labels.array[...] = 5
        stream = client.subscribed(1, "labels")
        assert stream["tile"] == [256, 256]
        header, pixels = array(client.data())
        assert header.opcode == 3 and header.sequence == 0 and pixels.shape == (600, 700) and (pixels == 5).all()
        labels[10:20, 30:40] = 9
        client.credit(1, header)
        header, pixels = array(client.data())
        assert header.sequence == 1 and np.array_equal(pixels, labels.array) and header.lost == 0
        client.credit(1, header)
        for n in range(20):
            labels[n] = n
        message = client.data()
        while array(message)[0].sequence < 21:
            client.credit(1, array(message)[0])
            message = client.data()
        assert np.array_equal(array(message)[1], labels.array)
        client.send("status", every_ms=1000)
        client.credit(1, array(message)[0])
        assert client.control("status")["session"]["copied_bytes"] % 840_000 == 0


def test_an_open_edit_holds_nobody_else_up(server, client):
    with webmon.Array("labels", (600, 700), "<u2") as labels, webmon.Stream("camera", 4, "u1") as camera:
        client.learn("labels", "camera")
        client.subscribed(1, "camera")
        with labels.edit((slice(0, 10), slice(0, 10))) as view:
            client.send("subscribe", id=2, stream="labels")
            client.control("subscribed")
            took = []
            for number in range(1, 6):
                start = time.monotonic()
                camera.put([number] * 4)
                header, _ = array(client.data())
                took.append(time.monotonic() - start)
                assert header.id == 1
                client.credit(1, header)
            # The machine may pause for one of them.
            assert min(took) < 0.5, took
            view[...] = 7
        header, pixels = array(client.data())
        assert header.id == 2 and pixels[0, 0] == 7


# Streams that come and go


def test_a_stream_may_come_later_and_start_anew(server, client):
    client.greeted()
    assert client.streams == {}
    client.send("subscribe", id=5, stream="camera")
    waiting = client.control("waiting")
    assert waiting["id"] == 5 and waiting["name"] == "camera" and waiting["reason"]

    with webmon.Stream("camera", 4, "u1") as camera:
        first = client.control("added")["stream"]
        assert client.control("subscribed")["stream"]["generation"] == first["generation"]
        until(lambda: camera.wanted)
        camera.put([1] * 4)
        header, _ = array(client.data())
        client.credit(5, header)
    assert client.control("removed")["name"] == "camera"
    assert client.control("waiting")["id"] == 5

    with webmon.Stream("camera", (2, 2), "u2") as camera:
        second = client.control("added")["stream"]
        assert second["generation"] != first["generation"] and second["shape"] == [2, 2]
        client.control("subscribed")
        camera.put([[1, 2], [3, 4]])
        header, pixels = array(client.data())
        assert f"{header.generation:016x}" == second["generation"] and pixels.tolist() == [[1, 2], [3, 4]]


def test_what_was_published_last_still_comes_after_the_end(server, client):
    log = webmon.Log("loads", "<u8")
    client.subscribed(1, "loads")
    log.append(np.arange(3, dtype="u8"))
    header, _ = parse(client.data())
    log.append(np.arange(3, 10, dtype="u8"))
    log.close()
    assert client.control("removed")["name"] == "loads"
    client.credit(1, header)
    header, payload = parse(client.data())
    assert np.frombuffer(payload, "<u8").tolist() == list(range(3, 10))
    assert client.control("waiting")["id"] == 1


PRODUCER = """
import sys, time, numpy as np, webmon
camera = webmon.Stream("camera", 1000, "u4", resume="--resume" in sys.argv)
print("ready", flush=True)
n = 0
while True:
    n += 1
    camera.put(np.full(1000, n, "u4"))
    time.sleep(0.002)
"""


def start_producer(*arguments, program=PRODUCER):
    path = os.path.dirname(os.path.dirname(webmon.__file__))
    process = subprocess.Popen(
        [sys.executable, "-c", program, *arguments], stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": path}
    )
    process.stdout.readline()
    return process


def stop_producer(process):
    process.kill()
    process.wait()
    process.stdout.close()


@pytest.mark.parametrize("arguments", [[], ["--resume"]])
def test_a_killed_producer_is_seen_and_its_successor_goes_on(server, client, arguments):
    producer = start_producer()
    client.subscribed(1, "camera")
    for _ in range(5):
        message = client.message()
        if isinstance(message, bytes):
            client.credit(1, parse(message)[0])
    stop_producer(producer)
    client.send("status", every_ms=100)
    end = time.monotonic() + 30
    state = None
    while state != "gone":
        assert time.monotonic() < end
        message = client.message()
        if isinstance(message, bytes):
            client.credit(1, parse(message)[0])
        elif message["type"] == "status":
            (stream,) = message["streams"]
            state = stream["state"]
            assert stream["readers"] == 1
    client.send("status", every_ms=0)
    producer = start_producer(*arguments)
    got = 0
    end = time.monotonic() + 30
    while got < 5:
        assert time.monotonic() < end
        message = client.message()
        if isinstance(message, bytes):
            got += 1
            client.credit(1, parse(message)[0])
    stop_producer(producer)


def test_a_broken_file_is_no_stream(server, client, directory):
    client.greeted()
    with open(os.path.join(directory, ".tmp-junk"), "wb") as file:
        file.write(os.urandom(20_000))
    os.rename(file.name, os.path.join(directory, "junk.npy"))  # as segments are put in place
    until(lambda: "junk" in server.logged())
    client.send("subscribe", id=1, stream="junk")
    error = client.control("error")
    assert error["code"] == "unreadable" and error["id"] == 1 and "junk" in error["message"]
    assert client.control("waiting")["id"] == 1
    os.remove(os.path.join(directory, "junk.npy"))
    with webmon.Stream("junk", 4, "u1"):
        client.control("added")
        client.control("subscribed")


def test_too_large_an_array_is_refused(server, client):
    with webmon.Array("volume", 257 * MIB, "u1"):
        client.learn("volume")
        client.send("subscribe", id=1, stream="volume")
        error = client.control("error")
        assert error["code"] == "too-large" and "volume" in error["message"]
        client.control("waiting")
        client.send("ping", t=1)
        client.control("pong")


def test_readers_and_wanted(server, client):
    with webmon.Stream("camera", 4, "u1") as camera:
        client.learn("camera")
        assert not camera.wanted
        client.send("status", every_ms=100)
        assert client.control("status")["streams"][0]["readers"] == 0
        client.send("status", every_ms=0)
        client.send("subscribe", id=1, stream="camera")
        while (message := client.message())["type"] == "status":
            pass
        assert message["type"] == "subscribed" and message["stream"]["readers"] == 1
        assert camera.wanted
        client.send("unsubscribe", id=1)
        assert client.control("unsubscribed")["id"] == 1
        until(lambda: not camera.wanted)
        client.send("subscribe", id=1, stream="camera")
        client.control("subscribed")
        assert camera.wanted
        client.close()
        until(lambda: not camera.wanted)


# Control


def test_hello_ping_and_status(server, client, directory):
    hello = client.greeted()
    assert hello["protocol"] == "webmon.v1" and hello["directory"] == directory and len(hello["server"]) == 16
    assert abs(hello["clock"] - time.monotonic_ns()) < 5e9
    before = time.monotonic_ns()
    client.send("ping", t={"any": ["thing", 1.5, None, 2**63]})
    pong = client.control("pong")
    assert pong["t"] == {"any": ["thing", 1.5, None, 2**63]}
    assert before <= pong["received"] <= pong["clock"] <= time.monotonic_ns()
    with webmon.Stream("camera", 4, "u1") as camera:
        client.control("added")
        client.send("status", every_ms=100)
        before = client.control("status")
        for _ in range(50):
            camera.put([1] * 4)
        # One may be told in the middle of them.
        while (status := client.control("status"))["streams"][0]["sequence"] < 50:
            before = status
        (stream,) = status["streams"]
        assert stream["name"] == "camera" and stream["state"] == "live" and stream["sequence"] == 50
        commits, nanoseconds = 50 - before["streams"][0]["sequence"], status["clock"] - before["clock"]
        assert stream["rate"] == pytest.approx(commits / (nanoseconds / 1e9)) and stream["dropped"] == 0 and stream["age_ns"] < 5e9
        client.send("status", every_ms=0)
        time.sleep(0.3)
        client.send("ping", t=1)
        message = client.message()
        while message["type"] == "status":
            message = client.message()
        assert message["type"] == "pong"


@pytest.mark.parametrize(
    "text, code, part",
    [
        (b'{"type": "dance"}', "unknown-type", "dance"),
        (b"{}", "unknown-type", "type"),
        (b'{"type": 3}', "unknown-type", "3"),
        (b'{"type": "subscribe"}', "bad-field", "id"),
        (b'{"type": "subscribe", "id": 0, "stream": "a"}', "bad-field", "id is 0"),
        (b'{"type": "subscribe", "id": 4294967296, "stream": "a"}', "bad-field", "4294967296"),
        (b'{"type": "subscribe", "id": 1.5, "stream": "a"}', "bad-field", "1.5"),
        (b'{"type": "subscribe", "id": true, "stream": "a"}', "bad-field", "true"),
        (b'{"type": "subscribe", "id": 1, "stream": "../etc"}', "bad-field", "../etc"),
        (b'{"type": "subscribe", "id": 1, "stream": ""}', "bad-field", "stream"),
        (b'{"type": "subscribe", "id": 1, "stream": "a", "policy": "some"}', "bad-field", "some"),
        (b'{"type": "subscribe", "id": 1, "stream": "a", "credits": 65}', "bad-field", "65"),
        (b'{"type": "subscribe", "id": 1, "stream": "a", "max_fps": 0}', "bad-field", "max_fps"),
        (b'{"type": "subscribe", "id": 1, "stream": "a", "max_fps": -1}', "bad-field", "max_fps"),
        (b'{"type": "subscribe", "id": 1, "stream": "a", "backlog": -1}', "bad-field", "backlog"),
        (b'{"type": "unsubscribe", "id": 9}', "no-such-id", "9"),
        (b'{"type": "credit", "id": 9, "seq": 1}', "no-such-id", "9"),
        (b'{"type": "credit", "id": 9}', "bad-field", "seq"),
        (b'{"type": "status", "every_ms": 99}', "bad-field", "99"),
        (b'{"type": "status"}', "bad-field", "every_ms"),
    ],
)
def test_errors_say_what_was_wrong_and_close_nothing(server, client, text, code, part):
    client.greeted()
    client.send_frame(TEXT, text)
    error = client.control("error")
    assert error["code"] == code and part in error["message"]
    client.send("ping", t=1)
    client.control("pong")


@pytest.mark.parametrize("text", [b"", b"hello", b"[1]", b"3", b'{"type": "ping"', b"\xff\xfe", b"null", b'{"a":' * 5000])
def test_what_is_no_json_object_ends_the_session(server, client, text):
    client.greeted()
    client.send_frame(TEXT, text)
    assert client.control("error")["code"] == "malformed"
    with pytest.raises(Closed) as closed:
        client.message()
    assert closed.value.code == 1003


def test_a_binary_message_ends_the_session(server, client):
    client.greeted()
    client.send_frame(BINARY, b'{"type": "ping"}')
    assert client.control("error")["code"] == "malformed"
    with pytest.raises(Closed) as closed:
        client.message()
    assert closed.value.code == 1003


@pytest.mark.parametrize("fragments", [1, 40])
def test_too_large_a_message_ends_the_session(server, client, fragments):
    client.greeted()
    part = b" " * (70_000 // fragments)
    for n in range(fragments):
        client.send_frame(TEXT if n == 0 else CONTINUATION, part, final=n == fragments - 1)
    assert client.control("error")["code"] == "too-large"
    with pytest.raises(Closed) as closed:
        client.message()
    assert closed.value.code == 1009


def test_a_message_may_come_in_fragments(server, client):
    client.greeted()
    text = json.dumps({"type": "ping", "t": "x" * 60_000}).encode()
    for start in range(0, len(text), 7000):
        client.send_frame(TEXT if start == 0 else CONTINUATION, text[start : start + 7000], final=start + 7000 >= len(text))
        client.send_frame(PING, b"between")
    pongs = []
    assert client.control("pong", pongs=pongs)["t"] == "x" * 60_000


def test_ids_and_limits(server, client):
    client.greeted()
    for id in range(1, 257):
        client.send("subscribe", id=id, stream="none")
        client.control("waiting")
    client.send("subscribe", id=1, stream="other")
    assert client.control("error")["code"] == "id-in-use"
    client.send("subscribe", id=257, stream="none")
    error = client.control("error")
    assert error["code"] == "too-many" and error["id"] == 257
    client.send("unsubscribe", id=1)
    client.control("unsubscribed")
    client.send("subscribe", id=257, stream="none")
    client.control("waiting")


def test_more_streams_than_one_thread_can_wait_for(server, client, directory):
    streams = [webmon.Stream(f"s{n}", 4, "u2", slots=2) for n in range(150)]
    client.learn(*(f"s{n}" for n in range(150)))
    for n in range(150):
        client.send("subscribe", id=n + 1, stream=f"s{n}")
        client.control("subscribed")
    for round in range(1, 4):
        for n in random.sample(range(150), 150):
            streams[n].put([n] * 4)
        seen = set()
        while len(seen) < 150:
            header, pixels = array(client.data())
            assert pixels[0] == header.id - 1 and header.sequence == round
            seen.add(header.id)
            client.credit(header.id, header)
    for stream in streams:
        stream.close()


def test_the_sessions_are_limited(serve):
    server = serve("--max-clients", 60)
    clients = []
    with pytest.raises(Refused) as refused:
        for _ in range(61):
            clients.append(RawWebSocket(server.port))
    assert refused.value.status == 503 and b"too-many" in refused.value.body
    assert len(clients) == 60
    for client in clients:
        client.close()
    until(lambda: can_connect(server))


def can_connect(server):
    try:
        RawWebSocket(server.port).close()
        return True
    except Refused:
        return False


# Who may connect


@pytest.mark.parametrize(
    "options, status",
    [
        ({"host": "evil.example"}, 403),
        ({"host": "127.0.0.1.evil.example:80"}, 403),
        ({"origin": "http://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": "http://localhost:1"}, 403),
        ({"origin": "https://127.0.0.1:{port}"}, 403),
        ({"protocol": None}, 400),
        ({"protocol": "chat"}, 400),
        ({"path": "/"}, 404),
        ({"path": "/ws/x"}, 404),
    ],
)
def test_refused_upgrades(server, options, status):
    options = {key: value and value.format(port=server.port) for key, value in options.items()}
    with pytest.raises(Refused) as refused:
        RawWebSocket(server.port, **options)
    assert refused.value.status == status
    assert json.loads(refused.value.body)["error"]["message"]


@pytest.mark.parametrize(
    "options",
    [
        {"host": "localhost:{port}"},
        {"host": "LOCALHOST:9999"},
        {"host": "127.0.0.1"},
        {"host": "[::1]:{port}"},
        {"origin": "http://127.0.0.1:{port}"},
        {"host": "localhost:8000", "origin": "http://localhost:8000"},
        {"protocol": "other, webmon.v1"},
    ],
)
def test_accepted_upgrades(server, options):
    options = {key: value.format(port=server.port) for key, value in options.items()}
    client = RawWebSocket(server.port, **options)
    assert client.control("hello")["protocol"] == "webmon.v1"
    client.close()


# Pages that misbehave


def leases_are_free(camera, frame):
    """Every slot can be written: no page holds one."""
    dropped = camera.status.dropped
    for _ in range(2 * camera.slots):
        camera.put(frame)
    return camera.status.dropped == dropped


def test_close_in_the_middle_of_a_message(server):
    frame = pattern(64 * MIB, 5)
    with webmon.Stream("camera", 64 * MIB, "u1", slots=3) as camera:
        camera.put(frame)
        client = RawWebSocket(server.port, receive_buffer=65536)
        client.subscribed(1, "camera")
        first = client.frame()
        assert first.opcode == BINARY and not first.final
        client.send_frame(CLOSE, struct.pack(">H", 1000) + b"enough")
        # Whole fragments go on until the answer, and nothing after it.
        received = len(first.payload)
        while (frame_ := client.frame()).opcode == CONTINUATION:
            assert frame_.payload == frame[received - 112 : received - 112 + len(frame_.payload)].tobytes()
            received += len(frame_.payload)
        assert frame_.opcode == CLOSE and frame_.payload[:2] == struct.pack(">H", 1000)
        assert client.socket.recv(1) == b""
        assert received < 64 * MIB
        client.close()
        until(lambda: leases_are_free(camera, frame))


@pytest.mark.parametrize("farewell", ["close", "reset"])
def test_a_page_that_vanishes_leaves_no_lease(server, farewell):
    frame = pattern(32 * MIB, 5)
    with webmon.Stream("camera", 32 * MIB, "u1", slots=2) as camera:
        camera.put(frame)
        for _ in range(3):
            client = RawWebSocket(server.port, receive_buffer=65536)
            client.subscribed(1, "camera")
            client._take(100_000)
            getattr(client, farewell)()
            until(lambda: not camera.wanted)
        until(lambda: leases_are_free(camera, frame))


@pytest.mark.slow
def test_a_stalled_page_is_dropped_and_holds_nothing(server):
    frame = pattern(32 * MIB, 5)
    with webmon.Stream("camera", 32 * MIB, "u1", slots=4) as camera:
        camera.put(frame)
        stalled = RawWebSocket(server.port, receive_buffer=65536)
        stalled.subscribed(1, "camera")
        other = RawWebSocket(server.port)
        other.subscribed(1, "camera")
        start = time.monotonic()
        got = 0
        while stalled_is_open(stalled):
            assert time.monotonic() - start < 40
            # The other page goes on all the time.
            camera.put(frame)
            message = other.message()
            if isinstance(message, bytes):
                got += 1
                other.credit(1, parse(message)[0])
            time.sleep(0.02)
        # Held up by the stalled one it would have got one or two; more than a few a slow machine cannot move.
        assert time.monotonic() - start > 9 and got > 5
        other.close()
        stalled.close()
        until(lambda: not camera.wanted)
        assert leases_are_free(camera, frame)


def stalled_is_open(client):
    """Whether the server still has the connection: the kernel's table of this process's peer."""
    local = client.socket.getsockname()[1]
    with open("/proc/net/tcp") as table:
        # The server's end: its remote port is our local one. State 01 is established.
        return any(line.split()[2].endswith(f":{local:04X}") and line.split()[3] == "01" for line in table.readlines()[1:])


def test_control_messages_that_nobody_reads_are_bounded(server, client):
    client.greeted()
    text = json.dumps({"type": "ping", "t": "x" * 60_000}).encode()
    client.socket.settimeout(2)
    # A server that closes the connection takes what still comes for some seconds, and throws it away.
    end = time.monotonic() + 60
    with pytest.raises((TimeoutError, ConnectionError)):
        while time.monotonic() < end:
            client.send_frame(TEXT, text, masked=True)
    assert can_connect(server)


def test_garbage_after_the_handshake(server):
    random.seed(7)
    for n in range(60):
        client = RawWebSocket(server.port)
        client.socket.settimeout(0.5)
        try:
            client.socket.sendall(random.randbytes(random.choice([1, 2, 14, 200, 5000])))
            client.socket.shutdown(socket.SHUT_WR)
            while client.socket.recv(65536):
                pass
        except OSError:
            pass
        client.close()
    assert can_connect(server)


@pytest.mark.parametrize(
    "frame",
    [
        bytes([0xF1, 0x80, 0, 0, 0, 0]),  # reserved bits
        bytes([0x83, 0x80, 0, 0, 0, 0]),  # a reserved opcode
        bytes([0x89, 0xFE, 0x01, 0x00]) + bytes(4 + 256),  # a ping that is too long
        bytes([0x80, 0x80, 0, 0, 0, 0]),  # goes on with nothing
        bytes([0x81, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]) + bytes(4),  # 2^64 - 1 bytes
    ],
)
def test_broken_frames_end_the_connection_in_the_middle_of_sending(server, frame):
    with webmon.Stream("camera", 32 * MIB, "u1", slots=2) as camera:
        camera.put(pattern(32 * MIB, 1))
        client = RawWebSocket(server.port, receive_buffer=65536)
        client.subscribed(1, "camera")
        client._take(100)
        client.socket.sendall(frame)
        client.socket.settimeout(30)
        try:
            while client.socket.recv(1 << 20):
                pass
        except ConnectionError:
            pass
        client.close()
        until(lambda: not camera.wanted)
    assert can_connect(server)


def test_the_server_says_goodbye(program, directory):
    from conftest import RunningServer

    server = RunningServer(program, directory)
    client = RawWebSocket(server.port)
    client.greeted()
    server.process.terminate()
    with pytest.raises(Closed) as closed:
        client.message()
    assert closed.value.code == 1001
    client.send_frame(CLOSE, struct.pack(">H", 1001))
    client.close()
    assert server.stop() == 0
    server.log.close()
