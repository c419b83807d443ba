"""What the server counts of each hop, and the stream that it lends to a page to measure with."""

import json
import os
import signal
import time
import urllib.request

import numpy as np
import pytest
import webmon
from conftest import RunningServer
from data_message import array, parse
from frames_body import FramesBody
from prometheus_client.parser import text_string_to_metric_families
from raw_websocket import RawWebSocket
from waiting import until

MIB = 1 << 20
NAME = "webmon.measurement"


@pytest.fixture
def client(server):
    client = RawWebSocket(server.port)
    yield client
    client.close()


def status(client, **fields):
    """One status, asked for anew."""
    client.send("status", every_ms=60000, **fields)
    return client.control("status")


def hops(client):
    """Those of the one stream that there is."""
    (stream,) = status(client, hops=True)["streams"]
    return stream["hops"]


def get(server, path):
    with urllib.request.urlopen(f"http://127.0.0.1:{server.port}{path}") as answer:
        return answer.read().decode()


def segments(directory):
    return sorted(name for name in os.listdir(directory) if name.endswith(".npy") and name != "webmon.commands.npy")


def test_counts_add_up_and_are_only_told_where_somebody_asks(server, client):
    with webmon.Stream("camera", shape=MIB, dtype="u1") as camera, webmon.Log("events", [("t", "f8")]) as events:
        camera.put(np.zeros(MIB, "u1"))  # before the page: how long it waited says nothing
        client.learn("camera", "events")
        client.subscribed(1, "camera", policy="all")
        client.credit(1, parse(client.data())[0])
        client.subscribed(2, "events")
        for number in range(9):
            camera.put(np.full(MIB, number, "u1"))
            client.credit(1, parse(client.data())[0])
        for _ in range(5):
            events.append(np.zeros(3, [("t", "f8")]))
            client.credit(2, parse(client.data())[0])
        assert "hops" not in status(client) and "hops" not in status(client)["streams"][0]
        whole = status(client, hops=True)
    frames, log = whole["streams"]
    of = frames["hops"]
    assert frames["served"]["messages"] == of["send"]["total"]["count"] == 10
    assert of["earlier"] == 1 and of["wait"]["total"]["count"] == 9
    assert 1 <= of["notice"]["total"]["count"] <= 9
    assert log["served"]["messages"] == log["hops"]["send"]["total"]["count"] == 5
    # A log's writer takes no slot, and the server's own library may be older than what tells of it.
    assert log["hops"]["fill"]["total"] == {"count": 0}
    assert of["fill"]["total"]["count"] in (0, 10)
    for hop in ("fill", "notice", "wait", "send"):
        for part in ("recent", "total"):
            figures = [stream["hops"][hop][part]["count"] for stream in (frames, log)]
            assert whole["hops"][hop][part]["count"] == sum(figures)
    figures = of["send"]["total"]
    assert 0 < figures["p50"] <= figures["p95"] <= figures["p99"] <= figures["max"]


def test_the_writer_tells_how_long_it_filled_a_slot(server, client):
    with webmon.Stream("camera", shape=16, dtype="u1") as camera:
        client.subscribed(1, "camera")
        with camera.loan() as slot:
            slot[...] = 1
            time.sleep(0.3)
        client.data()
        fill = hops(client)["fill"]["total"]
    if fill["count"] == 0:
        pytest.skip("the library that WEBMON_LIBRARY names is older than this")
    assert fill["count"] == 1 and 0.3e9 <= fill["max"] < 20e9


def test_a_page_that_gives_no_credit_shows_in_the_wait_and_not_in_the_notice(server, client):
    with webmon.Stream("camera", shape=16, dtype="u1", slots=8) as camera:
        client.subscribed(1, "camera", policy="all", credits=1)
        for _ in range(3):
            camera.put(np.zeros(16, "u1"))
        for _ in range(2):
            header, _ = parse(client.data())
            time.sleep(1)
            client.credit(1, header)
        client.data()
        of = hops(client)
    assert of["wait"]["total"]["max"] >= 2e9
    assert of["notice"]["total"]["max"] < of["wait"]["total"]["max"] / 2
    assert of["send"]["total"]["max"] < of["wait"]["total"]["max"] / 2


def test_a_page_that_reads_slowly_shows_in_the_sending(server):
    slow = RawWebSocket(server.port, receive_buffer=65536)
    with webmon.Stream("camera", shape=32 * MIB, dtype="u1") as camera:
        slow.subscribed(1, "camera")
        camera.put(np.zeros(32 * MIB, "u1"))
        time.sleep(2)
        slow.data()
        of = hops(slow)
        slow.close()
    assert of["send"]["total"]["max"] >= 1.5e9
    assert of["notice"]["total"]["max"] < of["send"]["total"]["max"] / 2


def test_bodies_count_like_sessions(server, client):
    with webmon.Stream("camera", shape=16, dtype="u1", slots=8) as camera:
        client.learn("camera")
        body = FramesBody(server.port, "camera", "policy=all")
        until(lambda: camera.wanted)
        for _ in range(6):
            camera.put(np.zeros(16, "u1"))
        for _ in range(6):
            body.message()
        until(lambda: hops(client)["send"]["total"]["count"] == 6)
        body.socket.close()


def test_metrics_have_the_histograms(server, client):
    with webmon.Stream("camera", shape=16, dtype="u1", slots=8) as camera, webmon.Stream("unread", shape=16, dtype="u1"):
        client.learn("camera", "unread")
        client.subscribed(1, "camera", policy="all")
        for _ in range(7):
            camera.put(np.zeros(16, "u1"))
            client.credit(1, parse(client.data())[0])
        client.send("ping", t=1)
        client.control("pong")
        families = {family.name: family for family in text_string_to_metric_families(get(server, "/metrics"))}
    assert families["webmon_stream_send_seconds"].type == "histogram"
    for hop in ("fill", "notice", "wait", "send"):
        samples = families[f"webmon_stream_{hop}_seconds"].samples
        assert {sample.labels["stream"] for sample in samples} == {"camera"}
        buckets = [sample for sample in samples if sample.name.endswith("_bucket")]
        bounds = [float(sample.labels["le"]) for sample in buckets]
        counts = [sample.value for sample in buckets]
        assert bounds == sorted(bounds) and bounds[-1] == float("inf") and counts == sorted(counts)
        (count,) = [sample.value for sample in samples if sample.name.endswith("_count")]
        assert count == counts[-1]
    (messages,) = [s.value for s in families["webmon_stream_messages"].samples if s.labels["stream"] == "camera"]
    assert count == messages == 7


# The stream to measure with


def measure(client, nbytes):
    client.send("measure", bytes=nbytes)
    answer = client.control("measuring")
    assert (answer["stream"], answer["bytes"], answer["reason"]) == (NAME, nbytes, "")


def checked(message):
    """The sequence number of a message of which every word was looked at."""
    header, words = array(message)
    wanted = np.arange(len(words), dtype="u8") * 0x9E3779B1 % 2**32
    wanted[[place * (len(words) - 1) // 15 for place in range(16)]] = header.sequence
    assert np.array_equal(words, wanted)
    return header


def test_a_measurement_takes_the_way_of_all_data_and_is_nobody_elses(server, client, directory):
    client.greeted()
    measure(client, MIB)
    with RawWebSocket(server.port) as other:
        other.greeted()
        assert other.streams == {} and status(other)["streams"] == []
        assert json.loads(get(server, "/api/streams"))["streams"] == []
        other.send("subscribe", id=1, stream=NAME)
        assert other.control("waiting")["name"] == NAME
        other.send("measure", bytes=4096)
        answer = other.control("measuring")
        assert answer["stream"] is None and "another page" in answer["reason"]
        assert FramesBody(server.port, NAME).status == 404
        client.send("subscribe", id=1, stream=NAME, credits=2, compression="none")
        assert client.control("subscribed")["stream"]["shape"] == [MIB // 4]
        last = 0
        for _ in range(20):
            header = checked(client.data())
            assert header.sequence > last
            last = header.sequence
            client.credit(1, header)
        # As many as were taken, and no more.
        assert last < 30
        assert "measurement" not in get(server, "/metrics")
        assert segments(directory) == [f"{NAME}.npy"]
        client.send("measure", bytes=0)
        until(lambda: segments(directory) == [])
        measure(other, 4096)


def test_another_size_takes_the_place_of_the_first(server, client, directory):
    client.greeted()
    for nbytes in (4096, 8 * MIB, 65536):
        measure(client, nbytes)
        client.send("subscribe", id=nbytes, stream=NAME)
        assert client.control("subscribed")["stream"]["shape"] == [nbytes // 4]
        checked(client.data())
        client.send("unsubscribe", id=nbytes)
        # The one that was made when the first was leased.
        assert client.control("gap")["id"] == nbytes
        client.control("unsubscribed")
    assert segments(directory) == [f"{NAME}.npy"]


def test_a_page_that_vanishes_takes_it_along(server, directory):
    client = RawWebSocket(server.port)
    client.greeted()
    measure(client, 8 * MIB)
    client.send("subscribe", id=1, stream=NAME, credits=8)
    client.control("subscribed")
    checked(client.data())
    client.reset()
    until(lambda: segments(directory) == [])
    with RawWebSocket(server.port) as successor:
        successor.greeted()
        measure(successor, 4096)


@pytest.mark.parametrize("nbytes", [-1, 1, 4095, 32 * MIB + 4096, 1e300, "4096", None, [], True])
def test_what_is_no_size_is_refused(client, nbytes):
    client.greeted()
    client.send("measure", bytes=nbytes)
    error = client.control("error")
    assert error["code"] == "bad-field" and "measure.bytes" in error["message"]


def test_a_killed_server_leaves_nothing_that_stays(program, directory):
    first = RunningServer(program, directory)
    client = RawWebSocket(first.port)
    client.greeted()
    measure(client, 4096)
    first.process.send_signal(signal.SIGKILL)
    first.process.wait(30)
    first.process.stdout.close()
    client.close()
    assert segments(directory) == [f"{NAME}.npy"]
    second = RunningServer(program, directory)
    try:
        assert segments(directory) == []
    finally:
        assert second.stop() == 0
