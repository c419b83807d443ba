"""A page of another port that embeds the viewer as a notebook does: what `webmon.show` writes, in Chromium and in Firefox."""

import http.server
import threading
from urllib.parse import urlsplit

import firefox
import numpy as np
import pytest
from conftest import Server, wait_until

import webmon

TOKEN = "0123456789abcdef0123"
NOTEBOOK = """<!doctype html><title>Notebook</title><body style="margin: 0">
<h1>Above</h1>{cell}<div style="height: 3000px">Below</div>"""


class EmbeddedServer(Server):
    """With arguments of its own."""

    def __init__(self, program, directory, *arguments):
        self.arguments = arguments
        super().__init__(program, directory)

    def start(self):
        self.command = [*self.command, *self.arguments]
        self.arguments = ()
        super().start()


@pytest.fixture
def serve(program, directory):
    servers = []

    def make(*arguments):
        servers.append(EmbeddedServer(program, directory, *arguments))
        return servers[-1]

    yield make
    for server in servers:
        server.stop()


@pytest.fixture
def notebook(tmp_path):
    """Serves a page that shows a cell's output; gives its address, under a name that is another site than 127.0.0.1."""
    started = []

    def make(cell, headers=()):
        html = NOTEBOOK.format(cell=cell).encode()

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(200 if self.path == "/" else 404)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                for name, value in headers:
                    self.send_header(name, value)
                self.end_headers()
                if self.path == "/":
                    self.wfile.write(html)

            def log_message(self, *_):
                pass

        started.append(http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler))
        threading.Thread(target=started[-1].serve_forever, daemon=True).start()
        return f"http://localhost:{started[-1].server_port}/"

    yield make
    for server in started:
        server.shutdown()
        server.server_close()


@pytest.fixture
def camera(producer):
    producer.stream("camera", np.arange(120 * 160, dtype="u2").reshape(120, 160))


def cell(server, directory, **options):
    """What a notebook is given to show."""
    return webmon.show("camera", directory=directory, **options)._repr_html_()


def frame_of(page):
    return wait_until(lambda: next((frame for frame in page.frames if frame.parent_frame is not None), None))


# Whether the page was scrolled, and stands still: a wheel's way takes a few pictures.
SCROLLED = """() => new Promise((done) => {
  const before = scrollY;
  setTimeout(() => done(before > 0 && scrollY === before), 300);
})"""


def wait_for_image(frame):
    drawn = "() => document.querySelector('#canvas')?.dataset.sequence === '1'"
    wait_until(lambda: frame.evaluate(drawn), 30, "an image in the frame")


@pytest.fixture
def tab(chromium):
    contexts = []

    def make(address):
        contexts.append(chromium.new_context(viewport={"width": 900, "height": 700}))
        page = contexts[-1].new_page()
        page.set_default_timeout(30_000)
        page.said = []
        page.on("console", lambda message: message.type == "error" and page.said.append(message.text))
        page.goto(address)
        return page

    yield make
    for context in contexts:
        context.close()


ISOLATED = [("Cross-Origin-Opener-Policy", "same-origin"), ("Cross-Origin-Embedder-Policy", "require-corp")]


@pytest.mark.parametrize("headers", [(), ISOLATED], ids=["plain", "isolated"])
@pytest.mark.parametrize("arguments", [(), ("--token", TOKEN)], ids=["open", "token"])
def test_embedded(serve, directory, camera, notebook, tab, monkeypatch, arguments, headers):
    monkeypatch.setenv("WEBMON_TOKEN", TOKEN if arguments else "")
    server = serve("--allow-embed", "loopback", *arguments)
    page = tab(notebook(cell(server, directory, limits=(0, 19199)), headers))
    frame = frame_of(page)
    wait_for_image(frame)
    assert urlsplit(frame.url).query == "stream=camera&limits=0,19199&embed=1"
    assert not frame.locator("header.shell").is_visible()
    alone = frame.get_by_role("link", name="Open", exact=True)
    assert alone.get_attribute("href") == "/viewer/?stream=camera&limits=0,19199"
    assert alone.is_visible()
    assert [text for text in page.said if "favicon" not in text and "404" not in text] == []


def test_embedded_in_firefox(serve, directory, camera, notebook, tmp_path):
    server = serve("--allow-embed", "loopback", "--token", TOKEN)
    shown = webmon.show("camera", directory=directory, url=f"{server.address}/?token={TOKEN}")
    with firefox.running(tmp_path) as browser:
        page = firefox.Page(browser, notebook(shown._repr_html_()))
        children = browser.call("browsingContext.getTree", root=page.context)["contexts"][0]["children"]
        page.context = children[0]["context"]
        wait_for_image(page)
        assert page.evaluate("() => [document.querySelector('header.shell').checkVisibility(), location.search]") == [False, "?stream=camera&embed=1"]


@pytest.mark.parametrize("arguments", [(), ("--allow-embed", "http://localhost:1")], ids=["nobody", "another"])
def test_whom_nobody_allowed(serve, directory, camera, notebook, tab, arguments):
    server = serve(*arguments)
    page = tab(notebook(f'<iframe src="{server.address}/viewer/?stream=camera&embed=1"></iframe>'))
    wait_until(lambda: page.evaluate("0") or any("frame-ancestors" in text for text in page.said))
    assert frame_of(page).locator("canvas").count() == 0


def test_a_server_that_cannot_be_embedded_is_linked(serve, directory, camera):
    server = serve()
    html = cell(server, directory)
    assert "<iframe" not in html and f'href="{server.address}/viewer/?stream=camera"' in html and "--allow-embed loopback" in html


def test_the_wheel_scrolls_the_notebook_until_the_frame_is_clicked(serve, directory, camera, notebook, tab):
    server = serve("--allow-embed", "loopback")
    page = tab(notebook(cell(server, directory, height=300)))
    frame = frame_of(page)
    wait_for_image(frame)
    box = frame.locator("#canvas").bounding_box()
    page.mouse.move(box["x"] + 50, box["y"] + 100)
    page.mouse.wheel(0, 60)
    wait_until(lambda: page.evaluate(SCROLLED))
    assert "view=" not in frame.evaluate("location.search")
    page.evaluate("scrollTo(0, 0)")
    page.mouse.click(box["x"] + 50, box["y"] + 100)
    page.mouse.wheel(0, -200)
    wait_until(lambda: "view=" in frame.evaluate("location.search"), what="a zoom in the frame")
    assert page.evaluate("scrollY") == 0
