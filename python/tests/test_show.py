"""`webmon.show`, and what `webmon.serve` is told of pages and embedding, with the real server."""

from __future__ import annotations

import html
import importlib
import json
import re
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import nbclient
import nbformat
import numpy as np
import pytest

import webmon
from webmon import _files

try:
    _files.program()
except FileNotFoundError as error:
    pytest.skip(str(error), allow_module_level=True)


def headers(address: str) -> Any:
    with urllib.request.urlopen(address, timeout=30) as answer:
        return answer.headers


@pytest.fixture
def ending(directory: Path) -> Iterator[None]:
    yield
    webmon.serve().stop()


@pytest.fixture
def start(directory: Path) -> Iterator[Callable[..., str]]:
    """Starts servers as somebody would in a terminal; gives the address of each."""
    started: list[subprocess.Popen[str]] = []

    def run(*arguments: str) -> str:
        command = [str(_files.program()), "serve", "--port", "0", *arguments]
        started.append(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))
        line = (started[-1].stdout or sys.stdin).readline()
        return line.rsplit(" ", 1)[1].strip()

    yield run
    for process in started:
        process.terminate()
        process.wait(20)
        if process.stdout is not None:
            process.stdout.close()


def source(shown: webmon.Shown) -> str:
    """The address that the frame shows."""
    found = re.search(r'<iframe src="([^"]*)"', shown._repr_html_())
    assert found is not None, shown._repr_html_()
    return html.unescape(found[1])


def test_it_starts_a_server_that_may_be_embedded(ending: None) -> None:
    shown = webmon.show("camera")
    server = webmon.serve()
    assert repr(shown) == str(shown) == shown.url == f"{server}viewer/?stream=camera"
    assert source(shown) == f"{server}viewer/?stream=camera&embed=1"
    policy = headers(shown.url)["Content-Security-Policy"]
    assert policy.endswith("frame-ancestors 'self' http://localhost:* http://127.0.0.1:* https://localhost:* https://127.0.0.1:*")
    assert shown._repr_mimebundle_() == {"text/plain": shown.url, "text/html": shown._repr_html_()}
    assert webmon.show("loads").url == f"{server}viewer/?stream=loads"


def test_the_state(ending: None) -> None:
    shown = webmon.show(
        "camera", limits=(0, 4095.5), colormap="viridis", at=np.array([3, 1]), auto=None, play=True, cross=False, gamma=np.float64(0.5), text="a b&c"
    )
    query = "?stream=camera&limits=0,4095.5&cmap=viridis&at=3,1&play=1&cross=0&gamma=0.5&text=a%20b%26c"
    assert shown.url.endswith(f"/viewer/{query}")
    assert webmon.show("camera", page="my-page", url="http://localhost:5001/base/").url == "http://localhost:5001/base/my-page/?stream=camera"


def test_what_is_shown_may_be_the_stream_itself(ending: None) -> None:
    with webmon.Stream("camera", (3, 4), "u2") as stream:
        assert webmon.show(stream).url.endswith("?stream=camera")


@pytest.mark.parametrize("height, width, style", [(480, "100%", "width: 100%; height: 480px"), ("60vh", 500, "width: 500px; height: 60vh"), ("300", "20em", "width: 20em; height: 300px")])  # fmt: skip
def test_the_size(ending: None, height: int | str, width: int | str, style: str) -> None:
    assert f'style="display: block; {style}; border: 0"' in webmon.show("camera", height=height, width=width)._repr_html_()


def test_nothing_gets_out_of_its_attribute(ending: None) -> None:
    text = '"><script>alert(1)</script>'
    output = webmon.show("camera", url="http://localhost:1/", note=text)._repr_html_()
    assert "<script" not in output and output.count("<iframe") == 1
    assert "<script" not in webmon.show(text)._repr_html_()


@pytest.mark.parametrize(
    "options, message",
    [
        ({"height": 0}, "height is 0"),
        ({"height": True}, "height is True"),
        ({"width": "1px; background: url(x)"}, "a number of pixels is needed"),
        ({"page": "../x"}, "page is '../x'"),
        ({"page": ""}, "page is ''"),
        ({"url": "localhost:5000"}, "url is 'localhost:5000'"),
        ({"url": "javascript:alert(1)"}, "the address of a server is needed"),
        ({"limits": {"a": 1}}, "limits is a mapping"),
        ({"limits": object()}, "limits is a object"),
        ({"stream": 7}, "stream is a int"),
        ({"stream": ""}, "a name is needed"),
    ],
)
def test_wrong_arguments(directory: Path, options: dict[str, Any], message: str) -> None:
    with webmon.serve(), pytest.raises(webmon.InvalidError, match=re.escape(message)):
        webmon.show(**{"stream": "camera", **options})


def test_a_server_of_another_process(directory: Path, start: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> None:
    token = "0123456789abcdef0123"
    address = start("--allow-embed", "loopback", "--token", token)
    assert address.endswith(f"/?token={token}")
    page = address.replace(f"?token={token}", "viewer/")
    assert webmon.show("camera").url == f"{page}?stream=camera"
    monkeypatch.setenv("WEBMON_TOKEN", token)
    shown = webmon.show("camera")
    assert shown.url == f"{page}?token={token}&stream=camera"
    assert token not in re.sub(r'"[^"]*"', "", shown._repr_html_()), "the token is in addresses only"


def test_a_server_that_nobody_may_embed(directory: Path, start: Callable[..., str]) -> None:
    address = start()
    shown = webmon.show("camera")
    assert shown.url == f"{address}viewer/?stream=camera"
    assert "<iframe" not in shown._repr_html_() and "webmon serve --allow-embed loopback" in shown._repr_html_()
    assert f'href="{address}viewer/?stream=camera"' in shown._repr_html_()


def test_a_server_on_a_socket(directory: Path, start: Callable[..., str], tmp_path: Path) -> None:
    start("--allow-embed", "loopback", "--socket", str(tmp_path / "s"))
    with pytest.raises(webmon.InvalidError, match="url="):
        webmon.show("camera")
    assert source(webmon.show("camera", url="http://localhost:5000")) == "http://localhost:5000/viewer/?stream=camera&embed=1"


def test_in_a_kernel_serve_lets_notebooks_embed(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(webmon.__file__).parents[1]))
    lines = [
        "import urllib.request, webmon",
        "server = webmon.serve()",
        "print(urllib.request.urlopen(f'{server}viewer/', timeout=30).headers['Content-Security-Policy'])",
        "print(webmon.show('camera')._repr_html_())",
        "server.stop()",
    ]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("\n".join(lines))])
    nbclient.NotebookClient(notebook, timeout=120).execute()
    policy, shown = notebook.cells[0].outputs[0].text.split("\n", 1)
    assert "http://localhost:*" in policy
    assert '<iframe src="http://127.0.0.1:' in shown


def test_who_imports_ipykernel_is_no_kernel(ending: None) -> None:
    assert importlib.import_module("ipykernel.kernelapp"), "as napari's console does, and who starts kernels"
    assert headers(f"{webmon.serve()}viewer/")["Content-Security-Policy"].endswith("frame-ancestors 'self'")


def test_pages(directory: Path, tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name / f"page-{name}").mkdir(parents=True)
        (tmp_path / name / f"page-{name}" / "index.html").write_text("<title>Mine</title>")
    with webmon.serve(pages=[tmp_path / "one", str(tmp_path / "two")], allow_embed="https://hub.example.org") as server:
        with urllib.request.urlopen(f"{server}api/pages", timeout=30) as answer:
            names = [page["name"] for page in json.load(answer)["pages"]]
        assert {"page-one", "page-two"} <= set(names)
        assert headers(f"{server}page-one/")["Content-Security-Policy"].endswith("'self' https://hub.example.org")
        assert webmon.serve(pages=tmp_path / "one") is server
        with pytest.raises(webmon.BusyError, match="runs without pages"):
            webmon.serve(pages=tmp_path)
        assert source(webmon.show("x", page="page-one")) == f"{server}page-one/?stream=x&embed=1"
    with webmon.serve() as server:
        with pytest.raises(webmon.BusyError, match="runs without allow_embed"):
            webmon.serve(allow_embed=["loopback"])
        assert headers(f"{server}viewer/")["Content-Security-Policy"].endswith("frame-ancestors 'self'")
    for wrong, message in [(tmp_path / "none", "is not there"), (tmp_path / "one" / "page-one", "is a page itself")]:
        with pytest.raises(webmon.SystemCallError, match=message):
            webmon.serve(pages=wrong)
    with pytest.raises(webmon.SystemCallError, match="is no origin"):
        webmon.serve(allow_embed="localhost")
