"""The page `loader`: what is behind its graphs, against numpy."""

import csv
import json
import os
import re
import subprocess
import sys
import time

import firefox
import numpy as np
import pytest
from conftest import ROOT, wait_until

RNG = np.random.default_rng(20250611)
LOADS = np.dtype([("time", "<f8"), ("layer", "S6"), ("load_ms", "<f4"), ("nbytes", "<u8")])
METADATA = {"role": "chunk-loads", "field_units": {"time": "s"}}


def loads(count, seconds=5.0):
    records = np.zeros(count, LOADS)
    records["time"] = time.time() - seconds + np.arange(count) * (seconds / count)
    records["layer"] = RNG.choice([b"dapi", b"gfp"], count)
    records["load_ms"] = RNG.gamma(2, 3, count)
    records["nbytes"] = RNG.integers(1000, 90_000, count)
    return records


def graph(page, key):
    return page.locator(f"section.graph[data-graph={key}]").first


def figures(page, key):
    pairs = graph(page, key).locator(".figures > div")
    return {text.split("\n")[0]: text.split("\n")[1] for text in pairs.all_inner_texts()}


def wait_for_records(page, key, count):
    wait_until(lambda: graph(page, key).get_attribute("data-records") == str(count), 60, f"{count} records in {key}")
    wait_until(lambda: figures(page, key)["records"].replace("\u202f", "") == str(count), 60, "the figures")


def rows(page, key, tmp_path):
    with page.expect_download() as download:
        graph(page, key).get_by_role("button", name="save as CSV").click()
    download.value.save_as(tmp_path / "rows.csv")
    with (tmp_path / "rows.csv").open(newline="") as file:
        return list(csv.DictReader(file))


# What the graphs are made of


def test_percentiles_are_exact(new_page):
    page = new_page("/streams/")
    for values in (RNG.normal(size=10_001), RNG.integers(0, 4, 5000).astype("f8"), np.array([3.0]), np.arange(100.0)[::-1], np.zeros(1000)):
        got = page.evaluate(
            """async (values) => (await import("/loader/percentiles.js")).percentiles(
                 Float64Array.from(values), values.length, [0.5, 0.95, 0.99])""",
            values.tolist(),
        )
        assert got == np.percentile(values, [50, 95, 99], method="inverted_cdf").tolist()


ENVELOPE = """async ([xs, ys, numbers, steps]) => {
  const { envelope } = await import("/loader/envelope.js");
  const ring = (values) => ({ values: Float64Array.from(values), mask: 2 ** 20 - 1 });
  return envelope({ x: ring(xs), y: ring(ys.map((y) => y ?? NaN)), record: ring(numbers), factor: 2, isLog: false,
    range: { first: 0, end: xs.length }, series: { names: [""], of: () => 0 } }, steps);
}"""


def test_an_envelope_keeps_every_extreme(new_page):
    count = 20_000
    x = np.sort(RNG.random(count)) * 60_000 + 1.7e12
    y = RNG.normal(size=count)
    y[[777, 12_345]] = 1000, -2000
    y[50] = np.nan
    given = [None if np.isnan(value) else value for value in y]
    found = new_page("/streams/").evaluate(ENVELOPE, [x.tolist(), given, list(range(1, count + 1)), 300])
    drawn = found["rows"]
    assert 100 < len(drawn) <= 301
    assert sum(row["count"] for row in drawn) == count - 1
    assert max(row["high"] for row in drawn) == 2000
    assert min(row["low"] for row in drawn) == -4000
    # Each step against numpy: the width is that of a multiple of 1, 2 or 5.
    width = 200
    for row in drawn[::37]:
        inside = y[(np.floor(x / width) == np.floor(row["x"] / width)) & ~np.isnan(y)] * 2
        assert (row["low"], row["high"], row["count"]) == (inside.min(), inside.max(), inside.size)
        assert row["y"] == pytest.approx(inside.mean())
    assert found["gaps"] == []


def test_few_records_are_drawn_each(new_page):
    found = new_page("/streams/").evaluate(ENVELOPE, [[1, 2, 5, 6], [10, 20, 30, None], [1, 2, 7, 8], 300])
    assert [(row["x"], row["y"], row["run"], row["alone"]) for row in found["rows"]] == [(1, 20, 0, False), (2, 40, 0, False), (5, 60, 1, True)]
    assert found["gaps"] == [{"x": 2, "x2": 5, "lost": 4}]


def test_a_loss_within_a_step_begins_a_run(new_page):
    # As where a producer that appends much at once goes on after the loss before the time of commit has moved by a step.
    x = [*range(400), *(399 + n / 1000 for n in range(1, 65))]
    found = new_page("/streams/").evaluate(ENVELOPE, [x, [1] * 464, [*range(1, 401), *range(501, 565)], 100])
    assert [(gap["x"], gap["lost"]) for gap in found["gaps"]] == [(399, 100)]
    runs = {run: sum(row["count"] for row in found["rows"] if row["run"] == run) for run in (0, 1)}
    assert runs == {0: 400, 1: 64}


@pytest.mark.parametrize("is_log", [False, True])
def test_the_distribution_counts_every_value(new_page, is_log):
    values = np.concatenate([RNG.gamma(2, 3, 5000), [0.0, -3.0, 1e6, np.nan, np.inf]])
    got = new_page("/streams/").evaluate(
        """async ([bits, isLog]) => {
          const { summarize } = await import("/loader/summary.js");
          const values = new Float64Array(8192);
          values.set(bits.map(Number));
          return summarize({ values, mask: 8191 }, { first: 0, end: bits.length }, 1, isLog);
        }""",
        [[repr(float(value)).replace("inf", "Infinity").replace("nan", "NaN") for value in values], is_log],
    )
    finite = values[np.isfinite(values)]
    summary = got["summary"]
    assert (summary["count"], summary["finite"], summary["notFinite"]) == (values.size, finite.size, 2)
    assert (summary["min"], summary["max"]) == (-3.0, 1e6)
    assert [summary[key] for key in ("p50", "p95", "p99")] == np.percentile(finite, [50, 95, 99], method="inverted_cdf").tolist()
    assert sum(bin["count"] for bin in got["bins"]) == (finite > 0).sum() if is_log else finite.size
    for bin in got["bins"][1:5]:
        assert bin["count"] == ((finite >= bin["low"]) & (finite < bin["high"])).sum()
    assert got["bins"][-1]["over"] is not is_log


ODD = np.dtype(
    [
        ("place", [("y", ">f4"), ("x", "<f8")]),
        ("half", ">f2"),
        ("flag", "?"),
        ("big", ">u8"),
        ("signed", "<i8"),
        ("when", "<M8[us]"),
        ("month", ">M8[M]"),
        ("took", ">m8[ms]"),
        ("text", "<U5"),
        ("raw", "S4"),
        ("counts", "<i2", (2, 2)),
        ("wave", ">c8"),
        ("blob", "V3"),
    ]
)

READ = """async ([name, count]) => {
  const { connect } = await import("/webmon.js");
  const { plotColumns } = await import("/loader/plot_columns.js");
  const { History } = await import("/loader/history.js");
  const server = await connect();
  const history = new History();
  let columns;
  await new Promise((resolve) => server.subscribe(name, { policy: "all", backlog: count,
    onSubscribed: (stream) => { columns = plotColumns(stream); columns.forEach((column) => history.hold(column)); },
    onFrame: (frame) => {
      history.add(frame.bytes, frame.stream.itemsize, frame.sequence, 1000, 1000, { clock: null, created: 0 });
      if (history.added === count) resolve();
    } }));
  server.close();
  return Object.fromEntries(columns.map(({ key, kind, categories }) => [key, { kind, values:
    Array.from(history.reading(key).values.subarray(0, count), (v) => categories ? categories.names[v] : String(v)) }]));
}"""


def test_every_dtype_is_read_as_numpy_has_it(new_page, producer):
    count = 40
    data = np.zeros(count, ODD)
    data["place"]["y"], data["place"]["x"] = RNG.normal(size=(2, count))
    data["half"] = RNG.normal(size=count)
    data["half"][:3] = np.nan, np.inf, -np.inf
    data["flag"] = RNG.random(count) > 0.5
    data["big"] = RNG.integers(0, 2**53, count)
    data["signed"] = RNG.integers(-(2**53), 2**53, count)
    data["when"] = np.datetime64("2024-05-06T07:08:09.123456") + np.arange(count)
    data["when"][5] = np.datetime64("NaT")
    data["month"] = np.datetime64("1969-11") + np.arange(count)
    data["took"] = RNG.integers(-5000, 5000, count)
    data["text"] = RNG.choice(["", "ä", "<b>x"], count)
    data["raw"] = RNG.choice([b"one", b"two"], count)
    data["counts"] = RNG.integers(-9, 9, (count, 2, 2))
    data["wave"] = RNG.normal(size=count) + 1j * RNG.normal(size=count)
    producer.log("odd", data)
    got = new_page("/streams/").evaluate(READ, ["odd", count])

    def numbers(key):
        return np.array([float(text.replace("Infinity", "inf")) for text in got[key]["values"]])

    for key, expected in {
        "place.y": data["place"]["y"], "place.x": data["place"]["x"], "half": data["half"], "flag": data["flag"], "big": data["big"],
        "signed": data["signed"], "took": data["took"].astype("i8") / 1000, "counts[0]": data["counts"][:, 0, 0], "counts[3]": data["counts"][:, 1, 1],
        "wave (real)": data["wave"].real, "wave (imaginary)": data["wave"].imag,
        "month": data["month"].astype("M8[ms]").astype("i8"),
    }.items():  # fmt: skip
        np.testing.assert_array_equal(numbers(key), expected.astype("f8"), err_msg=key)
    np.testing.assert_allclose(numbers("wave (magnitude)"), np.abs(data["wave"]), rtol=1e-6)
    when = numbers("when")
    assert np.isnan(when[5])
    np.testing.assert_allclose(np.delete(when, 5), np.delete(data["when"].astype("i8") / 1000, 5), rtol=0, atol=1e-3)
    assert got["text"]["values"] == [text or "(empty)" for text in data["text"]]
    assert got["raw"]["values"] == [text.decode() for text in data["raw"]]
    assert "blob" not in got
    assert (got["when"]["kind"], got["took"]["kind"], got["text"]["kind"], got["flag"]["kind"]) == ("time", "duration", "text", "number")


# The page


def test_the_graphs_find_their_log(new_page, producer, tmp_path):
    data = loads(3000)
    producer.log("loads", data, records=4000, metadata=METADATA)
    page = new_page("/loader/?window=all", height=1500)
    wait_for_records(page, "chunk_time", 3000)
    wait_for_records(page, "chunk_bytes", 3000)
    graph(page, "frame_time").get_by_text("No log with this is shared").wait_for()
    p50, p95, p99 = np.percentile(data["load_ms"].astype("f8"), [50, 95, 99], method="inverted_cdf")
    shown = figures(page, "chunk_time")
    assert (shown["p50"], shown["p95"], shown["p99"], shown["max"]) == tuple(
        f"{float(f'{value:.4g}'):g} ms" for value in (p50, p95, p99, data["load_ms"].max())
    )
    drawn = rows(page, "chunk_time", tmp_path)
    assert sum(int(row["count"]) for row in drawn) == 3000
    assert len(drawn) < 1500
    for layer in ("dapi", "gfp"):
        of_layer = data["load_ms"][data["layer"] == layer.encode()].astype("f8")
        mine = [row for row in drawn if row["series"] == layer]
        assert max(float(row["high"]) for row in mine) == of_layer.max()
        assert min(float(row["low"]) for row in mine) == of_layer.min()
    # By the records' own times, although all came in one batch.
    times = [float(row["x"]) for row in drawn]
    assert 4000 < max(times) - min(times) < 5100
    # The table has the newest ones.
    wait_until(lambda: page.locator(".newest tbody tr").first.inner_text().split("\t")[0] == "3000")


def test_any_log_can_be_plotted_and_a_link_opens_the_same(new_page, producer, tmp_path):
    data = np.zeros(500, [("pos", [("x", ">f4"), ("y", ">f2")]), ("ok", "?"), ("name", "S8")])
    data["pos"]["x"], data["pos"]["y"] = RNG.normal(size=(2, 500))
    data["ok"] = RNG.random(500) > 0.3
    data["name"] = RNG.choice([b"one", b"two", b"three"], 500)
    producer.log("walk", data)
    page = new_page("/loader/?window=all", height=1800)
    page.get_by_role("button", name="Add a graph").click()
    own = graph(page, "own")
    for label, value in {"x": "pos.x", "y": "pos.y", "colour": "ok", "mark": "points"}.items():
        own.get_by_label(re.compile(rf": {label}$")).select_option(value)
    own.get_by_label("logarithmic scale").check()
    page.wait_for_url("**graphs=walk:pos.x:pos.y:ok:points:log")
    other = new_page(page.url.removeprefix(page.url.split("/loader/")[0]) + "%3Bwalk::name::bars", height=1800)
    wait_for_records(other, "own", 500)
    # The choices are filled in when the server has told of the streams the next time.
    wait_until(lambda: graph(other, "own").get_by_label(re.compile(": x$")).input_value() == "pos.x")
    wait_until(lambda: graph(other, "own").get_by_label("logarithmic scale").is_checked())
    drawn = rows(other, "own", tmp_path)
    above = data["pos"]["y"] > 0
    assert sum(int(row["count"]) for row in drawn) == above.sum()
    assert {row["series"] for row in drawn} == {"True", "False"}
    assert {float(row["x"]) for row in drawn} <= set(data["pos"]["x"].astype("f8"))
    bars = other.locator("section.graph[data-graph=own]").nth(1)
    # What it saves is found with its figures.
    wait_until(lambda: bars.locator(".figures .count dd").inner_text() == "500", 60, "the figures of the bars")
    with other.expect_download() as download:
        bars.get_by_role("button", name="save as CSV").click()
    counts = dict(line.split(",") for line in open(download.value.path()).read().split()[1:])
    assert {name: int(count) for name, count in counts.items()} == {name: int((data["name"] == name.encode()).sum()) for name in ("one", "two", "three")}
    bars.get_by_role("button", name="Remove").click()
    other.wait_for_url(lambda address: ";" not in address and "%3B" not in address)


def test_lost_records_are_counted_and_break_the_line(new_page, producer, server, tmp_path):
    # Times of their own: what was lost takes its time on the graph too.
    def batch(first, count):
        data = np.zeros(count, LOADS)
        data["time"] = 1000 + (first + np.arange(count)) * 0.01
        data["load_ms"] = 1
        return data

    producer.log("loads", batch(0, 60), records=64, metadata=METADATA)
    page = new_page("/loader/?window=all&chunk_time=loads:load_ms")
    wait_for_records(page, "chunk_time", 60)
    # The server sleeps while the ring runs over what it has not sent: one loss, and then the newest 64.
    with server.asleep():
        producer.append("loads", batch(60, 1000))
    wait_for_records(page, "chunk_time", 60 + 64)
    assert figures(page, "chunk_time")["lost"] == "936"
    wait_until(lambda: page.locator("#summary").get_attribute("data-lost") == "936", what="the page's sum of losses")
    assert len({row["run"] for row in rows(page, "chunk_time", tmp_path)}) == 2


def test_pause_clear_and_windows(new_page, producer):
    producer.log("loads", loads(100), metadata=METADATA)
    # Not the last minute: a slow machine may need more for all of this.
    page = new_page("/loader/?window=10m")
    wait_for_records(page, "chunk_time", 100)
    page.keyboard.press(" ")
    page.get_by_role("button", name="Go on").wait_for()
    time.sleep(0.5)  # More than the clocks of page and server may be apart.
    producer.append("loads", loads(50, 0))  # With times after the pause.
    wait_until(lambda: page.locator("#summary").get_attribute("data-records") == "150")
    assert graph(page, "chunk_time").get_attribute("data-records") == "100"
    page.keyboard.press(" ")
    wait_for_records(page, "chunk_time", 150)
    page.keyboard.press("4")
    page.wait_for_url("**window=all")
    page.keyboard.press("c")
    page.get_by_text("No record of loads has come yet.").first.wait_for()
    producer.append("loads", loads(7, 0.1))
    wait_for_records(page, "chunk_time", 7)


def test_what_is_said_without_records(new_page, producer, server):
    page = new_page("/loader/?chunk_time=loads:nothing")
    page.get_by_text("Waiting for the log loads").wait_for()
    other = new_page("/loader/")
    other.get_by_role("heading", name="No log is shared yet").wait_for()
    assert "webmon.Log(" in other.inner_text("pre")
    producer.log("loads", loads(10), metadata=METADATA)
    page.get_by_text('loads has no field "nothing"; it has time, layer').wait_for()
    wait_for_records(other, "chunk_bytes", 10)
    producer.close("loads")
    other.get_by_text("waiting for the next one").wait_for()
    server.stop()
    other.get_by_text("What you see is the last that came").wait_for()
    assert graph(other, "chunk_bytes").is_visible()
    server.start()
    other.get_by_text("connected", exact=True).wait_for()
    page.problems.clear()
    other.problems.clear()


def test_a_spec_is_edited_while_the_page_is_open(new_page, producer, server, tmp_path):
    own = tmp_path / "pages" / "loader" / "specs"
    own.mkdir(parents=True)
    server.stop()
    server.command += ["--pages", str(tmp_path / "pages")]
    server.start()
    producer.log("loads", loads(200), metadata=METADATA)
    page = new_page("/loader/?window=all")
    wait_for_records(page, "chunk_time", 200)
    place = graph(page, "chunk_time").locator(".plot")
    described = place.locator("[aria-label]").first
    # The chart is made after the figures are there, and may have no spec of its own before.
    wait_until(lambda: described.get_attribute("aria-label").startswith("Milliseconds a chunk"), what="the chart")
    # A file in an earlier folder hides the server's own.
    spec = json.loads((ROOT / "Sources/webmon/Pages/loader/specs/chunk_time.json").read_text())
    (own / "chunk_time.json").write_text(json.dumps({**spec, "description": "mine"}))
    place.get_by_label("mine", exact=True).first.wait_for(state="attached")  # By itself.
    (own / "chunk_time.json").write_text('{\n  "description": "broken",\n  "mark": "line"\n  "x": 1\n}')
    page.keyboard.press("r")
    message = place.locator(".chart-message")
    message.wait_for()
    # A look that came while the file was written may have found another fault.
    wait_until(lambda: "specs/chunk_time.json, line 4" in message.inner_text(), what="the line")
    assert described.get_attribute("aria-label") == "mine"
    (own / "chunk_time.json").write_text(json.dumps({**spec, "description": "mended"}))
    page.get_by_role("button", name="Reload specs").click()
    place.get_by_label("mended", exact=True).first.wait_for(state="attached")
    message.wait_for(state="hidden")


FAST = """
import sys, time, numpy as np, webmon
log = webmon.Log("fast", [("time", "f8"), ("load_ms", "f4"), ("nbytes", "u4")], records=65536, metadata={"role": "chunk-loads", "field_units": {"time": "s"}})
print("ready", flush=True); sys.stdin.readline()
start = time.perf_counter()
for number in range(600):
    batch = np.zeros(100, log.dtype)
    batch["time"] = time.time() - np.arange(99, -1, -1) * 1e-4
    batch["load_ms"] = number
    batch["load_ms"][50] = 1e6 + number
    log.append(batch)
    time.sleep(max(0.0, start + (number + 1) / 100 - time.perf_counter()))
print("done", flush=True); sys.stdin.readline()
"""


def test_ten_thousand_records_a_second(new_page, directory, tmp_path, record_property):
    environment = {**os.environ, "WEBMON_DIR": directory}
    environment.setdefault("PYTHONPATH", str(ROOT / "python" / "src"))
    with subprocess.Popen([sys.executable, "-c", FAST], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout.readline() == "ready\n"
        page = new_page("/loader/?window=all", height=1200)
        wait_until(lambda: graph(page, "chunk_time").get_by_label(re.compile(": log$")).input_value() == "fast", 60)
        page.evaluate(
            """() => {
              window.longest = 0;
              let last = performance.now();
              const look = () => {
                const now = performance.now();
                longest = Math.max(longest, now - last);
                last = now;
                requestAnimationFrame(look);
              };
              look();
            }"""
        )
        process.stdin.write("\n")
        process.stdin.flush()
        assert process.stdout.readline() == "done\n"
        wait_until(
            lambda: int(page.locator("#summary").get_attribute("data-records")) + int(page.locator("#summary").get_attribute("data-lost")) == 60_000,
            60,
            "each record held, or told as lost",
        )
        lost = int(page.locator("#summary").get_attribute("data-lost"))
        wait_for_records(page, "chunk_time", 60_000 - lost)
        record_property("longest_gap_between_animation_frames_ms", page.evaluate("longest"))
        print(f"longest gap between animation frames {page.evaluate('longest'):.0f} ms, lost {lost}")
        if lost == 0:
            drawn = rows(page, "chunk_time", tmp_path)
            assert len(drawn) <= 1001
            assert sum(int(row["count"]) for row in drawn) == 60_000
            assert max(float(row["high"]) for row in drawn) == np.float32(1e6 + 599)
        process.stdin.write("\n")


def test_what_is_held_is_bounded(new_page):
    held = new_page("/streams/").evaluate(
        """async () => {
          const { History } = await import("/loader/history.js");
          const history = new History(4096);
          const read = (view, at) => view.getFloat64(at, true);
          history.hold({ key: "v", kind: "number", dtype: "float64", unit: "", itemsize: 8, read, categories: null });
          const sizes = new Set();
          let number = 0;
          for (const count of [10, 3000, 5000, 1, 9000, 4096, 77]) {
            const bytes = new Uint8Array(Float64Array.from({ length: count }, () => (number += 1)).buffer);
            history.add(bytes, 8, number, number, number, { clock: null, created: 0 });
            sizes.add(history.nbytes);
            const { values, mask } = history.reading("v");
            for (let i = history.begin; i < history.added; i += 1) {
              if (values[i & mask] !== i + 1 || history.reading("@record").values[i & mask] !== i + 1) return `${i} is wrong`;
            }
          }
          return { length: history.length, largest: Math.max(...sizes), added: history.added };
        }"""
    )
    assert held == {"length": 4096, "largest": 4096 * 4 * 8, "added": 21_184}


def test_metadata_of_any_type_break_nothing(new_page, producer):
    data = loads(20)
    for number, metadata in enumerate(
        [
            {"field_units": 3, "plots": [1], "role": {}, "time_field": []},
            {"field_units": {"load_ms": {}, "time": None}, "plots": {"chunk_time": 5, "frame_time": "layer", "chunk_bytes": "nothing"}},
            {"field_units": ["s"], "plots": "chunk_time", "time_field": "nothing"},
        ]
    ):
        producer.log(f"odd{number}", data, metadata=metadata)
    page = new_page("/loader/?window=all&graphs=odd1:layer:load_ms:time:points%3Bodd2:%25ZZ:%25::%3Bodd0::layer", height=2000)
    wait_for_records(page, "chunk_time", 20)
    wait_until(lambda: page.locator("section.graph[data-graph=own]").first.get_attribute("data-records") == "20", 60)


def test_firefox(server, producer, tmp_path):
    data = loads(1000)
    producer.log("loads", data, metadata=METADATA)
    profile = tmp_path / "profile"
    profile.mkdir()
    with firefox.running(profile) as browser:
        page = firefox.Page(browser, server.address + "/loader/?window=all")
        page.wait_for_function("() => document.querySelector('[data-graph=chunk_time]')?.dataset.records === '1000'")
        p50 = np.percentile(data["load_ms"].astype("f8"), 50, method="inverted_cdf")
        shown = f"{float(f'{p50:.4g}'):g} ms"
        page.wait_for_function("(shown) => document.querySelector('[data-graph=chunk_time] .p50 dd').textContent === shown", shown)
        page.wait_for_function("() => document.querySelector('[data-graph=chunk_time] canvas') !== null")
        assert page.problems == []
