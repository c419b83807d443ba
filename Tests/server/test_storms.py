"""Storms of subscriptions, streams and connections. After each the server answers, and nothing is left: no lease, no reader, no descriptor."""

import json
import os
import random
import socket
import struct
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
import webmon
from data_message import parse
from raw_http import request
from raw_websocket import RawWebSocket
from waiting import until

HERE = Path(__file__).resolve().parent


class Server:
    """What the server's process holds."""

    def __init__(self, server):
        self.server = server
        self.process = Path(f"/proc/{server.process.pid}")
        # What is made once, at the first page and the first stream, is there before anything is counted.
        with webmon.Stream("first", 4, "u1") as stream, RawWebSocket(server.port) as client:
            client.subscribed(1, "first")
            stream.put([1] * 4)
            client.data()
        until(lambda: self.answers() == [], "the first stream's end")
        self.before = self.descriptors()
        self.memory_before = self.memory()

    def descriptors(self):
        return len(os.listdir(self.process / "fd"))

    def memory(self):
        (line,) = [line for line in (self.process / "status").read_text().splitlines() if line.startswith("VmRSS")]
        return int(line.split()[1]) * 1024

    def answers(self):
        """The names that it lists: the answer to a request, and a session that it greets."""
        answer = request(self.server.port, "/api/streams")
        assert answer.status == 200
        with RawWebSocket(self.server.port) as client:
            client.greeted()
            client.send("ping", t=1)
            while client.message()["type"] != "pong":
                pass
        return [stream["name"] for stream in json.loads(answer.body)["streams"]]

    def check_is_as_before(self, *streams):
        for stream in streams:
            until(lambda: not stream.wanted, "the end of all subscriptions")
            until(lambda: leases_are_free(stream), "the end of all leases")
        names = sorted(stream.name for stream in streams)
        until(lambda: sorted(self.answers()) == names, "the list of what is left")
        listed = json.loads(request(self.server.port, "/api/streams").body)["streams"]
        assert all(stream["readers"] == 0 for stream in listed)
        # A stream that is listed keeps a few open.
        until(lambda: self.descriptors() <= self.before + 8 * len(streams), "the end of all descriptors")
        assert self.memory() < self.memory_before + 48e6


@pytest.fixture
def held(server):
    return Server(server)


def leases_are_free(stream):
    """Every slot can be written: no page holds one."""
    dropped = stream.status.dropped
    for _ in range(2 * stream.slots):
        with stream.loan() as view:
            view[...] = stream.status.sequence + 1
    return stream.status.dropped == dropped


class Publisher(threading.Thread):
    """Frames whose elements are their own sequence number, into every stream in turn."""

    def __init__(self, streams):
        super().__init__(daemon=True)
        self.streams = streams
        self.is_over = threading.Event()

    def run(self):
        while not self.is_over.wait(0.002):
            for stream in self.streams:
                stream.put(np.full(stream.shape, stream.status.sequence + 1, stream.dtype))

    def stop(self):
        self.is_over.set()
        self.join(20)


def at_once(*messages):
    """Many control messages as one run of bytes. The mask is zero: the payload is as it is."""
    run = bytearray()
    for message in messages:
        text = json.dumps(message).encode()
        assert len(text) < 126
        run += bytes([0x81, 0x80 | len(text)]) + bytes(4) + text
    return bytes(run)


# Subscriptions


class Subscriber(threading.Thread):
    """Subscribes to and unsubscribes from all streams again and again, with the same ids, and checks every answer."""

    IDS = range(1, 65)

    def __init__(self, port, streams, rounds, seed):
        super().__init__(daemon=True)
        self.client = RawWebSocket(port, timeout=60)
        self.names = [stream.name for stream in streams]
        self.rounds = rounds
        self.random = random.Random(seed)
        self.answers = self.frames = 0
        self.failure = None

    def run(self):
        try:
            self.client.learn(*self.names)
            for _ in range(self.rounds):
                self.round()
            self.client.close()
        except BaseException as failure:
            self.failure = failure

    def round(self):
        subscribe = [
            {"type": "subscribe", "id": id, "stream": self.random.choice(self.names), "policy": self.random.choice(["latest", "all"])}
            for id in self.IDS
        ]
        again = {"type": "subscribe", "id": 1, "stream": self.names[0]}
        unknown = [{"type": "unsubscribe", "id": 1_000_000 + id} for id in range(8)] + [{"type": "credit", "id": 99, "seq": 1}]
        ids = list(self.IDS)
        self.random.shuffle(ids)
        unsubscribe = [{"type": "unsubscribe", "id": id} for id in ids]
        self.client.socket.sendall(at_once(*subscribe, again, *unknown, *unsubscribe))
        # What is expected of each message, in its order; data comes in between.
        expected = [("subscribed", id) for id in self.IDS] + [("id-in-use", 1)]
        expected += [("no-such-id", message["id"]) for message in unknown] + [("unsubscribed", id) for id in ids]
        active = set()
        for type, id in expected:
            while True:
                message = self.client.message()
                if isinstance(message, bytes):
                    header, payload = parse(message)
                    assert header.id in active, "data of an id without a subscription"
                    assert (np.frombuffer(payload, "u4") == header.sequence).all()
                    self.frames += 1
                elif message["type"] != "gap":
                    break
            assert (message.get("code") or message["type"], message["id"]) == (type, id)
            if type == "subscribed":
                active.add(id)
            elif type == "unsubscribed":
                active.remove(id)
            self.answers += 1


def test_subscriptions_by_the_thousand(server, held):
    streams = [webmon.Stream(f"s{n}", 64, "u4", slots=6) for n in range(8)]
    publisher = Publisher(streams)
    publisher.start()
    subscribers = [Subscriber(server.port, streams, 20, seed) for seed in range(4)]
    for subscriber in subscribers:
        subscriber.start()
    for subscriber in subscribers:
        subscriber.join(120)
        assert not subscriber.is_alive()
        if subscriber.failure:
            raise subscriber.failure
        assert subscriber.answers == 20 * (2 * 64 + 10)
    assert sum(subscriber.frames for subscriber in subscribers) > 0
    publisher.stop()
    held.check_is_as_before(*streams)
    for stream in streams:
        stream.close()
    held.check_is_as_before()


def test_a_session_may_go_in_the_middle_of_its_storm(server, held):
    with webmon.Stream("camera", 64, "u4", slots=6) as camera:
        publisher = Publisher([camera])
        publisher.start()
        for number in range(40):
            client = RawWebSocket(server.port)
            client.learn("camera")
            client.socket.sendall(
                at_once(*({"type": ("subscribe", "unsubscribe")[n % 2], "id": 1 + n // 2, "stream": "camera"} for n in range(number * 13)))
            )
            client.reset() if number % 2 else client.close()
        publisher.stop()
        held.check_is_as_before(camera)


# Streams


def test_streams_by_the_hundred_while_pages_watch(server, held):
    clients = [RawWebSocket(server.port, timeout=60) for _ in range(3)]
    for client in clients:
        client.greeted()
        client.socket.sendall(at_once(*({"type": "subscribe", "id": n + 1, "stream": f"s{n}", "policy": "all", "credits": 4} for n in range(200))))
        for n in range(200):
            assert client.control("waiting")["id"] == n + 1
    streams = [webmon.Stream(f"s{n}", 16, "u4", slots=3) for n in range(200)]
    for client in clients:
        added, subscribed = set(), set()
        while len(added) < 200 or len(subscribed) < 200:
            message = client.message()
            assert message["type"] in ("added", "subscribed"), message
            if message["type"] == "added":
                added.add(message["stream"]["name"])
            else:
                assert message["stream"]["name"] == f"s{message['id'] - 1}" in added
                subscribed.add(message["id"])
    for stream in streams:
        for number in (1, 2):
            stream.put(np.full(16, number, "u4"))
    for stream in streams:
        stream.close()
    for client in clients:
        removed, ended, got = set(), set(), {id: [] for id in range(1, 201)}
        while len(removed) < 200 or len(ended) < 200:
            message = client.message()
            if isinstance(message, bytes):
                header, payload = parse(message)
                assert header.id not in ended and (np.frombuffer(payload, "u4") == header.sequence).all()
                got[header.id].append(header.sequence)
            elif message["type"] == "gap":
                got[message["id"]] += range(message["from"], message["to"] + 1)
            elif message["type"] == "removed":
                removed.add(message["name"])
            else:
                assert message["type"] == "waiting", message
                ended.add(message["id"])
        # Every commit was sent or told, in order, of every stream.
        assert all(numbers == [1, 2] for numbers in got.values())
        client.close()
    held.check_is_as_before()


def test_streams_that_come_and_go_at_once(server, held):
    """They may be gone before the server sees them; what it tells must fit together all the same."""
    client = RawWebSocket(server.port, timeout=60)
    client.greeted()
    client.send("subscribe", id=1, stream="s0", policy="all")
    client.control("waiting")
    for n in range(400):
        with webmon.Stream(f"s{n % 7}", 16, "u4", slots=3) as stream:
            stream.put(np.full(16, 1, "u4"))
    last = webmon.Stream("last", 4, "u1")
    there = {}
    while "last" not in there:
        message = client.message()
        if isinstance(message, bytes):
            header, payload = parse(message)
            assert header.sequence == 1 and (np.frombuffer(payload, "u4") == 1).all()
            client.credit(1, header)
        elif message["type"] == "added":
            # Another generation of a name may follow without a word about the end of the one before.
            there[message["stream"]["name"]] = message["stream"]["generation"]
        elif message["type"] == "removed":
            assert there.pop(message["name"])
        else:
            assert message["type"] in ("subscribed", "waiting", "gap"), message
            if message["type"] == "subscribed":
                assert there["s0"] == message["stream"]["generation"]
    last.close()
    client.close()
    held.check_is_as_before()


# Connections


def connect(server):
    return socket.create_connection(("127.0.0.1", server.port), timeout=30)


def reset(connection):
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


@pytest.mark.parametrize(
    "said",
    [b"", b"GET /ws HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgra", b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"],
    ids=["nothing", "half an upgrade", "a request", "TLS"],
)
def test_connections_that_are_reset(server, held, said):
    for _ in range(15):
        connections = [connect(server) for _ in range(40)]
        for connection in connections:
            if said:
                connection.sendall(said)
        for connection in connections:
            reset(connection)
    held.check_is_as_before()


def test_connections_that_say_nothing(server, held):
    connections = [connect(server) for _ in range(400)]
    assert held.answers() == []
    # They are dropped after a while, and others are served all the time.
    for connection in connections:
        while True:
            try:
                connection.settimeout(1)
                assert connection.recv(1) == b""
                break
            except TimeoutError:
                assert held.answers() == []
            except ConnectionResetError:
                break
        connection.close()
    held.check_is_as_before()


def test_upgrades_that_are_left_at_once(server, held):
    for number in range(300):
        client = RawWebSocket(server.port)
        client.reset() if number % 2 else client.close()
    held.check_is_as_before()


MANY = """
import sys
sys.path.insert(0, sys.argv[2])
from raw_websocket import RawWebSocket
clients = [RawWebSocket(int(sys.argv[1]), receive_buffer=8192) for _ in range(60)]
for client in clients:
    client.subscribed(1, "camera", credits=64)
print("ready", flush=True)
while True:
    for client in clients:
        client._take(5000)
"""


def test_client_processes_that_are_killed(server, held):
    with webmon.Stream("camera", (512, 512), "u4", slots=6) as camera:
        publisher = Publisher([camera])
        publisher.start()
        for pause in (0, 0.05, 0.3):
            process = subprocess.Popen([sys.executable, "-c", MANY, str(server.port), str(HERE)], stdout=subprocess.PIPE, text=True)
            assert process.stdout.readline() == "ready\n"
            time.sleep(pause)
            process.kill()
            process.wait(30)
            process.stdout.close()
        publisher.stop()
        held.check_is_as_before(camera)
