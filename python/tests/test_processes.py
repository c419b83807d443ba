"""fork, spawn, and processes that are killed."""

from __future__ import annotations

import gc
import multiprocessing
import os
import pickle
import signal
import subprocess
import time
import traceback
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import webmon
from webmon import _process

Start = Callable[..., subprocess.Popen[str]]

PRODUCER = """
    import sys, numpy as np, webmon
    stream = webmon.Stream("camera", (256, 256), "u4", slots=4)
    log = webmon.Log("loads", [("a", "u8"), ("b", "u8")])
    array = webmon.Array("labels", (64, 64), "u4", tile=16)
    number = 0
    print("ready", flush=True)
    while True:
        number += 1
        with stream.loan() as view:
            view[...] = number
        log.append((number, number))
        with array.edit() as part:
            part[...] = number
"""

CONSUMER = """
    import numpy as np, webmon
    reader = webmon.open("camera", timeout=20)
    print("ready", flush=True)
    held = []
    for frame in reader:
        assert frame.min() == frame.max(), "torn"
        held = [*held, frame][-2:]
"""


def frames_of(name: str) -> webmon.FrameReader:
    reader = webmon.open(name)
    assert isinstance(reader, webmon.FrameReader)
    return reader


def ready(child: subprocess.Popen[str]) -> None:
    assert child.stdout is not None and child.stderr is not None
    line = child.stdout.readline()
    assert line == "ready\n", line + child.stderr.read()


def in_fork(body: Callable[[], object]) -> None:
    """Runs `body` in a forked child, which ends with webmon's own clean-up and with finalizers."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            body()
            code = 0
        except BaseException:
            traceback.print_exc()
        finally:
            _process._close_all()
            gc.collect()
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_a_forked_child_does_not_own_its_parents_writers(directory: Path) -> None:
    stream, log, array = webmon.Stream("s", 3, "u1"), webmon.Log("l", "u1"), webmon.Array("a", 3, "u1")
    stream.put([1, 2, 3])

    def child() -> None:
        for use in (
            lambda: stream.put([1, 2, 3]),
            lambda: stream.loan().__enter__(),
            lambda: log.append(1),
            lambda: array.__setitem__(0, 1),
            lambda: array.edit().__enter__(),
            lambda: stream.wanted,
            lambda: log.status,
        ):
            with pytest.raises(webmon.ForkedError, match="parent"):
                use()
        assert "parent" in repr(stream)
        with pytest.raises(webmon.BusyError):
            webmon.Stream("s", 3, "u1")
        for writer in (stream, log, array):
            writer.close()

    in_fork(child)
    in_fork(lambda: None)
    assert len(list(directory.glob("*.npy"))) == 3
    assert stream.put([4, 5, 6]) == 2 and log.append(1) == 1
    array[0] = 1
    for writer in (stream, log, array):
        assert writer.status.state == "live"
        writer.close()


def test_a_script_that_forks_and_exits(directory: Path, python: Start) -> None:
    child = python(
        """
        import os, sys, webmon
        stream = webmon.Stream("s", 3, "u1")
        reader = webmon.open("s")
        stream.put([1, 2, 3])
        frame = reader.latest()
        for number in range(3):
            child = os.fork()
            if child == 0:
                if number == 1:
                    del stream, reader, frame
                sys.exit(7)
            assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
            assert os.listdir(os.environ["WEBMON_DIR"]).count("s.npy") == 1
            assert stream.put([number] * 3) is not None and stream.wanted
        assert frame.tolist() == [1, 2, 3]
        """
    )
    _, errors = child.communicate(timeout=60)
    assert child.returncode == 0 and errors == ""
    assert list(directory.glob("*.npy")) == []


def test_the_parents_name_is_free_though_a_child_of_it_lives(directory: Path, python: Start) -> None:
    child = python(
        """
        import os, time, webmon
        stream = webmon.Stream("s", 3, "u1")
        reader = webmon.open("s")
        forked, tell = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(1); os.close(2)
            os.write(tell, b"1")
            time.sleep(60)
        # Until the child runs, it has not yet let go of what it inherited.
        os.read(forked, 1)
        print(child, flush=True)
        os.kill(os.getpid(), 9)
        """
    )
    assert child.stdout is not None
    grandchild = int(child.stdout.readline())
    child.wait(20)
    try:
        os.kill(grandchild, 0)
        assert webmon.streams()[0].status.state == "gone"
        with webmon.Stream("s", 3, "u1") as stream:
            assert stream.put([1, 2, 3]) == 1 and not stream.wanted
    finally:
        os.kill(grandchild, signal.SIGKILL)


def test_fork_in_the_middle_of_a_loan(directory: Path) -> None:
    with webmon.Stream("s", 3, "u1") as stream, frames_of("s") as reader:
        with stream.loan() as view:
            view[...] = 1

            def child() -> None:
                with pytest.raises(webmon.ForkedError):
                    stream.put([1, 2, 3])

            in_fork(child)
            view[...] = 2
        assert reader.latest().tolist() == [2, 2, 2]


def test_a_forked_childs_readers_work(directory: Path) -> None:
    with webmon.Stream("s", 3, "u1", slots=3) as stream, frames_of("s") as reader:
        stream.put([1, 1, 1])
        frame = reader.latest()

        def child() -> None:
            nonlocal frame
            assert frame.tolist() == [1, 1, 1] and reader.latest().tolist() == [1, 1, 1]
            del frame
            assert reader.status.readers >= 1  # the parent's

        in_fork(child)
        # What the child let go of was not the parent's lease or subscription.
        for number in range(2, 12):
            assert stream.put([number] * 3) == number
        assert frame.tolist() == [1, 1, 1] and stream.wanted and stream.status.readers == 1
        del frame


def test_a_forked_child_publishes_under_its_own_name(directory: Path) -> None:
    with webmon.Stream("s", 3, "u1"):
        def child() -> None:
            with webmon.Stream("child", 3, "u1") as own:
                own.put([1, 2, 3])
                assert frames_of("child").latest().tolist() == [1, 2, 3]

        in_fork(child)
        assert [stream.name for stream in webmon.streams()] == ["s"]


def test_readers_can_be_pickled_and_writers_cannot(directory: Path) -> None:
    with webmon.Stream("s", 3, "u1") as stream, frames_of("s") as reader:
        stream.put([1, 2, 3])
        again = pickle.loads(pickle.dumps(reader))
        assert again.latest().tolist() == [1, 2, 3]
        again.close()
        with pytest.raises(TypeError, match="one writer"):
            pickle.dumps(stream)


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_multiprocessing_with_a_stream_at_the_top_of_the_script(directory: Path, python: Start, method: str) -> None:
    child = python(
        """
        import multiprocessing, sys
        import numpy as np
        import webmon

        stream = webmon.Stream("camera", (4, 4), "u2")     # no guard: spawn runs this again in the child
        log = webmon.Log("loads", "u8")
        labels = webmon.Array("labels", (4, 4), "u2")

        def look(expected):
            with webmon.open("camera") as reader:
                assert (reader.latest() == expected).all()
            try:
                stream.put(np.zeros((4, 4), "u2"))
            except webmon.ForkedError:
                return expected
            return "the child could publish"

        def publish(name):
            own = webmon.Stream(name, 3, "u1")             # not closed: the end of the process has to do it
            own.put([1, 2, 3])
            return own.status.sequence

        if __name__ == "__main__":
            context = multiprocessing.get_context(sys.argv[1])
            for number in range(3):
                stream.put(np.full((4, 4), number, "u2"))
                with context.Pool(2) as pool:
                    assert pool.map(look, [number] * 4) == [number] * 4
                    pool.close()
                    pool.join()
            process = context.Process(target=publish, args=("own",))
            process.start()
            process.join()
            assert process.exitcode == 0
            assert sorted(s.name for s in webmon.streams()) == ["camera", "labels", "loads"]
            print(stream.status.sequence, stream.status.state)
        """,
        method,
    )
    output, errors = child.communicate(timeout=120)
    assert child.returncode == 0 and output == "3 live\n", errors
    assert list(directory.glob("*.npy")) == []


def test_multiprocessing_passes_readers(directory: Path) -> None:
    with webmon.Stream("s", 3, "u1") as stream, frames_of("s") as reader:
        stream.put([1, 2, 3])
        for method in ("fork", "spawn"):
            with multiprocessing.get_context(method).Pool(1) as pool:
                assert pool.apply(read_sum, (reader,)) == 6
                pool.close()
                pool.join()
        assert stream.put([4, 5, 6]) == 2


def read_sum(reader: webmon.FrameReader) -> int:
    return int(reader.latest().sum())


def test_killing_the_writer_under_load(directory: Path, python: Start) -> None:
    for round in range(5):
        producer = python(PRODUCER)
        ready(producer)
        reader, log, array = frames_of("camera"), webmon.open("loads"), webmon.open("labels")
        assert isinstance(log, webmon.LogReader) and isinstance(array, webmon.ArrayReader)
        frame = newest = reader.next(20)
        assert log.wait(20)
        time.sleep(0.05 * round)
        producer.kill()
        producer.wait()
        assert frame.min() == frame.max()
        with pytest.raises(webmon.ClosedError, match="gone"):
            while True:
                reader.wait(5)
                newest = reader.latest()
                assert newest.min() == newest.max()
        assert reader.status.state == "gone"
        records = log.since(0).records
        assert np.array_equal(records["a"], records["b"]) and len(records)
        # Somebody takes the names over; who looks at the old ones is told.
        with (
            webmon.Stream("camera", 3, "u1") as stream,
            webmon.Log("loads", [("a", "u8"), ("b", "u8")], resume=True) as resumed,
            webmon.Array("labels", (64, 64), "u4", tile=16, resume=True) as labels,
        ):
            with pytest.raises(webmon.SupersededError):
                reader.wait(after=reader.status.sequence)
            assert newest.min() == newest.max()
            assert stream.put([1, 2, 3]) == 1
            last = int(records["a"][-1])
            assert resumed.append((last, last)) >= last
            labels[...] = 5
            assert array.changed(0).version == labels.status.sequence
        del frame, newest
        for opened in (reader, log, array):
            opened.close()
    assert list(directory.glob("*.npy")) == []


def test_killing_readers_under_load(directory: Path, python: Start) -> None:
    with webmon.Stream("camera", (256, 256), "u4", slots=4) as stream:
        number = 0
        for _ in range(4):
            consumers = [python(CONSUMER) for _ in range(2)]
            for consumer in consumers:
                ready(consumer)
            end = time.monotonic() + 0.5
            while time.monotonic() < end:
                number += 1
                stream.put(np.full((256, 256), number, "u4"))
            assert stream.wanted
            for consumer in consumers:
                assert consumer.poll() is None, consumer.communicate()
                consumer.kill()
                consumer.wait()
            # Nothing of them stays: no wish, and no slot.
            assert not stream.wanted
            for _ in range(10):
                assert stream.put(np.zeros((256, 256), "u4")) is not None


def test_one_writer_a_name(directory: Path, python: Start) -> None:
    producer = python(PRODUCER)
    ready(producer)
    for make in (
        lambda: webmon.Stream("camera", 3, "u1"),
        lambda: webmon.Log("loads", "u1"),
        lambda: webmon.Array("labels", 3, "u1"),
        lambda: webmon.remove("camera"),
    ):
        with pytest.raises(webmon.BusyError) as caught:
            make()
        assert isinstance(caught.value, BlockingIOError)
    producer.send_signal(signal.SIGINT)
    _, errors = producer.communicate(timeout=20)
    assert "KeyboardInterrupt" in errors and "Exception ignored" not in errors
    assert list(directory.glob("*.npy")) == []


@pytest.mark.parametrize("call", ["reader.wait()", "reader.next()", "list(reader)", "list(log)", "log.wait(100)", "webmon.open('none', timeout=None)"])
def test_ctrl_c_ends_a_wait(directory: Path, python: Start, call: str) -> None:
    with webmon.Stream("s", 3, "u1"), webmon.Log("l", "u1"):
        child = python(
            f"""
            import webmon
            reader, log = webmon.open("s"), webmon.open("l")
            try:
                print("ready", flush=True)
                {call}
            except KeyboardInterrupt:
                print("interrupted")
            """
        )
        ready(child)
        time.sleep(0.3)
        start = time.monotonic()
        child.send_signal(signal.SIGINT)
        output, errors = child.communicate(timeout=60)
        assert output == "interrupted\n", errors
        assert time.monotonic() - start < 20


@pytest.mark.parametrize("what", ["put", "loan", "edit", "setitem", "append"])
def test_ctrl_c_at_any_point_leaves_nothing_on_loan(directory: Path, what: str) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    frame = np.zeros((32, 32), "u1")
    interrupted = 0
    with (
        webmon.Stream("s", (32, 32), "u1", slots=2) as stream,
        webmon.Array("a", (32, 32), "u1") as array,
        webmon.Log("l", "u8") as log,
        frames_of("s") as reader,
    ):
        stream.put(frame)

        def loan() -> None:
            with stream.loan() as view:
                view[...] = 1

        def edit() -> None:
            with array.edit() as view:
                view[...] = 1

        action = {
            "put": lambda: stream.put(frame),
            "loan": loan,
            "edit": edit,
            "setitem": lambda: array.__setitem__(0, 1),
            "append": lambda: log.append(1),
        }[what]
        before = signal.signal(signal.SIGALRM, interrupt)
        try:
            for number in range(300):
                try:
                    # Again after a while: Python swallows what is raised while it finalizes an object.
                    signal.setitimer(signal.ITIMER_REAL, 0.0005 + number % 100 * 1e-6, 0.05)
                    try:
                        while True:
                            action()
                    finally:
                        signal.setitimer(signal.ITIMER_REAL, 0)
                except KeyboardInterrupt:
                    # Once more, for one that came before the line above.
                    signal.setitimer(signal.ITIMER_REAL, 0)
                    interrupted += 1
                assert stream.put(frame) is not None and stream.put(frame) is not None
                array[...] = 1
                log.append(1)
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)
        assert interrupted == 300 and log.status.sequence >= 300


def test_a_signal_handler_may_append_in_the_middle_of_an_append(directory: Path) -> None:
    count = 0
    with webmon.Log("l", [("a", "u8"), ("b", "u8")], records=1_000_000) as log, webmon.open("l") as reader:
        assert isinstance(reader, webmon.LogReader)

        def handler(*_: object) -> None:
            nonlocal count
            count += 1
            log.append((2**40 + count, 2**40 + count))

        before = signal.signal(signal.SIGALRM, handler)
        signal.setitimer(signal.ITIMER_REAL, 0.001, 0.0003)
        try:
            for number in range(50_000):
                log.append((number, number))
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)
        records = reader.since(0).records
        assert np.array_equal(records["a"], records["b"]) and count > 10
        assert np.array_equal(np.sort(records["a"]), np.r_[np.arange(50_000), 2**40 + 1 + np.arange(count)])
