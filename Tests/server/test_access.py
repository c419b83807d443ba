"""Who may ask: tokens, cookies, other addresses, names."""

import http.cookiejar
import json
import os
import re
import shutil
import socket
import subprocess
import urllib.error
import urllib.parse
import urllib.request

import pytest
import webmon
from raw_http import request
from raw_websocket import RawWebSocket, Refused

TOKEN = "0123456789abcdefghij"
SAFE_HEADERS = {
    "x-content-type-options": "nosniff",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-embedder-policy": "require-corp",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "cache-control": "no-cache",
}


def own_address():
    """An address of this machine that is not the loopback's; it takes no packet to find it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.254", 9))
            address = probe.getsockname()[0]
        except OSError:
            address = "127.0.0.1"
    if address.startswith("127."):
        pytest.skip("this machine has no address but its own loopback")
    return address


def refused(program, directory, *arguments, code=1, **environment):
    result = subprocess.run(
        [program, "serve", "--dir", directory, "--port", "0", *map(str, arguments)],
        capture_output=True, text=True, timeout=20, env={**os.environ, **environment},
    )  # fmt: skip
    assert result.returncode == code and not result.stdout, result
    return result.stderr


def cookie_of(answer):
    return answer.headers["set-cookie"].split(";")[0]


# The token


@pytest.fixture
def guarded(serve):
    return serve("--token", TOKEN)


def test_the_ready_line_has_the_token(guarded):
    assert guarded.line.endswith(f" at http://127.0.0.1:{guarded.port}/?token={TOKEN}\n")


def test_nothing_is_answered_without_it(guarded):
    for path in ["/", "/hello/", "/streams/", "/webmon.js", "/api/streams", "/api/pages", "/api/streams/x.npy", "/nothing", "/ws"]:
        for headers in [], ["Accept: text/html"]:
            answer = request(guarded.port, path, headers=headers)
            assert answer.status == 401, path
            assert answer.headers["www-authenticate"].startswith("Bearer")
            assert b"?token=" in answer.body and TOKEN.encode() not in answer.raw
    assert json.loads(request(guarded.port, "/api/streams").body)["error"]["code"] == "token"
    page = request(guarded.port, "/hello/", headers=["Accept: text/html,*/*"])
    assert page.headers["content-type"].startswith("text/html") and b"<h1>" in page.body
    # That the server answers may be asked by whatever watches it.
    assert request(guarded.port, "/healthz").body == b"ok\n"
    with pytest.raises(Refused) as refusal:
        RawWebSocket(guarded.port)
    assert refusal.value.status == 401


def test_the_first_use_gives_a_cookie(guarded):
    answer = request(guarded.port, f"/hello/?stream=a%20b&token={TOKEN}&x=%26")
    assert answer.status == 302 and answer.headers["location"] == "/hello/?stream=a%20b&x=%26"
    attributes = answer.headers["set-cookie"].split("; ")
    assert attributes[0].startswith(f"webmon-{guarded.port}=") and attributes[1:] == ["HttpOnly", "SameSite=Lax", "Path=/"]
    cookie = cookie_of(answer)
    assert TOKEN not in cookie
    others = "a=b; webmon-1=" + "x" * 32
    for line in [cookie, f"{others}; {cookie}", f"{cookie};{others}"]:
        assert request(guarded.port, "/hello/", headers=[f"Cookie: {line}"]).status == 200
    assert request(guarded.port, "/hello/", headers=[f"Cookie: {others}", f"Cookie: {cookie}"]).status == 200
    client = RawWebSocket(guarded.port, headers=[f"Cookie: {cookie}"], origin=f"http://127.0.0.1:{guarded.port}")
    client.greeted()
    client.close()


def test_a_browser_goes_through(guarded):
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
    with opener.open(guarded.address + "&stream=camera", timeout=20) as answer:
        assert answer.status == 200 and answer.url == f"http://127.0.0.1:{guarded.port}/streams/"
    # The page last used is not a way around the token.
    last = f"webmon-page-{guarded.port}=/hello/?a=b"
    assert request(guarded.port, "/", headers=[f"Cookie: {last}"]).status == 401
    welcome = request(guarded.port, f"/?token={TOKEN}", headers=[f"Cookie: {last}"])
    assert welcome.headers["location"] == "/"
    start = request(guarded.port, "/", headers=[f"Cookie: {last}; {cookie_of(welcome)}"])
    assert start.headers["location"] == "/hello/?a=b"
    with opener.open(f"http://127.0.0.1:{guarded.port}/webmon.js", timeout=20) as answer:
        assert answer.status == 200


def test_programs_send_a_header_or_the_token_itself(guarded):
    for path, headers in [("/api/streams", [f"Authorization: Bearer {TOKEN}"]), (f"/api/streams?token={TOKEN}", [])]:
        answer = request(guarded.port, path, headers=headers)
        assert answer.status == 200 and json.loads(answer.body)["streams"] == []
        assert "set-cookie" not in answer.headers
    for options in [{"headers": [f"Authorization: Bearer {TOKEN}"]}, {"path": f"/ws?token={TOKEN}"}]:
        client = RawWebSocket(guarded.port, **options)
        client.greeted()
        client.close()


@pytest.mark.parametrize(
    "wrong",
    ["x", TOKEN[:-1], TOKEN + "x", TOKEN.upper(), "", TOKEN + "%00", "%00" + TOKEN, "x" * 400, "%ff" * 20, TOKEN + "="],
)
def test_a_wrong_token_is_none(guarded, wrong):
    for path in ["/hello/", "/api/streams", "/ws"]:
        # A zero byte ends the connection at once.
        assert request(guarded.port, f"{path}?token={wrong}").status == (0 if "%00" in wrong else 401)
    if "%" not in wrong and wrong:
        assert request(guarded.port, "/hello/", headers=[f"Authorization: Bearer {wrong}"]).status == 401
        assert request(guarded.port, "/hello/", headers=[f"Cookie: webmon-{guarded.port}={wrong}"]).status == 401
    assert request(guarded.port, f"/hello/?token={TOKEN}").status == 302


def test_host_and_origin_are_checked_all_the_same(guarded):
    headers = [f"Authorization: Bearer {TOKEN}"]
    assert request(guarded.port, "/api/streams", host="evil.example", headers=headers).status == 403
    assert request(guarded.port, "/api/streams", headers=[*headers, "Origin: http://evil.example"]).status == 403
    with pytest.raises(Refused) as refusal:
        RawWebSocket(guarded.port, headers=headers, origin="http://evil.example")
    assert refusal.value.status == 403


def test_the_token_is_in_no_log(guarded):
    request(guarded.port, f"/hello/?token={TOKEN}")
    request(guarded.port, f"/{TOKEN[:8]}?token={TOKEN}")
    request(guarded.port, "/api/streams", headers=[f"Authorization: Bearer {TOKEN}"])
    RawWebSocket(guarded.port, path=f"/ws?token={TOKEN}").close()
    assert TOKEN not in guarded.logged() and "Bearer" not in guarded.logged()


def test_guessing_is_slow_and_locks_out_nobody_else(serve):
    server = serve("--token", TOKEN, "--host", "0.0.0.0")
    elsewhere = own_address()
    cookie = cookie_of(request(server.port, f"/hello/?token={TOKEN}"))
    statuses = [request(server.port, "/api/streams?token=wrong").status for _ in range(200)]
    assert set(statuses) == {401, 429} and statuses[:20] == [401] * 20
    limited = next(filter(lambda answer: answer.status == 429, (request(server.port, "/?token=wrong") for _ in range(200))))
    assert int(limited.headers["retry-after"]) > 0
    assert request(server.port, "/hello/", headers=[f"Cookie: {cookie}"]).status == 200
    assert request(server.port, f"/api/streams?token={TOKEN}", address=elsewhere).status == 200


def test_a_random_token_is_another_each_time(serve):
    first, second = serve("--token", "new"), serve("--token", "new", "--dir", "/dev/shm/webmon-test-other-token")
    try:
        assert re.fullmatch(r"[A-Za-z0-9_-]{32}", first.token) and first.token != second.token
        cookie = cookie_of(request(first.port, f"/hello/?token={first.token}"))
        assert request(second.port, "/hello/", headers=[f"Cookie: {cookie}"]).status == 401
        value = cookie.split("=")[1]
        assert request(second.port, "/hello/", headers=[f"Cookie: webmon-{second.port}={value}"]).status == 401
    finally:
        second.stop()
        shutil.rmtree("/dev/shm/webmon-test-other-token")


def test_the_token_may_be_in_the_environment(serve):
    server = serve(env={**os.environ, "WEBMON_TOKEN": TOKEN})
    assert server.token == TOKEN
    assert request(server.port, "/hello/").status == 401


@pytest.mark.parametrize("token, part", [("short", "5 characters"), ("x" * 300, "300 characters"), ("0123456789abcdef ghij", "letters")])
def test_a_poor_token_is_refused(program, directory, token, part):
    error = refused(program, directory, "--token", token)
    assert part in error
    assert part in refused(program, directory, WEBMON_TOKEN=token)


def test_webmon_serve_of_python_gives_the_whole_address(program, directory, monkeypatch):
    monkeypatch.setenv("WEBMON_BIN", program)
    monkeypatch.setenv("WEBMON_TOKEN", TOKEN)
    with webmon.serve(directory=directory) as address:
        assert address.endswith(f"/?token={TOKEN}")
        assert urllib.parse.urlsplit(address).hostname == "127.0.0.1"
        opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
        with opener.open(address, timeout=20) as answer:
            assert answer.status == 200


# Other addresses and names


def test_another_address_needs_a_token(program, directory):
    error = refused(program, directory, "--host", "0.0.0.0")
    assert "webmon serve --host 0.0.0.0 --port 0 --token new" in error and "ssh -L" in error
    error = refused(program, directory, "--allow-host", "lab.example.org")
    assert "--allow-host lab.example.org" in error and "--token new" in error


def test_another_address(serve):
    address = own_address()
    server = serve("--host", address, "--token", "new")
    assert server.address.startswith(f"http://{address}:{server.port}/?token=")
    bearer = [f"Authorization: Bearer {server.token}"]
    own = f"{address}:{server.port}"
    assert request(server.port, "/hello/", address=address, host=own).status == 401
    assert request(server.port, "/hello/", address=address, host=own, headers=bearer).status == 200
    assert request(server.port, "/hello/", address=address, host="evil.example", headers=bearer).status == 403
    assert request(server.port, "/hello/", address=address, host=f"10.9.8.7:{server.port}", headers=bearer).status == 403
    client = RawWebSocket(server.port, address=address, host=own, origin=f"http://{own}", headers=bearer)
    client.greeted()
    client.close()
    with pytest.raises(OSError):
        socket.create_connection(("127.0.0.1", server.port), timeout=5)
    assert "not encrypted" in server.logged()


def test_every_address(serve):
    address = own_address()
    server = serve("--host", "0.0.0.0", "--token", "new")
    assert re.match(r"http://[0-9.]+:\d+/\?token=", server.address) and "0.0.0.0" not in server.address
    bearer = [f"Authorization: Bearer {server.token}"]
    for connect_to, host in [(address, address), ("127.0.0.1", "localhost"), ("127.0.0.1", socket.gethostname()), ("127.0.0.1", "[fd00::9]")]:
        assert request(server.port, "/hello/", address=connect_to, host=host, headers=bearer).status == 200
        assert request(server.port, "/hello/", address=connect_to, host=host).status == 401
    for host in ["evil.example", f"{address}.evil.example", "x"]:
        assert request(server.port, "/hello/", host=host, headers=bearer).status == 403


def test_other_names_are_allowed_by_name(serve):
    server = serve("--allow-host", "lab.example.org", "--allow-host", "Other.example", "--token", "new")
    bearer = [f"Authorization: Bearer {server.token}"]
    for host in ["lab.example.org", "LAB.example.org:443", "other.example:1"]:
        assert request(server.port, "/hello/", host=host, headers=bearer).status == 200
        # What stands before the server under that name may encrypt.
        for scheme in "http", "https":
            RawWebSocket(server.port, host=host, origin=f"{scheme}://{host}", headers=bearer).close()
    for host in ["example.org", "x.lab.example.org", "evil.example"]:
        assert request(server.port, "/hello/", host=host, headers=bearer).status == 403
    with pytest.raises(Refused):
        RawWebSocket(server.port, origin=f"https://127.0.0.1:{server.port}", headers=bearer)


def test_ipv6(serve):
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        pytest.skip("this machine has no IPv6")
    server = serve("--host", "::1")
    assert server.line.endswith(f" at http://[::1]:{server.port}/\n")
    assert request(server.port, "/hello/", address="::1", host=f"[::1]:{server.port}").status == 200
    assert request(server.port, "/hello/", address="::1", host="evil.example").status == 403
    everywhere = serve("--host", "::", "--token", "new", "--dir", "/dev/shm/webmon-test-six")
    try:
        bearer = [f"Authorization: Bearer {everywhere.token}"]
        for address in "::1", "127.0.0.1":
            assert request(everywhere.port, "/hello/", address=address, host="[::1]").status == 401
            assert request(everywhere.port, "/hello/", address=address, host="[::1]", headers=bearer).status == 200
    finally:
        everywhere.stop()
        shutil.rmtree("/dev/shm/webmon-test-six")


# Headers


def test_every_answer_has_the_safe_headers(guarded, pages):
    bearer = [f"Authorization: Bearer {TOKEN}"]
    answers = {
        (302, "first use"): request(guarded.port, f"/hello/?token={TOKEN}"),
        (401, "no token"): request(guarded.port, "/hello/"),
        (401, "a page without token"): request(guarded.port, "/hello/", headers=["Accept: text/html"]),
        (200, "a page"): request(guarded.port, "/hello/", headers=bearer),
        (200, "the api"): request(guarded.port, "/api/streams", headers=bearer),
        (200, "health"): request(guarded.port, "/healthz"),
        (302, "the root"): request(guarded.port, "/", headers=bearer),
        (302, "a folder"): request(guarded.port, "/hello", headers=bearer),
        (400, "no upgrade"): request(guarded.port, "/ws", headers=bearer),
        (400, "a bad path"): request(guarded.port, "/%5c", headers=bearer),
        (400, "a body"): request(guarded.port, "/hello/", headers=[*bearer, "Content-Length: 3"], body=b"abc"),
        (403, "a host"): request(guarded.port, "/hello/", host="evil.example"),
        (404, "nothing"): request(guarded.port, "/nothing", headers=bearer),
        (405, "a method"): request(guarded.port, "/hello/", method="DELETE", headers=bearer),
        (403, "an upgrade"): request(guarded.port, "/hello/", headers=[*bearer, "Connection: Upgrade", "Upgrade: smoke"]),
    }
    for (status, name), answer in answers.items():
        assert answer.status == status, (name, answer.raw)
        for header, value in SAFE_HEADERS.items():
            assert answer.headers.get(header) == value, (name, header, answer.raw)
        assert "default-src 'self'" in answer.headers["content-security-policy"], name
        assert "camera=()" in answer.headers["permissions-policy"], name
        assert "server" not in answer.headers, name


def test_the_open_address_tells_nothing_of_tokens(guarded):
    for token in TOKEN, "wrong-wrong-wrong-wrong":
        answer = request(guarded.port, f"/healthz?token={token}")
        assert (answer.status, answer.body) == (200, b"ok\n") and "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    "arguments, part",
    [
        (["--host", ""], "--host is empty"),
        (["--allow-host", "my.host:5000", "--token", TOKEN], "without scheme and port"),
        (["--open", "--socket", "x.sock"], "no browser can open a socket"),
        (["--host", "0.0.0.0", "--port", "0"], "ssh -L 5000:127.0.0.1:5000"),
    ],
)
def test_arguments_that_cannot_work(program, directory, arguments, part):
    # What is no argument at all is the parser's to say.
    code = 1 if "0.0.0.0" in arguments else 64
    assert part in refused(program, directory, *arguments, code=code)
