"""The page Throughput in real browsers: its figures, its states, and the measurement of what a browser takes."""

import json
import re
from pathlib import Path

import firefox
import numpy as np
import pytest
from conftest import wait_until

ONE = "/throughput/?sizes=64k&ways="
STREAM = np.arange(4 * 64 * 64, dtype="u2").reshape(4, 64, 64)


def hop(page, name, column):
    """What a cell of the table says."""
    return page.locator(f'#hops tr[data-hop="{name}"] .{column}').inner_text().strip()


def address(page):
    return page.evaluate("() => location.search")


def is_number(text):
    return re.fullmatch(r"[\d.]+(k| (µs|ms|s|B|KB|MB|GB))?", text) is not None


def run(page):
    page.click("#measure")
    page.locator(".results").wait_for(timeout=120_000)


def stored(page):
    return page.evaluate("() => JSON.parse(sessionStorage.getItem('webmon.throughput.runs'))")


@pytest.fixture
def camera(producer):
    producer.stream("camera", STREAM[0], slots=4)
    producer.run("camera", STREAM, period=0.02)
    return producer


def test_every_hop_of_a_stream_is_measured(camera, new_page):
    page = new_page("/throughput/?stream=camera")
    for name in ("fill", "notice", "wait", "send", "way", "paint"):
        wait_until(lambda: is_number(hop(page, name, "messages")) and hop(page, name, "messages") != "0", 30, f"messages of {name}")
        # An older library of the producer's does not tell how long it filled a slot.
        if name != "fill":
            wait_until(lambda: is_number(hop(page, name, "p50")), 30, f"the median of {name}")
    assert hop(page, "wait", "copied") == "none: zero-copy"
    wait_until(lambda: "by the medians; most of it" in page.inner_text("#time"), 30)
    assert "Received here" in page.inner_text("#summary")
    # The picture is really drawn.
    wait_until(lambda: page.evaluate("() => !document.querySelector('#picture canvas').hidden"))
    assert "frames/s" in page.inner_text("#delivery")


def test_the_figures_are_those_of_the_status(camera, new_page):
    page = new_page("/throughput/")
    told = page.evaluate("""async () => {
      const { connect } = await import("/webmon.js");
      const { HopMeter } = await import("/throughput/hops.js");
      const server = await connect();
      const meter = new HopMeter();
      server.subscribe("camera", { onFrame: () => {}, transport: "websocket" });
      server.watchStatus(500, { hops: true });
      const statuses = [];
      return new Promise((resolve) => server.on("status", (status) => {
        if ((status.streams[0]?.hops?.send.total.count ?? 0) < 10) return;
        statuses.push(status);
        meter.take(status, server.streams);
        if (statuses.length < 4) return;
        const figures = ["camera", ""].map((name) => meter.figures(name, null));
        server.close();
        resolve({ first: statuses[0], last: statuses[3], figures });
      }));
    }""")
    (first,), (last,) = told["first"]["streams"], told["last"]["streams"]
    seconds = (told["last"]["clock"] - told["first"]["clock"]) / 1e9
    for figures in told["figures"]:
        assert figures["fill"]["messages"] == pytest.approx((last["sequence"] - first["sequence"]) / seconds)
        assert figures["fill"]["bytes"] == pytest.approx(figures["fill"]["messages"] * STREAM[0].nbytes)
        for key, count in (("messages", "messages"), ("bytes", "sent_bytes")):
            assert figures["send"][key] == pytest.approx((last["served"][count] - first["served"][count]) / seconds)
        for hop in ("notice", "wait", "send"):
            assert figures[hop]["latency"]["p50"] == pytest.approx(last["hops"][hop]["recent"]["p50"] / 1e6)
            assert figures[hop]["latency"]["count"] == last["hops"][hop]["recent"]["count"]
        assert figures["wait"]["copied"] == 0


def test_only_what_is_chosen_is_received(camera, new_page):
    page = new_page("/throughput/")
    wait_until(lambda: page.locator("#picker option").count() == 2)
    assert not camera.wanted("camera") and page.locator("#paint").is_disabled()
    page.select_option("#picker", "camera")
    wait_until(lambda: camera.wanted("camera"))
    page.keyboard.press("Escape")
    page.locator("#picker").blur()
    page.keyboard.press("p")
    wait_until(lambda: not camera.wanted("camera"))
    wait_until(lambda: "not measured" in page.inner_text("#summary"))
    wait_until(lambda: address(page) == "?stream=camera&paint=0")


def test_a_link_opens_the_same_view(camera, new_page):
    page = new_page("/throughput/")
    wait_until(lambda: page.locator("#picker option").count() == 2)
    page.select_option("#picker", "camera")
    page.uncheck("#paint")
    for size in ("1m", "32m"):
        page.uncheck(f'#sizes input[value="{size}"]')
    page.uncheck('#ways input[value="fetch"]')
    wait_until(lambda: address(page) == "?stream=camera&paint=0&sizes=64k,8m&ways=websocket")
    copy = new_page("/throughput/" + address(page))
    wait_until(lambda: copy.locator("#picker").input_value() == "camera")
    assert not copy.is_checked("#paint")
    checked = "() => [...document.querySelectorAll('#plan input')].filter((box) => box.checked).map((box) => box.value)"
    assert copy.evaluate(checked) == ["64k", "8m", "websocket"]


def test_the_measurement_runs_to_its_end(new_page):
    page = new_page(ONE + "websocket,fetch")
    wait_until(lambda: page.is_enabled("#measure"))
    # It never begins by itself.
    assert page.locator(".results").count() == 0
    run(page)
    (results,) = stored(page)
    assert [(row["way"], row["size"]) for row in results["received"]] == [("websocket", 65536), ("fetch", 65536)]
    for row in results["received"]:
        assert "failed" not in row and row["messages"] >= 2
        assert row["bytesPerSecond"] == pytest.approx(row["messages"] * 65536 / row["seconds"])
        assert 0 <= row["p50"] <= row["p95"]
    assert results["draw"]["perSecond"] > 0 and results["roundTrip"]["count"] == 20
    assert "This browser would take 2048 × 2048 uint16 at" in page.inner_text(".verdict")
    assert page.locator(".results tbody tr").count() == 4
    # Again: beside the run before; and both are there after a reload.
    page.evaluate("() => document.querySelector('#results').replaceChildren()")
    run(page)
    assert len(stored(page)) == 2
    page.reload()
    page.locator(".results").wait_for()
    assert re.search(r"%|the same", page.locator(".results tbody tr").first.inner_text())
    text = page.evaluate("""async () => {
      const { asText } = await import("/throughput/verdict.js");
      return asText(JSON.parse(sessionStorage.getItem("webmon.throughput.runs"))[0]);
    }""")
    assert "64 KiB over fetch" in text and "round trip" in text


def test_a_measurement_can_be_cancelled_and_its_stream_goes(new_page, directory):
    page = new_page("/throughput/")  # all of it: it must not end by itself before
    wait_until(lambda: page.is_enabled("#measure"))
    page.keyboard.press("m")
    segment = Path(directory) / "webmon.measurement.npy"
    wait_until(segment.exists, 60)
    assert page.inner_text("#measure") == "Cancel" and page.locator("#progress").is_visible()
    page.keyboard.press("Escape")
    wait_until(lambda: page.inner_text("#step") == "Cancelled.", 30)
    wait_until(lambda: not segment.exists(), 30)
    assert page.inner_text("#measure") == "Measure" and stored(page) is None


def test_two_pages_do_not_measure_each_other(new_page):
    first = new_page("/throughput/")  # all of it: the second one draws for seconds before it asks for messages
    second = new_page(ONE + "websocket")
    for page in (first, second):
        wait_until(lambda: page.is_enabled("#measure"))
    first.click("#measure")
    wait_until(lambda: " over " in first.inner_text("#step"), 60, "that the first one receives")
    second.click("#measure")
    wait_until(lambda: "another page measures" in second.inner_text("#step"), 60)
    first.close()
    second.click("#measure")
    second.locator(".results").wait_for(timeout=120_000)


def test_a_wrong_byte_is_found(new_page):
    page = new_page("/throughput/")
    found = page.evaluate("""async () => {
      const { checkAll, checkSome } = await import("/throughput/pattern.js");
      const words = (count, sequence) => {
        const made = Uint32Array.from({ length: count }, (_, i) => Math.imul(i, 0x9e3779b1));
        for (let k = 0; k < 16; k += 1) made[Math.floor((k * (count - 1)) / 15)] = sequence;
        return made;
      };
      const count = 1024;
      const right = words(count, 7);
      let missed = 0;
      for (let i = 0; i < count; i += 1) {
        right[i] ^= 1 << (i % 32);
        if (checkAll(right, 7) === null) missed += 1;
        right[i] ^= 1 << (i % 32);
      }
      // A message that is another's, a stale part, an empty one; and over 256 messages the samples meet every word.
      const half = words(count, 8);
      half.set(words(count, 7).subarray(count / 2), count / 2);
      const zeros = new Uint32Array(count);
      let unseen = 0;
      for (let i = 0; i < count; i += 7) {
        const seen = Array.from({ length: 256 }, (_, sequence) => sequence).some((sequence) => {
          const message = words(count, sequence);
          message[i] ^= 0x80000000;
          return checkSome(message, sequence) !== null;
        });
        if (!seen) unseen += 1;
      }
      return {
        missed, unseen,
        fine: [checkAll(words(count, 2 ** 32 + 5), 2 ** 32 + 5), checkSome(words(1024, 9), 9)],
        other: checkSome(right, 8), half: checkSome(half, 8), zeros: checkSome(zeros, 1),
      };
    }""")
    assert found["missed"] == 0 and found["unseen"] == 0 and found["fine"] == [None, None]
    assert found["other"] == "word 0 of 1024 is 0x00000007, 0x00000008 was sent"
    assert found["half"] is not None and found["zeros"] is not None


def test_nothing_waiting_and_disconnected_are_said(server, new_page, producer):
    empty = new_page("/throughput/")
    empty.get_by_text("Nothing is shared yet").wait_for()
    assert empty.locator("#hops").is_hidden() and empty.locator("#measure").is_visible()
    page = new_page("/throughput/?stream=camera")
    wait_until(lambda: "Waiting for camera" in page.inner_text("#summary"))
    producer.stream("camera", STREAM[0])
    wait_until(lambda: "Received here" in page.inner_text("#summary"))
    empty.locator("#hops").wait_for()
    server.stop()
    wait_until(lambda: page.is_disabled("#measure"))
    assert page.locator(".notice").is_visible()
    server.start()
    wait_until(lambda: page.is_enabled("#measure"), 40)
    wait_until(lambda: "Received here" in page.inner_text("#summary"))
    empty.problems.clear()
    page.problems.clear()  # The browser tells of connections that were refused.


def test_a_log_and_an_array_have_hops_too(producer, new_page):
    producer.log("events", np.zeros(3, [("t", "f8")]))
    producer.array("volume", np.zeros((300, 300), "f4"))
    more = {
        "log": lambda: producer.append("events", np.zeros(3, [("t", "f8")])),
        "array": lambda: producer.edit("volume", np.ones((300, 300), "f4")),
    }
    for name, kind in (("events", "log"), ("volume", "array")):
        page = new_page(f"/throughput/?stream={name}")
        wait_until(lambda: kind in page.inner_text("#summary"))

        def is_sent():
            # Again and again: the page may not have it yet, and the figures are of the last seconds alone.
            more[kind]()
            return is_number(hop(page, "send", "p50")) and hop(page, "wait", "copied").startswith("one, checked")

        wait_until(is_sent, 30, f"messages of a {kind}")
        page.context.close()


@pytest.mark.parametrize("width", [320, 390, 800, 1280])
def test_nothing_overflows(camera, new_page, width):
    page = new_page("/throughput/?stream=camera", width=width)
    wait_until(lambda: is_number(hop(page, "paint", "p50")), 40)
    assert page.evaluate("() => document.documentElement.scrollWidth") <= width


def test_firefox_measures_too(server, camera, tmp_path):
    with firefox.running(tmp_path) as browser:
        page = firefox.Page(browser, f"{server.address}{ONE}websocket&stream=camera")
        page.wait_for_function("() => /\\d/.test(document.querySelector('#hops tr[data-hop=paint] .p50').textContent)", seconds=60)
        page.evaluate("() => document.querySelector('#measure').click()")
        page.wait_for_function("() => document.querySelector('.results') !== null", seconds=90)
        (results,) = json.loads(page.evaluate("() => sessionStorage.getItem('webmon.throughput.runs')"))
        assert "failed" not in results["received"][0] and results["received"][0]["messages"] >= 2
        assert page.problems == []
        page.close()
