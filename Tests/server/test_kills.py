"""Servers, producers and clients that are killed or stopped under load. Every frame is checked whole, every gap is accounted for."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
import webmon
import websockets
from conftest import RunningServer
from data_message import parse
from raw_http import request
from waiting import until
from websockets.sync.client import connect

HERE = Path(__file__).resolve().parent


class Viewer(threading.Thread):
    """One page: it reads one stream, connects anew when the connection is lost, and checks all that it is told."""

    def __init__(self, port, stream="camera", **fields):
        super().__init__(daemon=True)
        self.port = port
        self.stream = stream
        self.fields = fields
        self.is_over = threading.Event()
        self.failure = None
        self.servers = []
        self.generations = []
        self.writers = []  # of the frames, by process
        self.frames = 0
        self.newest = {}  # by generation
        self.start()

    def run(self):
        try:
            while not self.is_over.is_set():
                try:
                    address = f"ws://127.0.0.1:{self.port}/ws"
                    with connect(address, subprotocols=["webmon.v1"], max_size=None, compression=None, open_timeout=20, close_timeout=1) as page:
                        self.view(page)
                except (OSError, websockets.exceptions.WebSocketException):
                    time.sleep(0.05)
        except BaseException as failure:
            self.failure = failure

    def view(self, page):
        page.send(json.dumps({"type": "subscribe", "id": 1, "stream": self.stream, **self.fields}))
        generation, last, lost, expected = None, None, 0, None
        while not self.is_over.is_set():
            try:
                message = page.recv(timeout=0.2)
            except TimeoutError:
                continue
            if not isinstance(message, str):
                header, payload = parse(message)
                assert f"{header.generation:016x}" == generation and expected is None
                assert last is None or header.sequence == last + 1, f"{header.sequence} after {last}"
                assert header.lost == lost
                values = np.frombuffer(payload, "u4")
                assert values.size == 256 * 1024 and (values[1:] == header.sequence).all(), "a torn or wrong frame"
                # Across connections too nothing comes again but the newest frame.
                assert header.sequence >= self.newest.get(generation, 0)
                last = self.newest[generation] = header.sequence
                if not self.writers or self.writers[-1] != values[0]:
                    self.writers.append(int(values[0]))
                self.frames += 1
                page.send(json.dumps({"type": "credit", "id": 1, "seq": header.sequence}))
                continue
            message = json.loads(message)
            match message["type"]:
                case "hello":
                    self.servers.append(message["server"])
                case "added" if message["stream"]["name"] == self.stream and generation:
                    expected = message["stream"]["generation"]
                    assert expected != generation
                case "gap":
                    assert message["from"] == last + 1 and message["to"] >= message["from"]
                    last = message["to"]
                    lost += message["to"] - message["from"] + 1
                case "subscribed":
                    # A new generation is told, then what of the old one will not come, then this.
                    assert expected in (None, message["stream"]["generation"])
                    last = None if generation is None else 0
                    generation, expected = message["stream"]["generation"], None
                    if not self.generations or self.generations[-1] != generation:
                        self.generations.append(generation)
                case "streams" | "added" | "removed" | "waiting":
                    pass
                case _:
                    raise AssertionError(message)

    def check(self):
        if self.failure:
            raise self.failure
        assert self.is_alive()

    def sees(self, process):
        self.check()
        return self.writers[-1] == process

    def end(self):
        self.check()
        self.is_over.set()
        self.join(20)
        if self.failure:
            raise self.failure


def all_see(viewers, frames, what):
    """Waits until every viewer got so many frames more."""
    wanted = [viewer.frames + frames for viewer in viewers]

    def have_seen():
        for viewer in viewers:
            viewer.check()
        return all(viewer.frames >= number for viewer, number in zip(viewers, wanted, strict=True))

    until(have_seen, f"{frames} frames more {what}", 60)


PRODUCER = """
import os, sys, time, webmon
camera = webmon.Stream(sys.argv[1], (256, 1024), "u4", slots=4, resume="--resume" in sys.argv)
print("ready", flush=True)
while True:
    with camera.loan() as view:
        view[...] = camera.status.sequence + 1
        view[0, 0] = os.getpid()
    time.sleep(0.004)
"""


@pytest.fixture
def start_producer():
    started = []

    def start(*arguments):
        path = str(Path(webmon.__file__).parents[1])
        process = subprocess.Popen(
            [sys.executable, "-c", PRODUCER, *arguments], stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": path}
        )
        started.append(process)
        assert process.stdout.readline() == b"ready\n"
        return process

    yield start
    for process in started:
        process.kill()
        process.wait(30)
        process.stdout.close()


def kill(process):
    process.kill()
    process.wait(30)


VIEWS = [{}, {"policy": "all", "credits": 8}, {"credits": 4}]


def test_a_killed_server_and_its_successor(program, directory, start_producer):
    server = RunningServer(program, directory)
    port = server.port
    producer = start_producer("camera")
    viewers = [Viewer(port, **view) for view in VIEWS]
    all_see(viewers, 20, "at first")
    for number in range(3):
        kill(server.process)
        server.process.stdout.close()
        server.log.close()
        server = RunningServer(program, directory, "--port", str(port))
        # What a viewer still has of the old connection may count, so more than that.
        until(lambda: all(len(viewer.servers) >= number + 2 for viewer in viewers), "the new connections")
        all_see(viewers, 20, "from the new server")
    for viewer in viewers:
        viewer.end()
        assert len(set(viewer.servers)) == 4, "not every server was seen"
        # The producer noticed nothing.
        assert len(viewer.generations) == 1 and viewer.writers == [producer.pid]
    assert producer.poll() is None
    until(lambda: json.loads(request(port, "/api/streams").body)["streams"][0]["readers"] == 0, "the end of all subscriptions")
    assert server.stop() == 0
    server.log.close()


def test_killed_producers_and_their_successors(server, start_producer):
    producer = start_producer("camera")
    processes = [producer.pid]
    viewers = [Viewer(server.port, **view) for view in VIEWS]
    all_see(viewers, 20, "at first")
    # Some go on with the segment of the one before, others begin anew.
    plan = [[], ["--resume"], [], ["--resume"], ["--resume"], []]
    for arguments in plan:
        kill(producer)
        producer = start_producer("camera", *arguments)
        processes.append(producer.pid)
        until(lambda: all(viewer.sees(producer.pid) for viewer in viewers), "a frame of the new producer")
        all_see(viewers, 10, "of the new producer")
    for viewer in viewers:
        viewer.end()
        assert viewer.writers == processes
        assert len(viewer.generations) == 1 + plan.count([])
        assert len(viewer.servers) == 1, "a connection was lost"


def test_a_stopped_producer_holds_nobody_up(server, start_producer):
    stopped, other = start_producer("camera"), start_producer("other")
    viewers = [Viewer(server.port), Viewer(server.port, policy="all", credits=4)]
    others = [Viewer(server.port, stream="other")]
    all_see(viewers + others, 10, "at first")
    stopped.send_signal(signal.SIGSTOP)

    def frames():
        return [viewer.frames for viewer in viewers]

    def quiet():
        before = frames()
        time.sleep(0.5)
        return frames() == before

    until(quiet, "the last of what was on its way")
    before = frames()
    end = time.monotonic() + 2
    while time.monotonic() < end:
        all_see(others, 5, "of the other producer")
    assert frames() == before
    (stream,) = [stream for stream in json.loads(request(server.port, "/api/streams").body)["streams"] if stream["name"] == "camera"]
    # It holds its lock: it is not dead, only late.
    assert stream["state"] == "live" and stream["age_ns"] > 2e9
    stopped.send_signal(signal.SIGCONT)
    all_see(viewers + others, 10, "after the stop")
    for viewer in viewers + others:
        viewer.end()
        assert len(viewer.generations) == 1 and len(viewer.servers) == 1
    assert other.poll() is None


CLIENT = """
import sys
sys.path.insert(0, sys.argv[2])
import numpy as np
from data_message import array
from raw_websocket import RawWebSocket
client = RawWebSocket(int(sys.argv[1]), receive_buffer=65536)
client.subscribed(1, "camera", credits=4)
last = lost = 0
while True:
    message = client.message()
    if isinstance(message, dict):
        if message["type"] == "gap":
            assert message["from"] == last + 1
            last = message["to"]
            lost += message["to"] - message["from"] + 1
        continue
    header, values = array(message)
    assert last in (0, header.sequence - 1) and header.lost == lost
    assert (values.ravel()[1:] == header.sequence).all()
    last = header.sequence
    client.credit(1, header)
    print(last, lost, flush=True)
"""


def test_a_stopped_client_holds_nobody_up(server, start_producer):
    start_producer("camera")
    client = subprocess.Popen([sys.executable, "-c", CLIENT, str(server.port), str(HERE)], stdout=subprocess.PIPE, text=True)
    try:
        viewer = Viewer(server.port)
        all_see([viewer], 10, "at first")
        for _ in range(20):
            assert client.stdout.readline()
        client.send_signal(signal.SIGSTOP)
        end = time.monotonic() + 2
        while time.monotonic() < end:
            all_see([viewer], 5, "beside the stopped client")
        (newest,) = viewer.newest.values()
        client.send_signal(signal.SIGCONT)
        # It goes on over the same connection, up to the newest frame, and is told what it missed.
        end = time.monotonic() + 30
        sequence = lost = 0
        while sequence <= newest:
            line = client.stdout.readline()
            assert line and time.monotonic() < end
            sequence, lost = map(int, line.split())
        assert lost > 0
        viewer.end()
        assert len(viewer.servers) == 1
    finally:
        client.send_signal(signal.SIGCONT)
        kill(client)
        client.stdout.close()
