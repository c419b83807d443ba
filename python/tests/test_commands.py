"""What becomes a command, and how commands live and end. The server's side is tested in Tests/server/test_commands.py."""

from __future__ import annotations

import asyncio
import enum
import json
import logging
import os
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import pytest

import webmon
from webmon import _files
from webmon._command_message import RECORD, Assembler, Message, encode, parts
from webmon._command_types import Signature

Start = Callable[..., subprocess.Popen[str]]


class Mode(enum.Enum):
    FAST = object()
    EXACT = object()


def every_type(
    show: bool,
    number: int,
    size: float,
    text: str,
    items: list[Any],
    table: dict[str, Any],
    whatever,  # type: ignore[no-untyped-def]
    mode: Mode,
    side: Literal["left", "right"] = "left",
    level: Literal[1, 2] | None = None,
    limit: Annotated[float | None, "in seconds"] = 2.5,
    last: Mode = Mode.EXACT,
) -> None:
    pass


def test_declaration() -> None:
    signature = Signature(every_type, "test")
    declared = {argument.name: argument.declaration() for argument in signature.arguments.values()}
    assert [declared[name]["type"] for name in declared] == [
        "bool", "int", "float", "str", "list", "dict", "any", "str", "str", "int", "float", "str",
    ]  # fmt: skip
    assert declared["show"] == {"name": "show", "type": "bool"}
    assert declared["mode"]["choices"] == ["FAST", "EXACT"] and "default" not in declared["mode"]
    assert declared["side"] == {"name": "side", "type": "str", "default": "left", "choices": ["left", "right"]}
    assert declared["level"] == {"name": "level", "type": "int", "nullable": True, "default": None, "choices": [1, 2]}
    assert declared["limit"] == {"name": "limit", "type": "float", "nullable": True, "default": 2.5, "help": "in seconds"}
    assert declared["last"]["default"] == "EXACT"
    assert signature.returns == "null"


GOOD = {"show": True, "number": 3, "size": 1, "text": "t", "items": [1], "table": {"a": 1}, "whatever": None, "mode": "FAST"}


def test_values_become_what_the_function_expects() -> None:
    taken = Signature(every_type, "test").take(GOOD)
    assert taken == {**GOOD, "mode": Mode.FAST} and type(taken["size"]) is float
    assert Signature(every_type, "test").take({**GOOD, "level": 2, "last": "FAST", "limit": None})["last"] is Mode.FAST


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"show": 1}, "show is 1; true or false"),
        ({"show": None}, "show is None"),
        ({"number": 1.0}, "number is 1.0; an integer"),
        ({"number": True}, "number is True; an integer"),
        ({"number": 2**53}, "53 bits"),
        ({"size": "1"}, "size is '1'; a number"),
        ({"size": True}, "size is True; a number"),
        ({"text": 1}, "text is 1; a string"),
        ({"items": {}}, "items is {}; a list"),
        ({"table": []}, "table is []; an object"),
        ({"mode": "SLOW"}, "mode is 'SLOW'; one of 'FAST', 'EXACT'"),
        ({"side": None}, "side is None; one of"),
        ({"level": True}, "level is True; one of 1, 2"),
        ({"extra": 1}, "no argument 'extra'"),
    ],
)
def test_wrong_values(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError) as caught:
        Signature(every_type, "test").take({**GOOD, **change})
    assert message in str(caught.value)


def test_missing_arguments() -> None:
    with pytest.raises(ValueError, match="the argument text is missing"):
        Signature(every_type, "test").take({name: value for name, value in GOOD.items() if name != "text"})


def test_what_cannot_be_a_command(directory: Path) -> None:
    class Device:
        def move(self, x: float) -> None: ...

    async def later() -> None: ...
    def array(image: np.ndarray[Any, Any]) -> None: ...
    def many(*values: int) -> None: ...
    def either(value: int | str) -> None: ...
    def integers(values: list[int]) -> None: ...
    def wrong_default(value: int = "x") -> None: ...  # type: ignore[assignment]
    def odd_default(value: Any = object()) -> None: ...
    def infinite(value: float = float("inf")) -> None: ...
    def raw(value: Literal[b"x"]) -> None: ...
    def unknown(value: "Nothing") -> None: ...  # type: ignore[name-defined]  # noqa: F821, UP037

    commands = webmon.Commands("refuses")
    for function, message in [
        (later, "async"), (array, "ndarray"), (many, "by its name"), (either, r"int \| str"), (integers, r"list\[int\]"),
        (wrong_default, "'x'; an integer"), (odd_default, "default"), (infinite, "inf"), (raw, "Literal"), (unknown, "Nothing"),
        (Device.move, "bound"), (3, "a function"), (lambda: None, "<lambda>"),
    ]:  # fmt: skip
        with pytest.raises(webmon.InvalidError, match=message):
            commands.command(function)  # type: ignore[type-var]
    for options in [{"timeout": 0}, {"timeout": 601}, {"timeout": "1"}, {"name": ""}, {"name": "a b"}, {"name": "x" * 121}]:
        with pytest.raises(webmon.InvalidError):
            commands.command(print_nothing, **options)  # type: ignore[call-overload]
    with pytest.raises(webmon.InvalidError, match="32768"):
        commands.command(print_nothing, help="x" * 40_000)
    assert commands.names == [] and list(directory.iterdir()) == []  # nothing was made for it
    commands.command(Device().move)
    assert commands.names == ["move"]
    commands.close()
    for target in ["", "a b", "x" * 101, "é", None]:
        with pytest.raises(webmon.InvalidError, match="target"):
            webmon.Commands(target)  # type: ignore[arg-type]


def print_nothing() -> None:
    """Does nothing.

    In great detail.
    """


def declared(target: str) -> list[dict[str, Any]]:
    """The newest declaration, read as another language would."""
    with webmon.open(f"webmon.producer.{target}", subscribe=False) as log:
        assert isinstance(log, webmon.LogReader) and log.dtype == np.dtype(RECORD)
        declaration = [m for m in Assembler(0).add(memoryview(log.since(0).records.tobytes())) if m.call == 0][-1]
        commands: list[dict[str, Any]] = json.loads(declaration.text)["commands"]
        return commands


def test_the_log_of_a_producer(directory: Path) -> None:
    with webmon.Commands("microscope") as commands:

        @commands.command
        def set_grid(show: bool) -> bool:
            return show

        assert set_grid(True) is True  # still a function
        commands.command(print_nothing, timeout=2.5, name="nothing")
        assert [(c["name"], c["help"], c["timeout_ms"], c["returns"]) for c in declared("microscope")] == [
            ("set_grid", "", 1000, "bool"),
            ("nothing", "Does nothing.", 2500, "null"),
        ]
        commands.command(name="set_grid", help="another")(print_nothing)
        assert [(c["name"], c["help"]) for c in declared("microscope")] == [("set_grid", "another"), ("nothing", "Does nothing.")]
        assert webmon.streams() == []
        with pytest.raises(webmon.BusyError, match=str(os.getpid())):
            webmon.Commands("microscope").command(print_nothing)
        assert "microscope" in repr(commands) and not commands.closed
    assert commands.closed and "closed" in repr(commands)
    assert [path.name for path in directory.iterdir() if path.name != ".lock"] == []
    with pytest.raises(webmon.ClosedError):
        commands.command(print_nothing)
    commands.close()


def test_many_commands_declare_themselves_all(directory: Path) -> None:
    with webmon.Commands("many") as commands:
        for number in range(100):
            commands.command(print_nothing, name=f"command_{number}")
        assert len(declared("many")) == 100


def test_the_declaration_stays_in_the_ring(directory: Path) -> None:
    with webmon.Commands("talks") as commands:
        commands.command(print_nothing)
        for _ in range(20):
            commands._reply(Message(1, 0, 0, b""), 5, b"x" * 480 * 1000)
        assert [c["name"] for c in declared("talks")] == ["print_nothing"]


@pytest.mark.parametrize("length", [0, 1, 480, 481, 65536])
def test_messages_in_parts(length: int) -> None:
    message = Message(7, 9, 11, bytes(np.random.default_rng(1).integers(1, 256, length, "u1")))
    records = encode(message)
    assert len(records) == 512 * parts(message.text)
    assert list(Assembler(9).add(memoryview(records))) == [message]
    assert list(Assembler(8).add(memoryview(records))) == []


def test_records_that_do_not_fit_together() -> None:
    first, second = encode(Message(1, 9, 0, b"a" * 1000)), encode(Message(2, 9, 0, b"b"))
    assembler = Assembler(9)
    assert [m.call for m in assembler.add(memoryview(first[512:] + second))] == [2]  # its beginning was lost
    assert [m.call for m in assembler.add(memoryview(first[:512] + second + first[512:]))] == [2]
    assert [m.call for m in assembler.add(memoryview(first[:1024] + first[:512] + first[1024:]))] == []
    rng = np.random.default_rng(2)
    for _ in range(300):
        noise = rng.integers(0, 256, 512 * 4, "u1")
        noise[8:16] = noise[520:528] = [9, 0, 0, 0, 0, 0, 0, 0]
        noise[24:28] = [1, 0, 1, 0]
        for found in assembler.add(memoryview(noise.tobytes())):
            assert len(found.text) <= 480


def test_reserved_names(directory: Path) -> None:
    with pytest.raises(webmon.InvalidError, match="webmon's own"):
        webmon.Log("webmon.commands", RECORD)
    with pytest.raises(webmon.InvalidError, match="webmon's own"):
        webmon.Stream("webmon.producer.x", 1, "u1")


def test_closing_is_quick_and_the_thread_ends(directory: Path) -> None:
    before = threading.active_count()
    commands = webmon.Commands("quick")
    commands.command(print_nothing)
    assert threading.active_count() == before + 1
    time.sleep(0.2)  # it waits now
    start = time.monotonic()
    commands.close()
    assert threading.active_count() == before and time.monotonic() - start < 20


def test_waiting_costs_nothing(directory: Path) -> None:
    with webmon.Commands("idle") as commands:
        commands.command(print_nothing)
        time.sleep(0.3)
        start = time.process_time()
        time.sleep(1)
        assert time.process_time() - start < 0.1


def test_a_forked_child(directory: Path, python: Start) -> None:
    child = python(
        """
        import os, sys, webmon

        @webmon.command
        def ping() -> str: return "parent"

        commands = webmon.Commands("own")
        commands.command(ping)
        child = os.fork()
        if child == 0:
            try:
                commands.command(ping)
                os._exit(1)
            except webmon.ForkedError:
                pass
            commands.close()

            @webmon.command          # the child's own: under another name
            def pong() -> str: return "child"

            names = sorted(os.listdir(os.environ["WEBMON_DIR"]))
            expected = [".lock", "webmon.producer.own.npy"] + [f"webmon.producer.script0{x}.npy" for x in (f"-{os.getpid()}", "")]
            os._exit(0 if names == sorted(expected) else 2)
        assert os.waitpid(child, 0)[1] == 0, os.listdir(os.environ["WEBMON_DIR"])
        commands.close()
        print("ok")
        """
    )
    output, errors = child.communicate(timeout=60)
    assert (output, errors, child.returncode) == ("ok\n", "", 0)
    # The parent removed its own at its end; the child, which ended with _exit, could not.
    left = [path.name for path in directory.iterdir() if path.name != ".lock"]
    assert len(left) == 1 and left[0].startswith("webmon.producer.script0-")


def test_children_of_multiprocessing(directory: Path, python: Start) -> None:
    child = python(
        """
        import multiprocessing, webmon

        @webmon.command             # no guard: a spawned child runs this again
        def ping() -> str: return "pong"

        def see(_):
            return ping()

        if __name__ == "__main__":
            for method in ("spawn", "fork"):
                with multiprocessing.get_context(method).Pool(1) as pool:
                    assert pool.map(see, [0]) == ["pong"]
                    pool.close()
                    pool.join()
            print("ok")
        """
    )
    output, errors = child.communicate(timeout=60)
    assert (output, errors, child.returncode) == ("ok\n", "", 0)
    assert [path.name for path in directory.iterdir() if path.name != ".lock"] == []


@pytest.mark.parametrize("how", ["pass", "sys.exit(3)", "raise ValueError"])
def test_the_end_of_a_process(directory: Path, python: Start, how: str) -> None:
    child = python(f"import sys, webmon\n\n@webmon.command\ndef ping() -> None: ...\n{how}\n")
    start = time.monotonic()
    child.communicate(timeout=60)
    assert child.returncode == {"pass": 0, "sys.exit(3)": 3, "raise ValueError": 1}[how] and time.monotonic() - start < 30
    assert [path.name for path in directory.iterdir() if path.name != ".lock"] == []


def has_program() -> bool:
    try:
        _files.program()
    except FileNotFoundError:
        return False
    return True


needs_server = pytest.mark.skipif(not has_program(), reason="the server's program is not built")


@needs_server
def test_run_elsewhere(directory: Path, new_page: Callable[[str], Any], caplog: pytest.LogCaptureFixture) -> None:
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="gui")
    thread.start()

    def broken(work: Callable[[], None]) -> None:
        raise RuntimeError("the window was closed")

    with webmon.Commands("gui") as commands, webmon.serve() as server:
        commands.command(lambda: threading.current_thread().name, name="where", timeout=20, run=loop.call_soon_threadsafe)
        commands.command(lambda: threading.current_thread().name, name="here", timeout=20)
        commands.command(print_nothing, name="nowhere", run=broken)
        page = new_page(server)
        page.learn("gui", "where", "here", "nowhere")
        assert page.call("where")["value"] == "gui"
        assert page.call("here")["value"] == "webmon-commands"
        with caplog.at_level(logging.CRITICAL, "webmon.commands"):
            assert page.call("nowhere")["error"] == {"code": "failed", "message": "RuntimeError: the window was closed"}
    caplog.clear()
    loop.call_soon_threadsafe(loop.stop)
    thread.join(30)
    loop.close()


@needs_server
def test_values_and_exceptions(directory: Path, new_page: Callable[[str], Any], caplog: pytest.LogCaptureFixture) -> None:
    def divide(by: int) -> float:
        return 1 / by

    def leave() -> None:
        raise SystemExit(3)

    values: dict[str, Any] = {
        "float32": np.float32(0.5), "int64": np.int64(7), "bool": np.bool_(True), "array": np.arange(4).reshape(2, 2),
        "mixed": {"a": [1, None, (2, 3)], "b": "é\u2028\U0001f52c\ud800"}, "long": "x" * 900_000,
    }  # fmt: skip
    bad: dict[str, Any] = {"nan": float("nan"), "object": object(), "set": {1}, "keys": {1: 2}, "bytes": b"x"}
    loop: list[Any] = []
    loop.append(loop)
    bad["loop"] = loop
    with webmon.Commands("values") as commands, webmon.serve() as server:
        commands.command(lambda key: values[key], name="value", timeout=20)
        commands.command(lambda key: bad[key], name="bad", timeout=20)
        commands.command(lambda length: "x" * length, name="long", timeout=20)
        commands.command(divide, timeout=20)
        commands.command(leave, timeout=20)
        page = new_page(server)
        page.learn("values", "value", "bad", "long", "divide", "leave")
        got = {key: page.call("value", key=key)["value"] for key in values}
        assert got == {
            "float32": 0.5, "int64": 7, "bool": True, "array": [[0, 1], [2, 3]],
            "mixed": {"a": [1, None, [2, 3]], "b": values["mixed"]["b"]}, "long": values["long"],
        }  # fmt: skip
        with caplog.at_level(logging.ERROR, "webmon.commands"):
            for key in bad:
                error = page.call("bad", key=key)["error"]
                assert error["code"] == "failed", key
            assert page.call("divide", by=0)["error"] == {"code": "failed", "message": "ZeroDivisionError: division by zero"}
            assert page.call("leave")["error"]["message"] == "SystemExit: 3"
        assert any(record.exc_info and record.exc_info[0] is ZeroDivisionError for record in caplog.records)
        assert len(page.call("long", length=(1 << 20) - 30)["value"]) == (1 << 20) - 30
        assert page.call("long", length=1 << 20)["error"]["code"] == "too-large"
        assert page.call("divide", by=2)["value"] == 0.5
    caplog.clear()  # the tracebacks keep what they passed by
