"""Streams as endless HTTP bodies: bytes, flow, sessions, clients that misbehave, and what it all counts."""

import json
import threading
import time

import numpy as np
import pytest
import webmon
from data_message import array, parse
from frames_body import FramesBody
from prometheus_client.parser import text_string_to_metric_families
from raw_http import exchange, request
from raw_websocket import RawWebSocket
from waiting import until

MIB = 1 << 20


def pattern(nbytes, seed):
    """Bytes of which every run tells where it comes from."""
    words = np.arange(nbytes // 8 + 1, dtype="u8") * np.uint64(0x9E3779B97F4A7C15) + np.uint64(seed)
    return words.view("u1")[:nbytes]


def listed(server, *names):
    def are_there():
        streams = json.loads(request(server.port, "/api/streams").body)["streams"]
        return {stream["name"] for stream in streams} >= set(names)

    until(are_there)


def metrics(server):
    """Every sample of /metrics: {name: {stream or None: value}}."""
    answer = request(server.port, "/metrics")
    assert answer.status == 200 and answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    found = {}
    for family in text_string_to_metric_families(answer.body.decode()):
        assert family.documentation and family.type in ("counter", "gauge", "histogram")
        for sample in family.samples:
            found.setdefault(sample.name, {})[sample.labels.get("stream")] = sample.value
    return found


def of_stream(server, name):
    return {key[len("webmon_stream_") :]: of[name] for key, of in metrics(server).items() if key.startswith("webmon_stream_") and name in of}


# Bytes


@pytest.mark.parametrize("nbytes", [1, 15, 16, 17, 4095, 65_537, MIB - 112, MIB, MIB + 1, 8 * MIB, 64 * MIB])
def test_frames_arrive_byte_for_byte_and_uncopied(server, nbytes):
    frames = 3 if nbytes > 16 * MIB else 8
    with webmon.Stream("camera", nbytes, "u1") as camera:
        listed(server, "camera")
        body = FramesBody(server.port, "camera")
        assert body.status == 200 and "content-length" not in body.headers
        assert body.headers["connection"] == "close" and body.headers["cache-control"] == "no-store"
        for number in range(1, frames + 1):
            camera.put(pattern(nbytes, number))
            header, payload = body.next()
            assert (header.opcode, header.id, header.sequence, header.shape, header.lost) == (1, 0, number, (nbytes,), 0)
            assert np.array_equal(np.frombuffer(payload, "u1"), pattern(nbytes, number))
        padded = -(-(112 + nbytes) // 16) * 16
        until(lambda: of_stream(server, "camera")["messages_total"] == frames)
        counted = of_stream(server, "camera")
        assert counted["sent_bytes_total"] == frames * padded and counted["copied_bytes_total"] == 0
        assert counted["leased_total"] == frames and counted["leases"] == 0 and counted["lost_total"] == 0
        assert counted["sends_total"] >= frames * -(-padded // MIB)
        body.close()
        until(lambda: not camera.wanted)


@pytest.mark.parametrize("dtype", ["?", "<u2", ">u2", "f4", ">f8", "c8"])
def test_every_frame_has_its_dtype(server, dtype):
    frame = np.arange(15).reshape(3, 5).astype(dtype)
    with webmon.Stream("camera", (3, 5), dtype) as camera:
        camera.put(frame)
        listed(server, "camera")
        body = FramesBody(server.port, "camera")
        header, pixels = array(body.message())
        assert header.dtype == np.dtype(dtype) and np.array_equal(pixels, frame)
        body.close()


def test_a_log_comes_in_batches(server):
    dtype = np.dtype([("n", "<u8"), ("x", "<f4")])
    records = np.zeros(20_000, dtype)
    records["n"] = np.arange(20_000)
    with webmon.Log("loads", dtype, records=100_000) as log:
        log.append(records[:10])
        listed(server, "loads")
        body = FramesBody(server.port, "loads", "backlog=4")
        got = []
        header, payload = body.next()
        assert header.opcode == 2 and header.records == 4
        got += np.frombuffer(payload, dtype)["n"].tolist()
        for start in range(10, 20_000, 1999):
            log.append(records[start : start + 1999])
        while len(got) < 20_000 - 6:
            header, payload = body.next()
            got += np.frombuffer(payload, dtype)["n"].tolist()
        assert got == list(range(6, 20_000))
        # Records are copied once, and that is counted.
        until(lambda: of_stream(server, "loads")["copied_bytes_total"] == len(got) * dtype.itemsize)
        body.close()


def test_an_array_comes_each_time_it_changed(server):
    with webmon.Array("labels", (300, 700), ">i4") as labels:
        listed(server, "labels")
        body = FramesBody(server.port, "labels")
        header, pixels = array(body.message())
        assert header.opcode == 3 and header.sequence == 0 and not pixels.any()
        labels[...] = np.arange(210_000).reshape(300, 700)
        header, pixels = array(body.message())
        assert header.sequence == 1 and np.array_equal(pixels, labels.array)
        body.close()


# Flow


def test_every_frame_under_all_and_gaps_in_the_header(server):
    with webmon.Stream("camera", 4, "u4", slots=8) as camera:
        camera.put([1] * 4)
        listed(server, "camera")
        body = FramesBody(server.port, "camera", "policy=all")
        last, lost = 0, 0
        for number in range(2, 400):
            camera.put([number] * 4)
        while last < 399:
            header, pixels = array(body.message())
            assert (pixels == header.sequence).all()
            # Each commit came or is counted as lost; what was before the first is neither.
            assert last == 0 or header.sequence - last == 1 + header.lost - lost
            last, lost = header.sequence, header.lost
        body.close()


def test_max_fps_holds_back(server):
    with webmon.Stream("camera", 4, "u4") as camera:
        camera.put([1] * 4)
        listed(server, "camera")
        start = time.monotonic()  # before the first one can go
        body = FramesBody(server.port, "camera", "max_fps=2")
        seen = []
        while len(seen) < 4:
            seen.append(body.next()[0].sequence)
            camera.put([1] * 4)
        # Three pauses of half a second, whatever the machine's load.
        assert time.monotonic() - start > 1.4 and seen == sorted(seen)
        body.close()


def test_the_body_ends_with_the_stream(server):
    camera = webmon.Stream("camera", 4, "u4")
    camera.put([1] * 4)
    listed(server, "camera")
    ends, waits = FramesBody(server.port, "camera"), FramesBody(server.port, "camera", "wait=1")
    assert ends.next()[0].sequence == waits.next()[0].sequence == 1
    camera.close()
    assert ends.at_end()
    with webmon.Stream("camera", 6, "u2") as camera:
        camera.put([7] * 6)
        header, pixels = array(waits.message())
        assert header.shape == (6,) and header.sequence == 1 and (pixels == 7).all()
    waits.close()


def test_a_stream_that_is_not_there_yet(server):
    assert FramesBody(server.port, "camera").status == 404
    body = FramesBody(server.port, "camera", "wait=1")
    assert body.status == 200
    with webmon.Stream("camera", 4, "u4") as camera:
        until(lambda: camera.wanted)
        camera.put([3] * 4)
        assert array(body.message())[1].tolist() == [3] * 4
    body.close()


def test_head_has_no_body(server):
    with webmon.Stream("camera", 4, "u4") as camera:
        camera.put([1] * 4)
        listed(server, "camera")
        body = FramesBody(server.port, "camera", method="HEAD")
        assert body.status == 200 and body.rest() == b""
        assert not camera.wanted


@pytest.mark.parametrize(
    "query, part",
    [
        ("policy=some", "policy"),
        ("policy=", "policy"),
        ("policy", "policy"),
        ("max_fps=0", "max_fps"),
        ("max_fps=-1", "max_fps"),
        ("max_fps=nan", "max_fps"),
        ("max_fps=inf", "max_fps"),
        ("max_fps=1e999", "max_fps"),
        ("backlog=-1", "backlog"),
        ("backlog=1.5", "backlog"),
        ("backlog=99999999999999999999999", "backlog"),
        ("backlog=%2B1", "backlog"),
        ("wait=yes", "wait"),
        ("wait=1&wait=1", "twice"),
        ("dance=1", "dance"),
        ("%ff%fe=1", "parameter"),
        ("id=1", "session"),
        ("session=abc", "id"),
        ("session=abc&id=1&policy=all", "session"),
        ("session=abc&id=0", "id"),
        ("session=abc&id=4294967296", "id"),
        ("a" * 3000, "parameter"),
    ],
)
def test_hostile_queries_are_refused(server, query, part):
    with webmon.Stream("camera", 4, "u4") as camera:
        camera.put([1] * 4)
        listed(server, "camera")
        answer = request(server.port, f"/api/streams/camera/frames?{query}")
        assert answer.status == 400, answer.raw[:200]
        error = json.loads(answer.body)["error"]
        assert error["code"] == "query" and part in error["message"] and len(error["message"]) < 300
        assert not camera.wanted


def test_a_nul_in_the_query_ends_the_connection(server):
    assert request(server.port, "/api/streams/camera/frames?max_fps=%00").status in (0, 400)
    assert request(server.port, "/healthz").status == 200


@pytest.mark.parametrize("path", ["/api/streams//frames", "/api/streams/a/b/frames", "/api/streams/..%2fx/frames", "/api/streams/none/frames"])
def test_names_that_are_none(server, path):
    assert request(server.port, path).status in (400, 404)


def test_foreign_pages_get_nothing(server):
    with webmon.Stream("camera", 4, "u4") as camera:
        camera.put([1] * 4)
        listed(server, "camera")
        assert request(server.port, "/api/streams/camera/frames", host="evil.example").status == 403
        assert request(server.port, "/api/streams/camera/frames", headers=["Origin: http://evil.example"]).status == 403
        assert not camera.wanted


# Clients that go, stall, or say too much


@pytest.mark.parametrize("farewell", ["close", "shutdown", "mid-message"])
def test_a_client_that_goes_leaves_nothing(server, farewell):
    frame = pattern(32 * MIB, 5)
    with webmon.Stream("camera", 32 * MIB, "u1", slots=2) as camera:
        listed(server, "camera")
        for _ in range(3):
            body = FramesBody(server.port, "camera", receive_buffer=65536)
            until(lambda: camera.wanted)
            if farewell == "mid-message":
                camera.put(frame)
                body.take(100_000)
            if farewell == "shutdown":
                body.socket.shutdown(1)
            else:
                body.close()
            until(lambda: not camera.wanted)
            body.close()
        assert of_stream(server, "camera")["leases"] == 0
        assert metrics(server)["webmon_bodies"][None] == 0


def test_more_than_a_request_ends_the_body(server):
    with webmon.Stream("camera", 4, "u4") as camera:
        camera.put([1] * 4)
        listed(server, "camera")
        one = f"GET /api/streams/camera/frames HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n\r\n".encode()
        answer = exchange(server.port, one + one)
        assert answer.status == 200 and answer.raw.count(b"HTTP/1.1") == 1
        until(lambda: not camera.wanted)


def cpu_seconds(server):
    with open(f"/proc/{server.process.pid}/stat") as file:
        words = file.read().rsplit(") ", 1)[1].split()
    return (int(words[11]) + int(words[12])) / 100


def test_an_idle_body_costs_nothing(server):
    with webmon.Stream("camera", 4, "u4") as camera:
        camera.put([1] * 4)
        listed(server, "camera")
        bodies = [FramesBody(server.port, "camera") for _ in range(10)]
        for body in bodies:
            body.next()
        before = cpu_seconds(server)
        time.sleep(2)
        # Ten looks of four a second each, not a spin.
        assert cpu_seconds(server) - before < 1
        for body in bodies:
            body.close()


def test_a_slow_reader_gets_whole_frames_and_delays_nobody(server):
    shape = (1024, 4096)
    with webmon.Stream("camera", shape, "u2", slots=6) as camera:
        listed(server, "camera")
        slow = FramesBody(server.port, "camera", receive_buffer=16384)
        quick = FramesBody(server.port, "camera")
        for number in range(1, 6):
            camera.put(pattern(8 * MIB, number).view("u2").reshape(shape))
            header, pixels = array(quick.message())
            assert header.sequence == number and np.array_equal(pixels, pattern(8 * MIB, number).view("u2").reshape(shape))
        header, pixels = array(slow.message())
        assert header.sequence == 1 and np.array_equal(pixels, pattern(8 * MIB, 1).view("u2").reshape(shape))
        header, pixels = array(slow.message())
        assert (header.sequence, header.lost) == (5, 3)
        assert np.array_equal(pixels, pattern(8 * MIB, 5).view("u2").reshape(shape))
        counted = of_stream(server, "camera")
        assert counted["partial_sends_total"] > 0 and counted["copied_bytes_total"] == 0 and counted["lost_total"] == 3
        slow.close()
        quick.close()


@pytest.mark.slow
def test_a_stalled_body_holds_a_slot_no_longer_than_the_bound(server):
    frame = pattern(32 * MIB, 5)
    with webmon.Stream("camera", 32 * MIB, "u1", slots=3) as camera:
        listed(server, "camera")
        stalled = FramesBody(server.port, "camera", receive_buffer=65536)
        camera.put(frame)
        until(lambda: of_stream(server, "camera")["leases"] == 1)
        other = FramesBody(server.port, "camera")
        start = time.monotonic()
        got = 0
        while of_stream(server, "camera")["subscribers"] == 2:
            assert time.monotonic() - start < 30
            # The writer and the other client go on all the time.
            header, _ = other.next()
            assert camera.put(frame) is not None
            got += 1
        assert time.monotonic() - start > 8 and got > 3
        other.close()
        until(lambda: of_stream(server, "camera")["leases"] == 0)
        assert stalled.rest() != b""
        until(lambda: not camera.wanted)


# Bodies of sessions


class Page:
    """A session with one subscription, which keeps account of its data as a page does."""

    def __init__(self, server, stream, **fields):
        self.server, self.name = server, stream
        self.socket = RawWebSocket(server.port)
        self.secret = self.socket.greeted()["session"]
        self.stream = self.socket.subscribed(1, stream, **fields)
        self.known, self.held, self.turns = None, 0, []

    def body(self, **options):
        return FramesBody(self.server.port, self.name, f"session={self.secret}&id=1", **options)

    def took(self, message):
        header, payload = parse(message)
        assert header.id == 1
        self.known, self.held = header.sequence, self.held + 1
        return header, payload

    def credit(self, header):
        self.held -= 1
        self.socket.credit(1, header)

    def turned(self, transport):
        turn = self.socket.control("transport")
        assert turn["id"] == 1 and turn["transport"] == transport and turn["reason"]
        self.turns.append(turn["turn"])

    def resume(self):
        generation = self.stream["generation"]
        self.socket.send("resume", id=1, turn=self.turns[-1], generation=generation, after=self.known, held=self.held)


def test_a_session_has_its_data_over_a_body(server):
    with webmon.Stream("camera", MIB, "u1") as camera:
        camera.put(pattern(MIB, 1))
        page = Page(server, "camera", credits=2)
        page.credit(page.took(page.socket.data())[0])
        body = page.body()
        assert body.status == 200
        page.turned("fetch")
        camera.put(pattern(MIB, 2))
        page.resume()
        header, payload = page.took(body.message())
        assert header.sequence == 2 and np.array_equal(np.frombuffer(payload, "u1"), pattern(MIB, 2))
        camera.put(pattern(MIB, 3))
        page.took(body.message())
        # Both credits are spent: the newest of these waits for one.
        for number in range(4, 9):
            camera.put(pattern(MIB, number))
        page.credit(header)
        gap = page.socket.control("gap")
        assert (gap["from"], gap["to"]) == (4, 7)
        header, payload = page.took(body.message())
        assert (header.sequence, header.lost) == (8, 4) and np.array_equal(np.frombuffer(payload, "u1"), pattern(MIB, 8))
        page.socket.send("status", every_ms=1000)
        status = page.socket.control("status")
        assert status["session"]["data_messages"] == 4 and status["session"]["lost"] == 4
        assert status["session"]["copied_bytes"] == 0 and status["session"]["leases"] == 0
        (served,) = (stream["served"] for stream in status["streams"])
        # One frame went over the WebSocket, three over the body, which adds nothing.
        assert served["sent_bytes"] == (MIB + 112) * 4 + frame_headers(MIB + 112)
        assert served["messages"] == 4 and served["leased"] == 4 and served["subscribers"] == 1
        body.close()
        page.socket.close()
        until(lambda: not camera.wanted)


def frame_headers(nbytes):
    """Bytes of the headers of the WebSocket frames that a message goes in."""
    full, rest = divmod(nbytes, MIB)
    return full * 10 + (0 if rest == 0 else 2 if rest < 126 else 4 if rest < 65536 else 10)


def test_nothing_is_lost_by_switching_and_credits_stay(server):
    """Back and forth, with and without a farewell, under `all`: every frame comes once and in order, and credits go on moving."""
    size = 200_000
    with webmon.Stream("camera", size, "u1", slots=64) as camera:
        page = Page(server, "camera", policy="all", credits=3)
        got, published, body = [], 0, None

        def publish(count):
            nonlocal published
            for _ in range(count):
                published += 1
                assert camera.put(pattern(size, published)) is not None

        def take(message):
            header, payload = page.took(message)
            assert np.array_equal(np.frombuffer(payload, "u1"), pattern(size, header.sequence))
            got.append(header.sequence)
            page.credit(header)

        for turn in range(12):
            publish(9)
            if body is None:
                while len(got) < published - 4:
                    take(page.socket.data())
                body = page.body()
                # What is under way comes before the turn.
                while isinstance(message := page.socket.message(), bytes):
                    take(message)
                assert message["type"] == "transport" and message["transport"] == "fetch"
            else:
                while len(got) < published - 4:
                    take(body.message())
                if turn % 4 == 1:
                    page.socket.send("transport", id=1, transport="websocket")
                    while True:
                        try:
                            take(body.message())
                        except EOFError:
                            break
                else:
                    body.close()  # what is under way is lost with it
                message = page.socket.control("transport")
                assert message["transport"] == "websocket"
                body = None
            page.turns.append(message["turn"])
            page.resume()
        while len(got) < published:
            take(page.socket.data() if body is None else body.message())
        assert got == list(range(1, published + 1)) and page.held == 0
        assert page.turns == list(range(1, 13))
        page.socket.close()


def test_one_body_a_session_and_only_with_its_secret(server):
    with webmon.Stream("camera", 4, "u4") as camera, webmon.Stream("other", 4, "u4"):
        camera.put([1] * 4)
        listed(server, "camera", "other")
        page = Page(server, "camera")
        page.took(page.socket.data())
        path = "/api/streams/camera/frames"
        assert request(server.port, f"{path}?session={'0' * 32}&id=1").status == 404
        assert request(server.port, f"{path}?session=&id=1").status == 404
        assert request(server.port, f"{path}?session={page.secret}&id=2").status == 404
        assert request(server.port, f"/api/streams/other/frames?session={page.secret}&id=1").status == 404
        body = page.body()
        page.turned("fetch")
        assert body.status == 200
        second = page.body()
        assert second.status == 409
        second.close()
        # Another page has a body of its own.
        other = Page(server, "camera")
        other.took(other.socket.data())
        assert (its := other.body()).status == 200
        page.socket.send("unsubscribe", id=1)
        page.socket.control("unsubscribed")
        assert body.at_end() and not its.buffer
        page.socket.close()
        other.socket.close()
        assert its.at_end()
        until(lambda: not camera.wanted)


def test_resume_is_checked(server):
    with webmon.Stream("camera", 4, "u4") as camera:
        camera.put([1] * 4)
        page = Page(server, "camera", credits=1)
        page.took(page.socket.data())
        for fields, part in [
            ({}, "turn"),
            ({"turn": -1}, "turn"),
            ({"turn": 1, "generation": "x"}, "generation"),
            ({"turn": 1, "generation": 5}, "generation"),
            ({"turn": 1, "after": -3}, "after"),
            ({"turn": 1, "held": 65}, "held"),
        ]:
            page.socket.send("resume", id=1, **fields)
            error = page.socket.control("error")
            assert error["code"] == "bad-field" and part in error["message"]
        page.socket.send("transport", id=1, transport="fetch")
        assert page.socket.control("error")["code"] == "bad-field"
        page.socket.send("resume", id=9, turn=1)
        assert page.socket.control("error")["code"] == "no-such-id"
        # Nobody asked: it gives neither credits nor a frame again.
        page.socket.send("resume", id=1, turn=0, generation=page.stream["generation"], held=0)
        page.socket.send("resume", id=1, turn=1, generation=page.stream["generation"], held=0)
        camera.put([2] * 4)
        page.socket.send("ping", t=1)
        page.socket.control("pong")
        page.socket.close()


# Fairness, by counts


def test_all_that_take_what_they_can_get_the_same(server):
    """A body of its own, a session's WebSocket and another one, each read as fast as it comes: none gets much more than the others."""
    size = 4 * MIB
    counts, total = {}, 120
    done = threading.Event()

    def read_body(name, body):
        while not done.is_set():
            assert len(body.next()[1]) == size
            counts[name] += 1

    def read_socket(name, client):
        while not done.is_set():
            message = client.message()
            if isinstance(message, bytes):
                counts[name] += 1
                client.credit(1, parse(message)[0])

    with webmon.Stream("camera", size, "u1", slots=12) as camera:
        listed(server, "camera")
        body, clients = FramesBody(server.port, "camera"), [RawWebSocket(server.port) for _ in range(2)]
        for client in clients:
            client.subscribed(1, "camera", credits=2)
        counts.update(body=0, first=0, second=0)
        threads = [threading.Thread(target=read_body, args=("body", body))]
        threads += [threading.Thread(target=read_socket, args=pair) for pair in zip(("first", "second"), clients, strict=True)]
        for thread in threads:
            thread.start()
        number = 0
        while sum(counts.values()) < total:
            number += 1
            camera.put(pattern(size, number))
            time.sleep(0.001)
        reached = dict(counts)
        done.set()
        while any(thread.is_alive() for thread in threads):
            camera.put(pattern(size, 0))
            time.sleep(0.005)
        assert min(reached.values()) >= total // 6, reached
        for connection in (body, *clients):
            connection.close()


def test_a_log_is_not_starved_by_large_frames_of_its_session(server):
    size = 8 * MIB
    with webmon.Stream("camera", size, "u1", slots=6) as camera, webmon.Log("loads", "<u8", records=1000) as log:
        frame = pattern(size, 1)
        camera.put(frame)
        listed(server, "camera", "loads")
        page = Page(server, "camera", credits=4)
        body = page.body()
        while isinstance(message := page.socket.message(), bytes) or message["type"] != "transport":
            if isinstance(message, bytes):
                page.credit(page.took(message)[0])
        page.turns.append(message["turn"])
        page.resume()
        page.socket.send("subscribe", id=2, stream="loads", credits=1)
        page.socket.control("subscribed")
        for number in range(1, 21):
            log.append(np.array([number], "u8"))
            camera.put(frame)
            while isinstance(message := page.socket.message(), dict):
                assert message["type"] == "gap"
            header, payload = parse(message)
            assert header.id == 2
            page.socket.credit(2, header)
            assert header.sequence == number
            # A large frame for each small one, no more, was read meanwhile.
            page.credit(page.took(body.message())[0])
        page.socket.send("ping", t=1)
        while (message := page.socket.message())["type"] != "pong":
            assert message["type"] == "gap"
        body.close()
        page.socket.close()


# Downloads and metrics


def test_downloads_while_the_writer_goes_flat_out(server):
    shape = (1500, 2000)
    with webmon.Stream("camera", shape, "<u4", slots=6) as camera:
        camera.put(np.zeros(shape, "u4"))
        listed(server, "camera")
        stop = threading.Event()

        def write():
            number = 0
            while not stop.is_set():
                number += 1
                with camera.loan() as view:
                    view[...] = number

        writer = threading.Thread(target=write)
        writer.start()
        try:
            for _ in range(6):
                answer = request(server.port, "/api/streams/camera.npy")
                pixels = np.frombuffer(answer.body[128:], "<u4")
                assert answer.status == 200 and pixels.size == 3_000_000 and (pixels == pixels[0]).all()
        finally:
            stop.set()
            writer.join()
        until(lambda: of_stream(server, "camera")["leases"] == 0)
        # A download goes through a buffer, and that is counted; it is no message.
        counted = of_stream(server, "camera")
        assert counted["copied_bytes_total"] == 6 * 12_000_000 and counted["messages_total"] == 0
        head = request(server.port, "/api/streams/camera.npy", method="HEAD")
        assert head.status == 200 and int(head.headers["content-length"]) == 12_000_128 and head.body == b""


def test_metrics_are_prometheus_and_vanish_with_the_stream(server):
    names = {
        "commits_total", "dropped_total", "sent_bytes_total", "copied_bytes_total", "messages_total", "sends_total",
        "partial_sends_total", "leased_total", "lost_total", "leases", "readers", "subscribers", "age_seconds", "payload_bytes",
    }  # fmt: skip
    with webmon.Stream("a.b-C_9", (4, 4), "u2", slots=3) as camera, webmon.Log("loads", "<u8"):
        listed(server, "a.b-C_9", "loads")
        for _ in range(5):
            camera.put(np.zeros((4, 4), "u2"))
        counted = of_stream(server, "a.b-C_9")
        assert set(counted) == names == set(of_stream(server, "loads"))
        assert counted["commits_total"] == 5 and counted["payload_bytes"] == 96 and counted["dropped_total"] == 0
        assert 0 <= counted["age_seconds"] < 60 and counted["readers"] == 0
        client = RawWebSocket(server.port)
        client.subscribed(1, "a.b-C_9")
        client.data()
        found = metrics(server)
        assert found["webmon_sessions"][None] == 1 and found["webmon_bodies"][None] == 0
        assert found["webmon_stream_readers"]["a.b-C_9"] == found["webmon_stream_subscribers"]["a.b-C_9"] == 1
        assert abs(found["process_start_time_seconds"][None] - time.time()) < 600
        assert found["process_resident_memory_bytes"][None] > MIB
        before = found["process_cpu_seconds_total"][None]
        assert metrics(server)["process_cpu_seconds_total"][None] >= before > 0
        client.close()
    until(lambda: not of_stream(server, "loads") and not of_stream(server, "a.b-C_9"))
