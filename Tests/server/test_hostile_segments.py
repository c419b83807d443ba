"""Producers whose numbers are not to be believed, and whose words are too many."""

import json
import struct
import threading

import numpy as np
import webmon
from raw_http import request
from raw_websocket import RawWebSocket
from waiting import until


def set_head(directory, name, value):
    """Overwrites the number of the newest commit, as docs/segment-format.md places it."""
    with open(f"{directory}/{name}.npy", "r+b") as file:
        end = file.seek(-64, 2) + 64
        (length,) = struct.unpack_from("<Q", file.read(64), 24)
        file.seek(end - 64 - length + 1024)
        file.write(struct.pack("<Q", value))


def test_numbers_that_jump_do_not_stop_the_server(server, directory):
    for value in 2**63, 2**64 - 100, 2**64 - 1, 0:
        with webmon.Log("log", [("n", "u8")], records=64) as log, RawWebSocket(server.port) as client:
            client.subscribed(1, "log", policy="all", credits=8, backlog=10)
            reader = threading.Thread(target=lambda: request(server.port, "/api/streams/log/frames?policy=all&backlog=10", timeout=8))
            reader.start()
            log.append(np.zeros(5, [("n", "u8")]))
            client.data()
            # The page is a reader already, so it is the body that is counted.
            until(lambda: b"\nwebmon_bodies 1\n" in request(server.port, "/metrics").body)
            set_head(directory, "log", value)
            # The futex word was written without a wake; the look of every second sees it.
            client.send("ping", t=1)
            # Data may come before it.
            while not isinstance(message := client.message(), dict) or message["type"] != "pong":
                pass
            log.close()
            reader.join(30)
        # Or the next page would be told of this generation, and subscribe to it.
        until(lambda: json.loads(request(server.port, "/api/streams").body)["streams"] == [])
        assert request(server.port, "/healthz").status == 200


def test_a_page_is_told_of_everything_however_much_it_is(server):
    text = "x" * 60_000
    arrays = [webmon.Array(f"array{number}", (4, 4), "u1", metadata={"text": text}) for number in range(90)]
    names = [f"array{number}" for number in range(90)]
    until(lambda: request(server.port, "/api/streams").body.count(b'"descr"') == 90)
    with RawWebSocket(server.port) as client:
        client.greeted()
        assert client.streams.keys() == set(names)
        assert all(stream["metadata"] == {"text": text} for stream in client.streams.values())
    for array in arrays:
        array.close()
