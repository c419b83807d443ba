"""Commands called from pages: webmon.js, and the section of the page `streams`."""

import json
import os
import subprocess
import sys

import pytest
from conftest import ROOT, wait_until

SCRIPT = """
import functools, os, sys, time
from typing import Annotated, Any, Literal
import webmon

# A slow machine may need more than a second for a call.
command = functools.partial(webmon.command, timeout=30)

@command
def set_grid(show: bool, color: Literal["red", "green"] = "green") -> str:
    "Shows the grid over the image, or hides it."
    return f"{show} {color}"

@command
def move(x: float, y: Annotated[int, "in micrometres"] = 5, label: str = "", speed: float | None = None) -> dict:
    return {"x": x, "y": y, "label": label, "speed": speed}

@command
def store(values: list, options: dict | None = None, either: bool | None = None, anything: Any = 3) -> list:
    return [values, options, either, anything]

@command
def fail() -> None:
    raise RuntimeError("the <b>shutter</b> is stuck")

@command
def wait(seconds: float) -> None:
    time.sleep(seconds)

print("ready", flush=True)
for line in sys.stdin:
    if line.strip() == "more":
        command(lambda: 1, name="one_more")
"""


class CommandProducer:
    def __init__(self, directory, folder, name="microscope"):
        file = folder / f"{name}.py"
        file.write_text(SCRIPT)
        source = str(ROOT / "python" / "src")
        environment = {**os.environ, "WEBMON_DIR": directory, "PYTHONPATH": os.pathsep.join([source, os.environ.get("PYTHONPATH", "")])}
        self.process = subprocess.Popen(
            [sys.executable, str(file)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
        )
        assert self.process.stdout.readline() == "ready\n"

    def tell(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def end(self, kill=False):
        if kill:
            self.process.kill()
        self.process.stdin.close()
        self.process.wait(20)
        self.process.stdout.close()


@pytest.fixture
def microscope(directory, tmp_path):
    producer = CommandProducer(directory, tmp_path)
    yield producer
    if producer.process.poll() is None:
        producer.end(kill=True)


# Calls each of `calls` in turn, once all five commands are told; a value, or [code, message].
CALL = """
async (calls) => {
  const { connect, CommandError } = await import("/webmon.js");
  const server = globalThis.webmonServer ??= await connect();
  while (!server.commands.some(({ commands }) => commands.length >= 5)) await new Promise((told) => server.on("commands", told));
  const outcomes = [];
  for (const [name, args, options] of calls) {
    try {
      outcomes.push(await server.call(name, args ?? undefined, options ?? undefined));
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      outcomes.push([error.code, error.message]);
    }
  }
  return outcomes;
}
"""


# What the page would send as its ninth call.
LONG = json.dumps({"type": "command", "ref": 9, "name": "store", "args": {"values": ["x" * 70_000]}}, separators=(",", ":"))


def test_call(new_page, microscope):
    page = new_page("/healthz", bypass_csp=True)
    assert page.evaluate(
        CALL,
        [
            ["set_grid", {"show": True}],
            ["set_grid", {"show": False, "color": "red"}, {"target": "microscope", "timeout": 20_000}],
            ["move", {"x": 1, "label": "é🔬"}],
            ["fail"],
            ["fly"],
            ["set_grid", {"show": 1}],
            ["fail", None, {"target": "telescope"}],
            ["wait", {"seconds": 5}, {"timeout": 100}],
            ["store", {"values": ["x" * 70_000]}],
        ],
    ) == [
        "True green",
        "False red",
        {"x": 1, "y": 5, "label": "é🔬", "speed": None},
        ["failed", "RuntimeError: the <b>shutter</b> is stuck"],
        ["no-such-command", 'no producer has a command "fly"'],
        ["bad-argument", "set_grid: the argument show is 1; true or false is needed"],
        ["no-such-target", 'there is no producer "telescope"; there are microscope'],
        ["timeout", "microscope did not answer wait in time"],
        ["too-large", f"the call of store has {len(LONG)} bytes; at most 65536 are allowed"],
    ]


def test_calls_do_not_survive_their_connection(new_page, microscope, server):
    page = new_page("/healthz", bypass_csp=True)
    page.evaluate(CALL, [])
    page.evaluate("() => { globalThis.outcome = webmonServer.call('wait', { seconds: 5 }).catch((e) => e.code); }")
    server.stop()
    assert page.evaluate("outcome") == "connection-lost"
    assert page.evaluate("webmonServer.call('fail').catch((e) => e.code)") == "not-connected"
    server.start()
    assert page.evaluate(CALL, [["set_grid", {"show": True}]]) in (["True green"], [["not-connected", "there is no connection to the server"]])
    wait_until(lambda: page.evaluate(CALL, [["set_grid", {"show": True}]]) == ["True green"])
    page.problems.clear()  # the refused connections


def test_the_list_follows(new_page, microscope, directory, tmp_path):
    page = new_page("/healthz", bypass_csp=True)
    names = "webmonServer.commands.map(({ target, state, commands }) => [target, state, commands.length])"
    page.evaluate(CALL, [])
    wait_until(lambda: page.evaluate(names) == [["microscope", "live", 5]])
    microscope.tell("more")
    wait_until(lambda: page.evaluate(names) == [["microscope", "live", 6]])
    other = CommandProducer(directory, tmp_path, "telescope")
    wait_until(lambda: page.evaluate(names) == [["microscope", "live", 6], ["telescope", "live", 5]])
    other.end()
    microscope.end(kill=True)
    wait_until(lambda: page.evaluate(names) == [["microscope", "gone", 6]])


# The page


def outcome(page, name):
    return page.get_by_label(f"Reply of {name}")


def field(form, argument):
    """The input of an argument, found by its accessible name."""
    roles = ("textbox", "spinbutton", "checkbox", "combobox")
    found = [form.get_by_role(role, name=argument, exact=True) for role in roles]
    return found[0].or_(found[1]).or_(found[2]).or_(found[3])


def test_nothing_is_shown_without_commands(new_page, producer):
    page = new_page("/streams/")
    page.get_by_text("connected", exact=True).wait_for()
    assert page.get_by_role("heading", name="Commands").is_hidden()


def test_forms(new_page, microscope):
    page = new_page("/streams/")
    page.get_by_role("heading", name="Commands").wait_for()
    form = page.get_by_role("form", name="set_grid")
    assert "Shows the grid over the image" in form.inner_text()
    assert field(form, "color").input_value() == "green"
    field(form, "show").check()
    field(form, "color").select_option("red")
    form.get_by_role("button", name="Call set_grid").click()
    outcome(page, "set_grid").get_by_text('"True red"').wait_for()

    form = page.get_by_role("form", name="move")
    assert field(form, "y").input_value() == "5"
    assert field(form, "y").evaluate("(input) => input.closest('label').title") == "in micrometres (int)"
    form.get_by_role("button", name="Call move").click()
    outcome(page, "move").get_by_text("bad-argument: move: the argument x is missing").wait_for()
    field(form, "x").fill("2.5")
    field(form, "label").fill("<i>here</i>")
    field(form, "label").press("Enter")
    outcome(page, "move").get_by_text('{"x":2.5,"y":5,"label":"<i>here</i>","speed":null}').wait_for()
    field(form, "y").fill("1.5")
    form.get_by_role("button", name="Call move").click()
    outcome(page, "move").get_by_text("an integer is needed").wait_for()

    form = page.get_by_role("form", name="store")
    assert field(form, "anything").input_value() == "3"
    field(form, "values").fill("[1, ")
    form.get_by_role("button", name="Call store").click()
    outcome(page, "store").get_by_text("values: [1,  is not JSON").wait_for()
    field(form, "values").fill('[1, "a"]')
    field(form, "options").fill('{"k": null}')
    field(form, "either").select_option("false")
    field(form, "anything").fill('"text"')
    form.get_by_role("button", name="Call store").click()
    outcome(page, "store").get_by_text('[[1,"a"],{"k":null},false,"text"]').wait_for()

    page.get_by_role("button", name="Call fail").click()
    outcome(page, "fail").get_by_text("failed: RuntimeError: the <b>shutter</b> is stuck").wait_for()


def test_what_is_typed_lasts(new_page, microscope):
    page = new_page("/streams/")
    form = page.get_by_role("form", name="move")
    field(form, "x").fill("7")
    microscope.tell("more")
    page.get_by_role("form", name="one_more").wait_for()
    assert field(form, "x").input_value() == "7"
    page.get_by_role("button", name="Call one_more").click()
    outcome(page, "one_more").get_by_text("1", exact=True).wait_for()


def test_a_producer_that_is_gone(new_page, microscope):
    page = new_page("/streams/")
    button = page.get_by_role("button", name="Call fail")
    button.wait_for()
    microscope.end(kill=True)
    page.wait_for_function("() => document.querySelector('.target').dataset.state === 'gone'")
    assert button.is_disabled()


@pytest.mark.parametrize("width", [1000, 390, 320])
def test_nothing_is_nameless_or_too_wide(new_page, microscope, width):
    page = new_page("/streams/", width=width)
    page.get_by_role("button", name="Call fail").click()
    outcome(page, "fail").get_by_text("stuck").wait_for()
    nameless = page.evaluate(
        """() => [...document.querySelectorAll("main :is(button, a, input, select)")]
          .filter((e) => e.checkVisibility())
          .filter((e) => !(e.getAttribute("aria-label") || e.textContent.trim() || e.labels?.length || e.title))
          .map((e) => e.outerHTML)"""
    )
    assert nameless == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
