"""webmon.js over the WebSocket and over `fetch`: the same data either way, and nothing lost in between."""

import numpy as np
import pytest
from conftest import wait_until
from playwright.sync_api import expect
from test_client import plain_page

RNG = np.random.default_rng(11)

# Subscribes, and keeps of every frame its number, a sum over its bytes, and the way that it came.
FOLLOW = """
async ({ stream, options }) => {
  const { connect } = await import("/webmon.js");
  window.got = [];
  window.gaps = [];
  window.errors = [];
  window.server = await connect({ onError: (error) => errors.push(error.message) });
  window.subscription = server.subscribe(stream, {
    ...options,
    onGap: (from, to) => gaps.push([from, to]),
    onFrame: (frame) => {
      const { bytes } = frame;
      let sum = 0;
      for (let i = 0; i < bytes.length; i += 1) sum = (sum * 31 + bytes[i]) >>> 0;
      got.push([frame.sequence, bytes.length, sum, subscription.transport]);
      if (options.credit === "manual") frame.skip();
    },
  });
}
"""


def checksum(frame):
    total = 0
    for byte in frame.tobytes():
        total = (total * 31 + byte) & 0xFFFFFFFF
    return total


@pytest.mark.parametrize("transport", ["websocket", "fetch"])
def test_compressed_frames_are_given_out_in_order_and_as_they_were(new_page, producer, transport):
    y, x = np.mgrid[:300, :200]
    # One is noise, which goes as it is: it must not overtake one that is being expanded.
    frames = np.array([RNG.integers(0, 65536, y.shape) if n == 3 else 1000 + y + 2 * x + n for n in range(12)]).astype("u2")
    producer.stream("frames", frames[0], slots=32)
    page = plain_page(new_page)
    options = {"policy": "all", "credit": "manual", "credits": 4, "compression": "deflate", "transport": transport}
    page.evaluate(FOLLOW, {"stream": "frames", "options": options})
    page.wait_for_function("got.length >= 1")
    if transport == "fetch":
        page.wait_for_function("subscription.transport === 'fetch'")
    for frame in frames[1:]:
        producer.put("frames", frame)
    page.wait_for_function("got.length === 12")
    assert [entry[:3] for entry in page.evaluate("got")] == [[number + 1, frame.nbytes, checksum(frame)] for number, frame in enumerate(frames)]
    assert page.evaluate("[gaps, errors]") == [[], []]
    assert page.evaluate("subscription.totals.bytes") == frames.nbytes


@pytest.mark.parametrize("transport", ["websocket", "fetch", "auto"])
@pytest.mark.parametrize("shape", [(1,), (3, 5), (100, 1001)])
def test_the_same_bytes_either_way(new_page, producer, transport, shape):
    frames = RNG.integers(0, 255, (12, *shape)).astype("u1")
    producer.stream("frames", frames[0], slots=32)
    page = plain_page(new_page)
    options = {"policy": "all", "credit": "manual", "credits": 4, "transport": transport}
    page.evaluate(FOLLOW, {"stream": "frames", "options": options})
    page.wait_for_function("got.length >= 1")
    if transport == "fetch":
        page.wait_for_function("subscription.transport === 'fetch'")
    for frame in frames[1:]:
        producer.put("frames", frame)
    page.wait_for_function("got.length === 12")
    got = page.evaluate("got")
    assert [entry[:3] for entry in got] == [[number + 1, frame.nbytes, checksum(frame)] for number, frame in enumerate(frames)]
    assert page.evaluate("[gaps, errors]") == [[], []]
    fetched = page.evaluate("subscription.totals.fetched")
    assert fetched >= 11 if transport == "fetch" else fetched == 0
    assert page.evaluate("subscription.transport") == ("fetch" if transport == "fetch" else "websocket")


# Keeps every third frame, recycles the others twice, and counts the buffers of their size that are made.
RECYCLE = """
async ({ stream, options, length }) => {
  const { connect } = await import("/webmon.js");
  window.made = 0;
  window.ArrayBuffer = new Proxy(ArrayBuffer, {
    construct(target, [bytes, ...more]) {
      if (bytes >= length) made += 1;
      return new target(bytes, ...more);
    },
  });
  const checksum = (bytes) => bytes.reduce((sum, byte) => (Math.imul(sum, 31) + byte) >>> 0, 0);
  window.got = [];
  window.kept = [];
  window.empty = [];
  window.keptSums = () => kept.map(({ bytes }) => checksum(bytes));
  window.server = await connect();
  window.subscription = server.subscribe(stream, {
    ...options,
    onFrame: (frame) => {
      const { array, bytes } = frame;
      got.push([frame.sequence, checksum(bytes), subscription.transport]);
      if (frame.sequence % 3 === 0) {
        kept.push(frame);
        frame.painted();
        return;
      }
      frame.recycle();
      frame.recycle();
      if (!frame.settled) got.push("it kept its credit");
      empty.push(array.length + bytes.length === 0);
    },
  });
}
"""


@pytest.mark.parametrize("transport", ["websocket", "fetch"])
def test_recycled_memory_is_used_again_and_kept_frames_stay(new_page, producer, transport):
    frames = RNG.integers(0, 65535, (31, 200, 300)).astype("u2")
    producer.stream("frames", frames[0], slots=64)
    page = plain_page(new_page)
    options = {"policy": "all", "credit": "manual", "credits": 2, "transport": transport}
    page.evaluate(RECYCLE, {"stream": "frames", "options": options, "length": frames[0].nbytes})
    page.wait_for_function("got.length >= 1")
    if transport == "fetch":
        page.wait_for_function("subscription.transport === 'fetch'")
    for frame in frames[1:]:
        producer.put("frames", frame)
    page.wait_for_function("got.length >= 31")
    assert page.evaluate("got.map(([sequence, sum]) => [sequence, sum])") == [[number + 1, checksum(frame)] for number, frame in enumerate(frames)]
    assert page.evaluate("keptSums()") == [checksum(frame) for frame in frames[2::3]]
    assert page.evaluate("[subscription.totals.painted, subscription.totals.skipped, subscription.held]") == [10, 21, 0]
    if transport == "fetch":
        # The first came over the WebSocket. Each that is kept takes a new one; the others share theirs.
        assert page.evaluate("empty")[1:] == [True] * 20
        assert page.evaluate("made") <= 10 + 2
    else:
        assert page.evaluate("empty") == [False] * 21


def test_without_a_byob_reader(new_page, producer):
    frames = RNG.integers(0, 255, (6, 700, 1001)).astype("u1")
    producer.stream("frames", frames[0], slots=8)
    page = plain_page(new_page)
    page.evaluate(
        """() => {
          const { getReader } = ReadableStream.prototype;
          ReadableStream.prototype.getReader = function (options) {
            if (options?.mode === "byob") throw new TypeError("no BYOB here");
            return getReader.call(this, options);
          };
        }"""
    )
    options = {"policy": "all", "credit": "manual", "transport": "fetch"}
    page.evaluate(FOLLOW, {"stream": "frames", "options": options})
    page.wait_for_function("subscription.transport === 'fetch'")
    for frame in frames[1:]:
        producer.put("frames", frame)
    page.wait_for_function("got.length === 6")
    assert [entry[2] for entry in page.evaluate("got")] == [checksum(frame) for frame in frames]
    assert page.evaluate("subscription.totals.fetched") >= 5


def test_no_frame_is_lost_by_switching_and_credits_go_on(new_page, producer):
    frames = RNG.integers(0, 255, (1, 300, 1000)).astype("u1")
    producer.stream("frames", frames[0], slots=64)
    page = plain_page(new_page)
    options = {"policy": "all", "credit": "manual", "credits": 3, "transport": "fetch"}
    page.evaluate(FOLLOW, {"stream": "frames", "options": options})
    page.wait_for_function("subscription.transport === 'fetch'")
    count = 1
    for turn in range(8):
        for _ in range(6):
            producer.put("frames", frames[0])
            count += 1
        if turn % 2 == 0:
            # Given up in order, then taken again by itself: a subscription that asked for it goes back at once.
            page.evaluate("subscription.carrier.leave('the test wants it')")
        else:
            # Broken off in the middle.
            page.evaluate("subscription.carrier.abort.abort()")
        for _ in range(6):
            producer.put("frames", frames[0])
            count += 1
        page.wait_for_function(f"got.length >= {count}")
        page.evaluate("subscription.carrier.reviewAt = 0")
        producer.put("frames", frames[0])
        count += 1
        page.wait_for_function("subscription.transport === 'fetch'")
    page.wait_for_function(f"got.length >= {count}")
    assert [entry[0] for entry in page.evaluate("got")] == list(range(1, count + 1))
    assert page.evaluate("[gaps, errors, subscription.held]") == [[], [], 0]


def test_auto_measures_both_and_says_why(new_page, producer):
    frames = RNG.integers(0, 255, (2, 2000, 1000)).astype("u1")
    producer.stream("frames", frames[0], slots=4)
    page = plain_page(new_page)
    page.evaluate(
        """async () => {
          const { connect } = await import("/webmon.js");
          window.ways = new Set();
          window.server = await connect();
          window.subscription = server.subscribe("frames", { onFrame: () => ways.add(subscription.transport) });
        }"""
    )
    producer.run("frames", frames, period=0.002)
    page.wait_for_function("Number.isFinite(subscription.transportFigures.fetch + subscription.transportFigures.websocket)", timeout=60_000)
    # In one look: the next trial has another reason, and comes a few seconds later.
    decided = "subscription.transportReason.startsWith('faster') && [subscription.transportReason, subscription.carrier.chosenCost]"
    reason, chosen = page.wait_for_function(decided, timeout=60_000).json_value()
    assert set(page.evaluate("[...ways]")) == {"websocket", "fetch"}
    assert "a MiB takes" in reason and chosen > 0
    assert ("over the WebSocket" in reason) != ("over fetch" in reason)
    # It takes the way that it found the faster the last time.
    page.wait_for_function(
        """subscription.transportReason.startsWith("faster") &&
           subscription.transport === (subscription.transportReason.includes("over the WebSocket") ? "fetch" : "websocket")"""
    )
    page.wait_for_function("(window.before ??= subscription.totals.received) + 20 < subscription.totals.received")


def test_the_first_choice_is_asked_again_soon(new_page):
    waits = plain_page(new_page).evaluate(
        """async () => {
          const { Transport } = await import("/client/transport.js");
          const owner = { send() {}, address: () => null, headers: {}, receive() {}, resume() {}, id: () => 1, body: { holder: null } };
          const transport = new Transport("auto", owner);
          let now = 0;
          function compare(costs) {
            Object.assign(transport, { settled: false, changing: false, current: "fetch", samples: { websocket: [], fetch: [] } });
            for (const [way, cost] of Object.entries(costs)) {
              for (let i = 0; i < 10; i += 1) transport.sample(way, cost, 2 ** 20, (now += 20));
            }
            return transport.reviewAt - now;
          }
          const right = Array.from({ length: 6 }, () => compare({ websocket: 2, fetch: 1 }));
          return [...right, compare({ websocket: 1, fetch: 2 }), compare({ websocket: 1, fetch: 2 })];
        }"""
    )
    assert waits == [5000, 10_000, 20_000, 40_000, 60_000, 60_000, 5000, 10_000]


def test_one_body_a_page(new_page, producer):
    frame = RNG.integers(0, 255, (50, 50)).astype("u1")
    for name in ("first", "second"):
        producer.stream(name, frame)
    page = plain_page(new_page)
    page.evaluate(FOLLOW, {"stream": "first", "options": {"transport": "fetch"}})
    page.wait_for_function("subscription.transport === 'fetch'")
    page.evaluate("window.other = server.subscribe('second', { transport: 'fetch', onFrame: () => {} })")
    page.wait_for_function("other.totals.received === 1")
    assert page.evaluate("[other.transport, other.transportReason]") == ["websocket", "the page's one body is in use"]
    # When the first goes, the place is free.
    page.evaluate("server.unsubscribe(subscription)")
    page.wait_for_function("server.body.holder === null")  # Before, the other would be told no, for a minute.
    page.evaluate("other.carrier.reviewAt = 0")
    producer.put("second", frame)
    page.wait_for_function("other.transport === 'fetch'")


def test_tabs_leave_each_other_connections(new_page, producer):
    frame = RNG.integers(0, 255, (50, 50)).astype("u1")
    producer.stream("frames", frame)
    first = plain_page(new_page)
    # Tabs of one browser: one context.
    tabs = [first, *(first.context.new_page() for _ in range(5))]
    for tab in tabs[1:]:
        tab.problems = []
        tab.goto(first.url)
    for tab in tabs:
        tab.evaluate(FOLLOW, {"stream": "frames", "options": {"transport": "fetch"}})
        tab.wait_for_function("got.length >= 1")
        tab.wait_for_function("subscription.transport === 'fetch' || subscription.transportReason.includes('tabs')")
    ways = [tab.evaluate("subscription.transport") for tab in tabs]
    assert ways.count("fetch") == 3
    # So that any of them can still load what it wants.
    assert tabs[5].evaluate("fetch('/api/streams').then((answer) => answer.ok)")


def test_a_hidden_tab_gives_its_body_up(new_page, producer, server):
    producer.stream("frames", np.zeros((40, 40), "u1"), slots=8)
    page = plain_page(new_page)
    page.evaluate(FOLLOW, {"stream": "frames", "options": {"transport": "fetch", "policy": "all", "credit": "manual"}})
    page.wait_for_function("subscription.transport === 'fetch'")
    show = """(state) => {
      Object.defineProperty(document, "visibilityState", { value: state, configurable: true });
      document.dispatchEvent(new Event("visibilitychange"));
    }"""
    page.evaluate(show, "hidden")
    # It goes on receiving, over the WebSocket.
    page.wait_for_function("subscription.transport === 'websocket'")
    assert page.evaluate("[subscription.state, subscription.transportReason]") == ["subscribed", "the page is hidden"]
    for _ in range(3):
        producer.put("frames", np.zeros((40, 40), "u1"))
    page.wait_for_function("got.length === 4")
    wait_until(lambda: page.evaluate("server.body.holder === null"))
    page.evaluate(show, "visible")
    producer.put("frames", np.zeros((40, 40), "u1"))
    page.wait_for_function("got.length === 5 && subscription.transport === 'fetch'")
    assert page.evaluate("gaps") == []


def test_a_server_that_restarts_while_a_body_is_open(new_page, server, producer):
    producer.stream("frames", np.zeros((40, 40), "u1"))
    page = plain_page(new_page)
    page.evaluate(FOLLOW, {"stream": "frames", "options": {"transport": "fetch"}})
    page.wait_for_function("subscription.transport === 'fetch'")
    server.stop()
    page.wait_for_function("server.state.phase === 'waiting'")
    server.start()
    producer.put("frames", np.ones((40, 40), "u1"))
    page.wait_for_function("got.at(-1)[0] === 2 && subscription.transport === 'fetch'")
    page.problems.clear()  # Chromium reports each attempt that failed.


def test_the_live_page_says_which_way(new_page, producer):
    producer.stream("frames", np.zeros((40, 40), "u1"))
    page = new_page("/viewer/?stream=frames")
    expect(page.locator(".figure.way b")).to_have_text("WebSocket", timeout=30_000)
    assert "measured" in page.locator(".figure.way").get_attribute("title")
