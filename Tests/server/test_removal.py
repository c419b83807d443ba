"""Pages remove what writers have left: never what lives, never another generation than was meant."""

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
import webmon
from raw_http import request
from raw_websocket import RawWebSocket, Refused
from waiting import until

TOKEN = "0123456789abcdefghij"
# A writer that is killed leaves its segment; told to, it takes it over again.
WRITER = """
import sys, numpy as np, webmon
stream = webmon.Stream(sys.argv[1], shape=(64, 64), dtype="u2", resume="resume" in sys.argv)
stream.put(np.full((64, 64), 7, "u2"))
print("ready", flush=True)
sys.stdin.read()
"""


class Writer:
    def __init__(self, name, *arguments):
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        self.process = subprocess.Popen(
            [sys.executable, "-c", WRITER, name, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
        )
        assert self.process.stdout.readline() == "ready\n"

    def kill(self):
        self.process.kill()
        self.process.wait(20)
        self.process.stdin.close()
        self.process.stdout.close()


@pytest.fixture
def new_writer(directory):
    made = []

    def make(*arguments):
        made.append(Writer(*arguments))
        return made[-1]

    yield make
    for writer in made:
        if writer.process.poll() is None:
            writer.kill()


@pytest.fixture
def leave(new_writer):
    """Leaves segments whose writer was killed."""
    return lambda *names: [new_writer(name).kill() for name in names]


def streams(server, **options):
    return {stream["name"]: stream for stream in json.loads(request(server.port, "/api/streams", **options).body)["streams"]}


def listed(server, *names, state="gone"):
    until(lambda: all(streams(server).get(name, {}).get("state") == state for name in names))
    return streams(server)


def ask(client, kind, ref=1, **fields):
    client.send(kind, ref=ref, **fields)
    return reply(client)


def reply(client):
    """The next reply; other messages may come before it."""
    while True:
        message = client.message()
        if isinstance(message, dict) and message["type"] == "reply":
            return message


def file_of(directory, name):
    return Path(directory) / f"{name}.npy"


def test_a_leftover_goes(server, directory, leave):
    leave("camera", "other")
    stream = listed(server, "camera", "other")["camera"]
    with RawWebSocket(server.port) as client:
        client.greeted()
        assert ask(client, "remove", name="camera", generation=stream["generation"]) == {"type": "reply", "ref": 1, "ok": True, "value": None}
        assert not file_of(directory, "camera").exists() and file_of(directory, "other").exists()
        again = ask(client, "remove", name="camera", generation=stream["generation"])
        assert again["error"]["code"] == "not-found"


def test_what_lives_stays(server, directory, new_writer):
    new_writer("camera")
    stream = listed(server, "camera", state="live")["camera"]
    with RawWebSocket(server.port) as client:
        client.greeted()
        answer = ask(client, "remove", name="camera", generation=stream["generation"])
        assert answer["error"]["code"] == "busy" and "its writer is alive" in answer["error"]["message"]
        assert file_of(directory, "camera").exists()


def test_a_generation_that_came_in_between_stays(server, directory, leave):
    leave("camera")
    stream = listed(server, "camera")["camera"]
    leave("camera")
    with RawWebSocket(server.port) as client:
        client.greeted()
        answer = ask(client, "remove", name="camera", generation=stream["generation"])
        assert answer["error"]["code"] == "superseded"
        assert file_of(directory, "camera").exists()


def test_a_writer_that_came_back_keeps_its_generation(server, directory, leave, new_writer):
    leave("camera")
    stream = listed(server, "camera")["camera"]
    new_writer("camera", "resume")
    with RawWebSocket(server.port) as client:
        client.greeted()
        answer = ask(client, "remove", name="camera", generation=stream["generation"])
        assert answer["error"]["code"] == "busy"
    assert webmon.open("camera").latest()[0, 0] == 7
    assert listed(server, "camera", state="live")["camera"]["generation"] == stream["generation"]


def test_removing_and_taking_over_race(server, directory, leave, new_writer):
    """Whoever is first: a segment that a writer holds is there, and readable."""
    with RawWebSocket(server.port) as client:
        client.greeted()
        for number in range(6):
            name = f"camera{number}"
            leave(name)
            generation = listed(server, name)[name]["generation"]
            answers = []
            asker = threading.Thread(target=lambda name=name, generation=generation: answers.append(ask(client, "remove", name=name, generation=generation)))
            asker.start()
            writer = new_writer(name, "resume")
            asker.join(20)
            assert answers[0]["ok"] or answers[0]["error"]["code"] in ("busy", "superseded"), answers
            reader = webmon.open(name)
            assert reader.status.state == "live" and reader.latest()[3, 3] == 7
            reader.close()
            writer.kill()


def test_readers_keep_what_they_have(server, directory, leave):
    leave("camera")
    stream = listed(server, "camera")["camera"]
    reader = webmon.open("camera")
    frame = reader.latest()
    until(lambda: streams(server)["camera"]["readers"] == 1)
    with RawWebSocket(server.port) as client:
        client.greeted()
        assert ask(client, "remove", name="camera", generation=stream["generation"])["ok"]
    assert not file_of(directory, "camera").exists()
    assert (np.asarray(frame) == 7).all()


def test_what_its_writer_keeps_goes_when_it_is_named(server, directory):
    webmon.Array("labels", shape=(8, 8), dtype="u1", persist=True).close()
    stream = listed(server, "labels", state="closed")["labels"]
    assert stream["persist"] is True
    with RawWebSocket(server.port) as client:
        client.greeted()
        assert ask(client, "remove", name="labels", generation=stream["generation"])["ok"]
    assert not file_of(directory, "labels").exists()


def test_webmons_own_segments_and_plain_files_stay(server, directory):
    np.save(file_of(directory, "data"), np.zeros(3000))
    with RawWebSocket(server.port) as client:
        client.greeted()
        for name in ["webmon.commands", "data", "../data", "", "a/b", "x" * 500]:
            answer = ask(client, "remove", name=name, generation="0123456789abcdef")
            assert not answer["ok"] and answer["error"]["code"] in ("not-found", "failed"), answer
    assert file_of(directory, "data").exists() and file_of(directory, "webmon.commands").exists()


def test_a_read_only_server_does_nothing(serve, directory, leave):
    # Beside another one of the same directory, which may do everything.
    full, looking = serve(), serve("--read-only")
    leave("camera")
    stream = listed(looking, "camera")["camera"]
    with RawWebSocket(looking.port) as client:
        assert client.greeted()["read_only"] is True
        assert ask(client, "remove", name="camera", generation=stream["generation"])["error"]["code"] == "read-only"
        assert ask(client, "command", name="anything")["error"]["code"] == "read-only"
        assert ask(client, "processes", name="camera")["ok"]
    assert file_of(directory, "camera").exists()
    with RawWebSocket(full.port) as client:
        assert client.greeted()["read_only"] is False
        assert ask(client, "remove", name="camera", generation=stream["generation"])["ok"]


def test_foreign_origins_and_those_without_the_token_do_not_get_there(serve, directory, leave):
    guarded = serve("--token", TOKEN)
    leave("camera")
    bearer = [f"Authorization: Bearer {TOKEN}"]
    until(lambda: "camera" in streams(guarded, headers=bearer))
    generation = streams(guarded, headers=bearer)["camera"]["generation"]
    for options in [{}, {"path": "/ws?token=" + "x" * 20}]:
        with pytest.raises(Refused) as refusal:
            RawWebSocket(guarded.port, **options)
        assert refusal.value.status == 401
    for origin in ["http://evil.example", "null", f"http://127.0.0.1:{guarded.port + 1}", f"https://127.0.0.1:{guarded.port}"]:
        with pytest.raises(Refused) as refusal:
            RawWebSocket(guarded.port, headers=bearer, origin=origin)
        assert refusal.value.status == 403
    with pytest.raises(Refused):
        RawWebSocket(guarded.port, headers=bearer, host="evil.example")
    # There is no other way.
    for method in ["DELETE", "POST", "PUT"]:
        assert request(guarded.port, "/api/streams/camera", method=method, headers=bearer).status == 405
    assert file_of(directory, "camera").exists()
    with RawWebSocket(guarded.port, headers=bearer, origin=f"http://127.0.0.1:{guarded.port}") as client:
        client.greeted()
        assert ask(client, "remove", name="camera", generation=generation)["ok"]


def test_many_at_once(server, directory, leave):
    names = [f"camera{number}" for number in range(20)]
    for name in names:
        webmon.Array(name, shape=(4,), dtype="u1", persist=True).close()
    found = listed(server, *names, state="closed")
    with RawWebSocket(server.port) as client:
        client.greeted()
        for ref, name in enumerate(names):
            client.send("remove", ref=ref, name=name, generation=found[name]["generation"])
        replies = [reply(client) for _ in names]
    assert sorted(reply["ref"] for reply in replies) == list(range(20)) and all(reply["ok"] for reply in replies)
    assert not [name for name in names if file_of(directory, name).exists()]


def test_memory_and_room_are_told(server, directory):
    sparse = webmon.Array("sparse", shape=(4096, 4096), dtype="f8", sparse=True)
    dense = webmon.Stream("dense", shape=(256, 256), dtype="f4", slots=4)
    with sparse.edit((slice(0, 256), slice(0, 256))) as view:
        view[...] = 1
    found = listed(server, "sparse", "dense", state="live")
    assert found["dense"]["resident"] >= 4 * 256 * 256 * 4
    for name in found:
        assert found[name]["resident"] == os.stat(file_of(directory, name)).st_blocks * 512
    assert found["sparse"]["resident"] < 8e6 < found["sparse"]["nbytes"]
    with RawWebSocket(server.port) as client:
        client.greeted()
        client.send("status", every_ms=100)
        status = client.control("status")
        space = os.statvfs(directory)
        assert status["space"]["total"] == space.f_blocks * space.f_frsize
        assert 0 < status["space"]["free"] <= status["space"]["total"]
        assert {stream["name"]: stream["resident"] for stream in status["streams"]}["dense"] == found["dense"]["resident"]
    sparse.close()
    dense.close()


def test_who_has_it_open(server, directory, new_writer):
    writer = new_writer("camera")
    listed(server, "camera", state="live")
    reader = webmon.open("camera")
    frame = reader.latest()
    with RawWebSocket(server.port) as client:
        client.greeted()
        processes = {process["pid"]: process for process in ask(client, "processes", name="camera")["value"]}
        assert processes[writer.process.pid]["writer"] is True
        own = processes[os.getpid()]
        assert (own["writer"], own["subscribed"], own["leases"]) == (False, True, 1)
        assert processes[server.process.pid]["subscribed"] is False and processes[server.process.pid]["program"] == "webmon"
        assert set(processes) == {writer.process.pid, os.getpid(), server.process.pid}
        client.send("subscribe", id=1, stream="camera")
        while client.message()["type"] != "subscribed":
            pass
        processes = {process["pid"]: process for process in ask(client, "processes", name="camera")["value"]}
        assert processes[server.process.pid]["subscribed"] is True
    assert frame[0, 0] == 7
