"""Pages, the API and downloads over HTTP, and requests that mean harm."""

import http.client
import io
import json
import os
import socket
import time

import numpy as np
import pytest
import webmon
from raw_http import exchange, request
from raw_websocket import RawWebSocket
from waiting import until


def streams(server):
    return {stream["name"]: stream for stream in json.loads(request(server.port, "/api/streams").body)["streams"]}


def download(server, name):
    answer = request(server.port, f"/api/streams/{name}.npy")
    assert answer.status == 200, answer.raw[:300]
    assert int(answer.headers["content-length"]) == len(answer.body)
    return np.load(io.BytesIO(answer.body))


# Pages


def test_a_page_and_its_headers(server):
    answer = request(server.port, "/hello/")
    assert answer.status == 200 and b"Hello" in answer.body
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-cache"
    assert answer.headers["cross-origin-opener-policy"] == "same-origin"
    assert answer.headers["cross-origin-embedder-policy"] == "require-corp"
    policy = answer.headers["content-security-policy"]
    assert "default-src 'self'" in policy and "'unsafe-inline'" not in policy.split("style-src")[0]


@pytest.mark.parametrize(
    "name, type",
    [
        ("a.js", "text/javascript; charset=utf-8"),
        ("a.mjs", "text/javascript; charset=utf-8"),
        ("a.wasm", "application/wasm"),
        ("a.json", "application/json"),
        ("a.css", "text/css; charset=utf-8"),
        ("a.svg", "image/svg+xml"),
        ("a.png", "image/png"),
        ("a.ico", "image/x-icon"),
        ("a.npy", "application/octet-stream"),
        ("a.b.HTML", "text/html; charset=utf-8"),
        ("strange name.unknown", "application/octet-stream"),
    ],
)
def test_content_types(server, pages, name, type):
    (pages / "hello" / name).write_bytes(b"123")
    answer = request(server.port, f"/hello/{name.replace(' ', '%20')}")
    assert answer.status == 200 and answer.body == b"123" and answer.headers["content-type"] == type


def test_large_files_arrive_whole(server, pages):
    content = os.urandom(5_000_001)
    (pages / "hello" / "large.bin").write_bytes(content)
    assert request(server.port, "/hello/large.bin").body == content


def test_redirects(server):
    root = request(server.port, "/")
    assert root.status == 302 and root.headers["location"] == "/streams/"
    # The page last used, if it is one of this server's.
    for cookie, location in [
        ("/hello/?stream=a%20b&view=1,2", "/hello/?stream=a%20b&view=1,2"), ("/hello/", "/hello/"), ("/none/", "/streams/"), ("//evil.example/", "/streams/"),
        ("/hello/?token=x", "/streams/"), ("http://evil.example/", "/streams/"), ("/hello/?%0d%0aX: y", "/streams/"), ("/hello/?" + "a" * 3000, "/streams/"),
    ]:  # fmt: skip
        for name, found in [(f"webmon-page-{server.port}", location), ("webmon-page-1", "/streams/")]:
            answer = request(server.port, "/", headers=[f"Cookie: x=y; {name}={cookie}"])
            assert (answer.status, answer.headers["location"]) == (302, found), cookie
    folder = request(server.port, "/hello")
    assert folder.status == 302 and folder.headers["location"] == "/hello/"


def test_pages_are_listed_anew_each_time(server, pages):
    def listed():
        return {page["name"]: page for page in json.loads(request(server.port, "/api/pages").body)["pages"]}

    assert listed()["hello"] == {"name": "hello", "title": "Hello & goodbye", "path": "/hello/"}
    (pages / "later").mkdir()
    assert "later" not in listed()  # no index.html yet
    (pages / "later" / "index.html").write_text("no title")
    assert listed()["later"]["title"] == "later"
    assert request(server.port, "/later/").status == 200


def test_head(server):
    answer = request(server.port, "/hello/", method="HEAD")
    assert answer.status == 200 and answer.body == b"" and int(answer.headers["content-length"]) > 10


def test_a_connection_is_kept_for_many_requests(server):
    connection = http.client.HTTPConnection("127.0.0.1", server.port)
    for path, status in [("/hello/", 200), ("/nothing", 404), ("/healthz", 200), ("/", 302), ("/api/pages", 200)] * 5:
        connection.request("GET", path)
        answer = connection.getresponse()
        answer.read()
        assert answer.status == status
    connection.close()


def test_not_found_is_json(server):
    for path in ["/nothing", "/hello/nothing", "/nothing/", "/api", "/api/", "/api/x", "/api/streams/none.npy", "/api/streams/"]:
        answer = request(server.port, path)
        assert answer.status == 404, path
        assert json.loads(answer.body)["error"]["code"] == "not-found"


def test_healthz(server):
    assert request(server.port, "/healthz").body == b"ok\n"


# What must not be served


@pytest.mark.parametrize(
    "path",
    [
        "/../secret.txt",
        "/hello/../../secret.txt",
        "/%2e%2e/secret.txt",
        "/hello/%2e%2e/%2e%2e/secret.txt",
        "/hello/..%2f..%2fsecret.txt",
        "/hello/%2e%2e%2f%2e%2e%2fsecret.txt",
        "/hello/..%5c..%5csecret.txt",
        "/hello/....//....//secret.txt",
        "//secret.txt",
        "/./../secret.txt",
        "/%252e%252e/secret.txt",
        "/hello/%c0%ae%c0%ae/secret.txt",
        "/hello/.hidden",
        "/.git/config",
        "/link/secret.txt",
        "/hello/secret-link.txt",
        "/folder-link/",
        "/hello/fifo",
        "/hello/index.html%00.png",
        "/hello/%ff%fe",
    ],
)
def test_nothing_outside_of_the_pages(server, pages, path):
    (pages / "hello" / ".hidden").write_text("secret")
    (pages / "hello" / "secret-link.txt").symlink_to(pages.parent / "secret.txt")
    (pages / "link").symlink_to(pages.parent)
    (pages.parent / "outside").mkdir()
    (pages.parent / "outside" / "index.html").write_text("secret")
    (pages / "folder-link").symlink_to(pages.parent / "outside")
    os.mkfifo(pages / "hello" / "fifo")
    answer = request(server.port, path)
    assert b"secret" not in answer.body.replace(b"secret.txt", b"").replace(b"secret-link", b"")
    assert answer.status in (0, 400, 403, 404), answer.raw[:200]
    assert request(server.port, "/healthz").status == 200


def test_a_link_inside_of_the_pages_is_followed(server, pages):
    (pages / "hello" / "real.txt").write_text("inside")
    (pages / "hello" / "link.txt").symlink_to("real.txt")
    assert request(server.port, "/hello/link.txt").body == b"inside"


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_other_methods_are_refused(server, method):
    answer = request(server.port, "/hello/", method=method)
    assert answer.status == 405 and answer.headers["allow"] == "GET, HEAD"
    assert json.loads(answer.body)["error"]["message"]


@pytest.mark.parametrize(
    "headers, body",
    [
        (["Content-Length: 5"], b"hello"),
        (["Content-Length: -5"], b""),
        (["Content-Length: 99999999999999999999"], b""),
        (["Content-Length: 0x10"], b""),
        (["Content-Length: 0", "Content-Length: 5"], b"hello"),
        (["Transfer-Encoding: chunked"], b"5\r\nhello\r\n0\r\n\r\n"),
    ],
)
def test_bodies_are_refused(server, headers, body):
    answer = request(server.port, "/hello/", headers=headers, body=body)
    assert answer.status == 400, answer.raw[:200]
    assert request(server.port, "/healthz").status == 200


def test_an_empty_body_is_fine(server):
    assert request(server.port, "/hello/", headers=["Content-Length: 0"]).status == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:5000", "127.0.0.1.evil.example", "localhost.evil", "127.0.0.1:x", "127.0.0.1:", "[::2]",
             "0.0.0.0", "127.0.0.1, evil.example", "evil@127.0.0.1", "127.0.0.1/x", ""]
)  # fmt: skip
def test_other_hosts_are_refused(server, host):
    for path in ["/hello/", "/api/streams", "/"]:
        answer = request(server.port, path, host=host)
        assert answer.status == 403, answer.raw[:200]
        assert json.loads(answer.body)["error"]["code"] == "host"


def test_a_missing_or_doubled_host_is_refused(server):
    assert exchange(server.port, b"GET /hello/ HTTP/1.1\r\nConnection: close\r\n\r\n").status == 403
    doubled = f"GET /hello/ HTTP/1.1\r\nHost: localhost:{server.port}\r\nHost: evil.example\r\n\r\n"
    assert exchange(server.port, doubled.encode()).status == 403


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://localhost:1", "file://", ""])
def test_other_origins_are_refused(server, origin):
    answer = request(server.port, "/api/streams", headers=[f"Origin: {origin}"])
    if origin:
        assert answer.status == 403 and json.loads(answer.body)["error"]["code"] == "origin"
    else:
        assert answer.status in (200, 403)


def test_the_own_origin_is_accepted(server):
    answer = request(server.port, "/api/streams", headers=[f"Origin: http://127.0.0.1:{server.port}"])
    assert answer.status == 200


# Requests that libwebsockets 4.1 has trouble with


@pytest.mark.parametrize("upgrade", ["h2c", "HTTP/2.0", "websocket2", "x" * 300, "TLS/1.0, HTTP/1.1"])
def test_unknown_upgrades_on_a_kept_connection(server, upgrade):
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
        good = f"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n\r\n".encode()
        connection.sendall(good)
        assert connection.recv(4096).startswith(b"HTTP/1.1 200")
        lines = f"GET / HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n"
        connection.sendall(f"{lines}Upgrade: {upgrade}\r\n\r\n".encode())
        received = b""
        try:
            while chunk := connection.recv(4096):
                received += chunk
        except (ConnectionError, TimeoutError):
            pass
        assert b" 101 " not in received and b" 200 " not in received
    assert request(server.port, "/healthz").status == 200


@pytest.mark.parametrize(
    "raw",
    [
        b"\x00" * 500,
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\nHost: localhost\r\n\r\n",
        b"DANCE / HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"CONNECT localhost:80 HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET http://evil.example/ HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET /% HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET /%zz HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET /%e HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: local\x00host\r\n\r\n",
        b"GET /" + b"a" * 30_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"y" * 70_000 + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + b"".join(b"X-%d: y\r\n" % n for n in range(5000)) + b"Host: localhost\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(100),
        b"GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Protocol: webmon.v1\r\n\r\n",
        b"GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: close\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: webmon.v1\r\n\r\n",
        b"POST /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: webmon.v1\r\nContent-Length: 9\r\n\r\n",
    ],
)
def test_odd_requests_do_no_harm(server, raw):
    answer = exchange(server.port, raw, timeout=3)
    assert b" 101 " not in answer.raw[:40]
    assert request(server.port, "/healthz").status == 200


def test_pipelined_requests(server):
    one = f"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n\r\n"
    last = f"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nConnection: close\r\n\r\n"
    answer = exchange(server.port, (one * 4 + last).encode())
    assert answer.raw.count(b"HTTP/1.1 200 OK") == 5


def test_slow_headers_are_not_waited_for(server):
    connections = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(80)]
    for connection in connections:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: local")
    start = time.monotonic()
    assert request(server.port, "/healthz").status == 200
    assert time.monotonic() - start < 20
    for connection in connections:
        connection.settimeout(30)
        try:
            assert connection.recv(1000)[9:12] in (b"", b"403", b"408")
        except ConnectionError:
            pass
        connection.close()


# The API


def test_streams(server):
    assert json.loads(request(server.port, "/api/streams").body)["streams"] == []
    dtype = np.dtype([("time", "<f8"), ("load_ms", "<f4")])
    with (
        webmon.Stream("camera", (48, 64), "u2", slots=5, metadata={"axes": ["y", "x"], "contrast_limits": [0, 4095]}) as camera,
        webmon.Log("loads", dtype, records=1000),
        webmon.Array("labels", (300, 300), ">i4"),
    ):
        camera.put(np.zeros((48, 64), "u2"))
        until(lambda: len(streams(server)) == 3)
        listing = json.loads(request(server.port, "/api/streams").body)
        assert listing["version"] == webmon.__version__ and abs(listing["clock"] - time.monotonic_ns()) < 5e9
        found = streams(server)
    assert list(found) == ["camera", "labels", "loads"]
    stream = found["camera"]
    assert stream["kind"] == "frames" and stream["shape"] == [48, 64] and stream["slots"] == 5 and stream["dtype"] == "<u2"
    assert stream["nbytes"] == 48 * 64 * 2 * 5 and stream["itemsize"] == 2 and stream["sequence"] == 1
    assert stream["metadata"] == {"axes": ["y", "x"], "contrast_limits": [0, 4095]}
    assert stream["writer"] == os.getpid() and stream["readers"] == 0 and stream["dropped"] == 0 and stream["state"] == "live"
    assert abs(stream["created"] - time.time_ns()) < 60e9 and stream["tile"] is None and stream["recarray"] is False
    assert found["labels"]["tile"] == [256, 256] and found["labels"]["dtype"] == ">i4"
    assert found["loads"]["shape"] == [1000] and found["loads"]["dtype"] is None
    assert [field["name"] for field in found["loads"]["fields"]] == ["time", "load_ms"]
    until(lambda: not streams(server))


def test_downloads(server):
    dtype = np.dtype([("n", "<u4"), ("name", "<U5"), ("xy", ">f4", (2,))])
    with (
        webmon.Stream("camera", (1000, 3000), "<u2") as camera,
        webmon.Log("loads", dtype, records=8) as log,
        webmon.Array("labels", (300, 700), ">i4") as labels,
    ):
        until(lambda: len(streams(server)) == 3)
        answer = request(server.port, "/api/streams/camera.npy")
        assert answer.status == 503 and json.loads(answer.body)["error"]["code"] == "none"
        assert download(server, "loads").shape == (0,)

        frame = np.random.default_rng(1).integers(0, 65536, (1000, 3000), "u2")
        camera.put(frame)
        assert np.array_equal(download(server, "camera"), frame)

        records = np.zeros(20, dtype)
        records["n"] = range(20)
        records["name"] = [f"n{n}" for n in range(20)]
        records["xy"] = np.arange(40).reshape(20, 2)
        log.append(records)
        got = download(server, "loads")
        assert got.dtype == dtype and np.array_equal(got, records[-8:])

        labels[...] = np.arange(210_000).reshape(300, 700)
        got = download(server, "labels")
        assert got.dtype == np.dtype(">i4") and np.array_equal(got, labels.array)

        head = request(server.port, "/api/streams/camera.npy", method="HEAD")
        assert head.status == 200 and int(head.headers["content-length"]) == 128 + 6_000_000 and head.body == b""


def test_a_download_is_one_frame_while_the_writer_goes_on(server):
    with webmon.Stream("camera", (2000, 2000), "<u4", slots=4) as camera:
        camera.put(np.full((2000, 2000), 1, "u4"))
        until(lambda: streams(server))
        connection = socket.create_connection(("127.0.0.1", server.port))
        connection.sendall(f"GET /api/streams/camera.npy HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nConnection: close\r\n\r\n".encode())
        received = b""
        number = 1
        while chunk := connection.recv(100_000):
            received += chunk
            number += 1
            camera.put(np.full((2000, 2000), number, "u4"))
        connection.close()
        pixels = np.load(io.BytesIO(received.partition(b"\r\n\r\n")[2]))
        assert pixels.shape == (2000, 2000) and (pixels == pixels[0, 0]).all()


def test_an_abandoned_download_leaves_no_lease(server):
    frame = np.zeros(32 << 20, "u1")
    with webmon.Stream("camera", 32 << 20, "u1", slots=2) as camera:
        camera.put(frame)
        until(lambda: streams(server))
        for _ in range(3):
            connection = socket.create_connection(("127.0.0.1", server.port))
            connection.sendall(f"GET /api/streams/camera.npy HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n\r\n".encode())
            connection.recv(1000)
            connection.close()

        def is_free():
            dropped = camera.status.dropped
            for _ in range(4):
                camera.put(frame)
            return camera.status.dropped == dropped

        until(is_free)


def test_too_large_a_download_is_refused(server):
    with webmon.Array("volume", 257 << 20, "u1"):
        until(lambda: streams(server))
        answer = request(server.port, "/api/streams/volume.npy")
        assert answer.status == 503
        error = json.loads(answer.body)["error"]
        assert error["code"] == "too-large" and "mmap_mode" in error["message"]


def test_a_sparse_array_is_downloaded_without_taking_memory(server):
    with webmon.Array("small", (3000, 3000), "u1", sparse=True) as small, webmon.Array("large", (10**5, 10**5), "u1", sparse=True) as large:
        small[5, 6] = 7
        before = [os.stat(array.path).st_blocks for array in (small, large)]
        until(lambda: len(streams(server)) == 2)
        answer = request(server.port, "/api/streams/small.npy")
        data = np.load(io.BytesIO(answer.body))
        assert answer.status == 200 and data[5, 6] == 7 and data.sum() == 7
        answer = request(server.port, "/api/streams/large.npy")
        assert answer.status == 503 and ".copy(region)" in json.loads(answer.body)["error"]["message"]
        assert [os.stat(array.path).st_blocks for array in (small, large)] == before


def test_many_downloads_and_sessions_at_once(server):
    frame = np.random.default_rng(2).integers(0, 255, 3 << 20, "u1")
    with webmon.Stream("camera", 3 << 20, "u1", slots=3) as camera:
        camera.put(frame)
        until(lambda: streams(server))
        client = RawWebSocket(server.port)
        client.subscribed(1, "camera")
        connections = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(20)]
        for connection in connections:
            connection.sendall("GET /api/streams/camera.npy HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
        for connection in connections:
            received = b""
            while chunk := connection.recv(1 << 20):
                received += chunk
            assert received.endswith(frame.tobytes())
            connection.close()
        assert client.data().endswith(frame.tobytes())
        client.close()
