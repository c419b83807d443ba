"""Rerun's web viewer as a viewer of a camera's newest frames: camera_rerun.py DIRECTORY NAME SCRIPT. Prints the address of its page.

SCRIPT is the address of a script that is added to the page. It tells when a frame was drawn, and only then is the next one logged: Rerun queues what its
viewer has not taken yet.
"""

import functools
import http.server
import socket
import sys
import tempfile
import threading
from html import escape
from pathlib import Path
from urllib.parse import quote
from urllib.request import urlopen

import rerun
import rerun.blueprint
import webmon

directory, name, script = sys.argv[1:]
drawn = threading.Event()


class Pages(http.server.SimpleHTTPRequestHandler):
    """Rerun's own page, with the script."""

    def do_POST(self) -> None:
        """A frame was drawn."""
        self.send_response(204)
        self.end_headers()
        drawn.set()

    def log_message(self, *_: object) -> None:
        """Says nothing."""


def free_port() -> int:
    """One that nobody has now; Rerun does not tell which one it took."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


with tempfile.TemporaryDirectory() as folder:
    web_port = free_port()
    rerun.init("camera")
    address = rerun.serve_grpc(grpc_port=free_port(), server_memory_limit="50MB", cors_allow_origin=["http://127.0.0.1:*"])
    rerun.serve_web_viewer(web_port=web_port, open_browser=False, connect_to=address)
    rerun.send_blueprint(rerun.blueprint.Blueprint(rerun.blueprint.Spatial2DView(), collapse_panels=True))
    for file in ("", "re_viewer.js", "re_viewer_bg.wasm"):
        with urlopen(f"http://127.0.0.1:{web_port}/{file}") as answer:
            (Path(folder) / (file or "index.html")).write_bytes(answer.read())
    page = Path(folder) / "index.html"
    page.write_text(page.read_text().replace("<head>", f'<head><script type="module" src="{escape(script)}&amp;acknowledge=/drawn"></script>'))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Pages, directory=folder))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(f"http://127.0.0.1:{server.server_port}/?url={quote(address)}&renderer=webgl", flush=True)
    with webmon.open(name, directory=directory) as reader:
        while reader.wait():
            rerun.log("camera", rerun.Image(reader.latest(), "L"), static=True)
            drawn.wait()
            drawn.clear()
