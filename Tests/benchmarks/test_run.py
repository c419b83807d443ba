"""benchmarks/run.py: goes on when one fails, tells which, ends cleanly with Ctrl-C, and writes the report of what there is."""

import json
import os
import shutil
import signal
import subprocess
import sys

import pytest
from conftest import BENCHMARKS

GOOD = """
import sys, time
sys.path.insert(0, {benchmarks!r})
from harness.benchmark import Benchmark, Contender, Figure, run

def measure(options, arguments):
    found = Benchmark({name!r}, {name!r}, "?", ".", options, {{"x": Figure("x", "", "more")}}, contenders={{"webmon": Contender("webmon", "webmon")}})
    found.measure({{"webmon": lambda: (time.sleep({seconds}), {{"x": 2.0}})[1]}})
    found.hold("no copy", {copies}, lambda value: value == 0, counts=True)
    return found

run(measure, "", runs=1, seconds=1)
"""


@pytest.fixture
def project(tmp_path):
    """The benchmarks with other hops: one that misses a bar, one that breaks, a good one, and a long one."""
    benchmarks = tmp_path / "benchmarks"
    shutil.copytree(BENCHMARKS, benchmarks, ignore=shutil.ignore_patterns("hops", "results", "__pycache__", ".mypy_cache"))
    (benchmarks / "hops").mkdir()
    for name, copies, seconds in [("a_misses", 1, 0), ("c_good", 0, 0), ("d_long", 0, 60)]:
        (benchmarks / "hops" / f"{name}.py").write_text(GOOD.format(benchmarks=str(benchmarks), name=name, copies=copies, seconds=seconds))
    (benchmarks / "hops" / "b_breaks.py").write_text("raise SystemExit('a byte is wrong')")
    return benchmarks


def start(project, *options):
    # A session of its own, as a terminal gives it, so that a signal reaches nobody else.
    return subprocess.Popen([sys.executable, project / "run.py", "--into", project / "results", *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True)


def ended(project):
    return {one["benchmark"]: one["outcome"] for one in json.loads((project / "results" / "run.json").read_text())["benchmarks"]}


def test_one_that_fails_does_not_keep_the_others_from_being_run(project):
    with start(project, "--quick", "--only", "a_misses", "--only", "b_breaks", "--only", "c_good") as process:
        out, _ = process.communicate(timeout=120)
    assert process.returncode == 1
    assert ended(project) == {"a_misses": "missed", "b_breaks": "failed", "c_good": "met"}
    assert "FAILED" in out and "a byte is wrong" in out and "MISSED" in out
    text = (project / "results" / "report.md").read_text()
    assert "**FAILED**: `b_breaks`: a byte is wrong" in text and "**MISSED**: no copy. Found: 1 (*a_misses*)" in text and "c_good" in text
    assert (project / "results" / "report.html").stat().st_size > 500_000


def test_all_is_well(project):
    with start(project, "--only", "c_good") as process:
        out, _ = process.communicate(timeout=120)
    assert process.returncode == 0, out
    assert ended(project) == {"c_good": "met"}


def test_one_is_measured_anew_and_the_others_are_kept(project):
    for options in (["--quick", "--only", "a_misses", "--only", "c_good"], ["--only", "c_good"]):
        with start(project, *options) as process:
            process.communicate(timeout=120)
    assert process.returncode == 0
    assert ended(project) == {"a_misses": "missed", "c_good": "met"}
    text = (project / "results" / "report.md").read_text()
    assert "**MISSED**: no copy. Found: 1 (*a_misses*)" in text and "c_good" in text


def test_an_unknown_one_is_refused(project):
    with start(project, "--only", "nothing") as process:
        _, said = process.communicate(timeout=60)
    assert process.returncode == 2 and "there is no nothing; there are" in said and "c_good" in said


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_with_the_report_of_what_there_is(project, number):
    with start(project, "--only", "c_good", "--only", "d_long") as process:
        for line in process.stderr:
            if "d_long (2 of 2)" in line:
                break
        # And what it says itself: it measures.
        for line in process.stderr:
            if "run 1 of 1" in line:
                break
        os.kill(process.pid, number)
        process.communicate(timeout=60)
    assert process.returncode == 130
    assert ended(project) == {"c_good": "met", "d_long": "interrupted"}
    text = (project / "results" / "report.md").read_text()
    assert "`d_long` was not measured to its end" in text and "c_good" in text
    still = subprocess.run(["pgrep", "-f", str(project / "hops" / "d_long.py")], capture_output=True, text=True).stdout
    assert still == ""
