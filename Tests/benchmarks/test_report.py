"""The report: what it says follows from the figures, and of what was not measured it says nothing."""

import itertools
import json
import re

import pytest
import synthetic
from report import build, reference, write
from report.answer import better_peers, choose, places
from report.document import Chart
from report.markdown import markdown
from report.path import hops
from report.results import read
from report.standing import standing


@pytest.fixture
def results(tmp_path):
    """Reads results that it is given, each time out of another folder."""
    numbers = itertools.count()
    return lambda *found: read(synthetic.folder(tmp_path / f"results{next(numbers)}", *found))


def test_more_than_one_is_better_whatever_the_figure(results):
    (socket,) = results(synthetic.SOCKET).results
    faster = standing(socket, "aiohttp", "webmon", "gigabytes_a_second", None)
    assert (faster.median, faster.least, faster.greatest) == (2, 2, 2) and faster.verdict == "better"
    dearer = standing(socket, "aiohttp", "webmon", "server_cpu_seconds_a_gigabyte", None)
    assert dearer.median == 0.5 and dearer.verdict == "worse"
    alike = standing(socket, "webmon", "limit", "gigabytes_a_second", None)
    assert alike.verdict == "alike" and alike.text == "1.00 (0.75 to 1.25)"
    assert standing(socket, "webmon", "nobody", "gigabytes_a_second", None) is None


def test_the_path_names_the_narrow_place(results):
    found = hops(results(synthetic.SOCKET, synthetic.PAGE).results)
    assert [hop.benchmark for hop in found] == ["memory_to_socket", "socket_to_page"]
    assert [round(hop.milliseconds, 2) for hop in found] == [2.1, 13.98]
    # Of two limits the one of the same way.
    assert found[1].way == "webmon, fetch" and found[1].limit == "bare C, fetch" and found[1].of_limit.median == 0.75


def test_a_hop_of_another_size_is_not_on_the_path(results):
    small = {**synthetic.SOCKET, "parameters": {**synthetic.SOCKET["parameters"], "bytes": 64}}
    assert hops(results(small).results) == []


def test_what_has_no_order_of_its_own_is_put_into_the_one_that_is_told(results):
    figures = synthetic.SOCKET["figures"]
    turned = {**synthetic.SOCKET, "figures": dict(reversed(figures.items())), "order": {"figures": list(figures)}}
    (socket,) = results(turned).results
    assert list(socket.figures) == list(figures) and socket.figure == next(iter(figures))


def test_a_peer_that_is_better_is_told_as_better(results):
    told = better_peers(results(synthetic.SOCKET).results)
    assert len(told) == 1 and told[0].startswith("**aiohttp** is better in *Shared memory to a socket*, throughput: 8 GB/s against 4 GB/s, 2.00 times as good")
    # At all points of an axis where it is, also where nothing is summed up.
    sweep = better_peers(results(synthetic.SWEEP).results)
    assert any("peer number 0" in text and "latency p50 at 64 B, 1 KB, 64 KB, 1 MB" in text for text in sweep)


def test_only_those_that_do_the_same_work_are_compared(results):
    found = places(results(synthetic.CAMERA).results)
    assert {(place.way, place.to_peer.against) for place in found} == {("webmon", "websockets"), ("webmon_viewer", "bokeh")}
    assert better_peers(results(synthetic.CAMERA).results) == []


def test_advice_follows_from_the_figures(results):
    told = choose(results(synthetic.SOCKET, synthetic.PAGE).results)
    assert "`fetch` body carries 3.00 times" in told[0]
    assert "an `aiohttp` server in Python is faster than webmon; webmon sends 0.50 times as much" in told[1]
    slow = json.loads(json.dumps(synthetic.SOCKET).replace("10.0", "0.5").replace("8.0", "0.4").replace("6.0", "0.3"))
    assert any("is slower than webmon" in text for text in choose(results(slow).results))
    assert choose(results(synthetic.SWEEP).results[:0]) == []


def test_nothing_is_claimed_that_was_not_measured(results):
    text = markdown(build(results(synthetic.SWEEP)))
    for word in ("aiohttp", "narrow place", "napari", "a page of a browser", "bars are met", "quick run", "camera to a page"):
        assert word not in text, word


def test_an_empty_folder_is_a_report_of_failures_alone(tmp_path):
    run = read(synthetic.folder(tmp_path / "none", ended=[("growth", "failed", 1, "first\nthe reason"), ("webmon_bench", "left out", 0, "no such command"), ("wake_up", "interrupted", 0, "")]))
    text = markdown(build(run))
    assert "**FAILED**: `growth`: the reason." in text and "`webmon_bench`: no such command" in text and "`wake_up` was not measured to its end" in text


def test_quick_runs_say_so(results):
    quick = {**synthetic.SOCKET, "parameters": {**synthetic.SOCKET["parameters"], "quick": True}}
    assert "This was a **quick** run" in markdown(build(results(quick)))


def test_charts_fit_the_kind_of_axis(results):
    blocks = {one["benchmark"]: build(results(one)).blocks for one in (synthetic.SOCKET, synthetic.SWEEP, synthetic.CAMERA)}
    specs = {name: [block.spec for block in found if isinstance(block, Chart)] for name, found in blocks.items()}
    path_, ratios = specs["memory_to_socket"]
    assert [one["ms"] for one in path_["data"]["values"]] == pytest.approx([2.097, 2.097], rel=1e-3)
    assert {one["who"]: one["ratio"] for one in ratios["data"]["values"]}["aiohttp"] == 2
    assert ratios["layer"][0]["encoding"]["x"]["scale"]["type"] == "log", "0.0125 to 2 is too wide for a plain axis"
    lines = specs["array_to_process"][1]
    assert lines["encoding"]["x"]["scale"]["type"] == "log" and len(lines["data"]["values"]) == 12 * len(synthetic.SIZES)
    assert len(specs["camera_to_page"]) == 2, "one for each pace"


def test_costs_that_grow_faster_than_they_may_are_told(results):
    text = markdown(build(results(synthetic.GROWTH)))
    assert "- server CPU a frame over pages grows with exponent 2.00, and may with 1." in text and "- put over" not in text
    assert "| server CPU a frame (more than it may) | 1.05 us (1) | 10500 us (100) | 2.00 (1.90 to 2.10) | – | – | 1 |" in text
    assert "| put | 1.05 us (64) | 1024 us (1,048,576) | 0.00 (0.00 to 0.10) | 1024 | 1.00 (0.90 to 1.10) | 1 |" in text


def test_a_file_that_is_no_result_is_refused(tmp_path):
    synthetic.folder(tmp_path / "odd", {"benchmark": "odd"})
    with pytest.raises(ValueError, match="odd.json is no result: it has no contenders"):
        read(tmp_path / "odd")


def test_an_array_of_results_is_read_as_each(tmp_path):
    folder = synthetic.folder(tmp_path / "many")
    (folder / "webmon_bench.json").write_text(json.dumps([synthetic.SOCKET, synthetic.SWEEP]))
    assert [(result.name, result.file) for result in read(folder).results] == [("memory_to_socket", "webmon_bench"), ("array_to_process", "webmon_bench")]


def test_both_forms_are_written_and_the_page_needs_nothing_else(tmp_path):
    page, text = write(synthetic.folder(tmp_path / "all", *synthetic.ALL.values()))
    html = page.read_text()
    # The odd name is text everywhere.
    assert '<slow> & "odd"' not in html and "&lt;slow&gt; &amp; &quot;odd&quot;" in html
    outside = re.sub(r"<script.*?</script>", "", html, flags=re.DOTALL)
    assert not re.search(r"(?:src|href)=\"(?!#)|url\(|@import", outside)
    assert '\\| name' in text.read_text()


def test_a_reference_is_markdown_and_its_data(tmp_path):
    folder = synthetic.folder(tmp_path / "all", *synthetic.ALL.values())
    text, data = reference(folder, tmp_path / "reference")
    assert (text.name, data.name) == ("2026-01-02.md", "2026-01-02.json") and text.read_text().startswith("# webmon")
    assert [one["benchmark"] for one in json.loads(data.read_text())] == sorted(synthetic.ALL)


@pytest.mark.parametrize(("width", "scheme"), [(1100, "light"), (1100, "dark"), (400, "dark")])
def test_the_page_draws_all_charts_and_is_no_wider_than_the_screen(tmp_path, width, scheme):
    from playwright.sync_api import sync_playwright

    page_file, _ = write(synthetic.folder(tmp_path / "all", *synthetic.ALL.values()))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
        told, asked = [], []
        page.on("console", lambda message: told.append(message.text))
        page.on("pageerror", lambda error: told.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        page.goto(page_file.as_uri(), timeout=90_000)
        page.wait_for_selector("html[data-drawn]", timeout=90_000)
        assert page.locator(".chart svg").count() == page.locator(".chart").count() > 5
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert told == [] and asked == [page_file.as_uri()]
        browser.close()
