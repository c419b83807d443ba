"""Regions, levels and reductions of arrays and frames, held against numpy."""

import os
import subprocess
import sys
import time

import numpy as np
import pytest
import webmon
from data_message import array
from raw_websocket import RawWebSocket
from tile_client import TilePage, reduced, same, until

MIB = 1 << 20
PLAIN = ["?", "u1", "i1", "<u2", ">u2", "<i2", ">i4", "<u4", "<u8", ">i8", "<f2", ">f2", "<f4", ">f4", "<f8", "<c8", ">c8", "<c16"]


@pytest.fixture
def client(server):
    client = RawWebSocket(server.port)
    yield client
    client.close()


def content(shape, dtype, seed=1):
    """Numbers of all magnitudes that the dtype has, with NaNs where there are such."""
    dtype, random = np.dtype(dtype), np.random.default_rng(seed)
    if dtype.kind == "b":
        return random.integers(0, 2, shape).astype(dtype)
    if dtype.kind in "iu":
        limits = np.iinfo(dtype)
        return random.integers(limits.min, limits.max, shape, dtype=dtype.newbyteorder("="), endpoint=True).astype(dtype)
    data = random.normal(0, 100, shape)
    if dtype.kind == "c":
        data = data + 1j * random.normal(0, 100, shape)
    data = data.astype(dtype)
    data[random.random(shape) < 0.2] = np.nan
    data[:4, :4] = np.nan
    return data


def close(a, b):
    """Means of floats may differ in their last bit, as the order of a sum does."""
    if a.dtype.kind not in "fc":
        return same(a, b)
    return a.shape == b.shape and np.allclose(a.astype("c16"), b.astype("c16"), rtol=1e-3 if a.dtype.itemsize == 2 else 1e-6, equal_nan=True)


# Values


@pytest.mark.parametrize("reduce", ["mean", "nearest", "mode"])
@pytest.mark.parametrize("dtype", PLAIN)
def test_every_dtype_is_reduced_as_numpy_would(server, client, dtype, reduce):
    if reduce == "mode" and np.dtype(dtype).kind == "c":
        pytest.skip("complex numbers have no order")
    data = content((83, 57), dtype) if reduce != "mode" else (content((83, 57), dtype) > 0).astype(dtype)
    with webmon.Array("image", data.shape, dtype, tile=(16, 32)) as image:
        image[...] = data
        page = TilePage(client, 3, "image", level=0, tile=[16, 32], reduce=reduce)
        page.until_viewed()
        assert page.headers[0].dtype == data.dtype
        assert same(page.picture(0), data)
        for level in (1, 2, 3, 6):
            viewed = page.view(level=level)
            assert (viewed["level"], viewed["region"], viewed["seq"]) == (level, [0, 0, 83, 57], 1)
            assert close(page.picture(level), reduced(data, level, reduce)), level


def test_integers_are_rounded_half_to_even_and_wide_ones_exactly(server, client):
    data = np.array([[1, 2, 3, 4], [0, 0, 0, 0]], "i2")  # 3 / 4, 7 / 4
    big = np.array([[2**64 - 1, 2**64 - 2, 1, 2], [2**64 - 1, 2**64 - 2, 1, 2]], "u8")
    with webmon.Array("small", data.shape, "i2") as small, webmon.Array("big", big.shape, "u8") as wide:
        small[...] = data
        wide[...] = big
        client.learn("small", "big")
        page = TilePage(client, 1, "small", level=1)
        page.until_viewed()
        assert page.picture(1).tolist() == [[1, 2]]
        small[...] = [[0, 1, 2, 3], [0, 1, 2, 3]]  # 0.5, 2.5
        page.until_viewed()
        assert page.picture(1).tolist() == [[0, 2]]
        small[...] = [[0, -1, -2, -3], [0, -1, -2, -3]]
        page.until_viewed()
        assert page.picture(1).tolist() == [[0, -2]]
        page = TilePage(client, 2, "big", level=1)
        page.until_viewed()
        assert page.picture(1).tolist() == [[2**64 - 2, 2]]


@pytest.mark.parametrize(
    ("shape", "fields", "plane"),
    [
        ((1000,), {}, lambda data: data[None]),
        ((37, 41), {"axes": [1, 0]}, lambda data: data.T),
        ((37, 41), {"axes": [1], "index": [36]}, lambda data: data[36][None]),
        ((5, 33, 41), {"index": [3]}, lambda data: data[3]),
        ((33, 5, 41), {"axes": [0, 2], "index": [4]}, lambda data: data[:, 4]),
        ((33, 41, 3), {"channels": 2}, lambda data: data),
        ((3, 33, 41), {"channels": 0}, lambda data: np.moveaxis(data, 0, -1)),
        ((2, 33, 3, 41), {"channels": 2, "index": [1]}, lambda data: np.moveaxis(data[1], 1, -1)),
        ((4, 3, 2, 21, 19), {"index": [3, 1, 1]}, lambda data: data[3, 1, 1]),
    ],
)
def test_planes_of_any_number_of_dimensions(server, client, shape, fields, plane):
    data = content(shape, "u2")
    expected = plane(data)
    others = [extent for axis, extent in enumerate(shape) if axis not in shown_axes(shape, fields)]
    number = int(np.ravel_multi_index(fields["index"], others)) if fields.get("index") else 0
    with webmon.Array("dense", shape, "u2") as dense, webmon.Array("sparse", shape, "u2", sparse=True) as sparse:
        for id, image in enumerate((dense, sparse), 1):
            image[...] = data
            client.learn("dense", "sparse")
            page = TilePage(client, id, image.name, level=0, tile=[16, 16], **fields)
            page.until_viewed()
            assert same(page.picture(0, number), expected)
            page.view(level=2)
            flat = expected if expected.ndim == 3 or len(expected) > 1 else np.repeat(expected, 4, 0)
            assert same(page.picture(2, number), reduced(flat, 2))


def shown_axes(shape, fields):
    free = [axis for axis in range(len(shape)) if axis != fields.get("channels")]
    return {*(fields.get("axes") or free[-2:]), fields.get("channels")}


def test_structured_dtypes_are_cut_and_taken_nearest(server, client):
    dtype = np.dtype([("a", "<u2"), ("b", ">f4")])
    data = np.zeros((20, 30), dtype)
    data["a"] = np.arange(600).reshape(20, 30)
    with webmon.Array("records", data.shape, dtype) as records:
        records[...] = data
        page = TilePage(client, 1, "records", level=1)
        page.until_viewed()
        (pixels,) = page.tiles.values()
        assert np.array_equal(np.frombuffer(pixels, dtype).reshape(10, 15), data[::2, ::2])
        client.send("subscribe", id=2, stream="records", level=1, reduce="mean")
        error = client.control("error")
        assert (error["code"], error["id"]) == ("bad-field", 2) and "nearest" in error["message"]


def test_labels_and_masks_are_not_averaged_unless_asked(server, client):
    data = content((32, 32), "u4")
    with webmon.Array("labels", data.shape, "u4", metadata={"labels": True}) as labels:
        labels[...] = data
        page = TilePage(client, 1, "labels", level=2)
        page.until_viewed()
        assert same(page.picture(2), data[::4, ::4])
        page = TilePage(client, 2, "labels", level=2, reduce="mean")
        page.until_viewed()
        assert same(page.picture(2), reduced(data, 2))


# Which tiles go


def test_only_tiles_in_view_go_and_the_nearest_to_the_centre_first(server, client):
    data = content((1024, 1024), "u1")
    with webmon.Array("image", data.shape, "u1") as image:
        image[...] = data
        page = TilePage(client, 1, "image", region=[100, 300, 700, 900], tile=[128, 128])
        viewed = page.until_viewed()
        assert viewed["region"] == [100, 300, 700, 900] and viewed["seq"] == 1
        assert sorted(page.came) == [(0, 0, y, x) for y in range(0, 700, 128) for x in range(256, 900, 128)]
        distance = [(y + 64 - 400) ** 2 + (x + 64 - 600) ** 2 for _, _, y, x in page.came]
        assert distance == sorted(distance)
        for (_, _, y, x), pixels in page.tiles.items():
            assert np.array_equal(pixels, data[y : y + 128, x : x + 128])
        # A pan sends what is new, and back again nothing.
        page.view(region=[100, 100, 700, 700])
        assert sorted(page.came) == [(0, 0, y, x) for y in range(0, 700, 128) for x in (0, 128)]
        page.view(region=[100, 300, 700, 900])
        assert page.came == []
        page.view(level=1)
        assert sorted(page.came) == [(1, 0, y, x) for y in range(0, 350, 128) for x in range(128, 450, 128)]
        page.view(region=[900, -500, 2000, 1], level=0)  # what is outside is left out
        assert sorted(page.came) == [(0, 0, 896, 0)]
        assert page.view(region=[5000, 5000, 6000, 6000])["region"] == [1024, 1024, 1024, 1024] and page.came == []
        # A page that has dropped its tiles says so.
        page.view(region=[0, 0, 10, 10], fresh=True)
        assert page.came == [(0, 0, 0, 0)]


def test_an_edit_sends_exactly_the_tiles_that_show_it(server, client):
    with webmon.Array("image", (600, 600), "u2", tile=(50, 50)) as image:
        page = TilePage(client, 1, "image", level=0, tile=[100, 100])
        page.until_viewed()
        assert len(page.came) == 36 and all(header.sequence == 0 for header in page.headers)
        image[120:130, 260:270] = 5
        assert page.until_viewed()["seq"] == 1
        assert page.came == [(0, 0, 100, 200)] and page.headers[0].sequence == 1
        image[95:105, 200] = 6  # two tiles of the array, in two of the view
        page.until_viewed()
        assert sorted(page.came) == [(0, 0, 0, 200), (0, 0, 100, 200)]
        assert {header.sequence for header in page.headers} == {2}
        # Out of view: nothing now, and what changed when it comes back into view.
        page.view(region=[0, 0, 100, 100])
        assert page.came == []
        image[120, 260] = 9
        client.send("ping", t=1)
        client.control("pong")
        page.view(region=[0, 0, 600, 600])
        assert page.came == [(0, 0, 100, 200)]
        assert np.array_equal(page.picture(0), image.array)


def test_planes_are_remembered_by_their_index(server, client):
    data = content((4, 40, 40), "u1")
    with webmon.Array("stack", data.shape, "u1", tile=(1, 32, 32)) as stack:
        stack[...] = data
        page = TilePage(client, 1, "stack", level=0, tile=[32, 32])
        page.until_viewed()
        page.view(index=[2])
        assert {plane for _, plane, _, _ in page.came} == {2} and len(page.came) == 4
        page.view(index=[0])
        assert page.came == []
        stack[2, 0, 0] ^= 1
        client.send("ping", t=1)
        client.control("pong")
        page.view(index=[2])
        assert page.came == [(0, 2, 0, 0)]
        assert np.array_equal(page.picture(0, 2), stack.array[2])


def test_tiles_cost_credits_and_viewed_costs_none(server, client):
    with webmon.Array("image", (64, 64), "u1", tile=(32, 32)) as image:
        client.subscribed(1, "image", level=0, tile=[32, 32], credits=3)
        headers = [array(client.data())[0] for _ in range(3)]
        client.send("ping", t=1)
        client.control("pong")  # and no fourth tile
        client.send("view", id=1, region=[0, 0, 1, 1])  # all there already
        assert client.control("viewed")["region"] == [0, 0, 1, 1]
        client.send("view", id=1, region=[0, 0, 64, 64])
        client.send("ping", t=2)
        client.control("pong")
        client.credit(1, headers[0])
        assert array(client.data())[0].opcode == 4
        assert client.control("viewed")["seq"] == 0
        image[0, 0] = 1
        client.send("ping", t=3)
        client.control("pong")
        client.credit(1, headers[1])
        assert array(client.data())[0].sequence == 1
        client.control("viewed")


def test_an_open_edit_is_waited_for(server, client):
    with webmon.Array("image", (64, 64), "u1") as image:
        with image.edit(np.s_[0:10, 0:10]) as view:
            view[:5] = 7
            client.subscribed(1, "image", level=0, tile=[32, 32], credits=64)
            client.send("ping", t=1)
            client.control("pong")
            client.send("ping", t=2)
            client.control("pong")  # nothing of the tile that is being edited
            view[5:] = 7
        header, pixels = array(client.data())
        rest = [array(client.data())[0] for _ in range(3)]
        assert {(h.y, h.x) for h in [header, *rest]} == {(0, 0), (0, 32), (32, 0), (32, 32)}
        client.control("viewed")


def test_tiles_beside_an_open_edit_go_at_once(server, client):
    with webmon.Array("image", (64, 64), "u1", tile=(32, 32)) as image:
        with image.edit(np.s_[0:10, 0:10]) as view:
            view[...] = 7
            client.subscribed(1, "image", level=0, tile=[32, 32], credits=64)
            assert {array(client.data())[0].sequence for _ in range(3)} == {0}
        header, pixels = array(client.data())
        assert (header.y, header.x, header.sequence) == (0, 0, 1) and (pixels[:10, :10] == 7).all()
        client.control("viewed")


def test_a_writer_that_never_rests_is_followed_and_never_torn(server, client):
    with webmon.Array("image", (256, 256), "u1", tile=(256, 256)) as image:
        page = TilePage(client, 1, "image", level=0, credits=2)
        page.until_viewed()
        end = time.monotonic() + 1
        number = 0
        while time.monotonic() < end:
            number += 1
            image[...] = number % 251
        last = image.status.sequence
        seen = []
        while not seen or seen[-1] < last:
            message = client.message()
            if isinstance(message, bytes):
                header = page.take(message)
                (pixels,) = page.tiles.values()
                assert len(np.unique(pixels)) == 1
                seen.append(header.sequence)
        assert seen == sorted(set(seen))


def test_a_level_of_an_array_that_is_edited_all_the_time_comes_to_what_is_there(server, client):
    with webmon.Array("image", (2048, 2048), "u1") as image:
        page = TilePage(client, 1, "image", level=2, credits=8)
        page.until_viewed()
        end = time.monotonic() + 1
        number = 0
        while time.monotonic() < end:
            number += 1
            row = number * 37 % 2000
            image[row : row + 48] = number % 251
        last = image.status.sequence
        while (viewed := client.message()) is not None:
            if isinstance(viewed, bytes):
                page.take(viewed)
            elif viewed["seq"] == last:
                break
        assert same(page.picture(2), reduced(image.array, 2))


def test_a_writer_that_dies_in_an_edit_leaves_what_is_there(server, client):
    code = "import webmon, sys; a = webmon.Array('image', (64, 64), 'u1', tile=(32, 32)); e = a.edit((slice(0, 9), slice(0, 9)))\n"
    code += "v = e.__enter__(); v[:4] = 7; print('open', flush=True); sys.stdin.readline()"
    writer = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        writer.stdout.readline()
        page = TilePage(client, 1, "image", level=0, tile=[32, 32])
        for _ in range(3):  # beside the edit
            page.take(client.data())
        writer.kill()
        page.until_viewed()
        assert page.came == [(0, 0, 0, 0)] and page.picture(0).sum() == 4 * 9 * 7
    finally:
        writer.kill()
        writer.communicate()


def test_many_pages_share_the_tiles(server):
    clients = [RawWebSocket(server.port) for _ in range(6)]
    with webmon.Array("image", (1024, 1024), "u2") as image:
        image[...] = content((1024, 1024), "u2")
        pages = [TilePage(client, 1, "image", level=1) for client in clients]
        for page in pages:
            page.until_viewed()
            assert same(page.picture(1), pages[0].picture(1))
        for client in clients:
            client.send("status", every_ms=1000)
        copied = [client.control("status")["session"]["copied_bytes"] for client in clients]
        # Each tile was made once, and counted once.
        assert sum(copied) == 512 * 512 * 2
    for client in clients:
        client.close()


def test_a_new_generation_is_looked_at_anew(server, client):
    with webmon.Array("image", (64, 64), "u1") as image:
        image[...] = 1
        page = TilePage(client, 1, "image", level=0, tile=[32, 32])
        page.until_viewed()
    client.control("removed")
    client.control("waiting")
    with webmon.Array("image", (40, 40), "u1") as image:
        client.control("added")
        client.control("subscribed")
        page.tiles.clear()
        page.until_viewed()
        assert page.picture(0).shape == (40, 40) and not page.picture(0).any()


def test_a_generation_that_the_view_does_not_fit_is_told(server, client):
    with webmon.Array("image", (3, 64, 64), "u1"):
        TilePage(client, 1, "image", level=0, index=[2]).until_viewed()
    client.control("removed")
    client.control("waiting")
    with webmon.Array("image", (2, 64, 64), "u1"):
        client.control("added")
        error = client.control("error")
        assert (error["code"], error["id"]) == ("bad-field", 1) and "index" in error["message"]
        client.control("waiting")


# Frames


@pytest.mark.parametrize("shape", [(200, 300), (1200, 1300)])  # cut at once, and by a worker
def test_frames_are_cut_and_reduced(server, client, shape):
    with webmon.Stream("camera", shape, "<u2") as camera:
        frames = [content(shape, "u2", seed) for seed in range(3)]
        camera.put(frames[0])
        client.subscribed(1, "camera", region=[10, 21, 151, 222], level=1)
        header, pixels = array(client.data())
        assert (header.opcode, header.sequence, header.level, header.plane) == (1, 1, 1, 0)
        assert (header.y, header.x, header.h, header.w) == (5, 10, 71, 101) and header.shape == (71, 101)
        assert same(pixels, reduced(frames[0], 1)[5:76, 10:111])
        camera.put(frames[1])
        client.credit(1, header)
        header, pixels = array(client.data())
        assert header.sequence == 2 and same(pixels, reduced(frames[1], 1)[5:76, 10:111])
        # A move shows another part of the frame that is on screen, without a new one.
        client.credit(1, header)
        client.send("view", id=1, region=[0, 0, 16, 16], level=0)
        header, pixels = array(client.data())
        assert header.sequence == 2 and header.lost == 0 and same(pixels, frames[1][:16, :16])
        client.send("status", every_ms=1000)
        assert client.control("status")["session"]["copied_bytes"] == 2 * 71 * 101 * 2 + 16 * 16 * 2


@pytest.mark.parametrize("sides", [(3, 20, 30), (3, 400, 500)])
def test_frames_of_any_axes(server, client, sides):
    data = content((4, *sides), ">u2")
    with webmon.Stream("stack", data.shape, data.dtype) as stack:
        stack.put(data)
        client.subscribed(1, "stack", axes=[3, 2], channels=1, index=[2], level=1, reduce="nearest")
        header, pixels = array(client.data())
        assert header.plane == 2 and header.dtype == data.dtype
        assert same(pixels, data[2].transpose(2, 1, 0)[::2, ::2])
        # Of a frame that its writer did not fill the plane is not there.
        loan = stack.loan()
        with loan as slot:
            slot[...] = data + 1
            loan.valid_bytes = 2 * data[0].nbytes
        client.credit(1, header)
        header, pixels = array(client.data())
        assert header.sequence == 2 and header.shape == (0, 0, 3)
        client.send("view", id=1, index=[1])
        client.credit(1, header)
        header, pixels = array(client.data())
        assert same(pixels, (data + 1)[1].transpose(2, 1, 0)[::2, ::2])


def test_a_frame_that_its_writer_did_not_fill_has_fewer_rows(server, client):
    data = content((400, 300), "u2")
    with webmon.Stream("camera", data.shape, "u2") as camera:
        for fields, id in (({"level": 0}, 1), ({"level": 1, "reduce": "nearest"}, 2), ({"region": [90, 0, 200, 300]}, 3)):
            loan = camera.loan()
            with loan as slot:
                slot[...] = data
                loan.valid_bytes = 101 * 600 + 17
            client.subscribed(id, "camera", **fields)
            header, pixels = array(client.data())
            expected = {1: data[:101], 2: data[:101:2, ::2], 3: data[90:101]}[id]
            assert same(pixels, expected) and (header.h, header.w) == expected.shape
            client.send("unsubscribe", id=id)
            client.control("unsubscribed")


def test_whole_frames_are_not_copied(server, client):
    data = content((400, 500, 3), "u1")
    with webmon.Stream("camera", data.shape, "u1") as camera:
        camera.put(data, level=2, region=(slice(10, 13), slice(20, 25)))
        client.subscribed(1, "camera", level=0, channels=2)
        header, pixels = array(client.data())
        assert (header.level, header.y, header.x, header.h, header.w) == (0, 0, 0, 400, 500)
        assert np.array_equal(pixels, data)
        client.send("status", every_ms=1000)
        assert client.control("status")["session"]["copied_bytes"] == 0


def test_gaps_of_cut_frames_are_told(server, client):
    with webmon.Stream("camera", (64, 64), "u4") as camera:
        camera.put(np.full((64, 64), 1, "u4"))
        client.subscribed(1, "camera", region=[0, 0, 8, 8])
        header, pixels = array(client.data())
        for number in range(2, 8):
            camera.put(np.full((64, 64), number, "u4"))
        client.credit(1, header)
        gap = client.control("gap")
        assert (gap["from"], gap["to"]) == (2, 6)
        header, pixels = array(client.data())
        assert header.sequence == 7 and header.lost == 5 and (pixels == 7).all()


@pytest.mark.parametrize("policy", ["latest", "all"])
def test_every_cut_frame_comes_or_is_told_as_a_gap(server, client, policy):
    shape = (400, 400)
    with webmon.Stream("camera", shape, "u4") as camera:
        client.subscribed(1, "camera", level=1, policy=policy, credits=4)
        last = lost = got = 0
        for number in range(1, 101):
            while camera.put(np.full(shape, number, "u4")) is None:
                time.sleep(0.001)
        while last < 100:
            message = client.message()
            if isinstance(message, dict):
                assert message["type"] == "gap" and message["from"] == last + 1
                last = message["to"]
                lost += message["to"] - message["from"] + 1
            else:
                header, pixels = array(message)
                assert header.sequence == last + 1 or last == 0
                assert header.shape == (200, 200) and (pixels == header.sequence).all() and header.lost == lost
                last, got = header.sequence, got + 1
                client.credit(1, header)
        assert got > 0


@pytest.mark.parametrize("seed", range(4))
def test_any_view_of_any_array_is_what_numpy_sees(server, client, seed):
    random = np.random.default_rng(seed)
    for number in range(30):
        shape = tuple(int(extent) for extent in random.integers(0 if random.random() < 0.1 else 1, 40, random.integers(1, 5)))
        tile = [int(random.choice([1, 3, 7, 64, 2**62])) for _ in shape]
        data = content(shape, "u2", seed)
        name = f"image{number}"
        with webmon.Array(name, shape, "u2", tile=tile, sparse=bool(random.random() < 0.5)) as image:
            image[...] = data
            axes = [int(axis) for axis in random.permutation(len(shape))]
            shown = axes[: random.integers(1, min(2, len(axes)) + 1)]
            channels = axes[2] if len(axes) > 2 and len(shown) == 2 and random.random() < 0.5 else None
            others = sorted(set(axes) - {*shown, channels})
            index = [int(random.integers(max(shape[axis], 1))) for axis in others]
            level = int(random.integers(0, 7)) if random.random() < 0.9 else int(random.integers(7, 32))
            low = random.integers(-10, 30, 2)
            region = [int(low[0]), int(low[1]), int(low[0] + random.integers(0, 40)), int(low[1] + random.choice([9, 2**52]))]
            fields = {"level": level, "region": region, "axes": shown, "index": index, "tile": [16, 32], "reduce": "nearest"}
            page = TilePage(client, number + 1, name, **fields, **({} if channels is None else {"channels": channels}))
            viewed = page.until_viewed()
            plane = data[tuple(index[others.index(axis)] if axis in others else slice(None) for axis in range(len(shape)))]
            left = [axis for axis in range(len(shape)) if axis not in others]
            plane = plane.transpose([left.index(axis) for axis in [*shown, *([] if channels is None else [channels])]])
            plane = plane[None] if len(shown) == 1 else plane
            y0, x0, y1, x1 = viewed["region"]
            assert [y0, x0, y1, x1] == [min(max(end, 0), plane.shape[n % 2]) for n, end in enumerate(region)]
            whole = plane[:: 1 << level, :: 1 << level]
            block = 1 << level
            tiles = set()
            if y1 > y0 and x1 > x0:
                rows, columns = range(y0 // block // 16, (-(-y1 // block) - 1) // 16 + 1), range(x0 // block // 32, (-(-x1 // block) - 1) // 32 + 1)
                tiles = {(row * 16, column * 32) for row in rows for column in columns}
            assert {key[2:] for key in page.tiles} == tiles
            for (_, _, y, x), pixels in page.tiles.items():
                assert same(pixels, whole[y : y + 16, x : x + 32])
            client.send("unsubscribe", id=number + 1)
            client.control("unsubscribed")
        client.control("removed")


# Sampling, and arrays larger than memory


def test_what_would_be_too_much_work_is_sampled_and_says_so(server, client):
    data = np.random.default_rng(1).integers(0, 256, (8192, 8192), dtype="u1")
    with webmon.Array("image", data.shape, "u1") as image:
        image[...] = data
        page = TilePage(client, 1, "image", level=5)
        page.until_viewed()
        assert all(header.flags & 2 for header in page.headers)
        # 8 x 8 of every block of 32 x 32: every fourth row and column.
        assert same(page.picture(5), reduced(data, 5, step=4))
        page.view(level=1, region=[0, 0, 512, 512])
        assert not any(header.flags & 2 for header in page.headers)


def blocks(path):
    return os.stat(path).st_blocks


def resident(process):
    with open(f"/proc/{process.pid}/status") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmRSS"))


def test_a_canvas_of_ten_gigabytes_pans_and_zooms_without_being_read(server, client):
    began = time.monotonic()
    with webmon.Array("canvas", (100_000, 100_000), "u1", sparse=True) as canvas:
        created = time.monotonic() - began
        assert canvas.description.sparse and canvas.description.nbytes == 10**10
        spots = [(0, 0), (31_337, 77_777), (99_990, 99_990), (50_000, 12_345)]
        for y, x in spots:
            canvas[y : y + 10, x : x + 10] = 200
        taken = blocks(canvas.path) * 512
        assert taken < 16 * MIB, "only what was written, the tiles' versions and the header have memory"
        before = resident(server.process)
        page = TilePage(client, 1, "canvas", region=[0, 0, 1000, 1000])
        page.until_viewed()
        assert (page.tiles[(0, 0, 0, 0)][:10, :10] == 200).all() and page.tiles[(0, 0, 0, 0)].sum() == 100 * 200
        for level in range(17):
            half = 600 << level
            for y, x in [*spots, (70_000, 70_000)]:
                page.view(level=level, region=[y - half, x - half, y + half, x + half])
                for (at, _, top, left), pixels in ((key, page.tiles[key]) for key in page.came):
                    rows, columns = (-(-100_000 >> at) for _ in range(2))
                    assert pixels.shape == (min(256, rows - top), min(256, columns - left))
        assert blocks(canvas.path) * 512 == taken, "reading took memory"
        grown = resident(server.process) - before
        assert grown < 400 * MIB, f"{grown / MIB} MiB"
        # Exactly what was painted, and zeros.
        for y, x in spots:
            page.tiles.clear()
            page.view(level=0, region=[y, x, y + 10, x + 10], fresh=True)
            for (_, _, top, left), pixels in page.tiles.items():
                inside = pixels[max(y - top, 0) : y - top + 10, max(x - left, 0) : x - left + 10]
                assert (inside == 200).all() and pixels.sum() == inside.size * 200
        # An edit shows at every level.
        page.view(level=9, region=[0, 0, 100_000, 100_000])
        canvas[40_000:45_000, 40_000:45_000] = 250
        page.until_viewed()
        assert page.came == [(9, 0, 0, 0)] and page.headers[0].flags & 2
        assert page.tiles[(9, 0, 0, 0)][80:87, 80:87].min() == 250 and page.tiles[(9, 0, 0, 0)][100, 100] == 0
        # What reads all of it says that it will not.
        client.send("subscribe", id=9, stream="canvas")
        assert client.control("error")["code"] == "too-large"
        client.control("waiting")
    assert created < 30


# What is wrong


@pytest.mark.parametrize(
    ("fields", "word"),
    [
        ({"level": -1}, "level"),
        ({"level": 32}, "level"),
        ({"level": 1.5}, "level"),
        ({"region": [0, 0, 1]}, "region"),
        ({"region": [5, 0, 1, 1]}, "region"),
        ({"region": [0, 0, 1, "1"]}, "region"),
        ({"region": {"y": 0}}, "region"),
        ({"level": 0, "axes": [0, 0]}, "axes"),
        ({"level": 0, "axes": [0, 3]}, "axes"),
        ({"level": 0, "axes": []}, "axes"),
        ({"level": 0, "axes": [0, 1, 2]}, "axes"),
        ({"level": 0, "channels": 7}, "channels"),
        ({"level": 0, "channels": 1, "axes": [1, 2]}, "axes"),
        ({"level": 0, "index": [3]}, "index"),
        ({"level": 0, "index": [0, 0]}, "index"),
        ({"level": 0, "index": [-1]}, "index"),
        ({"level": 0, "reduce": "median"}, "reduce"),
        ({"level": 0, "reduce": 3}, "reduce"),
        ({"level": 0, "tile": [8, 256]}, "tile"),
        ({"level": 0, "tile": [256, 4096]}, "tile"),
        ({"level": 0, "tile": 256}, "tile"),
    ],
)
def test_bad_views_are_answered(server, client, fields, word):
    with webmon.Array("stack", (3, 40, 50), "u1"):
        client.learn("stack")
        client.send("subscribe", id=1, stream="stack", **fields)
        error = client.control("error")
        assert (error["code"], error["id"]) == ("bad-field", 1) and word in error["message"]
        message = client.control("waiting") if "for stack" in error["message"] else None
        assert message is None or message["id"] == 1


def test_moves_that_are_wrong_change_nothing(server, client):
    with webmon.Array("stack", (3, 40, 50), "u1"), webmon.Log("log", "u1"):
        client.learn("stack", "log")
        page = TilePage(client, 1, "stack", level=0)
        page.until_viewed()
        for fields in ({"index": [3]}, {"level": 99}, {"region": [1]}, {"fresh": 1}):
            client.send("view", id=1, **fields)
            error = client.control("error")
            assert (error["code"], error["id"]) == ("bad-field", 1)
        assert page.view()["region"] == [0, 0, 40, 50] and page.came == []
        client.send("view", id=5, level=1)
        assert client.control("error")["code"] == "no-such-id"
        client.send("subscribe", id=2, stream="log", level=0)
        error = client.control("error")
        assert error["code"] == "bad-field" and "log" in error["message"]
        client.control("waiting")
        client.subscribed(3, "log")
        client.send("view", id=3, level=1)
        assert client.control("error")["code"] == "bad-field"


def test_a_view_of_too_many_tiles_is_refused(server, client):
    with webmon.Array("canvas", (100_000, 100_000), "u1", sparse=True):
        client.learn("canvas")
        client.send("subscribe", id=1, stream="canvas", level=0)
        error = client.control("error")
        assert error["code"] == "bad-field" and "4096" in error["message"]


def test_a_page_that_goes_leaves_nothing_behind(server):
    with webmon.Array("image", (4096, 4096), "u2") as image, webmon.Stream("camera", (2048, 2048), "u2") as camera:
        image[...] = 1
        camera.put(np.ones((2048, 2048), "u2"))
        for _ in range(5):
            client = RawWebSocket(server.port)
            client.learn("image", "camera")
            client.send("subscribe", id=1, stream="image", level=2, credits=64)
            client.send("subscribe", id=2, stream="camera", level=1)
            client.control("subscribed")
            client.reset()
        until(lambda: not image.wanted and not camera.wanted)
        for _ in range(8):
            assert camera.put(np.ones((2048, 2048), "u2")) is not None


@pytest.mark.parametrize("shape, fields", [((0, 5, 7), {"level": 0}), ((0, 1 << 30, 1 << 30), {"level": 20, "region": [0, 0, 9, 9]}), ((3, 0, 7), {"level": 0})])
def test_a_view_of_nothing(server, client, shape, fields):
    with webmon.Array("nothing", shape, "u1"):
        page = TilePage(client, 1, "nothing", **fields)
        page.until_viewed()
        assert not page.tiles
