"""Many processes on one segment, every frame checked whole, with and without kill -9.

`WEBMON_STRESS_SECONDS` is the length of each test (default 5; `make stress` takes 120).
"""

import json
import os
import random
import signal
import subprocess
import time
from pathlib import Path

import pytest

SECONDS = float(os.environ.get("WEBMON_STRESS_SECONDS", "5"))
HERE = Path(__file__).resolve().parent


@pytest.fixture(scope="session")
def stress(compile_c):
    return compile_c(HERE / "stress.c")


class Role:
    """One process of the stress program."""

    def __init__(self, program, *arguments):
        self.arguments = [program, *map(str, arguments)]
        self.process = subprocess.Popen(self.arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        if arguments[0] in ("writer", "logger", "editor"):
            assert self.process.stdout.readline() == "ready\n", self.process.stderr.read()

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.communicate()

    def counts(self):
        output, errors = self.process.communicate(timeout=SECONDS + 60)
        assert self.process.returncode == 0, f"{self.arguments[1]}: {errors}"
        counts = json.loads(output.splitlines()[-1])
        print(counts)
        return counts


@pytest.fixture
def start(stress, directory):
    roles = []

    def start_role(*arguments):
        roles.append(Role(stress, *arguments))
        return roles[-1]

    yield start_role
    for role in roles:
        if role.process.poll() is None:
            role.kill()


@pytest.mark.parametrize(("slots", "size"), [(2, 64), (4, 4096), (4, 1 << 20), (8, 40)])
def test_one_writer_flat_out_and_four_readers(start, directory, slots, size):
    writer = start("writer", "ring", slots, size, SECONDS)
    readers = [start(role, "ring", SECONDS - 0.5) for role in ("lease", "next", "copy", "copy-next")]
    for reader in readers:
        counts = reader.counts()
        assert counts["frames"] > 0 and counts["generations"] == 1
    assert writer.counts()["frames"] > 0
    assert not (directory / "ring.npy").exists()


def test_a_log_flat_out_loses_nothing_silently(start):
    logger = start("logger", "log", 64, SECONDS)
    readers = [start("since", "log", SECONDS - 0.5) for _ in range(4)]
    for reader in readers:
        assert reader.counts()["records"] > 0
    logger.counts()


def test_an_array_is_never_copied_torn(start):
    editor = start("editor", "array", 128, SECONDS)
    readers = [start("region", "array", SECONDS - 0.5) for _ in range(3)]
    for reader in readers:
        assert reader.counts()["boxes"] > 0
    assert editor.counts()["edits"] > 0


@pytest.mark.parametrize(("writer", "size", "readers"), [
    ("writer", (4, 4096), ("lease", "next", "copy", "copy-next")),
    ("logger", (64,), ("since", "since")),
    ("editor", (128,), ("region", "region")),
])
def test_kill_9_leaves_nothing_stuck(start, directory, writer, size, readers):
    """Writers and readers are killed at random moments; each time the next writer takes over, and those that live go on."""
    chance = random.Random(4711)
    survivors = [start(role, "victim", SECONDS + 1) for role in readers]
    begin = time.monotonic()
    takeovers = 0
    while time.monotonic() - begin < SECONDS:
        current = start(writer, "victim", *size, SECONDS + 60)
        mortal = start(readers[0], "victim", SECONDS + 60)
        time.sleep(chance.uniform(0.02, 0.25))
        for victim in chance.sample([current, mortal], 2):
            victim.kill()
        takeovers += 1
    last = start(writer, "victim", *size, 1)
    for survivor in survivors:
        counts = survivor.counts()
        assert counts["generations"] > 1
    counts = last.counts()
    # No lease of a killed reader holds a slot of the last writer's.
    assert counts.get("dropped", 0) == 0 or writer == "writer"
    assert takeovers >= 3
    assert [path.name for path in directory.iterdir() if path.name != ".lock"] == []
