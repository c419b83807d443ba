"""webmon.js: what arrives in a page is the source array."""

import base64

import numpy as np
import pytest
from conftest import wait_until

RNG = np.random.default_rng(7)

PLAIN = ["b1", "u1", "i1"] + [
    order + code for code in ("u2", "i2", "u4", "i4", "u8", "i8", "f2", "f4", "f8", "c8", "c16") for order in "<>"
]

ARRAYS = {
    "b1": "Uint8Array",
    "u1": "Uint8Array",
    "i1": "Int8Array",
    "u2": "Uint16Array",
    "i2": "Int16Array",
    "u4": "Uint32Array",
    "i4": "Int32Array",
    "u8": "BigUint64Array",
    "i8": "BigInt64Array",
    "f2": "Uint16Array",
    "f4": "Float32Array",
    "f8": "Float64Array",
    "c8": "Float32Array",
    "c16": "Float64Array",
}

# Subscribes, and gives back what `look` makes of the first frame.
FIRST_FRAME = """
async ({ stream, options = {}, look }) => {
  const { connect } = await import("/webmon.js");
  const server = await connect();
  const frame = await new Promise((onFrame, onError) =>
    server.subscribe(stream, { ...options, onFrame, onError }));
  server.close();
  return await eval(look)(frame);
}
"""

BYTES = """
(frame) => {
  const { array } = frame;
  const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
  return {
    bytes: btoa(String.fromCharCode(...bytes)),
    type: array.constructor.name,
    offset: array.byteOffset,
    shape: frame.shape,
    sequence: frame.sequence,
    name: frame.dtype?.name ?? null,
  };
}
"""


def plain_page(new_page):
    """A page of the server's origin without a script of its own. Scripts of tests need `eval`, which pages may not."""
    return new_page("/healthz", bypass_csp=True)


def random_array(dtype, shape):
    if dtype == "b1":
        return RNG.random(shape) > 0.5
    if np.dtype(dtype).kind == "c":
        return (RNG.normal(size=shape) + 1j * RNG.normal(size=shape)).astype(dtype)
    if np.dtype(dtype).kind == "f":
        return RNG.normal(size=shape).astype(dtype)
    info = np.iinfo(dtype)
    return RNG.integers(info.min, info.max, shape, dtype=np.dtype(dtype).newbyteorder("="), endpoint=True).astype(dtype)


@pytest.mark.parametrize("dtype", PLAIN)
def test_the_typed_array_equals_the_source(new_page, producer, dtype):
    data = random_array(dtype, (3, 5, 7))
    producer.stream("source", data)
    got = plain_page(new_page).evaluate(FIRST_FRAME, {"stream": "source", "look": BYTES})
    native = data.astype(data.dtype.newbyteorder("="))
    assert base64.b64decode(got["bytes"]) == native.tobytes()
    assert got["type"] == ARRAYS[dtype.lstrip("<>")]
    assert (got["shape"], got["sequence"], got["name"]) == ([3, 5, 7], 1, native.dtype.name)
    assert got["offset"] % 16 == 0


@pytest.mark.parametrize("shape", [(), (1,), (0, 4), (2,) * 12])
def test_unusual_shapes(new_page, producer, shape):
    data = RNG.integers(0, 1000, shape).astype("u2")
    producer.array("source", np.asarray(data))
    got = plain_page(new_page).evaluate(FIRST_FRAME, {"stream": "source", "look": BYTES})
    assert base64.b64decode(got["bytes"]) == np.asarray(data).tobytes()
    assert got["shape"] == list(shape)


RECORD = np.dtype(
    [
        ("time", "<f8"),
        ("flag", "?"),
        ("big", ">u2"),
        ("half", "<f2"),
        ("wide", "<i8"),
        ("position", [("y", "<f4"), ("x", ">f4")]),
        ("matrix", "<i2", (2, 3)),
        ("text", "U5"),
        ("bytes", "S4"),
        ("when", "<M8[ms]"),
        ("complex", "<c8"),
        ("raw", "V3"),
    ]
)


def records(count):
    made = np.zeros(count, RECORD)
    for index in range(count):
        made[index] = (
            index / 3,
            index % 2,
            index + 256,
            index / 2,
            -(2**62) - index,
            (index * 1.5, -index * 2.25),
            np.arange(6).reshape(2, 3) + index,
            f"né{index}",
            f"b{index}".encode(),
            np.datetime64("2024-02-29T12:00:00.123") + index,
            index - 2j,
            bytes([index, 1, 255]),
        )
    return made


def test_records_are_read_by_their_fields(new_page, producer):
    data = records(9)
    producer.log("log", data)
    look = """(frame) => {
      const { records } = frame;
      const plain = (value) => typeof value === "bigint" ? String(value)
        : value instanceof Uint8Array ? [...value] : value;
      return {
        opcode: frame.opcode,
        sequence: frame.sequence,
        columns: records.columns.map(({ path }) => path),
        rows: Array.from({ length: records.length }, (_, i) =>
          Object.fromEntries(Object.entries(records.row(i)).map(([k, v]) => [k, plain(v)]))),
        time: [...records.column("time")],
        big: [records.column("big").constructor.name, [...records.column("big")]],
        half: [...records.column("half")],
        x: [...records.column("position.x")],
        matrix: [...records.column("matrix")],
        wide: [...records.column("wide")].map(String),
      };
    }"""
    got = plain_page(new_page).evaluate(
        FIRST_FRAME, {"stream": "log", "options": {"backlog": 100}, "look": look}
    )
    assert (got["opcode"], got["sequence"]) == ("records", 9)
    assert got["columns"][4:8] == ["wide", "position.y", "position.x", "matrix"]
    for row, source in zip(got["rows"], data, strict=True):
        assert row["time"] == source["time"]
        assert row["flag"] is bool(source["flag"])
        assert row["big"] == source["big"]
        assert row["half"] == source["half"]
        assert row["wide"] == str(source["wide"])
        assert (row["position.y"], row["position.x"]) == tuple(source["position"].tolist())
        assert row["matrix"] == source["matrix"].tolist()
        assert row["text"] == source["text"]
        assert row["bytes"] == source["bytes"].decode()
        assert row["when"] == str(source["when"].astype("i8"))
        assert row["complex"] == {"re": source["complex"].real, "im": source["complex"].imag}
        assert bytes(row["raw"]) == bytes(source["raw"])
    assert got["time"] == data["time"].tolist()
    assert got["big"] == ["Uint16Array", data["big"].tolist()]
    assert got["half"] == data["half"].tolist()
    assert got["x"] == data["position"]["x"].tolist()
    assert got["matrix"] == data["matrix"].ravel().tolist()
    assert got["wide"] == [str(value) for value in data["wide"]]


def test_every_frame_comes_in_order_under_all(new_page, producer):
    frames = RNG.integers(0, 255, (200, 16, 16)).astype("u1")
    producer.stream("frames", frames[0], slots=64)
    page = plain_page(new_page)
    page.evaluate(
        """async () => {
          const { connect } = await import("/webmon.js");
          window.got = [];
          window.gaps = [];
          window.server = await connect();
          window.subscription = server.subscribe("frames", {
            policy: "all",
            onFrame: (frame) => got.push([frame.sequence, frame.array[0], frame.received]),
            onGap: (from, to) => gaps.push([from, to]),
          });
        }"""
    )
    page.wait_for_function("got.length === 1")
    for frame in frames[1:40]:
        producer.put("frames", frame)
    # In one look: it tells of the last five seconds, and a slow machine may need more than that for all of them.
    measured = page.wait_for_function(
        """subscription.totals.painted === 40 && (() => {
          const measured = subscription.measure();
          const since = performance.now() - 5000;
          const recent = got.filter(([, , received]) => received >= since).length;
          return { ...measured, recent, totals: { ...subscription.totals } };
        })()"""
    ).json_value()
    assert page.evaluate("gaps") == []
    assert page.evaluate("got.map(([sequence, first]) => [sequence, first])") == [[number + 1, int(frame[0, 0])] for number, frame in enumerate(frames[:40])]
    assert measured["totals"]["received"] == 40
    # All but the first, which was committed before the page asked.
    received, painted = measured["publishToReceived"], measured["publishToPainted"]
    assert received["count"] >= min(measured["recent"], 39)
    # The clocks are tied: a latency is neither negative by more than their uncertainty nor absurd.
    assert -measured["clockUncertainty"] <= received["p50"] < 5000
    # Where both are of the same frames.
    if painted["count"] == received["count"]:
        assert painted["p50"] >= received["p50"] - 0.01


def test_no_credit_no_data_and_what_was_passed_over_is_told(new_page, producer):
    frame = np.zeros((4, 4), "u2")
    producer.stream("frames", frame)
    page = plain_page(new_page)
    page.evaluate(
        """async () => {
          const { connect } = await import("/webmon.js");
          window.held = [];
          window.server = await connect();
          window.subscription = server.subscribe("frames", {
            credit: "manual", credits: 1, onFrame: (frame) => held.push(frame) });
        }"""
    )
    page.wait_for_function("held.length === 1")
    for _ in range(9):
        producer.put("frames", frame)
    page.wait_for_timeout(400)
    assert page.evaluate("held.length") == 1
    page.evaluate("held[0].painted()")
    page.wait_for_function("held.length === 2")
    assert page.evaluate("[held[1].sequence, subscription.totals.lost]") == [10, 8]
    page.evaluate("[held[0].painted(), held[1].skip()]")  # A second call gives no second credit.
    producer.put("frames", frame)
    page.wait_for_function("held.length === 3")
    for _ in range(2):
        producer.put("frames", frame)
        page.wait_for_timeout(150)
    assert page.evaluate("[held.length, subscription.totals.skipped]") == [3, 1]


def test_a_callback_that_throws_is_reported_and_the_stream_goes_on(new_page, producer):
    producer.stream("frames", np.zeros((4, 4), "u1"))
    page = plain_page(new_page)
    page.evaluate(
        """async () => {
          const { connect } = await import("/webmon.js");
          window.errors = [];
          window.server = await connect({ onError: (error) => errors.push(error.message) });
          server.subscribe("frames", { onFrame: (frame) => { throw new Error(`at ${frame.sequence}`); } });
        }"""
    )
    page.wait_for_function("errors.length === 1")
    producer.put("frames", np.zeros((4, 4), "u1"))
    page.wait_for_function("errors.length === 2")
    assert page.evaluate("errors") == ["at 1", "at 2"]


def test_a_stream_that_is_not_there_yet(new_page, producer):
    page = plain_page(new_page)
    page.evaluate(
        """async () => {
          const { connect } = await import("/webmon.js");
          window.reasons = [];
          window.got = [];
          window.server = await connect();
          server.subscribe("later", {
            onWaiting: (reason) => reasons.push(reason),
            onFrame: (frame) => got.push(frame.array[3]),
          });
        }"""
    )
    page.wait_for_function("reasons.length === 1")
    producer.stream("later", np.arange(6, dtype="u2"))
    page.wait_for_function("got.length === 1")
    assert page.evaluate("got") == [3]


def test_errors_of_the_server_reach_the_subscription(new_page):
    page = plain_page(new_page)
    got = page.evaluate(
        """async () => {
          const { connect } = await import("/webmon.js");
          const server = await connect();
          const error = await new Promise((onError) =>
            server.subscribe("no/such\\nname", { credits: 99, onError }));
          server.close();
          return [error.name, error.code];
        }"""
    )
    assert got == ["WireError", "bad-field"]


DAMAGE = """
async () => {
  const { parseDataMessage } = await import("/webmon.js");
  const whole = () => {
    const buffer = new ArrayBuffer(112 + 24);
    const view = new DataView(buffer);
    new Uint8Array(buffer).set([0x57, 0x4d, 0x44, 0x31, 1, 1, 14, 0]);
    view.setUint8(10, 4);
    view.setUint8(11, 2);
    view.setBigUint64(48, 24n, true);
    view.setUint32(96, 3, true);
    view.setUint32(100, 4, true);
    return buffer;
  };
  const tried = (change) => {
    const buffer = whole();
    const other = change(new DataView(buffer), buffer) ?? buffer;
    try {
      const message = parseDataMessage(other);
      return `${message.dtype?.name} ${message.shape}`;
    } catch (error) {
      return `${error.name}: ${error.code}`;
    }
  };
  return [
    tried(() => {}),
    tried((view) => view.setUint8(0, 0)),
    tried((view) => view.setUint8(4, 9)),
    tried((view) => view.setUint8(5, 0)),
    tried((view) => view.setUint8(5, 9)),
    tried((view) => view.setUint8(6, 1)),
    tried((view) => view.setUint8(6, 255)),
    tried((view) => view.setUint8(7, 1)),
    tried((view) => view.setUint8(10, 15)),
    tried((view) => view.setUint8(11, 64)),
    tried((view) => view.setBigUint64(48, 23n, true)),
    tried((view) => view.setBigUint64(48, 2n ** 63n, true)),
    tried((view) => view.setUint32(96, 4, true)),
    tried((view, buffer) => buffer.slice(0, 95)),
    tried((view, buffer) => buffer.slice(0, 120)),
    tried((view, buffer) => new ArrayBuffer(0)),
  ];
}
"""


def test_damaged_messages_are_refused_with_a_reason(new_page):
    good, *bad = plain_page(new_page).evaluate(DAMAGE)
    assert good == "uint16 3,4"
    assert set(bad) == {"WireError: bad-message"}


def test_half_precision(new_page):
    bits = np.arange(65_536, dtype="u2")
    got = plain_page(new_page).evaluate(
        """async () => {
          const { halfToNumber } = await import("/webmon.js");
          return Array.from({ length: 65536 }, (_, bits) => String(halfToNumber(bits)));
        }"""
    )
    names = {"NaN": np.nan, "Infinity": np.inf, "-Infinity": -np.inf}
    numbers = np.array([names[text] if text in names else float(text) for text in got])
    np.testing.assert_array_equal(numbers, bits.view("f2").astype("f8"))


def test_a_restarted_server(new_page, server, producer):
    producer.stream("frames", np.zeros((4, 4), "u1"))
    page = plain_page(new_page)
    page.evaluate(
        """async () => {
          const { connect } = await import("/webmon.js");
          window.got = [];
          window.phases = [];
          window.server = await connect();
          server.on("state", ({ phase }) => phases.push(phase));
          server.subscribe("frames", { onFrame: (frame) => got.push(frame.sequence) });
        }"""
    )
    page.wait_for_function("got.length === 1")
    first = page.evaluate("server.info.server")
    server.stop()
    page.wait_for_function("phases.includes('waiting')")
    producer.put("frames", np.ones((4, 4), "u1"))
    server.start()
    page.wait_for_function("got.at(-1) === 2")
    assert page.evaluate("server.info.server") != first
    assert page.evaluate("phases.at(-1)") == "connected"
    page.problems.clear()  # Chromium reports each attempt that failed.


def test_a_restarted_producer(new_page, new_producer):
    page = plain_page(new_page)
    page.evaluate(
        """async () => {
          const { connect } = await import("/webmon.js");
          window.got = [];
          window.subscribed = [];
          window.server = await connect();
          server.subscribe("frames", {
            onSubscribed: (stream) => subscribed.push([stream.dtype, stream.generation]),
            onFrame: (frame) => got.push([frame.dtype.name, frame.shape, frame.generation]),
          });
        }"""
    )
    first = new_producer()
    first.stream("frames", np.zeros((4, 4), "u1"))
    page.wait_for_function("got.length === 1")
    first.kill()
    second = new_producer()
    second.stream("frames", np.zeros((2, 3), "<f4"))
    page.wait_for_function("got.length === 2")
    (_, before), (_, after) = page.evaluate("subscribed")
    assert before != after
    assert page.evaluate("got") == [["uint8", [4, 4], before], ["float32", [2, 3], after]]


def test_a_hidden_tab_gives_the_stream_up(new_page, producer):
    producer.stream("frames", np.zeros((4, 4), "u1"))
    page = new_page("/viewer/?stream=frames")
    wait_until(lambda: producer.wanted("frames"), what="`wanted` with a page that looks")
    show = """(state) => {
      Object.defineProperty(document, "visibilityState", { value: state, configurable: true });
      document.dispatchEvent(new Event("visibilitychange"));
    }"""
    page.evaluate(show, "hidden")
    wait_until(lambda: not producer.wanted("frames"), what="`wanted` being false with a hidden page")
    page.evaluate(show, "visible")
    wait_until(lambda: producer.wanted("frames"), what="`wanted` with a page that is seen again")


# Looks at `view` after `view` of an array, and gives back what the page has of the last one.
VIEWS = """
async ({ stream, options, views }) => {
  const { connect } = await import("/webmon.js");
  const server = await connect();
  const kept = new Map();
  const came = [];
  let seen;
  const next = () => new Promise((resolve) => (seen = resolve));
  let viewed = next();
  const subscription = server.subscribe(stream, {
    ...options,
    onTile: (tile) => {
      const { level, plane, y, x, h, w, sampled } = tile;
      came.push({ level, plane, y, x, h, w, sampled, shape: tile.shape, name: tile.dtype.name });
      kept.set([level, y, x].join(), tile);
    },
    onViewed: (told) => seen(told),
  });
  const told = [await viewed];
  for (const view of views) {
    viewed = next();
    subscription.view(view);
    told.push(await viewed);
  }
  const { level, region } = told.at(-1);
  const block = 2 ** level;
  const width = Math.ceil(region[3] / block);
  const height = Math.ceil(region[2] / block);
  const picture = new Array(width * height).fill(null);
  for (const tile of kept.values()) {
    if (tile.level !== level) continue;
    tile.array.forEach((value, i) => {
      const y = tile.y + Math.floor(i / tile.w);
      const x = tile.x + (i % tile.w);
      if (y < height && x < width) picture[y * width + x] = value;
    });
  }
  server.close();
  return { told, came, picture, height, width };
}
"""


def test_a_view_of_an_array_pans_and_zooms(new_page, producer):
    data = random_array("u2", (300, 200))
    producer.array("source", data)
    options = {"region": [0.5, 0, 99.2, 100], "tile": [64, 64]}
    views = [{"region": [100, 50, 200, 150]}, {"level": 1, "region": [0, 0, 300, 200]}]
    got = plain_page(new_page).evaluate(VIEWS, {"stream": "source", "options": options, "views": views})
    assert [told["region"] for told in got["told"]] == [[0, 0, 100, 100], [100, 50, 200, 150], [0, 0, 300, 200]]
    assert [told["level"] for told in got["told"]] == [0, 0, 1] and {told["sequence"] for told in got["told"]} == {1}
    places = [(tile["level"], tile["y"], tile["x"]) for tile in got["came"]]
    first = {(0, y, x) for y in (0, 64) for x in (0, 64)}
    second = {(0, y, x) for y in (64, 128, 192) for x in (0, 64, 128)} - first
    third = {(1, y, x) for y in (0, 64, 128) for x in (0, 64)}
    assert len(places) == len(set(places)) and set(places) == first | second | third
    assert all(tile["shape"] == [tile["h"], tile["w"]] and tile["name"] == "uint16" for tile in got["came"])
    blocks = data.reshape(150, 2, 100, 2).astype("f8").mean(axis=(1, 3))
    assert (got["height"], got["width"]) == (150, 100)
    assert np.array_equal(np.array(got["picture"]).reshape(150, 100), np.rint(blocks))
