"""`webmon bench`: what it writes, how it ends, and what a frame takes of the heap."""

import json
import os
import shutil
import signal
import statistics
import subprocess
from pathlib import Path

import pytest
from waiting import until

ROOT = Path(__file__).resolve().parents[2]
HOPS = ["publish", "round-trip", "latency", "bandwidth", "socket", "readers", "clients"]
KEYS = {"benchmark", "title", "question", "method", "figures", "axis", "parameters", "machine", "contenders", "points", "ratios", "bars",
        "left_out", "order"}  # fmt: skip
#: Longer than a quick run takes on a machine that does nothing else.
LIMIT = 300


@pytest.fixture
def bench(program, directory):
    def bench(*arguments, **options):
        return subprocess.run([program, "bench", *map(str, arguments)], capture_output=True, text=True, timeout=LIMIT, **options)

    return bench


def left(directory):
    """What lies in a directory, but for the file that every use of it makes."""
    return [name for name in os.listdir(directory) if name != ".lock"]


def children(process):
    return Path(f"/proc/{process}/task/{process}/children").read_text().split()


def lives(process):
    """False of one that is gone, and of one whose parent has not looked yet."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def test_quick_run_of_all_hops_writes_what_the_report_reads(bench, directory):
    result = bench("--quick", "--json")
    assert result.returncode == 0, result.stderr
    found = json.loads(result.stdout)
    assert [one["benchmark"] for one in found] == [f"bench_{hop}" for hop in HOPS]
    for one in found:
        assert set(one) == KEYS
        assert one["parameters"] | {"runs": 1, "quick": True} == one["parameters"]
        assert {"processor", "cores", "memory_gb", "kernel", "system", "load", "stolen_percent", "date", "webmon"} <= set(one["machine"])
        assert {contender["kind"] for contender in one["contenders"].values()} == {"webmon", "limit"}
        assert one["points"] and one["ratios"]
        assert set(one["order"]["figures"]) == set(one["figures"]) and set(one["order"]["contenders"]) == set(one["contenders"])
        for point in one["points"]:
            assert point["contender"] in one["contenders"] and len(point["runs"]) == 1
            assert (point["at"] is None) == (one["axis"] is None)
            assert point["runs"][0] and set(point["runs"][0]) <= set(one["figures"])
            assert all(value >= 0 for value in point["runs"][0].values())
        for ratio in one["ratios"]:
            assert {ratio["of"], ratio["to"]} <= set(one["contenders"]) and ratio["figure"] in one["figures"]
            assert 0 < ratio["least"] <= ratio["median"] <= ratio["greatest"]
        # Of a quick run only what counts is held.
        assert all(bar["counts"] and bar["met"] for bar in one["bars"])
    by_name = {one["benchmark"]: one for one in found}
    # What it is about comes first.
    assert by_name["bench_latency"]["order"]["figures"][0] == "p50_us" and by_name["bench_publish"]["order"]["figures"][0] == "gigabytes_a_second"
    runs = [(point["contender"], run) for point in by_name["bench_bandwidth"]["points"] for run in point["runs"]]
    assert all(run["torn"] == 0 for contender, run in runs if contender in ("copy", "in_place"))
    for hop in ("latency", "bandwidth", "readers"):
        assert [bar["says"] for bar in by_name[f"bench_{hop}"]["bars"]] == ["no torn frame"]
    assert [bar["says"] for bar in by_name["bench_clients"]["bars"]] == ["every frame is sent or told as a gap"]
    assert left(directory) == []


def test_a_hop_that_fails_does_not_take_the_others_with_it(program, directory):
    # A second each: within 0.15 s the part could have done its work before it is killed.
    command = [program, "bench", "--quick", "--seconds", "1", "--json", "--hop", "round-trip", "--hop", "publish", "--hop", "latency", "--dir", directory]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    while "To another process and back" not in process.stderr.readline():
        assert process.poll() is None
    parts = []
    until(lambda: parts.extend(children(process.pid)) or parts)
    os.kill(int(parts[0]), signal.SIGKILL)
    output, said = process.communicate(timeout=LIMIT)
    assert process.returncode == 1 and "webmon: round-trip: " in said, said
    assert [one["benchmark"] for one in json.loads(output)] == ["bench_publish", "bench_latency"]
    assert left(directory) == []


def test_a_table_for_people(bench, directory):
    result = bench("--quick", "--hop", "publish", "--hop", "round-trip")
    assert result.returncode == 0, result.stderr
    assert "A producer to memory: medians of 1 rounds" in result.stdout and "webmon / memcpy_ring at 1 MB, throughput: " in result.stdout
    assert "To another process and back" in result.stdout and "Many clients" not in result.stdout
    assert "run 1 of 1, webmon" in result.stderr  # no terminal: a line each
    assert left(directory) == []


@pytest.mark.parametrize("arguments", [["--hop", "dance"], ["--runs", "0"], ["--seconds", "0"], ["--seconds", "x"]])
def test_wrong_usage(bench, arguments):
    result = bench(*arguments)
    assert result.returncode == 64 and not result.stdout
    if "dance" in arguments:
        assert "dance" in result.stderr and all(hop in result.stderr for hop in HOPS)


def test_help(program):
    text = subprocess.run([program, "bench", "--help"], capture_output=True, text=True, timeout=20).stdout
    assert "EXAMPLES" in text and all(f"  {hop} " in text for hop in HOPS)
    overview = subprocess.run([program, "--help"], capture_output=True, text=True, timeout=20).stdout
    assert "bench" in overview and "bench-part" not in overview


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("hop", HOPS)
def test_a_signal_ends_it_and_leaves_nothing(program, directory, hop, number):
    process = subprocess.Popen([program, "bench", "--hop", hop, "--dir", directory], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stderr.readline()  # it measures
    if hop != "publish":
        until(lambda: children(process.pid))
    parts = children(process.pid)
    process.send_signal(number)
    output, _ = process.communicate(timeout=20)
    assert process.returncode == 128 + number
    assert output == ""
    assert left(directory) == []
    until(lambda: not any(map(lives, parts)))


def test_killed_its_parts_end_and_the_next_run_removes_what_it_left(program, bench, directory):
    process = subprocess.Popen([program, "bench", "--hop", "socket", "--dir", directory], stderr=subprocess.PIPE, text=True)
    until(lambda: len(children(process.pid)) == 2)
    parts = children(process.pid)
    process.kill()
    process.wait()
    process.stderr.close()
    until(lambda: not any(map(lives, parts)))
    assert len(left(directory)) == 1
    assert bench("--quick", "--hop", "round-trip").returncode == 0
    assert left(directory) == []


def test_a_directory_that_is_not_to_be_had(bench, tmp_path):
    result = bench("--quick", "--hop", "publish", "--dir", tmp_path / "missing" / "deeper")
    assert result.returncode == 1 and len(result.stderr.splitlines()) == 1 and "missing" in result.stderr
    (tmp_path / "file").write_text("")
    result = bench("--quick", "--hop", "publish", "--dir", tmp_path / "file")
    assert result.returncode == 1 and len(result.stderr.splitlines()) == 1 and "file" in result.stderr


def test_a_directory_that_it_made_goes_with_it(bench, tmp_path):
    assert bench("--quick", "--hop", "round-trip", "--dir", tmp_path / "new").returncode == 0
    assert not (tmp_path / "new").exists()


def test_frames_that_do_not_fit_are_left_out_and_told(bench, tmp_path):
    """A file system of 24 MB, which only root can make: without it there is nothing to look at."""
    small = tmp_path / "small"
    small.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "none", small], capture_output=True)
    if mounted.returncode != 0:
        pytest.skip("this user may not mount a file system")
    try:
        result = bench("--quick", "--json", "--hop", "publish", "--dir", small)
        assert result.returncode == 0, result.stderr
        (found,) = json.loads(result.stdout)
        assert [one["contender"] for one in found["left_out"]] == ["frames of 16 MB"] and "do not fit" in found["left_out"][0]["why"]
        assert {point["at"] for point in found["points"]} == {64, 64 << 10, 1 << 20}
        assert left(small) == []
    finally:
        subprocess.run(["umount", small], check=True)


@pytest.fixture(scope="module")
def count_allocations(tmp_path_factory):
    """How often a command takes memory of the heap."""
    compiler = next(filter(None, map(shutil.which, ("cc", "gcc", "clang"))), None)
    if compiler is None:
        pytest.fail("no C compiler in PATH: install gcc")
    folder = tmp_path_factory.mktemp("allocations")
    library = folder / "count_allocations.so"
    source = ROOT / "benchmarks" / "limits" / "count_allocations.c"
    subprocess.run([compiler, "-O2", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", source, "-o", library], check=True)

    def count(*command):
        told = folder / "count"
        told.unlink(missing_ok=True)
        environment = {**os.environ, "LD_PRELOAD": str(library), "COUNT_ALLOCATIONS_TO": str(told)}
        subprocess.run(list(map(str, command)), check=True, env=environment, timeout=60, stdout=subprocess.DEVNULL)
        return int(told.read_text())

    return count


@pytest.mark.parametrize("size", [64, 1 << 20])
def test_a_frame_takes_nothing_of_the_heap(program, directory, count_allocations, size):
    """Published, waited for, read in place and copied out, in the newest way and in order: in Swift, all in one process."""

    def allocations(frames):
        return count_allocations(program, "bench-part", "steady", "--dir", directory, "--bytes", size, "--frames", frames)

    # A run's beginning may take one or two less: the file in the making has a random name. One in a frame would be 2000.
    few, many = (statistics.median(allocations(frames) for _ in range(5)) for frames in (1000, 3000))
    assert few > 0  # it does count
    assert abs(many - few) <= 2
