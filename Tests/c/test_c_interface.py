"""The C interface from C programs, and what they share with Python."""

import subprocess
import time
from pathlib import Path

import numpy as np
import webmon

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent


def test_the_example_publishes_what_python_reads(compile_c, directory):
    program = compile_c(ROOT / "docs" / "examples" / "publish_frames.c")
    process = subprocess.Popen([program, "from_c", "60"])
    try:
        for _ in range(1000):
            if (directory / "from_c.npy").exists():
                break
            time.sleep(0.02)
        mapped = np.load(directory / "from_c.npy", mmap_mode="r")
        assert mapped.shape == (4, 512, 512) and mapped.dtype == np.dtype("<u2")
        y, x = np.mgrid[:512, :512]
        seen = 0
        with webmon.open("from_c") as reader:
            for frame in reader:
                expected = (y * 64 + x + reader.info.sequence - 1).astype("u2")
                assert np.array_equal(frame, expected)
                seen += 1
        # A subscribed reader makes it hurry, and the end of the writer ends the loop.
        assert seen > 20
        assert process.wait(timeout=20) == 0
        assert not (directory / "from_c.npy").exists()
    finally:
        process.kill()
        process.wait()


def test_every_call_does_what_the_header_says(compile_c, directory):
    program = compile_c(HERE / "every_call.c")
    result = subprocess.run([program], capture_output=True, text=True, timeout=60)
    assert result.returncode == 0, result.stdout + result.stderr
    assert result.stdout.splitlines()[-1] == "every call checked"


def test_forks_in_the_middle_of_work(compile_c, directory):
    program = compile_c(HERE / "fork_under_load.c")
    result = subprocess.run([program], capture_output=True, text=True, timeout=120)
    assert result.returncode == 0, result.stdout + result.stderr
    assert result.stdout == "forked 40 times\n"
    # Nothing of the parent's or the children's is left.
    assert [path.name for path in directory.iterdir() if path.name != ".lock"] == []


def test_a_thread_may_outlive_the_unloading(compile_c):
    # Its last error is freed by code of the library when it ends.
    done = subprocess.run([compile_c(HERE / "unload.c"), ROOT / ".build" / "release" / "libarrayshm.so"], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (0, "lived\n")


def test_the_library_shows_its_c_interface_only():
    library = ROOT / ".build" / "release" / "libarrayshm.so"
    header = (ROOT / "Sources" / "ArrayShmC" / "include" / "arrayshm.h").read_text()
    symbols = subprocess.run(["nm", "-D", "--defined-only", library], capture_output=True, text=True, check=True).stdout
    # Global symbols only: those that another program can bind to.
    shown = {line.split()[2] for line in symbols.splitlines() if line.split()[1] in "TDBRVW"}
    assert shown and all(name.startswith("arrayshm_") and f"{name}(" in header for name in shown)
    needed = subprocess.run(["ldd", library], capture_output=True, text=True, check=True).stdout
    assert "swift" not in needed.lower()
