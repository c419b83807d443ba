"""Clients that others wrote: websockets (threads and asyncio), aiohttp and curl. Every byte is held against the source array."""

import asyncio
import io
import json
import logging
import shutil
import socket
import subprocess
import time

import aiohttp
import numpy as np
import pytest
import webmon
import websockets
from data_message import parse
from waiting import until
from websockets.asyncio.client import connect as connect_asyncio
from websockets.sync.client import connect as connect_threads

MIB = 1 << 20
# Around the borders of WebSocket lengths, of fragments and of alignment. 112 is the length of a data header here.
SIZES = [1, 2, 13, 14, 15, 16, 17, 125, 126, 65535 - 112, 65536 - 112, 65535, 65536, MIB - 112, MIB - 1, MIB, MIB + 1, 8 * MIB, 64 * MIB]
PROTOCOL = "webmon.v1"


def pattern(nbytes, seed):
    """Bytes of which every run tells where it comes from."""
    words = np.arange(nbytes // 8 + 1, dtype="u8")
    words *= np.uint64(0x9E3779B97F4A7C15)
    words += np.uint64(seed)
    return words.view("u1")[:nbytes]


def address(server, scheme="ws"):
    return f"{scheme}://127.0.0.1:{server.port}" + ("/ws" if scheme == "ws" else "")


class Page:
    """What a session says, on top of any client: `receive` and `send` are coroutines."""

    def __init__(self, receive, send):
        self.receive = receive
        self.send_text = send

    async def send(self, type, **fields):
        await self.send_text(json.dumps({"type": type, **fields}))

    async def credit(self, header):
        await self.send("credit", id=header.id, seq=header.sequence)

    async def control(self, *types):
        """The next control message of these types; only news of streams may come before it."""
        while True:
            message = await self.receive()
            assert isinstance(message, str), "data came where control was expected"
            message = json.loads(message)
            if message["type"] in types:
                return message
            assert message["type"] in ("hello", "streams", "added", "removed", "waiting"), message

    async def data(self):
        """The next data message; only news of streams may come before it."""
        while True:
            message = await self.receive()
            if not isinstance(message, str):
                return parse(message)
            assert json.loads(message)["type"] in ("added", "removed"), message

    async def subscribe(self, id, stream, **fields):
        await self.send("subscribe", id=id, stream=stream, **fields)
        return (await self.control("subscribed"))["stream"]

    async def check(self, sizes, policy):
        """Frames of every size, under a policy: all bytes of all of them."""
        for id, size in enumerate(sizes, 1):
            frames = 1 if size > 100 * MIB else 2 if size > 10 * MIB else 5
            with webmon.Stream(f"s{size}", size, "u1", slots=min(frames, 4) + 1) as stream:
                await self.subscribe(id, f"s{size}", policy=policy, credits=2)
                for number in range(1, frames + 1):
                    assert stream.put(pattern(size, number)) == number
                    header, payload = await self.data()
                    assert (header.id, header.sequence, header.lost, header.shape) == (id, number, 0, (size,)), size
                    assert np.array_equal(np.frombuffer(payload, "u1"), pattern(size, number)), f"frame {number} of {size} bytes"
                    await self.credit(header)
                await self.send("unsubscribe", id=id)
                await self.control("unsubscribed")


async def over_websockets(server, use, **options):
    async with connect_asyncio(address(server), subprotocols=[PROTOCOL], max_size=None, **options) as client:
        assert client.subprotocol == PROTOCOL
        return await use(Page(client.recv, client.send), client)


async def over_aiohttp(server, use, **options):
    async with aiohttp.ClientSession() as session:
        async with session.ws_connect(address(server), protocols=(PROTOCOL,), max_msg_size=0, **options) as client:
            assert client.protocol == PROTOCOL

            async def receive():
                message = await client.receive()
                assert message.type in (aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY), message
                return message.data

            return await use(Page(receive, client.send_str), client)


# Every byte


@pytest.mark.parametrize("policy", ["latest", "all"])
@pytest.mark.parametrize("over", [over_websockets, over_aiohttp])
def test_every_byte_of_every_size(server, over, policy):
    asyncio.run(over(server, lambda page, client: page.check(SIZES, policy)))


@pytest.mark.slow
@pytest.mark.parametrize("policy", ["latest", "all"])
def test_every_byte_of_256_mib(server, policy):
    asyncio.run(over_websockets(server, lambda page, client: page.check([256 * MIB], policy), compression=None))


def test_every_byte_over_threads(server):
    with connect_threads(address(server), subprotocols=[PROTOCOL], max_size=None, compression=None) as client:

        async def receive():
            return client.recv(timeout=60)

        async def send(text):
            client.send(text)

        asyncio.run(Page(receive, send).check([1, 126, 65536, MIB + 1, 8 * MIB], "latest"))


# Pings


class PingCounter(logging.Handler):
    """Counts the pings that websockets sends, and the pongs that come, from what it logs."""

    def __init__(self):
        super().__init__(logging.DEBUG)
        self.pings = self.pongs = 0

    def emit(self, record):
        text = record.getMessage()
        self.pings += text.startswith("> PING")
        self.pongs += text.startswith("< PONG")

    def logger(self):
        logger = logging.Logger("counted", logging.DEBUG)
        logger.addHandler(self)
        return logger


async def frames_with_pings(page, client, counter, frames, ping):
    size = 64 * MIB
    with webmon.Stream("camera", size, "u1", slots=3) as camera:
        await page.subscribe(1, "camera")
        for number in range(1, frames + 1):
            camera.put(pattern(size, number))
            header, payload = await page.data()
            assert header.sequence == number
            assert np.array_equal(np.frombuffer(payload, "u1"), pattern(size, number))
            await page.credit(header)
        end = time.monotonic() + 20
        while counter.pings < 5 or counter.pongs < 3:
            assert time.monotonic() < end, f"{counter.pings} pings, {counter.pongs} pongs"
            await asyncio.sleep(0.1)
        # A pong answers all pings before it, so after this one none is open.
        await ping()


def test_keepalive_pings_of_websockets_between_large_frames(server):
    counter = PingCounter()

    async def use(page, client):
        async def ping():
            async with asyncio.timeout(20):
                await (await client.ping())

        await frames_with_pings(page, client, counter, 6, ping)

    asyncio.run(over_websockets(server, use, ping_interval=0.2, ping_timeout=30, logger=counter.logger(), compression=None))


def test_keepalive_pings_of_websockets_with_threads(server):
    counter = PingCounter()
    options = {"ping_interval": 0.2, "ping_timeout": 30, "logger": counter.logger(), "compression": None}
    with connect_threads(address(server), subprotocols=[PROTOCOL], max_size=None, **options) as client:

        async def receive():
            return client.recv(timeout=60)

        async def send(text):
            client.send(text)

        async def ping():
            assert client.ping().wait(20)

        asyncio.run(frames_with_pings(Page(receive, send), client, counter, 6, ping))


def test_heartbeat_of_aiohttp(server):
    """It closes the connection itself if a pong does not come within half of the heartbeat."""

    async def use(page, client):
        with webmon.Stream("camera", 64 * MIB, "u1", slots=3) as camera:
            await page.subscribe(1, "camera")
            end, number = time.monotonic() + 8, 0
            while time.monotonic() < end:
                number += 1
                camera.put(pattern(64 * MIB, number))
                header, payload = await page.data()
                assert header.sequence == number
                assert np.array_equal(np.frombuffer(payload, "u1"), pattern(64 * MIB, number))
                await page.credit(header)
                if number % 4 == 0:
                    await client.ping(b"between")
                    await asyncio.sleep(0.1)
            # Quiet for longer than the heartbeat: the pong alone keeps the connection.
            await asyncio.sleep(7)
            assert not client.closed
            await page.send("ping", t="last")
            await page.control("pong")

    asyncio.run(over_aiohttp(server, use, autoping=True, heartbeat=5))


# Compression


@pytest.mark.parametrize("over, options", [(over_websockets, {"compression": "deflate"}), (over_aiohttp, {"compress": 15})])
def test_offered_compression_is_not_taken(server, over, options):
    async def use(page, client):
        extensions = client.protocol.extensions if over is over_websockets else client.compress
        assert not extensions
        await page.check([17, 65536, 2 * MIB], "latest")

    asyncio.run(over(server, use, **options))


# Slow readers


def test_a_reader_that_sleeps_between_fragments(server):
    size = 24 * MIB

    async def use(page, client):
        with webmon.Stream("camera", size, "u1", slots=3) as camera:
            await page.subscribe(1, "camera")
            for number in (1, 2):
                camera.put(pattern(size, number))
                parts = []
                async for part in client.recv_streaming():
                    parts.append(part)
                    await asyncio.sleep(0.03)
                assert len(parts) == size // MIB + 1
                header, payload = parse(b"".join(parts))
                assert header.sequence == number
                assert np.array_equal(np.frombuffer(payload, "u1"), pattern(size, number))
                await page.credit(header)
            # Before the stream goes: with the queue full of news that nobody takes it would not get to the answer.
            await client.close()

    asyncio.run(over_websockets(server, use, max_queue=1, compression=None))


def test_a_reader_with_a_tiny_receive_buffer(server):
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    connection.connect(("127.0.0.1", server.port))
    asyncio.run(
        over_websockets(server, lambda page, client: page.check([1, 126, 65536, 4 * MIB + 3], "latest"), sock=connection, compression=None)
    )


# Ends


def leases_are_free(camera, frame):
    """Every slot can be written: no page holds one."""
    dropped = camera.status.dropped
    for _ in range(2 * camera.slots):
        camera.put(frame)
    return camera.status.dropped == dropped


def test_close_in_the_middle_of_a_message(server):
    frame = pattern(64 * MIB, 1)
    with webmon.Stream("camera", 64 * MIB, "u1", slots=2) as camera:
        camera.put(frame)

        async def use(page, client):
            await page.subscribe(1, "camera")
            stream = client.recv_streaming()
            first = await anext(stream)
            assert bytes(first[112:]) == frame[: len(first) - 112].tobytes()
            closing = asyncio.create_task(client.close(1000, "enough"))
            # It has to read on: while its queue is full the server's answer stays unread.
            with pytest.raises(websockets.exceptions.ConnectionClosedOK):
                async for _ in stream:
                    pass
            await closing
            assert client.close_code == 1000

        asyncio.run(over_websockets(server, use, max_queue=1, close_timeout=30, compression=None))
        until(lambda: not camera.wanted)
        until(lambda: leases_are_free(camera, frame))


def test_close_of_aiohttp_in_the_middle_of_a_message(server):
    frame = pattern(64 * MIB, 1)
    with webmon.Stream("camera", 64 * MIB, "u1", slots=2) as camera:
        camera.put(frame)

        async def use(page, client):
            await page.subscribe(1, "camera")
            await client.close()
            assert client.close_code == 1000

        asyncio.run(over_aiohttp(server, use))
        until(lambda: not camera.wanted)
        until(lambda: leases_are_free(camera, frame))


def test_another_subprotocol_is_refused(server):
    with pytest.raises(websockets.exceptions.InvalidStatus) as refused:
        connect_threads(address(server), subprotocols=["chat"])
    assert refused.value.response.status_code == 400

    async def use():
        async with aiohttp.ClientSession() as session:
            with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
                await session.ws_connect(address(server))
            assert refused.value.status == 400

    asyncio.run(use())


# HTTP


def listed(server, name):
    async def get():
        async with aiohttp.ClientSession() as session:
            async with session.get(address(server, "http") + "/api/streams") as answer:
                assert answer.status == 200 and answer.content_type == "application/json"
                return await answer.json()

    return name in [stream["name"] for stream in asyncio.run(get())["streams"]]


def test_aiohttp_lists_and_downloads(server):
    frame = np.random.default_rng(3).integers(0, 65536, (1500, 2000), "u2")
    with webmon.Stream("camera", frame.shape, "<u2") as camera:
        camera.put(frame)
        until(lambda: listed(server, "camera"))

        async def use():
            async with aiohttp.ClientSession() as session:
                base = address(server, "http")

                async def download():
                    async with session.get(f"{base}/api/streams/camera.npy") as answer:
                        assert answer.status == 200
                        assert np.array_equal(np.load(io.BytesIO(await answer.read())), frame)

                # Over kept connections, several at a time.
                for _ in range(3):
                    await asyncio.gather(*(download() for _ in range(6)))
                async with session.head(f"{base}/api/streams/camera.npy") as answer:
                    assert answer.status == 200 and int(answer.headers["content-length"]) == frame.nbytes + 128
                async with session.get(f"{base}/api/streams/none.npy") as answer:
                    assert answer.status == 404 and (await answer.json())["error"]["message"]
                async with session.post(f"{base}/api/streams") as answer:
                    assert answer.status == 405

        asyncio.run(use())


@pytest.fixture
def curl():
    program = shutil.which("curl")
    if program is None:
        pytest.fail("no curl in PATH: install curl")

    def run(*arguments, status=0):
        done = subprocess.run([program, "--silent", "--show-error", "--max-time", "60", *arguments], capture_output=True, timeout=90)
        assert done.returncode == status, (done.returncode, done.stderr)
        return done.stdout

    return run


@pytest.mark.parametrize("options", [[], ["--no-buffer"], ["--http1.0"], ["--compressed"], ["--limit-rate", "4M"], ["--range", "0-99"]])
def test_curl_downloads(server, curl, options):
    frame = np.random.default_rng(4).integers(0, 65536, (1024, 2048), "u2")
    with webmon.Stream("camera", frame.shape, "<u2") as camera:
        camera.put(frame)
        until(lambda: listed(server, "camera"))
        got = np.load(io.BytesIO(curl(*options, address(server, "http") + "/api/streams/camera.npy")))
        assert got.dtype == frame.dtype and np.array_equal(got, frame)


def test_curl_asks_for_several_things_on_one_connection(server, curl, tmp_path):
    frame = pattern(3 * MIB, 9)
    with webmon.Stream("camera", 3 * MIB, "u1") as camera:
        camera.put(frame)
        until(lambda: listed(server, "camera"))
        base = address(server, "http")
        arguments = []
        for name, path in (("health", "/healthz"), ("npy", "/api/streams/camera.npy"), ("json", "/api/streams")):
            arguments += ["--output", str(tmp_path / name), base + path]
        assert curl(*arguments, "--write-out", "%{http_code} %{num_connects};") == b"200 1;200 0;200 0;"
        assert (tmp_path / "health").read_text().strip() == "ok"
        assert np.array_equal(np.load(tmp_path / "npy"), frame)
        assert json.loads((tmp_path / "json").read_text())["streams"][0]["name"] == "camera"


def test_curl_head_and_refusals(server, curl):
    frame = pattern(3 * MIB, 9)
    with webmon.Stream("camera", 3 * MIB, "u1") as camera:
        camera.put(frame)
        until(lambda: listed(server, "camera"))
        base = address(server, "http")
        head = curl("--head", f"{base}/api/streams/camera.npy").decode().lower()
        assert head.startswith("http/1.1 200") and f"content-length: {3 * MIB + 128}" in head
        code = ["--output", "/dev/null", "--write-out", "%{http_code}"]
        assert curl(*code, f"{base}/api/streams/none.npy") == b"404"
        assert curl(*code, "--request", "POST", f"{base}/api/streams") == b"405"
        assert curl(*code, "--header", "Host: evil.example", f"{base}/api/streams") == b"403"
        assert curl(*code, "--path-as-is", f"{base}/../../etc/passwd") in (b"400", b"403", b"404")
        assert curl(*code, "--data", "x" * 100, f"{base}/api/streams") in (b"400", b"405")
