"""The commands of the program."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time

import numpy as np
import pytest
import webmon
from conftest import RunningServer
from raw_http import request
from waiting import until

CAMERA = {"shape": (48, 64), "dtype": "u2"}


@pytest.fixture
def run(program, directory):
    def run(*arguments, check=True, **options):
        result = subprocess.run([program, *arguments], capture_output=True, text=True, timeout=20, **options)
        assert not check or result.returncode == 0, result.stderr
        return result

    return run


def follow(program, *arguments):
    """A command that goes on: its process, whose lines come one by one."""
    return subprocess.Popen([program, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


# Help


def test_version_and_help(run):
    assert run("--version").stdout.strip() == webmon.__version__
    assert "webmon demo" in run("--help").stdout
    for command in ["serve", "ls", "info", "tail", "export", "gc", "demo"]:
        text = run(command, "--help").stdout
        assert "EXAMPLES" in text and f"webmon {command}" in text and "--dir" in text


@pytest.mark.parametrize("arguments", [["dance"], ["ls", "--what"], ["info"], ["serve", "--port", "x"], ["serve", "--port", "70000"],
                                       ["tail", "a", "--count", "0"], ["export", "a"]])  # fmt: skip
def test_wrong_usage_is_64(run, arguments):
    result = run(*arguments, check=False)
    assert result.returncode == 64 and "Usage" in result.stderr and not result.stdout


# ls, info


def test_ls(run, directory):
    assert len(run("ls").stdout.splitlines()) == 1  # the head of the table
    with webmon.Stream("camera", **CAMERA) as camera, webmon.Log("loads", [("time", "f8"), ("n", "u4")], records=100):
        camera.put(np.zeros((48, 64), "u2"))
        lines = run("ls").stdout.splitlines()
        assert lines[1].split()[:2] == ["camera", "frames"] and "4 of 48x64" in lines[1] and " live " in lines[1]
        assert "{time,n}" in lines[2]
        listing = json.loads(run("ls", "--json").stdout)
        assert listing["directory"] == directory
        assert [stream["name"] for stream in listing["streams"]] == ["camera", "loads"]
        assert listing["streams"][0]["sequence"] == 1


def test_ls_of_another_directory(run, tmp_path):
    with webmon.Stream("elsewhere", **CAMERA, directory=tmp_path):
        assert "elsewhere" in run("ls", "--dir", str(tmp_path)).stdout
        assert "elsewhere" not in run("ls").stdout


def test_ls_names_what_cannot_be_read(run, directory):
    with open(os.path.join(directory, "junk.npy"), "wb") as file:
        file.write(b"x" * 20_000)
    with webmon.Stream("camera", **CAMERA):
        result = run("ls", check=False)
    assert result.returncode == 1 and "camera" in result.stdout
    assert result.stderr.startswith("webmon: ") and "junk" in result.stderr


def test_info(run, directory):
    with webmon.Array("labels", (300, 300), ">i4", metadata={"axes": ["y", "x"]}):
        text = run("info", "labels").stdout
        assert re.search(r"^kind +array$", text, re.M) and re.search(r"^tile +\[256, 256\]$", text, re.M)
        assert re.search(r"^metadata +\{.*axes", text, re.M) and os.path.join(directory, "labels.npy") in text
        stream = json.loads(run("info", "labels", "--json").stdout)
        assert stream["name"] == "labels" and stream["metadata"] == {"axes": ["y", "x"]}


@pytest.mark.parametrize("command", [["info", "none"], ["tail", "none"], ["export", "none", "-o", "x.npy"]])
def test_a_segment_that_is_not_there(run, command, tmp_path):
    result = run(*command, check=False, cwd=tmp_path)
    assert result.returncode == 1 and not result.stdout
    assert len(result.stderr.splitlines()) == 1 and result.stderr.startswith("webmon: ") and "none" in result.stderr
    assert not list(tmp_path.iterdir())


# tail


RECORD = np.dtype([("when", "M8[ms]"), ("name", "U8"), ("tag", "S4"), ("load_ms", "<f4"), ("n", ">u8"), ("ok", "?"),
                   ("z", "c8"), ("xy", "<i2", (2,)), ("in", [("a", "<f8"), ("b", "m8[s]")])])  # fmt: skip


def records(count, start=0):
    values = np.zeros(count, RECORD)
    values["when"] = np.datetime64("2024-02-29T12:30:00.250") + np.arange(start, start + count)
    values["name"] = 'é"q'
    values["tag"] = b"ab"
    values["load_ms"] = 0.1
    values["n"] = np.arange(start, start + count) + 2**53 + 1
    values["ok"] = True
    values["z"] = 1 - 2j
    values["xy"] = [[-1, 2]]
    values["in"]["a"] = np.nan
    values["in"]["b"] = 90
    return values


def test_tail_of_a_log(program, directory):
    with webmon.Log("loads", RECORD) as log:
        log.append(records(30))
        process = follow(program, "tail", "loads", "--json", "--count", "15")
        lines = [json.loads(process.stdout.readline()) for _ in range(10)]
        assert [line["seq"] for line in lines] == list(range(21, 31))  # the last ten to begin with
        assert lines[0]["record"] == {
            "when": "2024-02-29T12:30:00.270", "name": 'é"q', "tag": "ab", "load_ms": 0.1, "n": 2**53 + 21, "ok": True,
            "z": [1.0, -2.0], "xy": [-1, 2], "in": {"a": None, "b": 90},
        }  # fmt: skip
        assert log.wanted
        log.append(records(8, 30))
        lines = [json.loads(line) for line in process.stdout]
        assert [line["seq"] for line in lines] == list(range(31, 36))
        assert process.wait(30) == 0
        process.stdout.close()
        process.stderr.close()


def test_tail_as_text(run, directory):
    with webmon.Log("loads", RECORD) as log:
        log.append(records(1))
        (line,) = run("tail", "loads", "--count", "1").stdout.splitlines()
    assert line == (
        '1  when=2024-02-29T12:30:00.250 name="é\\"q" tag="ab" load_ms=0.1 n=9007199254740993 ok=True z=1.0-2.0j xy=[-1, 2] '
        "in=(a=nan b=90 s)"
    )


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_tail_of_frames_ends_with_a_signal(program, directory, number):
    with webmon.Stream("camera", (2, 2), ">f4") as camera:
        camera.put([[1, 2], [3, np.nan]])
        process = follow(program, "tail", "camera", "--json")
        line = json.loads(process.stdout.readline())
        assert line["seq"] == 1 and (line["min"], line["max"], line["mean"]) == (1, 3, 2)
        assert abs(np.datetime64(line["time"]).astype("M8[s]") - np.datetime64("now", "s")) < np.timedelta64(60, "s")
        camera.put([[5, 5], [5, 5]])
        assert json.loads(process.stdout.readline())["min"] == 5
        process.send_signal(number)
        assert process.wait(30) == 0
        assert process.stderr.read() == ""
        process.stdout.close()
        process.stderr.close()


def test_tail_of_an_array(program, directory):
    with webmon.Array("labels", (4, 4), "i1") as labels:
        process = follow(program, "tail", "labels", "--json", "--count", "2")
        assert json.loads(process.stdout.readline())["seq"] == 0
        labels[0] = -3
        line = json.loads(process.stdout.readline())
        assert line["seq"] == 1 and line["min"] == -3 and line["max"] == 0
        assert process.wait(30) == 0
        process.stdout.close()
        process.stderr.close()


def test_tail_ends_with_the_writer(program, directory):
    log = webmon.Log("loads", "<u4")
    log.append(np.array([7], "u4"))
    process = follow(program, "tail", "loads")
    assert process.stdout.readline() == "1  7\n"
    other = subprocess.run(
        [sys.executable, "-c", "import webmon, os, numpy; l = webmon.Log('next', '<u4'); l.append(numpy.array([9], 'u4')); os._exit(0)"],
        env={**os.environ, "PYTHONPATH": os.path.dirname(os.path.dirname(webmon.__file__))},
    )
    assert other.returncode == 0
    log.close()
    assert process.wait(30) == 0
    assert "closed" in process.stderr.read()
    process.stdout.close()
    process.stderr.close()
    process = follow(program, "tail", "next")
    assert process.stdout.readline() == "1  9\n"
    assert process.wait(30) == 0  # its writer is gone: nothing more will come
    process.stdout.close()
    process.stderr.close()


def test_tail_of_a_reader_that_went(program, directory):
    with webmon.Log("loads", "<u4") as log:
        log.append(np.arange(100_000, dtype="u4"))
        process = follow(program, "tail", "loads")
        process.stdout.readline()
        process.stdout.close()
        log.append(np.arange(10, dtype="u4"))
        assert process.wait(30) in (0, -signal.SIGPIPE)
        process.stderr.close()


# export


def test_export(run, tmp_path):
    with (
        webmon.Stream("camera", **CAMERA) as camera,
        webmon.Log("loads", RECORD, records=16) as log,
        webmon.Array("labels", (70, 90), ">f8") as labels,
    ):
        frame = np.arange(48 * 64, dtype="u2").reshape(48, 64)
        camera.put(frame)
        log.append(records(40))
        labels[...] = np.arange(6300).reshape(70, 90)
        for name in ["camera", "loads", "labels"]:
            run("export", name, "-o", f"{name}.npy", cwd=tmp_path)
        assert np.array_equal(np.load(tmp_path / "camera.npy"), frame)
        loads = np.load(tmp_path / "loads.npy")
        assert loads.dtype == RECORD and loads.tobytes() == records(40)[-16:].tobytes()
        assert np.array_equal(np.load(tmp_path / "labels.npy"), labels.array)
        assert (tmp_path / "camera.npy").stat().st_mode & 0o777 == 0o666 & ~umask()

        result = run("export", "camera", "-o", "camera.npy", cwd=tmp_path, check=False)
        assert result.returncode == 1 and "--force" in result.stderr
        camera.put(frame + 1)
        run("export", "camera", "-o", "camera.npy", "--force", cwd=tmp_path)
        assert np.array_equal(np.load(tmp_path / "camera.npy"), frame + 1)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["camera.npy", "labels.npy", "loads.npy"]


def umask():
    old = os.umask(0)
    os.umask(old)
    return old


def test_a_sparse_array_is_told_and_exported_only_if_it_is_small(run, tmp_path):
    with webmon.Array("small", (300, 300), "u1", sparse=True) as small, webmon.Array("large", (10**5, 10**5), "u1", sparse=True) as large:
        small[5, 6] = 7
        before = os.stat(small.path).st_blocks, os.stat(large.path).st_blocks
        assert "sparse" in run("info", "large").stdout
        assert "large" in run("ls").stdout
        run("export", "small", "-o", "small.npy", cwd=tmp_path)
        assert np.load(tmp_path / "small.npy").sum() == 7
        result = run("export", "large", "-o", "large.npy", cwd=tmp_path, check=False)
        assert result.returncode != 0 and ".copy(region)" in result.stderr
        assert sorted(path.name for path in tmp_path.iterdir()) == ["small.npy"]
        assert (os.stat(small.path).st_blocks, os.stat(large.path).st_blocks) == before


def test_export_that_cannot_be_written_leaves_nothing(run, tmp_path):
    with webmon.Stream("camera", **CAMERA) as camera:
        camera.put(np.zeros((48, 64), "u2"))
        result = run("export", "camera", "-o", "no/such/folder.npy", cwd=tmp_path, check=False)
        assert result.returncode == 1 and "No such file" in result.stderr
        result = run("export", "camera", "-o", str(tmp_path), "--force", check=False)
        assert result.returncode == 1 and "not a file" in result.stderr
        # A file that may not grow is a disk that is full.
        result = subprocess.run(
            [run_path(run), "export", "camera", "-o", "frame.npy"],
            cwd=tmp_path, capture_output=True, text=True, preexec_fn=limit_file_size,
        )  # fmt: skip
        assert result.returncode == 1 and "File too large" in result.stderr
        assert len(result.stderr.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


def run_path(run):
    return next(cell.cell_contents for cell in run.__closure__ if isinstance(cell.cell_contents, str))


def limit_file_size():
    import resource

    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1024, 1024))


def test_export_before_the_first_frame(run, tmp_path):
    with webmon.Stream("camera", **CAMERA):
        result = run("export", "camera", "-o", "x.npy", cwd=tmp_path, check=False)
    assert result.returncode == 1 and "no frame" in result.stderr and not list(tmp_path.iterdir())


# gc


def test_gc(run, directory):
    code = "import webmon, os; dead = webmon.Stream('dead', 4, 'u1'); os._exit(0)"
    path = os.path.dirname(os.path.dirname(webmon.__file__))
    subprocess.run([sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": path}, check=True)
    with webmon.Stream("alive", **CAMERA):
        assert " gone " in run("ls").stdout
        assert "dead.npy" in run("gc", "--dry-run").stdout
        assert os.path.exists(os.path.join(directory, "dead.npy"))
        text = run("gc").stdout
        assert "dead.npy" in text and "alive" not in text
        assert "dead" not in run("ls").stdout and "alive" in run("ls").stdout


# serve


def test_serve_says_one_line_and_ends_cleanly(program, directory):
    for number in (signal.SIGTERM, signal.SIGINT):
        server = RunningServer(program, directory)
        assert server.line == f"webmon: serving {directory} at http://127.0.0.1:{server.port}/\n"
        assert request(server.port, "/healthz").status == 200
        server.process.send_signal(number)
        assert server.process.stdout.read() == ""
        assert server.stop() == 0
        server.log.close()


def test_the_segment_directory_is_made(program, tmp_path):
    server = RunningServer(program, str(tmp_path / "new"))
    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o700
    assert server.stop() == 0
    server.log.close()


def test_a_port_in_use(run, program, directory):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        result = run("serve", "--port", str(port), check=False)
    assert result.returncode == 1 and not result.stdout
    (line,) = result.stderr.splitlines()
    assert line.startswith("webmon: ") and f"port {port} is in use" in line and "--port" in line


def test_two_servers_do_not_share_a_port(run, program, directory, tmp_path):
    server = RunningServer(program, directory)
    assert "in use" in run("serve", "--port", str(server.port), "--dir", str(tmp_path), check=False).stderr
    assert server.stop() == 0
    server.log.close()
    again = RunningServer(program, directory)  # and a port is free at once
    assert again.stop() == 0
    again.log.close()


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.1", "::", "example.org", "127.1.1.1.1", "127.0.0.999"])
def test_other_addresses_need_a_token(run, host):
    result = run("serve", "--host", host, "--port", "0", check=False)
    assert result.returncode == 1 and "token" in result.stderr and not result.stdout


def test_localhost_is_an_address(program, directory):
    server = RunningServer(program, directory, "--host", "localhost")
    assert server.line.endswith(f"at http://localhost:{server.port}/\n")
    assert request(server.port, "/healthz").status == 200
    assert server.stop() == 0
    server.log.close()


def test_pages_must_be_there(run):
    result = run("serve", "--port", "0", "--pages", "/no/such/folder", check=False)
    assert result.returncode == 1 and "/no/such/folder" in result.stderr


def test_the_server_ends_with_its_standard_input(program, directory):
    server = RunningServer(program, directory, "--stop-with-stdin", stdin=subprocess.PIPE)
    assert request(server.port, "/healthz").status == 200
    server.process.stdin.close()
    assert server.process.wait(30) == 0
    server.stop()
    server.log.close()


def test_the_server_ends_with_a_killed_parent(program, directory):
    code = (
        "import subprocess, sys, time\n"
        f"p = subprocess.Popen([{program!r}, 'serve', '--port', '0', '--dir', {directory!r}, '--stop-with-stdin'],"
        " stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)\n"
        "print(p.pid, p.stdout.readline(), flush=True)\n"
        "time.sleep(60)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    pid = int(parent.stdout.readline().split()[0])
    parent.kill()
    parent.wait()
    parent.stdout.close()
    until(lambda: not lives(pid))


def lives(pid):
    # One look: between two of them it may go.
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


# demo


def test_demo_without_its_packages(run, tmp_path):
    python = tmp_path / "python"
    python.write_text(f"#!/bin/sh\nexec {sys.executable} -S -I \"$@\"\n")  # an interpreter without packages
    python.chmod(0o755)
    result = run("demo", "--port", "0", "--python", str(python), check=False)
    assert result.returncode == 1 and not result.stdout
    assert f"{python} -m pip install './python[demo]'" in result.stderr
    assert "webmon" in result.stderr and len(result.stderr.splitlines()) == 1


def test_demo_without_a_python(run):
    result = run("demo", "--port", "0", "--python", "/no/such/python", check=False)
    assert result.returncode == 1 and "/no/such/python" in result.stderr


def test_demo_starts_and_ends_its_producer(program, directory, tmp_path):
    """The program's own part, with a small producer in the place of the real one."""
    python = tmp_path / "python"
    source = os.path.dirname(os.path.dirname(webmon.__file__))
    producer = (
        "import sys, signal, time, webmon\n"
        "signal.signal(signal.SIGTERM, lambda *a: sys.exit(0))\n"
        "with webmon.Stream('small', 4, 'u1', directory=sys.argv[sys.argv.index('--dir') + 1]) as s:\n"
        "    while True:\n"
        "        s.put([1] * 4)\n"
        "        time.sleep(0.01)\n"
    )
    (tmp_path / "producer.py").write_text(producer)
    python.write_text(
        f'#!/bin/sh\nexport PYTHONPATH={source}\n[ "$1" = -c ] && exit 0\n[ "$2" = webmon.demo ] || exit 3\nshift 2\n'
        f'exec {sys.executable} {tmp_path / "producer.py"} "$@"\n'
    )
    python.chmod(0o755)
    server = RunningServer(program, directory, "--python", str(python), command="demo")
    assert server.line.startswith(f"webmon: serving {directory} at ")
    until(lambda: json.loads(request(server.port, "/api/streams").body)["streams"])
    assert server.stop(signal.SIGINT) == 0
    server.log.close()
    # The producer ends as well, and cleanly; the server waits three seconds for it.
    until(lambda: os.listdir(directory) in ([], [".lock"]))


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_the_real_demo_ends_without_a_complaint(program, directory, ending):
    server = RunningServer(program, directory, "--python", sys.executable, command="demo")
    end = time.monotonic() + 60
    while len(json.loads(request(server.port, "/api/streams").body)["streams"]) < 5:
        assert time.monotonic() < end, server.logged()
        time.sleep(0.2)
    assert server.stop(ending) == 0
    assert "ended with exit code" not in server.logged()
    server.log.close()
    # The server waits three seconds for its producer.
    until(lambda: [name for name in os.listdir(directory) if name != ".lock"] == [])
