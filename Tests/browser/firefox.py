"""A real Firefox, driven over WebDriver BiDi, which it speaks by itself: JSON over a WebSocket (https://w3c.github.io/webdriver-bidi/).

It runs on an X server of its own (Xvfb), whose software OpenGL its WebGL needs. A page has those of Playwright's calls that
canvas.py makes, so that the same code reads pixels in both browsers.
"""

import base64
import json
import os
import re
import shutil
import subprocess
import time
from collections import defaultdict
from contextlib import contextmanager

from websockets.sync.client import connect

PREFERENCES = {"webgl.force-enabled": True, "browser.shell.checkDefaultBrowser": False, "gfx.color_management.mode": 0}


def program(name, package):
    path = shutil.which(name)
    assert path, f"no {name} in PATH: apt-get install {package}"
    return path


@contextmanager
def display():
    """The name of an X server that is there as long as this lasts."""
    read, write = os.pipe()
    command = [program("Xvfb", "xvfb"), "-displayfd", str(write), "-screen", "0", "1280x1024x24", "-nolisten", "tcp"]
    server = subprocess.Popen(command, pass_fds=[write], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    os.close(write)
    try:
        with os.fdopen(read) as number:
            line = number.readline().strip()
        assert line, "Xvfb did not start"
        yield f":{line}"
    finally:
        server.terminate()
        server.wait(60)


class Firefox:
    """The browser's end of the protocol."""

    def __init__(self, connection):
        self.connection = connection
        self.last = 0
        self.problems = defaultdict(list)
        self.call("session.new", capabilities={})
        self.call("session.subscribe", events=["log.entryAdded", "script.message"])
        # What the content security policy stops is an event in the page, and nothing in its log.
        report = "(tell) => document.addEventListener('securitypolicyviolation', (e) => tell(`${e.violatedDirective} ${e.blockedURI}`))"
        self.call("script.addPreloadScript", functionDeclaration=report, arguments=[{"type": "channel", "value": {"channel": "policy"}}])

    def call(self, method, **parameters):
        self.last += 1
        self.connection.send(json.dumps({"id": self.last, "method": method, "params": parameters}))
        while True:
            message = json.loads(self.connection.recv(timeout=120))
            if message["type"] == "event":
                self.hear(message["method"], message["params"])
            elif message.get("id") == self.last:
                assert message["type"] == "success", f"{method}: {message['error']}: {message['message']}"
                return message["result"]

    def hear(self, event, parameters):
        page = parameters["source"].get("context")
        if event == "script.message":
            self.problems[page].append(f"policy: {parameters['data']['value']}")
        elif parameters["level"] in ("warn", "error"):
            self.problems[page].append(f"{parameters['type']}: {parameters['text']}")


@contextmanager
def running(profile):
    """A Firefox with a new profile in this folder."""
    (profile / "user.js").write_text("".join(f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in PREFERENCES.items()))
    path = os.environ.get("WEBMON_TEST_FIREFOX") or program("firefox-esr", "firefox-esr")
    with display() as name, (profile / "log").open("w+") as log:
        browser = subprocess.Popen(
            [path, "--no-remote", "--remote-debugging-port", "0", "--profile", str(profile)],
            stdout=subprocess.DEVNULL,
            stderr=log,
            env={**os.environ, "DISPLAY": name, "HOME": str(profile)},
        )
        try:
            end = time.monotonic() + 120
            while not (found := re.search(r"WebDriver BiDi listening on (ws://\S+)\n", (profile / "log").read_text())):
                assert time.monotonic() < end and browser.poll() is None, f"Firefox did not start: {(profile / 'log').read_text()}"
                time.sleep(0.1)
            # No pings: a browser that is busy is not gone.
            with connect(f"{found[1]}/session", max_size=None, open_timeout=60, ping_interval=None) as connection:
                firefox = Firefox(connection)
                yield firefox
                firefox.call("browser.close")
            browser.wait(60)
        finally:
            if browser.poll() is None:
                browser.kill()
                browser.wait(60)


class Page:
    """One tab."""

    def __init__(self, firefox, address, width=1000, height=700):
        self.firefox = firefox
        self.context = firefox.call("browsingContext.create", type="tab")["context"]
        viewport = {"width": width, "height": height}
        firefox.call("browsingContext.setViewport", context=self.context, viewport=viewport, devicePixelRatio=1)
        firefox.call("browsingContext.activate", context=self.context)
        self.goto(address)

    def goto(self, address):
        self.firefox.call("browsingContext.navigate", context=self.context, url=address, wait="complete")

    @property
    def problems(self):
        """What the page complained about so far."""
        self.evaluate("() => 0")  # with its answer come all events before it
        return self.firefox.problems[self.context]

    def close(self):
        self.firefox.call("browsingContext.close", context=self.context)

    def evaluate(self, function, arg=None):
        """Calls a function of the page, waits if it is asynchronous, and gives back what it returns."""
        whole = f"async (text) => JSON.stringify(await ({function})(JSON.parse(text))) ?? 'null'"
        arguments = [{"type": "string", "value": json.dumps(arg)}]
        answer = self.firefox.call(
            "script.callFunction", functionDeclaration=whole, arguments=arguments, awaitPromise=True, target={"context": self.context}
        )
        assert answer["type"] == "success", answer["exceptionDetails"]["text"]
        return json.loads(answer["result"]["value"])

    def wait_for_function(self, function, arg=None, seconds=30):
        end = time.monotonic() + seconds
        while not self.evaluate(function, arg):
            assert time.monotonic() < end, f"{function} did not come true"
            time.sleep(0.05)

    def locator(self, selector):
        return Element(self, selector)

    def inner_text(self, selector):
        return self.evaluate("(selector) => document.querySelector(selector)?.innerText ?? ''", selector)

    def screenshot(self, clip, style):
        # A sheet made in script is no inline style, which pages may not have.
        show = """(style) => {
          const sheet = new CSSStyleSheet();
          sheet.replaceSync(style);
          document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
        }"""
        self.evaluate(show, style)
        try:
            box = {"type": "box", **clip}
            answer = self.firefox.call("browsingContext.captureScreenshot", context=self.context, clip=box)
            return base64.b64decode(answer["data"])
        finally:
            self.evaluate("() => { document.adoptedStyleSheets = document.adoptedStyleSheets.slice(0, -1); }")


class Element:
    """What a selector finds first."""

    def __init__(self, page, selector):
        self.page = page
        self.selector = selector

    def wait_for(self):
        """Until it is to be seen."""
        self.page.wait_for_function("(selector) => document.querySelector(selector)?.checkVisibility() ?? false", self.selector)

    def bounding_box(self):
        measure = "(selector) => document.querySelector(selector).getBoundingClientRect().toJSON()"
        return self.page.evaluate(measure, self.selector)
