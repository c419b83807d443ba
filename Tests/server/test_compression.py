"""Payloads that are compressed without loss: the bytes, and when it is done."""

import json
import os
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
import webmon
from data_message import array, expand, parse
from raw_websocket import RawWebSocket
from test_access import TOKEN, own_address

MIB = 1 << 20


@pytest.fixture
def client(server):
    client = RawWebSocket(server.port)
    yield client
    client.close()


def image(shape, dtype, seed=0):
    """Smooth, with a little noise: what cameras see."""
    y = np.arange(shape[0])[:, None]
    x = np.arange(int(np.prod(shape[1:], dtype=int)))[None]
    values = 500 + 300 * np.sin(y / 50) + 2 * x + np.random.default_rng(seed).integers(0, 16, (shape[0], x.size))
    return (values / 10 if np.dtype(dtype).itemsize == 1 else values).reshape(shape).astype(dtype)


@pytest.mark.parametrize("dtype", ["|u1", "<u2", ">u2", "<i4", "<f4", ">f8", "<c8", [("a", "u1"), ("b", ">f4"), ("c", "u2", (3,))]])
def test_what_comes_is_what_was_put(client, dtype):
    if isinstance(dtype, list):
        frame = np.zeros((123, 77), dtype)
        frame["b"] = image((123, 77), "f4")
    else:
        frame = image((123, 77), dtype)
    with webmon.Stream("camera", frame.shape, dtype) as camera:
        client.subscribed(1, "camera", credits=2, compression="deflate")
        camera.put(frame)
        message = client.data()
        whole = expand(message)
        assert whole is not None and len(message) < 0.9 * len(whole)
        header, payload = parse(whole)
        assert bytes(payload) == frame.tobytes() and header.sequence == 1


def test_tiles_arrays_and_logs(client):
    data = image((600, 500), "u2")
    with webmon.Array("image", data.shape, "u2", tile=(256, 256)) as shared, webmon.Log("log", [("n", "u8"), ("x", "f4")]) as log:
        shared[...] = data
        client.learn("image", "log")
        client.subscribed(1, "image", compression="deflate")
        assert bytes(parse(expand(client.data()))[1]) == data.tobytes()
        client.subscribed(2, "image", region=[0, 0, 600, 500], credits=64, compression="deflate")
        tiles = {}
        while len(tiles) < 6:
            message = expand(client.data())
            header, pixels = array(message)
            assert header.opcode == 4 and np.array_equal(pixels, data[header.y :, header.x :][: header.h, : header.w])
            tiles[header.y, header.x] = pixels
        assert client.control("viewed")["id"] == 2
        client.subscribed(3, "log", compression="deflate")
        records = np.zeros(1000, [("n", "u8"), ("x", "f4")])
        records["n"] = np.arange(1000)
        log.append(records)
        assert bytes(parse(expand(client.data()))[1]) == records.tobytes()


def test_noise_goes_as_it_is_and_is_not_tried_again_at_once(client):
    noise = np.random.default_rng(1).integers(0, 65536, (256, 256), "u2")
    with webmon.Stream("camera", noise.shape, "u2") as camera:
        client.subscribed(1, "camera", compression="deflate")
        for number in range(100):
            # From the second on it could be compressed, and is when some have gone as they are.
            frame = noise if number == 0 else image(noise.shape, "u2", number)
            camera.put(frame)
            message = client.data()
            whole = expand(message)
            if number < 60:
                assert whole is None
            header, payload = parse(whole or message)
            assert bytes(payload) == frame.tobytes() and header.sequence == number + 1
            client.credit(1, header)
        assert whole is not None


def test_gaps_are_told_before_what_was_compressed(client):
    with webmon.Stream("camera", (512, 512), "u2", slots=3) as camera:
        client.subscribed(1, "camera", compression="deflate")
        last = received = lost = 0
        for number in range(1, 201):
            camera.put(image((512, 512), "u2", number % 7))
        deadline = time.monotonic() + 30
        while last < 200 and time.monotonic() < deadline:
            message = client.message()
            if isinstance(message, dict):
                assert message["type"] == "gap" and message["from"] == last + 1
                lost += message["to"] - message["from"] + 1
                last = message["to"]
                continue
            header, _ = parse(expand(message))
            assert last == 0 or header.sequence == last + 1
            received += 1
            last = header.sequence
            client.credit(1, header)
        assert last == 200 and received >= 1


def test_two_pages_share_the_work(server):
    """The bytes are the same, whoever asks first."""
    with webmon.Stream("camera", (1024, 1024), "u2") as camera:
        clients = [RawWebSocket(server.port) for _ in range(4)]
        for client in clients:
            client.subscribed(1, "camera", compression="deflate")
        camera.put(image((1024, 1024), "u2"))
        messages = [client.data() for client in clients]
        payloads = {message[message[6] * 8 :] for message in messages}
        assert len(payloads) == 1 and all(message[7] == 1 for message in messages)
        for client in clients:
            client.close()


def test_a_stream_that_ends_while_a_frame_is_compressed(client):
    for round in range(10):
        camera = webmon.Stream(f"camera{round}", (1024, 1024), "u2")
        client.subscribed(round + 1, f"camera{round}", compression="deflate", credits=2)
        camera.put(image((1024, 1024), "u2", round))
        camera.close()
        # The frame comes, or the stream is told to have ended: whatever it is, nothing is stuck.
        while True:
            message = client.message()
            if not isinstance(message, dict):
                assert bytes(parse(expand(message))[1]) == image((1024, 1024), "u2", round).tobytes()
            elif message["type"] == "waiting":
                break
        client.send("unsubscribe", id=round + 1)
        client.control("unsubscribed")


@pytest.mark.parametrize("value", [1, True, "gzip", "", [], {}])
def test_wrong_values_are_refused(client, value):
    client.greeted()
    client.send("subscribe", id=1, stream="camera", compression=value)
    error = client.control("error")
    assert error["code"] == "bad-field" and "deflate" in error["message"]


def watch(client, seconds, bytes_a_second=None):
    """Reads messages for so long, no faster than that; whether each was compressed."""
    client.subscribed(1, "camera", credits=2)
    found = []
    end = time.monotonic() + seconds
    while time.monotonic() < end and not (found and found[-1] and len(found) > 3):
        start = time.monotonic()
        message = client.message()
        if isinstance(message, dict):
            assert message["type"] == "gap"
            continue
        found.append(message[7] == 1)
        parse(expand(message) or message)
        if bytes_a_second is not None:
            time.sleep(max(0, len(message) / bytes_a_second - (time.monotonic() - start)))
        client.credit(1, parse(expand(message) or message)[0])
    return found


@pytest.fixture
def camera(directory):
    """Publishes 1 MiB 50 times a second."""
    stream = webmon.Stream("camera", (512, 1024), "u2")
    frames = [image((512, 1024), "u2", seed) for seed in range(4)]
    stop = threading.Event()

    def publish():
        number = 0
        while not stop.wait(0.02):
            stream.put(frames[number % 4])
            number += 1

    thread = threading.Thread(target=publish)
    thread.start()
    yield stream
    stop.set()
    thread.join()
    stream.close()


def test_nothing_is_compressed_for_this_machine(server, camera):
    client = RawWebSocket(server.port)
    # Slow, but that is the page's affair.
    assert not any(watch(client, 4, bytes_a_second=3 * MIB))
    client.close()


def test_a_link_that_is_fast_is_left_alone(serve, camera):
    server = serve("--host", "0.0.0.0", "--token", TOKEN)
    client = RawWebSocket(server.port, path=f"/ws?token={TOKEN}", address=own_address())
    assert not any(watch(client, 4))
    client.close()




WATCH = """
import json, sys
from raw_websocket import RawWebSocket
from test_compression import watch
print(json.dumps(watch(RawWebSocket(int(sys.argv[1]), path=sys.argv[2], address=sys.argv[3], timeout=60), 60)))
"""


@pytest.fixture
def slow_network():
    """The name of a network namespace at the end of a link of 40 Mbit/s, and this end's address."""
    name, near, far = f"webmon-{os.getpid()}", f"wm{os.getpid()}a", f"wm{os.getpid()}b"
    commands = [
        f"ip netns add {name}",
        f"ip link add {near} type veth peer name {far} netns {name}",
        f"ip address add 10.231.7.1/30 dev {near}",
        f"ip link set {near} up",
        f"ip -n {name} address add 10.231.7.2/30 dev {far}",
        f"ip -n {name} link set {far} up",
        f"tc qdisc add dev {near} root tbf rate 40mbit burst 64kb latency 100ms",
    ]
    try:
        for command in commands:
            if shutil.which(command.split()[0]) is None:
                pytest.skip(f"{command.split()[0]} is missing (Debian's iproute2)")
            done = subprocess.run(command.split(), capture_output=True, text=True)
            if done.returncode != 0:
                pytest.skip(f"no network can be made here: {command}: {done.stderr.strip()}")
        yield name, "10.231.7.1"
    finally:
        subprocess.run(["ip", "link", "delete", near], capture_output=True)
        subprocess.run(["ip", "netns", "delete", name], capture_output=True)


def test_a_slow_link_is_found_out(serve, camera, slow_network):
    server = serve("--host", "0.0.0.0", "--token", TOKEN)
    namespace, address = slow_network
    command = ["ip", "netns", "exec", namespace, sys.executable, "-c", WATCH, server.port, f"/ws?token={TOKEN}", address]
    found = subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=120, cwd=Path(__file__).parent)
    assert found.returncode == 0, found.stderr
    # The first ones go as they are: nothing was known of the link.
    compressed = json.loads(found.stdout)
    assert not compressed[0] and compressed[-1]


@pytest.mark.parametrize("view", [{}, {"level": 0, "tile": [2048, 2048]}])
def test_what_was_never_edited_is_given_up_while_it_is_compressed(server, client, view):
    """Its number is 0, before which there is none."""
    with webmon.Array("image", (2048, 4096), "u1"):
        client.learn("image")
        for id in range(1, 9):
            client.send("subscribe", id=id, stream="image", compression="deflate", credits=2, **view)
            time.sleep(0.005 * id)
            client.send("unsubscribe", id=id)
            while client.message() != {"type": "unsubscribed", "id": id}:
                pass
        client.subscribed(9, "image", compression="deflate")
        assert not any(parse(expand(client.data()))[1])


def test_frames_that_are_taken_back_while_they_are_compressed(client):
    # So large and so seldom that one is not compressed before its slot is taken back, and is read as it is long before: a page that
    # still reads it then is dropped.
    frame = image((2048, 2048), "u2")
    stop = threading.Event()
    with webmon.Stream("camera", frame.shape, "u2", slots=2, overwrite_after=1) as camera:

        def publish():
            while not stop.wait(0.02):
                camera.put(frame)

        client.subscribed(1, "camera", compression="deflate")
        thread = threading.Thread(target=publish)
        thread.start()
        try:
            # Some come whole; what was overwritten is a gap, and the page stays.
            received = 0
            end = time.monotonic() + 60
            while received < 5 and time.monotonic() < end:
                message = client.message()
                if isinstance(message, dict):
                    continue
                header, payload = parse(expand(message) or message)
                assert bytes(payload) == frame.tobytes()
                received += 1
                client.credit(1, header)
        finally:
            stop.set()
            thread.join()
        assert received == 5
