"""Encrypted connections: what is served over them, byte for byte, and files that are none."""

import hashlib
import io
import json
import os
import socket
import ssl
import subprocess
import time

import numpy as np
import pytest
import webmon
from data_message import array, parse
from raw_http import connect, exchange, request
from raw_websocket import CLOSE, PING, RawWebSocket
from waiting import until

MIB = 1 << 20


def openssl(*arguments):
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True, timeout=60)


@pytest.fixture(scope="session")
def files(tmp_path_factory):
    """Certificates and keys, good and bad, by name."""
    folder = tmp_path_factory.mktemp("tls")
    for name, kind in ("good", "rsa:2048"), ("other", "rsa:2048"):
        openssl("req", "-x509", "-newkey", kind, "-nodes", "-days", 2, "-subj", "/CN=localhost", "-addext",
                "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", folder / f"{name}.key", "-out", folder / f"{name}.pem")  # fmt: skip
    openssl("rsa", "-in", folder / "good.key", "-aes256", "-passout", "pass:secret", "-out", folder / "locked.key")
    (folder / "text").write_text("this is no certificate\n")
    (folder / "empty").write_bytes(b"")
    good = (folder / "good.pem").read_text()
    (folder / "broken.pem").write_text(good[: len(good) // 2] + "\n-----END CERTIFICATE-----\n")
    return folder


@pytest.fixture
def trust(files):
    return ssl.create_default_context(cafile=files / "good.pem")


@pytest.fixture
def secure(serve, files):
    return serve("--tls-cert", files / "good.pem", "--tls-key", files / "good.key")


@pytest.fixture
def client(secure, trust):
    client = RawWebSocket(secure.port, tls=trust, origin=f"https://127.0.0.1:{secure.port}")
    yield client
    client.close()


def pattern(nbytes, seed):
    words = np.arange(nbytes // 8 + 1, dtype="u8") * np.uint64(0x9E3779B97F4A7C15) + np.uint64(seed)
    return words.view("u1")[:nbytes]


# HTTP


def test_pages_over_tls(secure, trust, pages):
    assert secure.address == f"https://127.0.0.1:{secure.port}/"
    assert request(secure.port, "/hello/", tls=trust).status == 200
    content = os.urandom(5_000_001)
    (pages / "hello" / "large.bin").write_bytes(content)
    assert request(secure.port, "/hello/large.bin", tls=trust).body == content
    assert request(secure.port, "/hello/", tls=trust, host="evil.example").status == 403
    assert request(secure.port, "/api/streams", tls=trust, headers=[f"Origin: http://127.0.0.1:{secure.port}"]).status == 403
    assert request(secure.port, "/api/streams", tls=trust, headers=[f"Origin: https://127.0.0.1:{secure.port}"]).status == 200


def test_curl(secure, files, tmp_path):
    frame = np.random.default_rng(1).integers(0, 65536, (3000, 2000), "u2")
    with webmon.Stream("camera", frame.shape, "<u2") as camera:
        camera.put(frame)
        base = f"https://localhost:{secure.port}"
        curl = ["curl", "-sS", "--fail", "--cacert", str(files / "good.pem")]
        until(lambda: b"camera" in subprocess.run([*curl, f"{base}/api/streams"], capture_output=True, timeout=20, check=True).stdout)
        got = subprocess.run([*curl, f"{base}/api/streams/camera.npy"], capture_output=True, timeout=60, check=True).stdout
        assert np.array_equal(np.load(io.BytesIO(got)), frame)
        # HTTP/1.1 is all there is, whatever is asked for.
        for option in "--http2", "--http1.1":
            version = subprocess.run([*curl, option, "-o", "/dev/null", "-w", "%{http_version}", base + "/healthz"], capture_output=True, timeout=20)
            assert version.stdout == b"1.1", version


def test_only_new_protocols(secure, trust, files):
    for version in "TLSv1_2", "TLSv1_3":
        trust.minimum_version = trust.maximum_version = ssl.TLSVersion[version]
        with connect(secure.port, tls=trust) as connection:
            assert connection.version() == version.replace("_", ".")
    old = ["openssl", "s_client", "-connect", f"127.0.0.1:{secure.port}", "-cipher", "ALL:@SECLEVEL=0"]
    for version in "-tls1", "-tls1_1":
        result = subprocess.run([*old, version], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=20)
        assert "Cipher is (NONE)" in result.stdout, result.stdout
    trust = ssl.create_default_context(cafile=files / "good.pem")
    trust.set_alpn_protocols(["h2", "http/1.1"])
    with connect(secure.port, tls=trust) as connection:
        assert connection.selected_alpn_protocol() == "http/1.1"


def test_what_is_not_tls_gets_nothing(secure, trust):
    for raw in [b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n", os.urandom(3000), b"\x16\x03\x01\xff\xff" + bytes(100), b""]:
        answer = exchange(secure.port, raw, timeout=8)
        assert b"HTTP" not in answer.raw and b"ok" not in answer.raw
    assert request(secure.port, "/healthz", tls=trust).status == 200


def test_unfinished_handshakes_hold_nobody_up(secure, trust):
    waiting = [socket.create_connection(("127.0.0.1", secure.port)) for _ in range(100)]
    for number, connection in enumerate(waiting):
        connection.sendall(b"\x16\x03\x01"[: number % 4])
    assert request(secure.port, "/healthz", tls=trust).status == 200
    for connection in waiting:
        connection.settimeout(20)
        try:
            assert connection.recv(100) in (b"",) or True  # an alert may come before the end
            while connection.recv(100):
                pass
        except ConnectionError:
            pass
        connection.close()


# WebSockets


@pytest.mark.parametrize("nbytes", [1, 125, 65536 - 112, MIB // 4 - 112, MIB // 4 - 111, MIB, 8 * MIB + 7, 32 * MIB])
def test_frames_arrive_byte_for_byte_and_are_counted_as_copied(secure, client, nbytes):
    frames = 3
    with webmon.Stream("camera", nbytes, "u1") as camera:
        client.subscribed(1, "camera")
        pings, pongs, fragments = 0, [], []
        for number in range(frames):
            camera.put(pattern(nbytes, number))
            for _ in range(3):
                client.send_frame(PING, b"%d" % pings)
                pings += 1
            header, payload = parse(client.data(pongs=pongs, fragments=fragments))
            assert hashlib.sha256(payload).digest() == hashlib.sha256(pattern(nbytes, number)).digest()
            client.credit(1, header)
        assert max(fragments) <= MIB // 4 and sum(fragments) == frames * (nbytes + 112)
        client.send("status", every_ms=100)
        while (message := client.message(pongs=pongs))["type"] != "status":
            pass
        assert message["session"]["copied_bytes"] == frames * nbytes
        assert len(pongs) >= 1 and pongs[0] == b"0"


def test_a_slow_reader_gets_whole_frames(secure, trust):
    nbytes = 6 * MIB
    client = RawWebSocket(secure.port, tls=trust, receive_buffer=16384)
    with webmon.Stream("camera", nbytes, "u1", slots=4) as camera:
        client.subscribed(1, "camera")
        for number in range(2):
            camera.put(pattern(nbytes, number))
            header, payload = parse(client.data(slowly=0.002))
            assert bytes(payload) == pattern(nbytes, number).tobytes()
            client.credit(1, header)
    client.close()


def test_logs_and_arrays(secure, client):
    with webmon.Array("labels", (300, 700), ">i4") as labels, webmon.Log("loads", np.dtype("<f8"), records=100) as log:
        client.learn("labels", "loads")
        client.subscribed(1, "labels")
        header, got = array(client.data())
        labels[...] = np.arange(210_000).reshape(300, 700)
        client.credit(1, header)
        assert np.array_equal(array(client.data())[1], labels.array)
        client.subscribed(2, "loads")
        log.append(np.arange(7.0))
        assert parse(client.data())[1].tobytes() == np.arange(7.0).tobytes()


def test_many_pages_at_once(secure, trust):
    nbytes = 3 * MIB
    clients = [RawWebSocket(secure.port, tls=trust) for _ in range(8)]
    with webmon.Stream("camera", nbytes, "u1", slots=4) as camera:
        for client in clients:
            client.subscribed(1, "camera")
        for number in range(3):
            camera.put(pattern(nbytes, number))
            for client in clients:
                header, payload = parse(client.data())
                assert bytes(payload) == pattern(nbytes, number).tobytes()
                client.credit(1, header)
    for client in clients:
        client.close()


def test_a_page_that_vanishes_leaves_no_lease(secure, trust):
    frame = np.zeros(32 * MIB, "u1")
    with webmon.Stream("camera", frame.shape, "u1", slots=2) as camera:
        camera.put(frame)
        for _ in range(3):
            client = RawWebSocket(secure.port, tls=trust)
            client.subscribed(1, "camera")
            client._take(100_000)
            client.socket.close()
            until(lambda: not camera.wanted)
    assert request(secure.port, "/healthz", tls=trust).status == 200


def test_a_client_that_breaks_the_protocol_in_mid_frame(secure, trust):
    frame = np.zeros(16 * MIB, "u1")
    with webmon.Stream("camera", frame.shape, "u1") as camera:
        camera.put(frame)
        client = RawWebSocket(secure.port, tls=trust, receive_buffer=65536)
        client.subscribed(1, "camera")
        client.send_frame(PING, b"", masked=False)
        client.close()
        until(lambda: not camera.wanted)


def test_the_cookie_is_for_encrypted_connections_only(serve, files, trust):
    server = serve("--tls-cert", files / "good.pem", "--tls-key", files / "good.key", "--token", "new")
    answer = request(server.port, f"/hello/?token={server.token}", tls=trust)
    assert answer.status == 302 and answer.headers["set-cookie"].endswith("; Secure")
    cookie = answer.headers["set-cookie"].split(";")[0]
    client = RawWebSocket(server.port, tls=trust, headers=[f"Cookie: {cookie}"], origin=f"https://127.0.0.1:{server.port}")
    client.greeted()
    client.close()
    assert request(server.port, "/hello/", tls=trust).status == 401
    assert "not encrypted" not in server.logged()


def test_stopping_over_tls(serve, files, trust):
    server = serve("--tls-cert", files / "good.pem", "--tls-key", files / "good.key")
    frame = pattern(24 * MIB, 3)
    with webmon.Stream("camera", frame.shape, "u1") as camera:
        camera.put(frame)
        client = RawWebSocket(server.port, tls=trust, receive_buffer=65536)
        client.subscribed(1, "camera")
        first = client.frame()
        server.process.terminate()
        parts = [first.payload]
        while (part := client.frame()).opcode != CLOSE:
            parts.append(part.payload)
        assert b"".join(parts)[112:] == frame.tobytes()
        assert int.from_bytes(part.payload[:2], "big") == 1001
        client.close()
    assert server.stop() == 0


# Files


@pytest.mark.parametrize(
    "cert, key, parts",
    [
        ("none.pem", "good.key", ["--tls-cert", "none.pem", "No such file"]),
        ("good.pem", "none.key", ["--tls-key", "none.key", "No such file"]),
        ("text", "good.key", ["--tls-cert", "text", "no certificate in PEM"]),
        ("empty", "good.key", ["--tls-cert", "empty", "no certificate in PEM"]),
        ("broken.pem", "good.key", ["--tls-cert", "broken.pem", "no certificate in PEM"]),
        ("good.key", "good.key", ["--tls-cert", "good.key", "no certificate in PEM"]),
        ("good.pem", "good.pem", ["--tls-key", "good.pem", "no private key in PEM"]),
        ("good.pem", "empty", ["--tls-key", "empty", "no private key in PEM"]),
        ("good.pem", "locked.key", ["--tls-key", "locked.key", "passphrase"]),
        ("good.pem", "other.key", ["other.key is not the key of", "good.pem"]),
        (".", "good.key", ["--tls-cert", "no regular file"]),
    ],
)
def test_files_that_are_none(program, directory, files, cert, key, parts):
    started = time.monotonic()
    result = subprocess.run(
        [program, "serve", "--dir", directory, "--port", "0", "--tls-cert", files / cert, "--tls-key", files / key],
        capture_output=True, text=True, timeout=30, stdin=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    assert result.returncode == 1 and not result.stdout, result
    (line,) = result.stderr.splitlines()
    assert all(part in line for part in parts), line
    assert time.monotonic() - started < 20


def test_one_file_is_not_enough(program, directory, files):
    result = subprocess.run([program, "serve", "--tls-cert", files / "good.pem"], capture_output=True, text=True, timeout=20)
    assert result.returncode == 64 and "go together" in result.stderr


def test_an_unreadable_key(program, directory, files, tmp_path):
    key = tmp_path / "key"
    key.write_bytes((files / "good.key").read_bytes())
    key.chmod(0)
    if os.access(key, os.R_OK):
        pytest.skip("this user may read everything")
    result = subprocess.run(
        [program, "serve", "--port", "0", "--tls-cert", files / "good.pem", "--tls-key", key], capture_output=True, text=True, timeout=20
    )
    assert result.returncode == 1 and "Permission denied" in result.stderr and str(key) in result.stderr


def test_json_is_the_same_over_tls(secure, trust):
    listing = json.loads(request(secure.port, "/api/streams", tls=trust).body)
    assert listing["version"] == webmon.__version__
