"""Whom the server wakes for a commit: nobody who could not send it."""

import time
from pathlib import Path

import numpy as np
import pytest
import webmon
from data_message import array, parse
from raw_websocket import RawWebSocket

FRAMES = 300


@pytest.fixture
def client(server):
    with RawWebSocket(server.port) as client:
        yield client


def waiter_sleeps(server):
    """How often the thread that waits for commits has gone to sleep."""
    sleeps = 0
    for task in Path(f"/proc/{server.process.pid}/task").iterdir():
        if (task / "comm").read_text().strip() == "webmon-waiter":
            status = dict(line.split(":", 1) for line in (task / "status").read_text().splitlines())
            sleeps += int(status["voluntary_ctxt_switches"])
    return sleeps


def publish(camera, frames):
    """So that each could wake somebody."""
    for _ in range(frames):
        camera.put(np.full(64, (camera.status.sequence + 1) % 256, "u1"))
        time.sleep(0.002)


def test_a_stream_whose_pages_have_no_credit_costs_no_wake_ups(server, client):
    with webmon.Stream("camera", 64, "u1") as camera:
        client.learn("camera")
        client.subscribed(1, "camera", credits=1)
        publish(camera, 1)
        header = parse(client.data())[0]
        publish(camera, 2)
        before, begun = waiter_sleeps(server), time.monotonic()
        publish(camera, FRAMES)
        # It looks four times a second whether writers live.
        assert waiter_sleeps(server) - before <= 8 * (time.monotonic() - begun) + 2 < FRAMES / 4
        # What came meanwhile is there when the credit is, and what comes then is told again.
        client.credit(1, header)
        gap = client.control("gap")
        assert (gap["from"], gap["to"]) == (2, FRAMES + 2)
        header, frame = array(client.data())
        assert header.sequence == FRAMES + 3 and frame[0] == (FRAMES + 3) % 256
        for _ in range(20):
            client.credit(1, header)
            time.sleep(0.01)  # in which the credit comes, before there is something for it
            publish(camera, 1)
            newest = parse(client.data())[0]
            assert newest.sequence == header.sequence + 1
            header = newest


def test_a_page_with_credit_hears_of_every_commit_beside_one_without(server, client):
    with webmon.Stream("camera", 64, "u1") as camera, RawWebSocket(server.port) as other:
        client.learn("camera")
        other.learn("camera")
        client.subscribed(1, "camera", credits=1)
        other.subscribed(1, "camera", credits=1, policy="all")
        publish(camera, 1)
        client.data()
        header = parse(other.data())[0]
        for number in range(2, 100):
            other.credit(1, header)
            time.sleep(0.003)
            publish(camera, 1)
            header = parse(other.data())[0]
            assert header.sequence == number


def test_a_page_without_credit_hears_of_the_end(server, client):
    camera = webmon.Stream("camera", 64, "u1")
    client.learn("camera")
    client.subscribed(1, "camera", credits=1)
    publish(camera, 1)
    client.data()
    publish(camera, 20)
    camera.close()
    assert client.control("removed")["name"] == "camera"
