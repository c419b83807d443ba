"""`webmon new-page`, and what --pages says of folders that are none."""

import json
import os
import shutil
import subprocess
import urllib.request

import pytest
from conftest import ROOT

PAGES = ROOT / "Sources" / "webmon" / "Pages"
TEMPLATES = sorted(path.name for path in (PAGES / "templates").iterdir())


@pytest.fixture
def new_page(program, directory, tmp_path):
    """Runs the command in an empty folder; gives exit code, output and errors."""
    folder = tmp_path / "work"
    folder.mkdir()

    def run(*arguments, folder=folder):
        done = subprocess.run(
            [program, "new-page", *arguments], cwd=folder, capture_output=True, text=True, timeout=30, env={**os.environ, "WEBMON_PAGES": str(PAGES)}
        )
        return done.returncode, done.stdout, done.stderr

    run.folder = folder
    return run


def test_the_default(new_page):
    code, output, errors = new_page("hello")
    assert (code, errors) == (0, "")
    assert output == "pages/hello/: index.html, hello.js and hello.css\nto see it:  webmon serve --pages pages --open\n"
    page = new_page.folder / "pages" / "hello"
    assert sorted(path.name for path in page.iterdir()) == ["hello.css", "hello.js", "index.html"]
    html = (page / "index.html").read_text()
    assert "<title>Hello</title>" in html and 'src="hello.js"' in html and 'href="hello.css"' in html


@pytest.mark.parametrize("template", TEMPLATES)
def test_every_template_is_filled(new_page, template):
    assert TEMPLATES == ["control", "image", "points", "spectrum"]
    code, output, errors = new_page("my-own_page.2", "--template", template)
    assert code == 0, errors
    for path in (new_page.folder / "pages" / "my-own_page.2").iterdir():
        text = path.read_text()
        assert "__" not in text, path
        assert path.name != "index.html" or "<title>My own page 2</title>" in text


def test_templates_are_listed(new_page, program):
    assert new_page("x", "--template", "nope") == (
        1,
        "",
        'webmon: there is no template "nope"; there are control, image, points, spectrum\n',
    )
    help_text = subprocess.run([program, "new-page", "--help"], capture_output=True, text=True, timeout=30).stdout
    assert all(f"\n    {name} " in help_text or f"\n  {name} " in help_text for name in TEMPLATES)


@pytest.mark.parametrize(
    "arguments, folder",
    [
        (["a/b/here"], "a/b"),
        (["a/b/here/"], "a/b"),
        (["here", "--pages", "c/d/"], "c/d"),
        (["./here"], "."),
        (["with space/here"], "with space"),
    ],
)
def test_where_it_goes(new_page, arguments, folder):
    code, output, errors = new_page(*arguments)
    assert code == 0, errors
    assert (new_page.folder / folder / "here" / "here.js").is_file()
    quoted = f"'{folder}'" if " " in folder else folder
    assert output.endswith(f"to see it:  webmon serve --pages {quoted} --open\n")


def test_an_absolute_path(new_page, tmp_path):
    code, output, _ = new_page(str(tmp_path / "elsewhere" / "here"))
    assert code == 0 and f"--pages {tmp_path}/elsewhere --open" in output
    assert (tmp_path / "elsewhere" / "here" / "index.html").is_file()


def test_nothing_is_overwritten(new_page):
    assert new_page("hello")[0] == 0
    script = new_page.folder / "pages" / "hello" / "hello.js"
    script.write_text("mine")
    code, output, errors = new_page("hello", "--template", "points")
    assert (code, output) == (1, "") and "pages/hello is there already, and stays as it is" in errors
    assert script.read_text() == "mine"
    (new_page.folder / "file").write_text("")
    assert "Not a directory" in new_page("file/page")[2]
    assert "once is enough" in new_page("a/b", "--pages", "c")[2]


@pytest.mark.parametrize("name", [".hidden", "a b", "é", "_x", "a*", "x" * 121, "..", "a\n"])
def test_names_that_are_none(new_page, name):
    code, output, errors = new_page(name)
    assert (code, output) == (1, "") and "1 to 120 letters, digits and . _ - and begins with a letter or digit" in errors
    assert len(errors.splitlines()) == 1 and list(new_page.folder.iterdir()) == []


@pytest.mark.parametrize("name", ["viewer", "streams", "shell", "webmon.js", "templates", "api", "ws", "healthz", "metrics"])
def test_webmons_own_addresses(new_page, name):
    assert new_page(name) == (1, "", f"webmon: /{name} is webmon's own address; choose another name\n")


def test_a_folder_that_cannot_be_written(new_page):
    code, _, errors = new_page("/proc/webmon/hello")
    assert code == 1 and "the folder /proc/webmon cannot be made" in errors


def test_the_address_where_a_server_shows_it(new_page, serve, pages):
    server = serve()
    (pages.parent / "link").symlink_to(pages)
    for number, folder in enumerate([pages, f"{pages}/", pages.parent / "link"]):
        code, output, _ = new_page(f"new{number}", "--pages", str(folder))
        assert code == 0 and output.endswith(f"to see it:  {server.address}new{number}/\n")
    listed = json.load(urllib.request.urlopen(f"{server.address}api/pages", timeout=30))["pages"]
    assert {"name": "new0", "title": "New0", "path": "/new0/"} in listed
    assert not any(page["name"] == "templates" for page in listed)
    # Another folder than the server's; and none after the server.
    assert "webmon serve --pages" in new_page("other")[1]
    server.stop()
    assert "webmon serve --pages" in new_page("last", "--pages", str(pages))[1]


def test_folders_that_are_none(program, directory, tmp_path, new_page):
    new_page("hello")
    file = tmp_path / "file"
    file.write_text("")
    for path, reason in [
        (tmp_path / "nope", "is not there; a folder is needed that holds a folder for each page"),
        (file, "is not a directory; a folder is needed"),
        (new_page.folder / "pages" / "hello", "is a page itself; give the folder that it is in"),
    ]:
        done = subprocess.run([program, "serve", "--port", "0", "--dir", directory, "--pages", path], capture_output=True, text=True, timeout=30)
        assert done.returncode == 1 and done.stderr.startswith(f"webmon: --pages {path} {reason}"), done.stderr


@pytest.mark.parametrize("origin", ["localhost:8888", "ftp://x", "http://", "http://a b", "http://a;script-src *", "http://a:b", "*", "null", "http://a/path"])
def test_origins_that_are_none(program, directory, origin):
    done = subprocess.run([program, "serve", "--port", "0", "--dir", directory, f"--allow-embed={origin}"], capture_output=True, text=True, timeout=30)
    assert done.returncode == 1 and "is no origin that pages can be embedded by" in done.stderr and "http://localhost:8888" in done.stderr


def test_who_may_embed(serve):
    def policy(server, path="hello/"):
        with urllib.request.urlopen(server.address + path, timeout=30) as answer:
            return answer.headers["Content-Security-Policy"].rsplit("frame-ancestors ", 1)[1], answer.headers["Cross-Origin-Resource-Policy"]

    assert policy(serve()) == ("'self'", "same-origin")


def test_those_who_were_named_may_embed(serve):
    server = serve("--allow-embed", "https://Hub.example.org/", "--allow-embed", "http://localhost:8888", "--allow-embed", "http://localhost:8888")
    with urllib.request.urlopen(f"{server.address}hello/", timeout=30) as answer:
        assert answer.headers["Content-Security-Policy"].endswith("; frame-ancestors 'self' https://hub.example.org http://localhost:8888")
        assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    # Data are for this server's own pages, whoever frames them.
    for path in ["api/streams", "webmon.js", "api/pages"]:
        with urllib.request.urlopen(server.address + path, timeout=30) as answer:
            assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
            assert answer.headers["Content-Security-Policy"].endswith("frame-ancestors 'self'")


def test_edits_are_seen(serve, pages):
    """Without a validator nothing is answered with 304, whatever a browser asks."""
    server = serve()
    script = pages / "hello" / "hello.js"
    for text in ["one", "two"]:
        script.write_text(text)
        request = urllib.request.Request(
            f"{server.address}hello/hello.js", headers={"If-None-Match": '"x"', "If-Modified-Since": "Fri, 01 Jan 2100 00:00:00 GMT"}
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            assert answer.status == 200 and answer.read().decode() == text
            assert answer.headers["Cache-Control"] == "no-cache"
            assert answer.headers["ETag"] is None and answer.headers["Last-Modified"] is None
    shutil.rmtree(pages / "hello")
    listed = json.load(urllib.request.urlopen(f"{server.address}api/pages", timeout=30))["pages"]
    assert not any(page["name"] == "hello" for page in listed)
