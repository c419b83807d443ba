"""What benchmarks share: medians, ratios, bars, percentiles, tables, process trees, compiled programs."""

import json
import os
import socket
import subprocess
import sys
import time

import pytest
from conftest import BENCHMARKS
from harness import processes
from harness.benchmark import Benchmark, Contender, Figure, Options
from harness.latency import percentiles
from harness.link import Link
from harness.medians import TooSlow, interleave, medians, ratio
from harness.table import number, size, table
from harness.two_processes import Ends


def benchmark(*, quick=False, runs=3, only=(), axis=None):
    return Benchmark(
        "name", "Title", "What?", "So.", Options(runs, 1, quick, only), {"speed": Figure("speed", "GB/s", "more"), "cpu": Figure("CPU", "s/GB", "less")},
        axis=axis, contenders={"webmon": Contender("webmon", "webmon"), "limit": Contender("bare", "limit"), "peer": Contender("other", "peer", "1.2", "copies")},
    )  # fmt: skip


def counting(values):
    """Gives the next of the values at each call."""
    left = iter(values)
    return lambda: {"speed": next(left), "cpu": 1.0}


def test_contenders_take_turns_in_coming_first():
    order = []
    rounds, too_slow = interleave({name: lambda name=name: order.append(name) or {"x": 1.0} for name in "abc"}, 4, lambda _: None)
    assert "".join(order) == "abc" "bca" "cab" "abc"
    assert len(rounds) == 4 and set(rounds[0]) == {"a", "b", "c"} and too_slow == {}


def test_a_ratio_is_taken_within_each_round():
    # The machine is ten times slower in the second round: bare medians would say 20, the ratio does not.
    rounds = [{"a": {"x": 4.0}, "b": {"x": 2.0}}, {"a": {"x": 0.4}, "b": {"x": 0.2}}, {"a": {"x": 9.0}, "b": {"x": 3.0}}]
    assert ratio(rounds, "a", "b", "x") == pytest.approx((2.0, 2.0, 3.0))
    assert medians(rounds) == {"a": {"x": 4.0}, "b": {"x": 2.0}}


def test_measure_keeps_points_and_compare_keeps_ratios():
    found = benchmark()
    rounds = found.measure({"webmon": counting([2, 4, 6]), "limit": counting([4, 4, 4])})
    assert found.compare(rounds, "webmon", "limit", "speed") == 1.0
    assert found.ratios == [{"of": "webmon", "to": "limit", "figure": "speed", "at": None, "median": 1.0, "least": 0.5, "greatest": 1.5}]
    assert found.median("webmon", "speed") == 4 and found.median("peer", "speed") is None
    assert found.compare(rounds, "webmon", "peer", "speed") is None


def test_only_some_contenders():
    found = benchmark(only=("limit",))
    rounds = found.measure({"webmon": counting([1] * 3), "limit": counting([1] * 3)})
    assert [point["contender"] for point in found.points] == ["limit"]
    together = found.measure_together(lambda: {"webmon": {"speed": 1.0}, "limit": {"speed": 2.0}}, "elsewhere")
    assert set(together[0]) == {"limit"} and found.points[-1]["at"] == "elsewhere"
    assert found.measure({"webmon": counting([1])}) == [] and found.compare(rounds, "webmon", "limit", "speed") is None


def too_slow_at(call):
    """Comes to no result the so-manieth time, and is not to be asked again."""
    calls = []

    def act():
        calls.append(None)
        assert len(calls) <= call
        if len(calls) == call:
            raise TooSlow("no result in 9 s")
        return {"speed": 1.0, "cpu": 1.0}

    return act


def test_a_peer_that_is_too_slow_is_left_out_and_told():
    found = benchmark()
    rounds = found.measure({"webmon": counting([2, 4, 6]), "peer": too_slow_at(2)})
    assert [set(one) for one in rounds] == [{"webmon"}] * 3 and [point["contender"] for point in found.points] == ["webmon"]
    assert found.left_out == [{"contender": "peer", "why": "no result in 9 s"}]
    assert found.compare(rounds, "webmon", "peer", "speed") is None
    found.measure({"webmon": counting([2, 4, 6]), "limit": too_slow_at(1)}, at="60 Hz")
    assert found.left_out[1:] == [{"contender": "limit", "why": "at 60 Hz: no result in 9 s"}]


def test_one_that_says_nothing_is_too_slow_and_one_that_is_gone_is_an_error():
    """A peer's wake-up that gets lost must not take the figures of all others with it."""
    ours, its = socket.socketpair()
    ends = Ends()
    ends.links["consumer"] = Link(connected=ours)
    with pytest.raises(TooSlow, match="the consumer said nothing for 0.1 s"):
        ends.hear("consumer", 0.1, str)
    its.close()
    with pytest.raises(SystemExit, match="the consumer ended"):
        ends.hear("consumer", 10, str)
    ends.links["consumer"].close()


def test_webmon_must_not_be_too_slow():
    with pytest.raises(SystemExit, match="webmon: no result in 9 s"):
        benchmark().measure({"webmon": too_slow_at(3), "limit": counting([1] * 3)})


def test_bars_of_times_are_not_held_in_quick_runs_and_those_that_count_are():
    for quick, held in [(False, ["fast", "none lost"]), (True, ["none lost"])]:
        found = benchmark(quick=quick)
        found.hold("fast", 0.5, lambda value: value >= 1)
        found.hold("none lost", 2, lambda value: value == 0, counts=True)
        found.hold("not measured", None, lambda value: False, counts=True)
        assert [bar["says"] for bar in found.bars] == held and not any(bar["met"] for bar in found.bars)


def test_percentiles_of_a_histogram():
    told = percentiles((microseconds * 1000 for microseconds in range(1, 1001)), "us")
    assert set(told) == {"p50_us", "p90_us", "p99_us", "p999_us", "max_us"}
    for name, right in {"p50_us": 500, "p90_us": 900, "p99_us": 990, "p999_us": 999, "max_us": 1000}.items():
        assert told[name] == pytest.approx(right, rel=2e-3)
    # What takes longer than a minute counts as one, and nothing is lost.
    assert percentiles([5, 1e12])["max_ms"] == pytest.approx(60_000, rel=2e-3)
    with pytest.raises(ValueError, match="no latency"):
        percentiles([])


def test_the_table_tells_medians_ratios_bars_and_what_is_left_out():
    found = benchmark(axis=("frame", "B"))
    rounds = found.measure({"webmon": counting([1, 2, 3]), "limit": counting([2, 2, 2])}, at=8 << 20)
    found.compare(rounds, "webmon", "limit", "speed", at=8 << 20)
    found.hold("a bar", 0.123456, lambda value: value > 1)
    found.leave_out("peer", "not installed")
    text = table(found.as_json())
    assert "medians of 3 rounds" in text and "8 MB" in text
    assert "webmon / limit at 8 MB, speed: 1.00 (0.50 to 1.50)" in text
    assert "MISSED a bar: 0.123" in text and "left out: peer, not installed" in text


@pytest.mark.parametrize(("value", "text"), [(0.0, "0"), (3.0, "3"), (0.012345, "0.0123"), (999.4, "999"), (1234.5, "1,234"), (12_345_678.0, "12,345,678")])
def test_numbers_have_three_digits_that_count(value, text):
    assert number(value) == text


@pytest.mark.parametrize(("count", "text"), [(64, "64 B"), (1024, "1 KB"), (8 << 20, "8 MB"), (1 << 40, "1024 GB")])
def test_sizes(count, text):
    assert size(count) == text


def test_a_tree_of_processes():
    # A shell with a child that works for a while, which the shell waits for.
    work = "import time; end = time.process_time() + 0.3\nwhile time.process_time() < end: pass\nprint('worked', flush=True); input()"
    with subprocess.Popen(["bash", "-c", f'"{sys.executable}" -c "$WORK"; exit 0'], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={**os.environ, "WORK": work}) as shell:
        try:
            assert shell.stdout.readline() == "worked\n"
            tree = processes.tree(shell.pid)
            assert tree[0] == shell.pid and len(tree) == 2
            assert processes.cpu_seconds(shell.pid) >= 0.25
            assert processes.resident_mb(shell.pid) > 3
        finally:
            shell.stdin.write("\n")
            shell.stdin.close()
            shell.wait(20)
    assert processes.resident_mb(shell.pid) == 0


SCRIPT = """
import sys
sys.path.insert(0, {benchmarks!r})
from harness.benchmark import Benchmark, Contender, Figure, run

def measure(options, arguments):
    found = Benchmark("small", "Small", "?", ".", options, {{"x": Figure("x", "", "more")}}, contenders={{"webmon": Contender("webmon", "webmon")}})
    rounds = found.measure({{"webmon": lambda: {{"x": 2.0}}}})
    found.hold("at least 3", found.median("webmon", "x"), lambda value: value >= 3, counts={counts})
    return found

run(measure, "small", runs=2, seconds=1)
"""


def test_a_benchmarks_main(tmp_path):
    script = tmp_path / "small.py"
    script.write_text(SCRIPT.format(benchmarks=str(BENCHMARKS), counts=False))

    def call(*options):
        return subprocess.run([sys.executable, script, *options], capture_output=True, text=True, timeout=60)

    missed = call("--json")
    assert missed.returncode == 1 and "a bar was missed: at least 3: 2" in missed.stderr
    told = json.loads(missed.stdout)
    assert told["parameters"] == {"runs": 2, "seconds": 1, "quick": False} and len(told["points"][0]["runs"]) == 2
    assert told["machine"]["cores"] >= 1 and time.strptime(told["machine"]["date"], "%Y-%m-%d %H:%M:%S %z")

    quick = call("--quick", "--out", tmp_path / "deep" / "small.json")
    assert quick.returncode == 0 and json.loads((tmp_path / "deep" / "small.json").read_text())["bars"] == []
    assert "there is no such contender" in call("--only", "nobody").stderr

    script.write_text(SCRIPT.format(benchmarks=str(BENCHMARKS), counts=True))
    assert call("--quick").returncode == 1
