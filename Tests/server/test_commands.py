"""Commands from pages to producers, with the real server between them and producers in processes of their own."""

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest
import webmon
from conftest import ROOT, RunningServer
from raw_http import request
from raw_websocket import TEXT, RawWebSocket

RECORD = np.dtype(
    [("call", "<u8"), ("to", "<u8"), ("deadline", "<u8"), ("part", "<u2"), ("parts", "<u2"), ("length", "<u4"), ("text", "S480")]
)

MICROSCOPE = """
import os, sys, time, threading
from typing import Literal
import webmon

done = []

@webmon.command(timeout=20)
def add(a: int, b: int = 10) -> int:
    "Adds two numbers."
    done.append((a, b))
    return a + b

@webmon.command
def add_soon(a: int) -> int:
    done.append((a, 0))
    return a

@webmon.command(timeout=20)
def show(on: bool, color: Literal["red", "green"] = "red", scale: float | None = None) -> list:
    return [on, color, scale]

@webmon.command(timeout=20)
def echo(value) -> object:
    return value

@webmon.command(timeout=0.3)
def sleep(seconds: float) -> str:
    time.sleep(seconds)
    return "slept"

@webmon.command(timeout=20)
def sleep_long(seconds: float) -> str:
    time.sleep(seconds)
    return "slept long"

@webmon.command(timeout=20)
def fail(text: str) -> None:
    raise ValueError(text)

@webmon.command(timeout=20)
def history() -> list:
    return [list(call) for call in done]

@webmon.command(timeout=20)
def die() -> None:
    os.kill(os.getpid(), 9)

@webmon.command(timeout=20)
def declare(new: str) -> None:
    webmon.command(lambda: new, name=new)

print("ready", flush=True)
sys.stdin.read()
"""


class Producer:
    """A script in a process of its own."""

    def __init__(self, folder, name, script):
        self.path = folder / f"{name}.py"
        self.path.write_text(script)
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        self.process = subprocess.Popen(
            [sys.executable, str(self.path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
        )
        assert self.process.stdout.readline() == "ready\n", self.process.stderr.read()

    def end(self):
        self.process.stdin.close()
        self.process.wait(20)

    def kill(self):
        self.process.kill()
        self.process.wait(20)


@pytest.fixture
def new_producer(directory, tmp_path):
    made = []

    def make(name="microscope", script=MICROSCOPE):
        made.append(Producer(tmp_path, name, script))
        return made[-1]

    yield make
    for producer in made:
        if producer.process.poll() is None:
            producer.kill()
        for pipe in (producer.process.stdin, producer.process.stdout, producer.process.stderr):
            pipe.close()


@pytest.fixture
def producer(new_producer):
    return new_producer()


class Page:
    def __init__(self, port):
        self.socket = RawWebSocket(port)
        self.ref = 0
        self.targets = {}
        self.replies = []

    def message(self):
        message = self.socket.message()
        if message["type"] == "commands":
            self.targets = {target["target"]: target for target in message["targets"]}
        elif message["type"] == "reply":
            self.replies.append(message)
        return message

    def until(self, condition):
        while not condition():
            self.message()

    def names(self, target):
        return {command["name"] for command in self.targets.get(target, {"commands": []})["commands"]}

    def learn(self, target="microscope", *names):
        self.until(lambda: self.names(target) >= set(names or ["declare"]))
        return self

    def send(self, name, target=None, *, timeout_ms=None, **args):
        self.ref += 1
        self.socket.send("command", ref=self.ref, name=name, target=target, args=args, timeout_ms=timeout_ms)
        return self.ref

    def reply(self, ref):
        """The reply to this call; the only one there is."""
        self.until(lambda: any(reply["ref"] == ref for reply in self.replies))
        (reply,) = [reply for reply in self.replies if reply["ref"] == ref]
        return reply

    def call(self, name, target=None, **args):
        reply = self.reply(self.send(name, target, **args))
        return reply["value"] if reply["ok"] else reply["error"]["code"]

    def error(self, name, target=None, **args):
        reply = self.reply(self.send(name, target, **args))
        assert not reply["ok"], reply
        return reply["error"]["code"], reply["error"]["message"]

    def silent(self):
        """Nothing is on its way to this page but what it asks for now."""
        before = len(self.replies)
        self.socket.send("ping", t="silent")
        while self.message().get("t") != "silent":
            pass
        return len(self.replies) == before


@pytest.fixture
def new_page(server):
    opened = []

    def make(port=None):
        opened.append(Page(port or server.port))
        return opened[-1]

    yield make
    for page in opened:
        page.socket.close()


# Calls


def test_a_call_and_its_reply(new_page, producer):
    page = new_page().learn()
    ref = page.send("add", a=1, b=2)
    assert page.reply(ref) == {"type": "reply", "ref": ref, "ok": True, "value": 3}
    assert page.call("add", a=1) == 11
    assert page.call("add", target="microscope", a=-5, b=5) == 0
    assert page.call("show", on=True, color="green", scale=1) == [True, "green", 1.0]
    assert page.call("show", on=False) == [False, "red", None]
    assert page.call("fail", text="no") == "failed"
    (command,) = [c for c in page.targets["microscope"]["commands"] if c["name"] == "add"]
    assert command == {
        "name": "add", "help": "Adds two numbers.", "returns": "int", "timeout_ms": 20_000,
        "args": [{"name": "a", "type": "int", "nullable": False, "help": ""},
                 {"name": "b", "type": "int", "nullable": False, "default": 10, "help": ""}],
    }  # fmt: skip


def test_only_the_caller_hears_the_reply(new_page, producer):
    caller, other = new_page().learn(), new_page().learn()
    assert caller.call("echo", value="for me") == "for me"
    assert other.silent() and other.replies == []
    # Both use the same references: each hears its own.
    refs = [page.send("echo", value=text) for page, text in ((caller, "caller"), (other, "other"))]
    assert other.reply(refs[1])["value"] == "other" and caller.reply(refs[0])["value"] == "caller"


@pytest.mark.parametrize(
    "value",
    [None, True, 0, -1, 2**53 - 1, 2**63, 0.1, 1e300, "", 'é"\\\n\0\u2028\U0001f52c', [], {}, {"type": "reply", "ref": 7, "": [{}]}, "x" * 479, "x" * 481],
)
def test_values_come_back_as_they_went(new_page, producer, value):
    page = new_page().learn()
    returned = page.call("echo", value=value)
    assert returned == value and type(returned) is type(value)


@pytest.mark.parametrize("length", [440, 470, 480, 960, 10_000, 60_000])
def test_arguments_in_parts(new_page, producer, length):
    page = new_page().learn()
    text = "".join(random.Random(length).choices("aé\"\\\n🔬", k=length // 6))
    assert page.call("echo", value=text) == text
    assert page.call("echo", value=["x" * length]) == ["x" * length]


def test_wrong_calls(new_page, producer):
    page = new_page().learn()
    assert page.error("add", a=1.5) == ("bad-argument", "add: the argument a is 1.5; an integer is needed")
    assert page.error("add", a=True)[0] == "bad-argument"
    assert page.error("add", a=None)[0] == "bad-argument"
    assert page.error("add", a=2**53)[1].endswith("which JavaScript holds exactly, is needed")
    assert page.error("add") == ("bad-argument", "add: the argument a is missing")
    assert page.error("add", a=1, c=2) == ("bad-argument", 'add has no argument "c"; it has a, b')
    assert page.error("show", on=1)[0] == "bad-argument"
    assert page.error("show", on=True, color="blue") == ("bad-argument", 'show: the argument color is "blue"; one of "red", "green" is needed')
    assert page.error("show", on=True, scale="1")[1].endswith("a number or null is needed")
    assert page.error("fly") == ("no-such-command", 'no producer has a command "fly"')
    for name in ["__init__", "done.append", "os", "command", "close", "_run", ""]:  # nothing is reached by its attribute
        assert page.error(name, target="microscope")[0] == "no-such-command"
    code, message = page.error("add", target="telescope", a=1)
    assert code == "no-such-target" and '"telescope"' in message and "microscope" in message
    assert page.call("history") == []


def test_messages_that_are_no_commands(new_page, producer):
    page = new_page().learn()

    def answer(**fields):
        page.socket.send("command", **fields)
        return page.message()

    for fields in [{}, {"ref": -1}, {"ref": "1"}, {"ref": 2**53}, {"ref": 1.5}, {"ref": None}]:
        reply = answer(name="add", **fields)
        assert (reply["type"], reply["code"]) == ("error", "bad-field"), fields
    for fields in [{}, {"name": 3}, {"name": "add", "args": []}, {"name": "add", "target": 3}, {"name": "add", "timeout_ms": 0},
                   {"name": "add", "timeout_ms": 600_001}, {"name": "add", "timeout_ms": "1"}]:  # fmt: skip
        reply = answer(ref=5, **fields)
        assert (reply["type"], reply["ref"], reply["ok"], reply["error"]["code"]) == ("reply", 5, False, "bad-field"), fields
    slow = page.send("sleep_long", seconds=0.1)
    page.socket.send("command", ref=slow, name="echo", args={"value": 1})
    refused = page.message()
    assert (refused["type"], refused["code"]) == ("error", "id-in-use")
    assert page.reply(slow)["value"] == "slept long"
    assert page.call("echo", value=1) == 1


def test_a_handler_that_raises(new_page, producer):
    page = new_page().learn()
    assert page.error("fail", text="the shutter is stuck") == ("failed", "ValueError: the shutter is stuck")
    assert page.error("fail", text="x" * 50_000)[1] == "ValueError: " + "x" * 1988
    assert page.call("add", a=1) == 11


def test_several_producers(new_page, producer, new_producer):
    other = new_producer("telescope")
    page = new_page().learn("microscope").learn("telescope")
    code, message = page.error("add", a=1)
    assert code == "no-such-target" and "microscope, telescope" in message
    assert page.call("add", target="telescope", a=1) == 11
    assert page.call("history", target="telescope") == [[1, 10]] and page.call("history", target="microscope") == []
    again = new_producer("telescope")  # the name is taken: this one has its process id in it
    name = f"telescope-{again.process.pid}"
    page.learn(name)
    assert page.call("history", target=name) == []
    other.kill()
    again.kill()
    assert page.call("add", a=1) == 11  # what the killed ones left is not in the way


def test_commands_come_and_go(server, new_page, new_producer):
    page = new_page()
    page.socket.greeted()
    assert page.silent() and page.targets == {}
    producer = new_producer()
    page.learn()
    assert page.targets["microscope"]["state"] == "live"
    assert page.call("declare", new="new_one") is None
    page.learn("microscope", "new_one")
    assert page.call("new_one") == "new_one"
    assert new_page().learn("microscope", "new_one").call("new_one") == "new_one"
    producer.end()
    page.until(lambda: page.targets == {})
    assert page.error("add", a=1)[0] == "no-such-command"


# Time limits


def test_time_limits(new_page, producer):
    page = new_page().learn()
    start = time.monotonic()
    assert page.error("sleep", seconds=0.6) == ("timeout", "microscope did not answer sleep in time")
    assert time.monotonic() - start >= 0.3
    time.sleep(0.6)
    assert page.silent()  # the late reply is dropped
    assert page.call("sleep_long", seconds=1.3) == "slept long"
    ref = page.send("sleep_long", timeout_ms=100, seconds=0.3)
    assert page.reply(ref)["error"]["code"] == "timeout"
    assert page.call("history") == []


def test_what_is_too_late_is_not_begun(new_page, producer):
    page = new_page().learn()
    slow = page.send("sleep_long", seconds=3)
    late = page.send("add_soon", a=666)
    assert page.reply(late)["error"]["code"] == "timeout"
    assert page.reply(slow)["value"] == "slept long"
    assert page.call("history") == []


def test_a_page_that_leaves_gets_nothing_and_leaks_nothing(new_page, producer):
    page, stays = new_page().learn(), new_page().learn()
    for _ in range(64):
        page.send("echo", value=1)
    page.send("sleep_long", seconds=0.2)
    page.socket.reset()
    for _ in range(5):
        assert stays.call("echo", value=2) == 2
    assert len(stays.replies) == 5


def test_too_many_calls_at_once(new_page, producer):
    page, other = new_page().learn(), new_page().learn()
    slow = page.send("sleep_long", seconds=2)
    refs = [page.send("echo", value=number) for number in range(70)]
    replies = [page.reply(ref) for ref in refs]
    refused = [reply for reply in replies if not reply["ok"]]
    assert len(refused) >= 6 and {reply["error"]["code"] for reply in refused} == {"too-many"}
    assert page.reply(slow)["ok"] and page.call("echo", value=1) == 1 and other.call("echo", value=2) == 2


def test_calls_that_wait_are_not_overwritten(new_page, producer):
    pages = [new_page().learn() for _ in range(2)]
    slow = pages[0].send("sleep_long", seconds=6)
    text = "y" * 60_000  # 126 records; the log has 4096
    refs = [(page, page.send("echo", value=text)) for page in pages for _ in range(30)]
    outcomes = [page.reply(ref) for page, ref in refs]
    refused = [reply["error"]["code"] for reply in outcomes if not reply["ok"]]
    assert set(refused) == {"too-many"} and 60 - len(refused) >= 30
    assert all(reply["value"] == text for reply in outcomes if reply["ok"])
    assert pages[0].reply(slow)["ok"] and pages[1].call("add", a=1) == 11


def test_a_storm_of_calls(new_page, producer):
    pages = [new_page().learn() for _ in range(4)]
    failures = []

    def storm(page, first):
        try:
            waiting = []
            for number in range(first, first + 1000):
                waiting.append((number, page.send("echo", timeout_ms=None, value=number)))
                if len(waiting) == 32:
                    for value, ref in waiting:
                        reply = page.reply(ref)
                        if reply.get("value") != value:
                            failures.append(reply)
                    waiting.clear()
                    page.replies.clear()
            for value, ref in waiting:
                assert page.reply(ref)["value"] == value
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=storm, args=(page, 1000 * index)) for index, page in enumerate(pages)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert failures == [] and not any(thread.is_alive() for thread in threads)


def test_replies_of_a_megabyte(new_page, new_producer):
    script = "import sys, webmon\nwebmon.command(lambda n: 'z' * n, name='long', timeout=20)\nprint('ready', flush=True)\nsys.stdin.read()\n"
    new_producer("writer", script)
    page = new_page().learn("writer", "long")
    for length in [479, 100_000, 1_000_000, 1_048_550]:
        assert page.call("long", n=length) == "z" * length
    assert page.error("long", n=1_048_576)[0] == "too-large"
    # Those that a page does not read are not kept for it without end.
    refs = [page.send("long", n=1_000_000) for _ in range(20)]
    time.sleep(1)
    outcomes = [page.reply(ref) for ref in refs]
    assert {reply["error"]["code"] for reply in outcomes if not reply["ok"]} <= {"too-large", "timeout"}
    assert any(reply["ok"] for reply in outcomes) and page.call("long", n=3) == "zzz"


# Ends


def test_a_producer_that_dies_in_a_call(new_page, producer):
    page = new_page().learn()
    start = time.monotonic()
    assert page.error("die")[0] == "producer-gone"
    assert time.monotonic() - start < 10  # half of the call's own time limit
    page.until(lambda: page.targets["microscope"]["state"] == "gone")
    code, message = page.error("add", a=1)
    assert code == "producer-gone" and "gone" in message


def test_a_producer_that_is_killed_beside_a_long_call(new_page, producer):
    page = new_page().learn()
    ref = page.send("sleep_long", seconds=15)
    time.sleep(0.2)
    start = time.monotonic()
    producer.kill()
    assert page.reply(ref)["error"]["code"] == "producer-gone"
    assert time.monotonic() - start < 10


def test_a_producer_that_ends_in_a_call(new_page, new_producer):
    script = MICROSCOPE + "\nfrom webmon import _commands\n[c.close() for c in _commands._defaults.values()]\ntime.sleep(60)\n"
    producer = new_producer(script=script)
    page = new_page().learn()
    with webmon.open("webmon.commands", subscribe=False) as calls:
        ref = page.send("sleep_long", seconds=3)
        assert calls.wait(20, after=0)  # the server has taken it
    producer.process.stdin.close()
    assert page.reply(ref)["error"]["code"] == "producer-gone"


def test_a_producer_that_comes_again(new_page, producer, new_producer):
    page = new_page().learn()
    assert page.call("add", a=1) == 11
    producer.kill()
    page.until(lambda: page.targets["microscope"]["state"] == "gone")
    new_producer()
    # Its last command: the first ones may be told before.
    page.until(lambda: "declare" in page.names("microscope") and page.targets["microscope"]["state"] == "live")
    assert page.call("history") == []  # what the first one was asked is not asked again
    assert page.call("add", a=2) == 12


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_server_that_is_started_again(program, directory, producer, new_producer, number):
    first = RunningServer(program, directory)
    page = Page(first.port).learn()
    assert page.call("add", a=1) == 11
    page.send("sleep_long", seconds=0.1)
    first.stop(number)
    page.socket.close()
    left = os.path.exists(os.path.join(directory, "webmon.commands.npy"))
    assert left == (number == signal.SIGKILL)
    new_producer("later")  # comes while there is no server, or a dead one's log
    for attempt in range(3):
        server = RunningServer(program, directory)
        page = Page(server.port).learn("microscope").learn("later")
        assert page.call("add", target="microscope", a=2 + attempt) == 12 + attempt
        assert page.call("history", target="microscope") == [[a, 10] for a in range(1, 3 + attempt)]
        assert page.call("history", target="later") == []
        page.socket.close()
        server.stop(number)
        server.log.close()
    first.log.close()


def test_a_directory_has_one_server(program, directory, server):
    second = subprocess.run([program, "serve", "--port", "0", "--dir", directory], capture_output=True, text=True, timeout=20)
    assert second.returncode == 1 and second.stdout == ""
    assert second.stderr == (
        f"webmon: directory {directory} is served already by webmon (process {server.process.pid}) at {server.address}; "
        "use that, or another --dir\n"
    )
    with pytest.raises(webmon.BusyError, match=server.address):
        webmon.serve(directory=directory)


def test_many_servers_at_once_only_one_serves(program, directory):
    children = [
        subprocess.Popen([program, "serve", "--port", "0", "--dir", directory], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(6)
    ]
    lines = [child.stdout.readline() for child in children]
    assert sum(line.startswith("webmon: serving") for line in lines) == 1
    for child, line in zip(children, lines, strict=True):
        if line:
            child.terminate()
        _, errors = child.communicate(timeout=20)
        assert (child.returncode, errors) == (0, "") if line else (child.returncode == 1 and "is served already" in errors), errors


# What is not shown


def test_webmons_own_segments_are_no_streams(program, server, new_page, producer):
    page = new_page()
    page.socket.greeted()
    page.learn()
    assert page.socket.streams == {}
    assert json.loads(request(server.port, "/api/streams").body)["streams"] == []
    for path in ["/api/streams/webmon.commands.npy", "/api/streams/webmon.producer.microscope.npy"]:
        assert request(server.port, path).status == 404
    assert webmon.streams() == []
    listed = subprocess.run([program, "ls"], capture_output=True, text=True, timeout=20).stdout.splitlines()
    assert len(listed) == 1
    everything = subprocess.run([program, "ls", "--all"], capture_output=True, text=True, timeout=20).stdout.splitlines()
    assert [line.split()[0] for line in everything[1:]] == ["webmon.commands", "webmon.producer.microscope"]
    page.socket.send("subscribe", id=1, stream="webmon.commands")
    while (message := page.message())["type"] != "waiting":
        assert message["type"] != "subscribed"


# Bytes that are not what they should be


class ForeignProducer:
    """A producer that writes what it likes: the record format by hand."""

    def __init__(self, name, directory, dtype=RECORD, records=4096):
        from webmon._log import Log

        class Foreign(Log):
            _may_be_reserved = True

        self.log = Foreign(f"webmon.producer.{name}", dtype, records=records, directory=directory)

    def write(self, text, call=0, to=0):
        parts = [text[start : start + 480] for start in range(0, len(text), 480)] or [b""]
        records = np.zeros(len(parts), RECORD)
        for number, part in enumerate(parts):
            records[number] = (call, to, 0, number + 1, len(parts), len(part), part)
        self.log.append(records)

    def declare(self, *commands):
        # The time limit that counts if none is given is a second.
        self.write(json.dumps({"commands": [{"timeout_ms": 20_000, **command} for command in commands]}).encode())

    def calls(self, count):
        """Waits for calls, and gives them as (number, generation of the server's log, text)."""
        with webmon.open("webmon.commands", subscribe=False) as log:
            end = time.monotonic() + 20
            while True:
                records = log.since(0).records
                mine = records[records["to"] == self.log.description.generation]
                if len(mine) >= count:
                    return [(int(r["call"]), log.description.generation, bytes(r["text"])[: r["length"]]) for r in mine]
                assert time.monotonic() < end
                log.wait(1, after=log.sequence)


@pytest.fixture
def foreign(directory):
    made = []

    def make(name="foreign", **options):
        made.append(ForeignProducer(name, directory, **options))
        return made[-1]

    yield make
    for producer in made:
        producer.log.close()


def test_a_producer_written_by_hand(new_page, foreign):
    producer = foreign()
    producer.declare({"name": "double", "args": [{"name": "n", "type": "int"}]})
    page = new_page().learn("foreign", "double")
    ref = page.send("double", n=21)
    ((call, to, text),) = producer.calls(1)
    assert json.loads(text) == {"command": "double", "args": {"n": 21}}
    producer.write(b' { "ok" : true, "value" : 42 } ', call, to)
    assert page.reply(ref)["value"] == 42


def test_a_producer_in_c(program, directory, compile_c):
    producer = subprocess.Popen([compile_c(ROOT / "docs" / "examples" / "take_commands.c"), "calculator"])
    try:
        for start in range(2):  # and it finds the next server
            server = RunningServer(program, directory)
            page = Page(server.port).learn("calculator", "double")
            assert page.call("double", n=21) == 42 and page.call("double", n=-0.25) == -0.5
            if start == 0:
                # More than its ring holds: the next server still finds what it declared.
                for number in range(4200):
                    assert page.call("double", n=number) == 2 * number
                    page.replies.clear()
            page.socket.close()
            assert server.stop() == 0
            server.log.close()
    finally:
        producer.kill()
        producer.wait()


def test_replies_that_are_not_valid(new_page, foreign):
    producer = foreign()
    producer.declare({"name": "ask"})
    page = new_page().learn("foreign", "ask")
    texts = [
        b"", b"null", b"[]", b"{", b"{}", b'{"ok": true}', b'{"ok": 1, "value": 1}', b'{"ok": true, "value": 1, "ref": 99}',
        b'{"ok": true, "value": 1, "type": "hello"}', b'{"ok": false, "error": "x"}', b'{"ok": false, "error": {"code": 1, "message": "x"}}',
        b'{"ok": true, "value": "\xff"}', b'{"ok": true, "value": "\x00"}', b'{"ok": true, "value": NaN}', b'{"ok": true, "value": 1}}',
        b'{"ok": true, "value": ' + b"[" * 200 + b"]" * 200 + b"}",
    ]  # fmt: skip
    for index, text in enumerate(texts):
        ref = page.send("ask")
        call, to, _ = producer.calls(index + 1)[-1]
        producer.write(text, call, to)
        reply = page.reply(ref)
        assert (reply["ref"], reply["ok"], reply["error"]["code"]) == (ref, False, "failed"), text
    # Replies that are for nobody: another generation, a call that never was, one that was answered.
    producer.write(b'{"ok": true, "value": 1}', call, to + 1)
    producer.write(b'{"ok": true, "value": 1}', 10**15, to)
    producer.write(b'{"ok": true, "value": 1}', call, to)
    assert page.silent()


def test_a_producer_cannot_answer_for_another(new_page, foreign):
    one, other = foreign("one"), foreign("other")
    one.declare({"name": "ask"})
    other.declare({"name": "listen"})
    page = new_page().learn("one", "ask").learn("other", "listen")
    ref = page.send("ask")
    ((call, to, _),) = one.calls(1)
    other.write(b'{"ok": true, "value": "forged"}', call, to)
    assert page.silent()
    one.write(b'{"ok": true, "value": "true"}', call, to)
    assert page.reply(ref)["value"] == "true"


def test_declarations_that_are_not_valid(server, new_page, foreign):
    producer = foreign()
    producer.declare({"name": "ask"})
    page = new_page().learn("foreign", "ask")
    for commands in [
        3, [3], [{}], [{"name": ""}], [{"name": "a b"}], [{"name": "<script>"}], [{"name": "x" * 121}], [{"name": "a"}, {"name": "a"}],
        [{"name": "a", "args": 3}], [{"name": "a", "args": [{"name": "x", "type": "image"}]}], [{"name": "a", "args": [{"name": "x"}]}],
        [{"name": "a", "args": [{"name": "x", "type": "int"}] * 2}], [{"name": "a", "timeout_ms": 0}], [{"name": "a", "timeout_ms": 1e9}],
        [{"name": "a", "help": 3}], [{"name": f"c{n}"} for n in range(257)], [{"name": "a", "args": [{"name": "x", "type": "str", "choices": []}]}],
    ]:  # fmt: skip
        producer.write(json.dumps({"commands": commands}).encode())
    for text in [b"", b"{", b"\xff" * 480, b"[" * 40_000, b'{"commands": [], "pad": "' + b"x" * 40_000 + b'"}']:
        producer.write(text)
    assert page.silent() and page.names("foreign") == {"ask"}
    producer.declare({"name": "ask"}, {"name": "last"})
    page.learn("foreign", "last")
    assert server.logged().count("its declaration of commands is not valid") == 22


def test_noise_in_a_producers_log(server, new_page, foreign, producer):
    noise = foreign(records=64)
    rng = np.random.default_rng(11)
    for _ in range(300):
        records = rng.integers(0, 256, 64 * RECORD.itemsize, "u1").view(RECORD)
        if rng.random() < 0.5:  # numbers that look right
            records["part"], records["parts"], records["length"] = 1, rng.integers(1, 3, 64), rng.integers(0, 500, 64)
        noise.log.append(records)
    foreign("other_dtype", dtype=[("a", "u1")]).log.append([(1,)])
    page = new_page().learn()
    assert page.call("add", a=1) == 11
    assert set(page.targets) == {"microscope"}
    page.socket.send_frame(TEXT, b'{"type": "command", "ref": 1000, "name": "add", "target": "foreign", "args": {}}')
    assert page.reply(1000)["error"]["code"] == "no-such-target"


def test_noise_in_the_servers_log(directory, producer, program):
    """A producer that reads a log full of anything goes on, and serves the next server."""
    from webmon._log import Log

    class CommandLog(Log):
        _may_be_reserved = True

    with webmon.open("webmon.producer.microscope", subscribe=False) as own:
        generation = own.description.generation
    rng = np.random.default_rng(12)
    with CommandLog("webmon.commands", RECORD, records=4096) as log:
        for _ in range(100):
            records = rng.integers(0, 256, 64 * RECORD.itemsize, "u1").view(RECORD)
            records["to"] = generation
            records["part"], records["parts"] = 1, 1
            log.append(records)
        for text in [b"", b"[]", b"3", b'{"command": "add"}', b'{"command": "add", "args": []}', b'{"command": [], "args": {}}',
                     b'{"command": "add", "args": {"a": "x"}}', b'{"command": "__class__", "args": {}}', b"[" * 400]:  # fmt: skip
            log.append([(7, generation, 2**63, 1, 1, len(text), text)])
        log.append([(8, generation, 0, 1, 1, 34, b'{"command": "add", "args": {"a":1}}')])  # too late
        time.sleep(0.5)
    with CommandLog("webmon.commands", [("other", "u1")]):
        time.sleep(0.3)
    server = RunningServer(program, directory)
    page = Page(server.port).learn()
    assert page.call("history") == [] and page.call("add", a=3) == 13
    page.socket.close()
    assert server.stop() == 0
    server.log.close()


def test_a_producer_that_writes_without_end(server, new_page, foreign, producer):
    flood = foreign(records=8192)
    flood.declare({"name": "flood"})
    stop = threading.Event()
    block = np.zeros(2048, RECORD)
    block["call"], block["part"], block["parts"] = 5, 1, 1

    def write():
        while not stop.is_set():
            flood.log.append(block)

    thread = threading.Thread(target=write)
    thread.start()
    try:
        page = new_page().learn()
        for number in range(20):
            assert page.reply(page.send("echo", value=number)).get("value", number) == number
        assert request(server.port, "/healthz").status == 200
    finally:
        stop.set()
        thread.join(20)
