"""A thousand pages on one stream of 16 KB at 30 Hz, one of them stalled, by the program that benchmarks/hops/many_clients.py measures with."""

import json
import os
import re
import shutil
import subprocess
import threading
import time
from pathlib import Path

import numpy as np
import pytest
import webmon

ROOT = Path(__file__).resolve().parents[2]
CLIENTS = 1000
FRAMES = 510  # 17 s: longer than a page may take nothing
WORDS = 4096


@pytest.fixture(scope="module")
def many_clients(tmp_path_factory):
    compiler = next(filter(None, map(shutil.which, ("cc", "gcc", "clang"))), None)
    if compiler is None:
        pytest.fail("no C compiler in PATH: install gcc")
    program = tmp_path_factory.mktemp("clients") / "many_clients"
    source = ROOT / "benchmarks" / "clients" / "many_clients.c"
    subprocess.run([compiler, "-std=c11", "-D_GNU_SOURCE", "-O2", "-Wall", "-Wextra", "-Werror", source, "-o", program], check=True)
    return str(program)


class Publisher(threading.Thread):
    """30 frames a second at intended times, until `FRAMES` have a number."""

    def __init__(self, camera):
        super().__init__(daemon=True)
        self.camera = camera

    def run(self):
        frame = np.zeros(WORDS, "u4")
        due = time.monotonic_ns()
        number = 0
        while number < FRAMES:
            due += 1_000_000_000 // 30
            time.sleep(max(0, due - time.monotonic_ns()) / 1e9)
            frame[2:] = number + 1
            frame[:2].view("u8")[0] = due
            # A frame for which no slot was free has no number: it is tried again with the next tick.
            if self.camera.put(frame):
                number += 1


def pages(server):
    """How many pages the server says that it has."""
    told = re.findall(r"a page (?:connected|went); there are (\d+)", server.logged())
    return int(told[-1]) if told else 0


def most_memory(process):
    """The most memory that a process had so far, in bytes."""
    (line,) = [line for line in Path(f"/proc/{process}/status").read_text().splitlines() if line.startswith("VmHWM")]
    return int(line.split()[1]) * 1024


@pytest.mark.slow
def test_a_thousand_pages_and_a_stalled_one(server, many_clients):
    descriptors = len(os.listdir(f"/proc/{server.process.pid}/fd"))
    with webmon.Stream("camera", WORDS, "u4", slots=8) as camera:
        arguments = ["--stalled", "1", "--limit", "100"]
        many = subprocess.Popen(
            [many_clients, str(server.port), "camera", str(CLIENTS), str(FRAMES), *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert many.stdout.readline() == "ready\n", many.communicate()
        assert pages(server) == CLIENTS
        publisher = Publisher(camera)
        publisher.start()
        start = time.monotonic()
        while pages(server) == CLIENTS and many.poll() is None:
            assert time.monotonic() - start < 60, "the stalled page was not dropped"
            time.sleep(0.2)
        stalled_for = time.monotonic() - start
        assert many.poll() is None, ("the others were done before the stalled page was dropped", many.communicate())
        assert pages(server) == CLIENTS - 1
        publisher.join(60)
        output, errors = many.communicate(timeout=100)
        counts = json.loads(output)
        assert counts["wrong"] == 0, errors
        assert stalled_for > 9
        assert (counts["subscribed"], counts["complete"], counts["gone"]) == (CLIENTS, CLIENTS - 1, 0)
        # Got + told as gaps = published, page by page.
        assert counts["accounted"] == CLIENTS - 1
        assert counts["fewest"] > 0
        assert counts["bytes"] == counts["received"] * (112 + 4 * WORDS)
        assert most_memory(server.process.pid) < 100e6
        # Nothing is left of them: no lease, no reader, no descriptor.
        end = time.monotonic() + 30
        while camera.wanted or pages(server) or len(os.listdir(f"/proc/{server.process.pid}/fd")) > descriptors + 2:
            assert time.monotonic() < end, "something is left of pages that went"
            time.sleep(0.1)
        dropped = camera.status.dropped
        for _ in range(2 * camera.slots):
            camera.put(np.zeros(WORDS, "u4"))
        assert camera.status.dropped == dropped
