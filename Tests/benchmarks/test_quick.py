"""Every benchmark in its quick form: it works, checks its data, holds its counts, and writes what the report reads. Times are held to nothing."""

import json
import subprocess
import sys

import pytest
from conftest import BENCHMARKS
from harness.programs import WEBMON
from report import path
from report.results import Result, read

HOPS = sorted(path.stem for path in (BENCHMARKS / "hops").glob("*.py"))
#: napari takes its time to start; this one counts copies.
NAPARI = "napari_live_layer"
# Of one benchmark: page_paths starts four browsers, which takes minutes on a slow machine.
SECONDS = 900


def check_schema(found, name):
    """As harness/benchmark.py tells it."""
    assert found["benchmark"] == name and found["parameters"]["quick"] is True
    for key in ("title", "question", "method"):
        assert isinstance(found[key], str) and found[key]
    assert found["machine"]["cores"] >= 1
    assert found["axis"] is None or set(found["axis"]) == {"title", "unit"}
    assert found["figures"] and all(set(figure) == {"title", "unit", "better"} and figure["better"] in ("more", "less", "") for figure in found["figures"].values())
    assert all(set(one) >= {"title", "kind", "version", "note"} and one["kind"] in ("webmon", "limit", "peer") for one in found["contenders"].values())
    assert found["points"], "nothing was measured"
    measured = set()
    for point in found["points"]:
        assert point["contender"] in found["contenders"] and (point["at"] is None) == (found["axis"] is None)
        assert point["runs"], point
        for run in point["runs"]:
            known = {key: value for key, value in run.items() if key in found["figures"] and value is not None}
            assert known, f"{point} tells none of the figures {list(found['figures'])}"
            assert all(value >= 0 for value in known.values()), run
        measured.add(point["contender"])
    assert any(found["contenders"][name]["kind"] == "webmon" for name in measured)
    for ratio in found["ratios"]:
        assert {ratio["of"], ratio["to"]} <= measured and ratio["figure"] in found["figures"]
        assert ratio["least"] <= ratio["median"] <= ratio["greatest"]
    assert all(bar["met"] and bar["counts"] for bar in found["bars"])
    assert all(set(one) == {"contender", "why"} and one["why"] for one in found["left_out"])


@pytest.mark.parametrize("hop", [hop for hop in HOPS if not hop.startswith("napari_") or hop == NAPARI])
def test_hop(hop, tmp_path):
    out = tmp_path / f"{hop}.json"
    done = subprocess.run([sys.executable, BENCHMARKS / "hops" / f"{hop}.py", "--quick", "--out", out], capture_output=True, text=True, timeout=SECONDS)
    assert done.returncode == 0, done.stdout + done.stderr
    check_schema(json.loads(out.read_text()), hop)
    (result,) = read(tmp_path).results
    assert isinstance(result, Result) and result.name == hop


def test_the_programs_own(tmp_path):
    if "webmon bench" not in subprocess.run([WEBMON, "bench", "--help"], capture_output=True, text=True, timeout=30).stdout:
        pytest.skip("this program has no command `bench`")
    done = subprocess.run([WEBMON, "bench", "--quick", "--json"], capture_output=True, text=True, timeout=SECONDS)
    assert done.returncode == 0, done.stderr
    results = json.loads(done.stdout)
    assert len(results) > 3
    for found in results:
        check_schema(found, found["benchmark"])
    # The path of a byte is told from these and from the scripts.
    told = {name for _, names, _ in path.HOPS for name in names}
    assert told <= {*HOPS, *(found["benchmark"] for found in results)}
