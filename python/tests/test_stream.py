from __future__ import annotations

import threading
import time
from pathlib import Path

import numpy as np
import pytest

import webmon
from webmon import _native


def frames_of(name: str) -> webmon.FrameReader:
    reader = webmon.open(name)
    assert isinstance(reader, webmon.FrameReader)
    return reader


@pytest.fixture(params=["small frames in one call", "large ones in place"])
def each_way_to_put(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Frames of a few bytes are put as small ones and as large ones are."""
    if "large" in request.param:
        monkeypatch.setattr(_native, "FEW_BYTES", 0)


@pytest.mark.usefixtures("each_way_to_put")
def test_put_and_latest(directory: Path) -> None:
    frame = np.arange(12, dtype="u2").reshape(3, 4)
    with webmon.Stream("camera", (3, 4), "u2") as stream, frames_of("camera") as reader:
        assert stream.put(frame) == 1
        assert stream.put(frame + 1) == 2
        seen = reader.latest()
        assert np.array_equal(seen, frame + 1) and seen.dtype == frame.dtype
        assert reader.info is not None and reader.info.sequence == 2 and 0 <= reader.info.age < 10


def test_latest_before_the_first_frame(directory: Path) -> None:
    with webmon.Stream("camera", 3, "u1"), frames_of("camera") as reader:
        assert reader.info is None
        with pytest.raises(webmon.NoDataError, match="no frame"):
            reader.latest()
        with pytest.raises(LookupError):
            reader.latest(copy=True)
        assert not reader.wait(0)
        with pytest.raises(webmon.TimeoutError, match="camera"):
            reader.next(timeout=0.01)


def test_numpy_opens_the_file(directory: Path) -> None:
    with webmon.Stream("camera", (3, 4), "f4", slots=5) as stream:
        for number in range(5):
            stream.put(np.full((3, 4), number, "f4"))
        loaded = np.load(stream.path, mmap_mode="r")
        assert loaded.shape == (5, 3, 4) and loaded.dtype == np.float32
        assert sorted(loaded[:, 0, 0]) == [0, 1, 2, 3, 4]
        del loaded


@pytest.mark.usefixtures("each_way_to_put")
@pytest.mark.parametrize(
    ("frame", "error", "words"),
    [
        (np.zeros((4, 3), "u2"), webmon.InvalidError, ["(4, 3)", "(3, 4)", "uint16"]),
        (np.zeros((3, 4), "f8"), webmon.DTypeError, ["float64", "uint16", "safe"]),
        (np.zeros((3, 4), "i2"), webmon.DTypeError, ["int16", "uint16"]),
        (np.zeros(4, "f8"), webmon.InvalidError, ["(4,)", "float64", "(3, 4)", "uint16"]),
        (np.uint16(3), webmon.InvalidError, ["()", "(3, 4)"]),
        ([[1, 2]], webmon.InvalidError, ["(1, 2)", "(3, 4)"]),
        ([[1, 2, 3, 4]] * 2 + [[1, 2, 3, 70000]], webmon.InvalidError, ["70000", "uint16"]),
        ([[1, 2, 3, -4]] * 3, webmon.InvalidError, ["-4", "uint16"]),
        ([[0.5, 2, 3, 4]] * 3, webmon.DTypeError, ["float64", "uint16"]),
        ([["a", "b", "c", "d"]] * 3, webmon.DTypeError, ["uint16"]),
        ([[1, 2], [3]], webmon.InvalidError, ["list"]),
        (None, webmon.SegmentError, ["uint16"]),
        (np.zeros((3, 4), object), webmon.DTypeError, ["object"]),
    ],
)
def test_put_refuses_and_says_both(directory: Path, frame: object, error: type[Exception], words: list[str]) -> None:
    with webmon.Stream("camera", (3, 4), "u2") as stream, frames_of("camera") as reader:
        with pytest.raises(error) as caught:
            stream.put(frame)  # type: ignore[arg-type]
        for word in ["camera", *words]:
            assert word in str(caught.value)
        # Nothing was published, and no slot was lost.
        assert reader.status.sequence == 0
        for number in range(1, 10):
            assert stream.put(np.zeros((3, 4), "u2")) == number


@pytest.mark.usefixtures("each_way_to_put")
@pytest.mark.parametrize(
    "frame",
    [
        np.arange(12, dtype="u1").reshape(3, 4),
        np.arange(12, dtype=">u2").reshape(3, 4),
        np.arange(12, dtype="u2").reshape(4, 3).T.copy(order="F"),
        np.arange(24, dtype="u2").reshape(3, 8)[:, ::2],
        np.arange(12, dtype="u2").reshape(3, 4)[::-1, ::-1],
        np.ones((3, 4), bool),
        [[1, 2, 3, 65535]] * 3,
        [[True, False, True, True]] * 3,
        np.arange(12, dtype="u2").reshape(3, 4).view(np.matrix),
        np.ma.masked_array(np.arange(12, dtype="u2").reshape(3, 4), mask=False),
    ],
)
def test_put_takes_what_casts_safely(directory: Path, frame: object) -> None:
    with webmon.Stream("camera", (3, 4), "u2") as stream, frames_of("camera") as reader:
        stream.put(frame)  # type: ignore[arg-type]
        assert np.array_equal(reader.latest(), np.asarray(frame))


@pytest.mark.usefixtures("each_way_to_put")
def test_casting_is_numpys(directory: Path) -> None:
    with webmon.Stream("camera", 3, "f4") as stream, frames_of("camera") as reader:
        with pytest.raises(TypeError):
            stream.put(np.array([0.5, 1.5, 2.5]))
        stream.put(np.array([0.5, 1.5, 2.5]), casting="same_kind")
        assert reader.latest().tolist() == [0.5, 1.5, 2.5]
        stream.put([0.25, 1, True])
        assert reader.latest().tolist() == [0.25, 1, 1]


@pytest.mark.usefixtures("each_way_to_put")
def test_frame_info(directory: Path) -> None:
    with webmon.Stream("camera", (3, 4), "u2") as stream, frames_of("camera") as reader:
        frame = np.zeros((3, 4), "u2")
        now = time.monotonic_ns()
        stream.put(frame, level=2, plane=7, region=np.s_[10:13, 20:24], time=now, user=2**64 - 1)
        reader.latest()
        assert reader.info == (1, now, 2, 7, np.s_[10:13, 20:24], 2**64 - 1, 24)
        stream.put(frame)
        reader.latest()
        assert reader.info is not None and reader.info[2:] == (0, 0, None, 0, 24)
        for bad in ({"plane": -1}, {"level": 1.5}, {"region": np.s_[1:2]}, {"region": np.s_[3:3, 0:1]}, {"region": (1, 2)}):
            with pytest.raises((webmon.InvalidError, TypeError)):
                stream.put(frame, **bad)  # type: ignore[arg-type]
        assert stream.put(frame) == 3


def test_loan_is_in_place(directory: Path) -> None:
    with webmon.Stream("camera", (3, 4), "u2") as stream, frames_of("camera") as reader:
        loan = stream.loan(plane=1)
        with loan as view:
            assert type(view) is np.ndarray and view.shape == (3, 4) and view.flags.writeable
            view[...] = 7
            loan.plane = 5
            loan.region = np.s_[0:3, 4:8]
            assert reader.status.sequence == 0
        assert loan.sequence == 1 and not loan.dropped
        assert (reader.latest() == 7).all()
        assert reader.info is not None and reader.info.plane == 5 and reader.info.region == np.s_[0:3, 4:8]
        # The slot is the readers' now.
        with pytest.raises(ValueError, match="read-only"):
            view[0, 0] = 1
        with pytest.raises(webmon.InvalidError, match="another"), loan:
            pass


def test_loan_with_an_exception_is_abandoned(directory: Path) -> None:
    with webmon.Stream("camera", 3, "u2", slots=2) as stream, frames_of("camera") as reader:
        stream.put([1, 2, 3])
        for _ in range(5):
            loan = stream.loan()
            with pytest.raises(KeyError), loan as view:
                view[...] = 9
                raise KeyError
            assert loan.sequence is None
        assert reader.latest().tolist() == [1, 2, 3]
        assert stream.put([4, 5, 6]) == 2


def test_loan_with_bad_info_is_abandoned(directory: Path) -> None:
    with webmon.Stream("camera", 3, "u2", slots=2) as stream:
        with pytest.raises(webmon.InvalidError, match="plane"), stream.loan(plane=-1):
            pass
        assert stream.put([4, 5, 6]) == 1


def test_one_loan_at_a_time(directory: Path) -> None:
    with webmon.Stream("camera", 3, "u2") as stream:
        with stream.loan():
            with pytest.raises(webmon.BusyError, match="loan"), stream.loan():
                pass
            with pytest.raises(BlockingIOError):
                stream.put([1, 2, 3])
        assert stream.put([1, 2, 3]) == 2


def test_valid_bytes(directory: Path) -> None:
    with webmon.Stream("jpeg", 8, "u1") as stream, frames_of("jpeg") as reader:
        stream.put(np.full(8, 255, "u1"))
        loan = stream.loan()
        with loan as view:
            view[:] = 1
            loan.valid_bytes = 5
        assert reader.latest().tolist() == [1] * 8
        assert reader.info is not None and reader.info.valid_bytes == 5
        assert reader.latest(copy=True).tolist() == [1, 1, 1, 1, 1, 0, 0, 0]


@pytest.mark.usefixtures("each_way_to_put")
def test_dropped_when_readers_hold_every_slot(directory: Path) -> None:
    with webmon.Stream("camera", 3, "u2", slots=2) as stream, frames_of("camera") as first, frames_of("camera") as second:
        stream.put([1, 1, 1])
        held = [first.latest()]
        stream.put([2, 2, 2])
        held.append(second.latest())
        assert stream.put([3, 3, 3]) is None
        loan = stream.loan()
        with loan as view:
            view[:] = 4
        assert loan.dropped and loan.sequence is None
        assert stream.status.dropped == 2
        assert [frame.tolist() for frame in held] == [[1] * 3, [2] * 3]
        held.clear()
        assert stream.put([5, 5, 5]) == 3


@pytest.mark.usefixtures("each_way_to_put")
def test_overwrite_after_is_seen(directory: Path) -> None:
    with (
        webmon.Stream("camera", 3, "u2", slots=2, overwrite_after=2) as stream,
        frames_of("camera") as first,
        frames_of("camera") as second,
    ):
        stream.put([1, 1, 1])
        old = first.latest()
        stream.put([2, 2, 2])
        new = second.latest()
        assert first.intact(old) and second.intact(new)
        assert [stream.put([n, n, n]) for n in (3, 4, 5)] == [None, None, 3]
        assert not first.intact(old) and not first.intact(old[1:].view("u1"))
        assert second.intact(new)
        assert first.intact(first.latest(copy=True))


def test_a_hoarder_gets_copies_and_does_not_starve_the_writer(directory: Path) -> None:
    with webmon.Stream("camera", 3, "u2", slots=4) as stream, frames_of("camera") as reader:
        hoard = []
        for number in range(1, 50):
            assert stream.put([number] * 3) == number
            hoard.append(reader.latest())
        assert [frame.tolist() for frame in hoard] == [[number] * 3 for number in range(1, 50)]
        in_place = [not frame.flags.owndata for frame in hoard]
        assert in_place == [True, True] + [False] * 47
        assert stream.status.dropped == 0


def test_a_slot_that_is_let_go_during_a_wait_is_lent(directory: Path) -> None:
    with webmon.Stream("camera", 3, "u2", slots=3) as stream, frames_of("camera") as reader:
        stream.put([1, 1, 1])
        held = [reader.next()]

        def let_go_and_put() -> None:
            held.clear()
            stream.put([2, 2, 2])

        timer = threading.Timer(0.2, let_go_and_put)
        timer.start()
        frame = reader.next(20)
        timer.join()
        assert frame.tolist() == [2, 2, 2] and not frame.flags.owndata


@pytest.mark.parametrize("slots", [2, 3, 4, 8])
def test_iterating_gives_every_frame(directory: Path, slots: int) -> None:
    with webmon.Stream("camera", 2, "u4", slots=slots) as stream, frames_of("camera") as reader:
        def produce() -> None:
            for number in range(1, 101):
                while stream.put([number, number]) is None:  # two slots, one of them held: it has to try again
                    time.sleep(0)
                while seen[-1] < number - 1 and not stop:  # paced by the reader, so that nothing is overwritten
                    time.sleep(0)
            stream.close()

        seen = [0]
        stop: list[bool] = []
        thread = threading.Thread(target=produce)
        thread.start()
        try:
            for frame in reader:
                assert frame[0] == frame[1]
                assert reader.info is not None and reader.info.sequence == frame[0]
                seen.append(int(frame[0]))
        finally:
            stop.append(True)
            del frame
            thread.join()
        assert seen == list(range(101)) and reader.missed == 0
        assert reader.status.state == "closed"


def test_waiting_for_a_frame_looks_for_it_once(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[int] = []
    lease_next = _native.quick.lease_next
    monkeypatch.setattr(_native.quick, "lease_next", lambda *arguments: looks.append(1) or lease_next(*arguments))
    with webmon.Stream("camera", 1, "u4") as stream, frames_of("camera") as reader:
        timer = threading.Timer(0.05, stream.put, ([7],))
        timer.start()
        assert reader.next(20).tolist() == [7] and len(looks) == 1
        timer.join()
        with pytest.raises(TimeoutError):
            reader.next(0)
        assert len(looks) == 1


def test_what_was_overwritten_is_counted(directory: Path) -> None:
    with webmon.Stream("camera", 1, "u4", slots=3) as stream, frames_of("camera") as reader:
        for number in range(1, 11):
            stream.put([number])
        # What came before the first frame that it read is not missed.
        assert reader.next(copy=True).tolist() == [8] and reader.missed == 0
        for number in range(11, 21):
            stream.put([number])
        assert reader.next().tolist() == [18] and reader.missed == 9
        assert [int(reader.next(0)[0]) for _ in range(2)] == [19, 20] and reader.missed == 9
        with pytest.raises(TimeoutError):
            reader.next(0)


def test_out(directory: Path) -> None:
    with webmon.Stream("camera", (2, 2), "u2") as stream, frames_of("camera") as reader:
        stream.put([[1, 2], [3, 4]])
        out = np.empty((2, 2), "u2")
        assert reader.latest(out=out) is out and out.tolist() == [[1, 2], [3, 4]]
        stream.put([[5, 6], [7, 8]])
        assert reader.next(out=out) is out and out.tolist() == [[5, 6], [7, 8]]
        for bad in (np.empty((2, 2), "u4"), np.empty(4, "u2"), np.empty((2, 2), "u2", order="F"), np.empty((2, 4), "u2")[:, ::2]):
            with pytest.raises(webmon.InvalidError, match="out has"):
                reader.latest(out=bad)


@pytest.mark.parametrize("copy", [False, True])
def test_two_threads_share_the_frames_of_a_reader(directory: Path, copy: bool) -> None:
    with webmon.Stream("camera", 2, "u4", slots=8) as stream, frames_of("camera") as reader:
        seen: list[list[int]] = [[], []]

        def read(mine: list[int]) -> None:
            try:
                while True:
                    mine.append(int(reader.next(copy=copy)[1]))
            except webmon.ClosedError:
                pass

        threads = [threading.Thread(target=read, args=(mine,)) for mine in seen]
        for thread in threads:
            thread.start()
        for number in range(1, 501):
            while stream.put([number, number]) is None:
                time.sleep(0)
            while reader.sequence < number - 4:  # so that nothing is overwritten
                time.sleep(0)
        stream.close()
        for thread in threads:
            thread.join()
        # Each frame went to one of them, and to each in order.
        assert sorted(seen[0] + seen[1]) == list(range(1, 501)) and reader.missed == 0
        assert all(mine == sorted(mine) for mine in seen)


def test_wait(directory: Path) -> None:
    with webmon.Stream("camera", 1, "u1") as stream, frames_of("camera") as reader:
        start = time.monotonic()
        assert not reader.wait(0.25)
        assert 0.2 < time.monotonic() - start < 20
        timer = threading.Timer(0.2, stream.put, ([1],))
        timer.start()
        assert reader.wait(30)
        assert reader.latest().tolist() == [1]
        assert not reader.wait(0) and reader.wait(0, after=0)
        timer.join()
        with pytest.raises(webmon.InvalidError, match="timeout"):
            reader.wait(-1)
        stream.close()
        with pytest.raises(webmon.ClosedError, match="closed"):
            reader.wait()


def test_close_ends_a_wait_of_another_thread(directory: Path) -> None:
    with webmon.Stream("camera", 1, "u1"):
        reader = frames_of("camera")
        timer = threading.Timer(0.2, reader.close)
        timer.start()
        with pytest.raises(webmon.ClosedError, match="this reader"):
            reader.wait(30)
        timer.join()


def test_two_threads_put(directory: Path) -> None:
    shape = (64, 64)
    with webmon.Stream("camera", shape, "u4", slots=8) as stream, frames_of("camera") as reader:
        counts = []

        def produce(value: int) -> None:
            frame = np.full(shape, value, "u4")
            count = 0
            for number in range(500):
                if number % 3:
                    count += stream.put(frame, plane=value) is not None
                else:
                    loan = stream.loan(plane=value)
                    with loan as view:
                        view[...] = value
                    count += loan.sequence is not None
            counts.append(count)

        threads = [threading.Thread(target=produce, args=(value,)) for value in (1, 2, 3)]
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads):
            if reader.wait(0.01):
                frame = reader.latest()
                assert reader.info is not None and (frame == reader.info.plane).all()
        for thread in threads:
            thread.join()
        assert sum(counts) == reader.status.sequence == 1500 - reader.status.dropped


def test_wanted(directory: Path) -> None:
    with webmon.Stream("camera", 1, "u1") as stream:
        assert not stream.wanted
        webmon.streams()
        with webmon.open("camera", subscribe=False) as onlooker:
            assert not stream.wanted and not onlooker.subscribed
            with webmon.open("camera") as reader:
                assert stream.wanted and stream.status.readers == 1 and reader.subscribed
                reader.subscribe(False)
                assert not stream.wanted
                reader.subscribe()
                assert stream.wanted
            assert not stream.wanted


def test_a_closed_reader_asks_no_longer_though_its_frame_lives(directory: Path) -> None:
    with webmon.Stream("camera", 1, "u1") as stream:
        stream.put([1])
        reader = frames_of("camera")
        frame = reader.latest()
        reader.close()
        assert not stream.wanted and frame.tolist() == [1]
        with pytest.raises(webmon.ClosedError):
            reader.latest()
        assert "closed" in repr(reader)


@pytest.mark.usefixtures("each_way_to_put")
def test_zero_dimensional_frames(directory: Path) -> None:
    with webmon.Stream("value", (), "f8") as stream, frames_of("value") as reader:
        stream.put(1.5)
        with stream.loan() as view:
            assert view.shape == ()
            before = float(view)  # an old frame, or zero
            view += 1
        assert stream.shape == () and reader.latest().shape == ()
        assert float(reader.latest()) == 1 + before


def test_like(directory: Path) -> None:
    image = np.zeros((2, 3), ">i2")
    with webmon.Stream("camera", like=image) as stream:
        assert stream.shape == (2, 3) and stream.dtype == image.dtype
        stream.put(image)
    with webmon.Stream("camera", dtype="f4", like=image) as stream:
        assert stream.dtype == np.float32
    with pytest.raises(TypeError, match="shape and dtype"):
        webmon.Stream("camera", (3, 4))


@pytest.mark.parametrize(
    "arguments",
    [
        {"slots": 1},
        {"slots": 1025},
        {"slots": 2.5},
        {"shape": (-1,)},
        {"shape": (2.5,)},
        {"shape": (0, 3)},
        {"overwrite_after": -1},
        {"name": ""},
        {"name": ".hidden"},
        {"name": "a/b"},
        {"name": "x" * 121},
        {"name": "zero\0byte"},
        {"name": "ü"},
        {"name": 3},
    ],
)
def test_refused_arguments(directory: Path, arguments: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        webmon.Stream(**{"name": "camera", "shape": (3, 4), "dtype": "u2", **arguments})  # type: ignore[arg-type]
    assert list(directory.glob("*.npy")) == []


def test_repr(directory: Path) -> None:
    with webmon.Stream("camera", (3, 4), "u2") as stream:
        stream.put(np.zeros((3, 4), "u2"))
        assert repr(stream) == "<webmon.Stream 'camera' (3, 4) uint16, 1 committed>"
        with webmon.open("camera") as reader:
            assert repr(reader) == "<webmon.FrameReader 'camera' (3, 4) uint16, live, at 0>"
        assert "plane 3" in repr(stream.loan(plane=3))
    assert "closed" in repr(stream)


def test_a_loan_ends_in_its_thread(directory: Path) -> None:
    with webmon.Stream("camera", 3, "u2") as stream:
        loan = stream.loan()
        errors = []

        def end() -> None:
            try:
                loan.__exit__(None, None, None)
            except webmon.InvalidError as error:
                errors.append(str(error))

        with loan:
            thread = threading.Thread(target=end)
            thread.start()
            thread.join()
        assert errors == ["a loan of stream 'camera' must end in the thread that began it"]
        assert loan.sequence == 1 and stream.put([1, 2, 3]) == 2


def test_a_loan_that_was_left_open_is_taken_back(directory: Path) -> None:
    with webmon.Stream("camera", 3, "u2", slots=2) as stream:
        stream.put([1, 2, 3])
        loan = stream.loan()
        loan.__enter__()
        with pytest.raises(webmon.BusyError):
            stream.put([1, 2, 3])
        del loan  # as ctrl-C does on the threshold of __exit__
        assert stream.put([1, 2, 3]) == 2
