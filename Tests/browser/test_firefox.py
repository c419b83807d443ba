"""The pages and the client library in a real Firefox: bytes and pixels against the source array."""

import hashlib

import firefox
import numpy as np
import pytest
from canvas import assert_gray, eventually, gray_levels, viewer_address, screen, wait_for_frame
from conftest import wait_until

SHAPE = (120, 200)
RNG = np.random.default_rng(20240502)


@pytest.fixture(scope="session")
def browser(tmp_path_factory):
    with firefox.running(tmp_path_factory.mktemp("firefox")) as browser:
        yield browser


@pytest.fixture
def new_page(browser, server):
    """Opens pages of the server. Whatever a page complains about fails the test, unless it takes it from `page.problems`."""
    pages = []

    def make(path):
        pages.append(firefox.Page(browser, server.address + path))
        return pages[-1]

    yield make
    problems = [problem for page in pages for problem in page.problems]
    for page in pages:
        page.close()
    assert problems == []


def random_array(dtype, shape):
    if dtype == "b1":
        return RNG.random(shape) > 0.5
    if np.dtype(dtype).kind in "fc":
        return RNG.normal(size=(*shape, 2)).view("c16")[..., 0].astype(dtype) if np.dtype(dtype).kind == "c" else RNG.normal(size=shape).astype(dtype)
    info = np.iinfo(dtype)
    return RNG.integers(info.min, info.max, shape, dtype=np.dtype(dtype).newbyteorder("="), endpoint=True).astype(dtype)


# The streams page


def test_the_list(new_page, producer):
    producer.stream("camera", np.zeros((48, 64), "u2"))
    producer.array("labels", np.zeros((30, 40), ">i4"), tile=[16, 16])
    page = new_page("/streams/")
    page.wait_for_function("() => document.querySelectorAll('tr.segment[data-state=live]').length === 2")
    cells = page.evaluate(
        """() => Array.from(document.querySelectorAll("tr.segment"), (row) => Object.fromEntries(
             Array.from(row.querySelectorAll("[data-label]"), (cell) => [cell.dataset.label, cell.innerText.trim()])))"""
    )
    shown = sorted((row["Kind"], row["Dtype"], row["Shape"]) for row in cells)
    assert shown == [("array", "int32 big-endian", "30 × 40"), ("frames", "uint16", "48 × 64")]
    producer.close("labels")
    page.wait_for_function("() => document.querySelectorAll('tr.segment').length === 1")
    assert page.inner_text("#summary").startswith("1 segment, 1 live")


# The viewer


@pytest.mark.parametrize("dtype, limits", [("u1", (20, 220)), ("<u2", (60_000, 64_000)), (">i2", (-32_000, -29_000)), ("<f4", (0, 1)), ("<f2", (0, 1)), ("<u4", (4_294_900_000, 4_294_901_000))])  # fmt: skip
def test_pixels(new_page, producer, dtype, limits):
    low, high = limits
    data = (RNG.random(SHAPE) * (high - low) * 1.1 + low).astype("f8")
    if np.dtype(dtype).kind in "iu":
        data = np.clip(np.floor(data), np.iinfo(dtype).min, np.iinfo(dtype).max)
    data = data.astype(dtype)
    producer.stream("image", data)
    page = new_page(viewer_address("image", SHAPE, limits=f"{low},{high}"))
    wait_for_frame(page)
    eventually(lambda: assert_gray(screen(page, SHAPE), gray_levels(data, low, high)))


def test_colour(new_page, producer):
    data = RNG.integers(0, 256, (*SHAPE, 3)).astype("u1")
    producer.stream("image", data)
    page = new_page(viewer_address("image", SHAPE))
    wait_for_frame(page)
    eventually(lambda: np.testing.assert_array_equal(screen(page, SHAPE), data))


def test_the_picture_follows_the_stream_and_a_restarted_server(new_page, server, producer):
    first, second, third = (RNG.integers(0, 256, SHAPE).astype("u1") for _ in range(3))
    producer.stream("image", first)
    page = new_page(viewer_address("image", SHAPE, limits="0,255"))
    wait_for_frame(page)
    eventually(lambda: assert_gray(screen(page, SHAPE), first.astype(int), allowed=0))
    producer.put("image", second)
    wait_for_frame(page, 2)
    eventually(lambda: assert_gray(screen(page, SHAPE), second.astype(int), allowed=0))
    server.stop()
    page.wait_for_function("() => /reconnecting in \\d+ s/.test(document.body.innerText)")
    producer.put("image", third)
    server.start()
    wait_for_frame(page, 3)
    wait_until(lambda: (screen(page, SHAPE)[..., 0] == third).all(), what="the frame after the restart")
    # What a browser says of attempts to connect that failed.
    assert all("connect" in problem.lower() for problem in page.problems)
    page.problems.clear()


# The client library


FIRST_FRAME = """async ({ stream, options }) => {
  const { connect } = await import("/webmon.js");
  const server = await connect();
  const frame = await new Promise((onFrame, onError) => server.subscribe(stream, { ...options, onFrame, onError }));
  server.close();
  const { array } = frame;
  const digest = await crypto.subtle.digest("SHA-256", array);
  return {
    sha256: Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join(""),
    type: array.constructor.name,
    bytes: array.byteLength,
    aligned: array.byteOffset % 16 === 0,
    shape: frame.shape,
    sequence: frame.sequence,
    name: frame.dtype?.name ?? null,
  };
}"""

ARRAYS = {
    "b1": "Uint8Array", "u1": "Uint8Array", "i1": "Int8Array", "u2": "Uint16Array", "i2": "Int16Array", "u4": "Uint32Array",
    "i4": "Int32Array", "u8": "BigUint64Array", "i8": "BigInt64Array", "f4": "Float32Array", "f8": "Float64Array", "c8": "Float32Array",
    "c16": "Float64Array",
}  # fmt: skip


def first_frame(page, stream, **options):
    return page.evaluate(FIRST_FRAME, {"stream": stream, "options": options})


def assert_same_bytes(got, data):
    native = np.ascontiguousarray(data.astype(data.dtype.newbyteorder("=")))
    assert (got["bytes"], got["shape"], got["aligned"]) == (native.nbytes, list(data.shape), True)
    assert got["sha256"] == hashlib.sha256(native.tobytes()).hexdigest()


@pytest.mark.parametrize("dtype", ["b1", "u1", "i1", "<u2", ">u2", "<i2", "<u4", ">i4", "<u8", ">i8", "<f4", ">f4", "<f8", "<c8", ">c16"])
def test_the_typed_array_equals_the_source(new_page, producer, dtype):
    data = random_array(dtype, (3, 5, 7))
    producer.stream("source", data)
    got = first_frame(new_page("/healthz"), "source")
    assert_same_bytes(got, data)
    assert (got["type"], got["sequence"], got["name"]) == (ARRAYS[dtype.lstrip("<>")], 1, data.dtype.newbyteorder("=").name)


@pytest.mark.parametrize("shape", [(1,), (13,), (1 << 20,), ((1 << 20) + 1,), (2048, 2048), (4, 2048, 4096)])
def test_every_byte_of_every_size(new_page, producer, shape):
    data = RNG.integers(0, 65536, shape, "u2")
    producer.stream("source", data)
    assert_same_bytes(first_frame(new_page("/healthz"), "source"), data)


def test_every_frame_comes_in_order_under_all(new_page, producer):
    frames = RNG.integers(0, 2**32, (12, 300, 500), "u4")
    producer.stream("source", frames[0], slots=16)
    page = new_page("/healthz")
    page.evaluate(
        """async () => {
          const { connect } = await import("/webmon.js");
          window.sums = [];
          const server = await connect();
          server.subscribe("source", { policy: "all", credits: 3, onFrame: (frame) => {
            sums.push([frame.sequence, frame.array.reduce((sum, value) => sum + value, 0)]);
          } });
        }"""
    )
    # Until then the server may not know of the subscription, which would begin with a later frame.
    page.wait_for_function("() => sums.length === 1")
    for frame in frames[1:]:
        producer.put("source", frame)
    page.wait_for_function("() => sums.length === 12")
    assert page.evaluate("() => sums") == [[number + 1, int(frame.sum(dtype="u8"))] for number, frame in enumerate(frames)]


# The guard of all tests here


def test_complaints_are_seen(new_page):
    page = new_page("/streams/")
    page.evaluate(
        """() => {
          console.error("a word");
          setTimeout(() => { throw new Error("thrown"); });
          const script = document.createElement("script");
          script.textContent = "window.ran = true";
          document.head.append(script);
        }"""
    )

    def are_told():
        text = "\n".join(page.problems)
        return "console: a word" in text and "thrown" in text and "policy: script-src" in text

    wait_until(are_told, what="all three complaints")
    assert page.evaluate("() => window.ran ?? null") is None, "the policy lets scripts in the page run"
    page.problems.clear()
