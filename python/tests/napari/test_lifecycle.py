"""How sharing begins and ends, in processes of its own as users have it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from webmon import _files

SOURCE = Path(__file__).resolve().parents[2] / "src"

ONE_PROCESS = """
    import os, pickle, signal, threading, urllib.request
    import napari, webmon
    from napari.components import ViewerModel
    from napari.utils._proxies import PublicOnlyProxy
    from qtpy.QtCore import QTimer
    from qtpy.QtWidgets import QApplication
    from webmon import _server
    from webmon.napari._share import sharing_of

    def wrong(kind, words, act, *arguments, **options):
        try:
            act(*arguments, **options)
        except kind as error:
            assert words in str(error), error
        else:
            raise AssertionError(f"no error with {words!r}")

    def names():
        return sorted(name for name in os.listdir(os.environ["WEBMON_DIR"]) if name not in (".lock", "webmon.commands.npy"))

    # Nobody to share.
    wrong(webmon.InvalidError, "no napari viewer", webmon.share)
    wrong(webmon.InvalidError, "no window", webmon.share, ViewerModel())
    wrong(webmon.InvalidError, "is a int", webmon.share, 7)
    webmon.unshare()

    # One, however it is named, and from whatever thread.
    first = napari.Viewer()
    address = webmon.share(PublicOnlyProxy(first))
    assert address == webmon.share(first) == webmon.share(), address
    assert f'href="{address}"' in address._repr_html_() and pickle.loads(pickle.dumps(address)) == address
    wrong(webmon.InvalidError, "is shared in", webmon.share, first, directory="/dev/shm/elsewhere")
    said = []

    def from_another_thread():
        try:
            said.append(webmon.share())
        except BaseException as error:
            said.append(error)

    thread = threading.Thread(target=from_another_thread)
    thread.start()
    while thread.is_alive():
        QApplication.processEvents()
    assert said == [address], said

    # Two, and one of them again.
    second = napari.Viewer()
    webmon.share(second)
    assert [sharing_of(first).prefix, sharing_of(second).prefix] == ["napari", "napari-2"]
    webmon.unshare(first)
    assert sharing_of(first) is None and not any(name.split(".")[0] == "napari" for name in names()), names()
    webmon.share(first)
    assert sharing_of(first).prefix == "napari"

    # The server goes; the viewers do not, and another one is there when it is asked for.
    server = _server._servers[os.environ["WEBMON_DIR"]]
    os.kill(server._process.pid, signal.SIGKILL)
    server._process.wait()
    ticks = sharing_of(second).ticks
    while sharing_of(second).ticks < ticks + 3:
        QApplication.processEvents()
    assert urllib.request.urlopen(webmon.share(second) + "healthz").status == 200

    # A fork has no windows.
    child = os.fork()
    if child == 0:
        try:
            wrong(webmon.ForkedError, "fork", webmon.share)
            os._exit(0)
        except BaseException:
            os._exit(1)
    assert os.waitpid(child, 0)[1] == 0

    # A window that a user closes, and one that a script closes.
    window = first.window._qt_window
    window.close()
    while sharing_of(first) is not None:
        QApplication.processEvents()
    wrong(webmon.InvalidError, "is closed", webmon.share, first)
    second.close()
    while sharing_of(second) is not None:
        QApplication.processEvents()
    assert names() == [], names()

    # The end of the event loop is not a viewer's.
    third = napari.Viewer()
    webmon.share()
    QTimer.singleShot(100, QApplication.instance().exit)
    napari.run()
    assert sharing_of(third).prefix == "napari"
    print("through")
"""


def test_in_one_process(napari_script: Callable[[str], str], directory: Path) -> None:
    assert napari_script(ONE_PROCESS).endswith("through\n")
    assert left(directory) == []


SHARED = """
    import os, sys
    import napari, webmon
    from qtpy.QtCore import QTimer
    from webmon.napari._share import sharing_of

    viewer = napari.Viewer()
    address = webmon.share()
    QTimer.singleShot(0, lambda: print(os.getpid(), sharing_of(viewer).prefix, address, flush=True))
"""

Start = Callable[[str], subprocess.Popen[str]]


@pytest.fixture
def start(directory: Path, tmp_path: Path) -> Iterator[Start]:
    """Starts a script with a screen of its own, which goes on until it is ended."""
    started: list[subprocess.Popen[str]] = []

    def run(script: str) -> subprocess.Popen[str]:
        file = tmp_path / f"script{len(started)}.py"
        file.write_text(textwrap.dedent(script))
        command = ["xvfb-run", "-a", "-s", "-screen 0 1400x1000x24", sys.executable, str(file)]
        environment = {**os.environ, "PYTHONPATH": str(SOURCE), "NAPARI_CONFIG": str(tmp_path / f"settings{len(started)}.yaml")}
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        started.append(subprocess.Popen(command, text=True, env=environment, start_new_session=True, **pipes))
        return started[-1]

    yield run
    for process in started:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)  # its screen, too
        process.communicate()


def ready(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    """Process, prefix and address of a viewer that is shared."""
    assert process.stdout is not None
    for line in process.stdout:
        words = line.split()
        if words and words[0].isdigit():
            return int(words[0]), words[1], words[2]
    raise AssertionError(process.communicate()[1])


def left(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.iterdir() if path.name != ".lock")


def stays(directory: Path) -> list[str]:
    """What is left and no `webmon gc` takes. The server of a process that was killed ends by itself, some time after it."""
    end = time.monotonic() + 30
    while True:
        subprocess.run([str(_files.program()), "gc", "--dir", str(directory)], check=True, capture_output=True)
        found = left(directory)
        if not found or time.monotonic() > end:
            return found
        time.sleep(0.1)


@pytest.mark.parametrize(
    ("end", "code"),
    [("raise ValueError('the end')", 1), ("os.kill(os.getpid(), 2)", 130), ("os._exit(4)", 4)],
    ids=["exception", "ctrl-c", "os._exit"],
)
def test_the_ends_of_a_process(start: Start, directory: Path, end: str, code: int) -> None:
    where = f"{end}\n" if "raise" in end else f"QTimer.singleShot(200, lambda: {end})\nnapari.run()\n"
    process = start(textwrap.dedent(SHARED) + where)
    process.communicate(timeout=120)
    assert process.returncode == code
    assert (stays(directory) if "_exit" in end else left(directory)) == []


def test_two_processes_that_begin_at_once(start: Start, directory: Path) -> None:
    again = """
    def share_again(line):
        global address
        address = webmon.share()
        print(os.getpid(), sharing_of(viewer).prefix, address, flush=True)

    from qtpy.QtCore import QSocketNotifier
    notifier = QSocketNotifier(0, QSocketNotifier.Type.Read)
    notifier.activated.connect(lambda *_: share_again(sys.stdin.readline()) or None)
    napari.run()
    """
    script = textwrap.dedent(SHARED) + textwrap.dedent(again)
    processes = [start(script), start(script)]
    told = [ready(process) for process in processes]
    assert {prefix for _, prefix, _ in told} == {"napari", "napari-2"}
    assert told[0][2] == told[1][2], "one server"

    # One of them is killed, perhaps the one with the server; the other goes on, and the name is free.
    os.kill(told[0][0], signal.SIGKILL)
    processes[0].wait(60)
    other = processes[1]
    assert other.stdin is not None
    other.stdin.write("again\n")
    other.stdin.flush()
    assert ready(other)[1] == told[1][1]
    os.kill(told[1][0], signal.SIGKILL)
    other.wait(60)
    assert stays(directory) == []


SPAWNS = """
    import multiprocessing
    import napari, webmon
    from webmon.napari._share import sharing_of

    viewer = napari.Viewer()
    address = webmon.share()

    def see(_):
        return str(address), sharing_of(viewer) is None

    if __name__ == "__main__":
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            assert pool.map(see, [0]) == [(str(address), True)]
            pool.close()
            pool.join()
        assert sharing_of(viewer).prefix == "napari"
        print("through")
"""


def test_a_spawned_child_shares_nothing(napari_script: Callable[[str], str], directory: Path) -> None:
    assert napari_script(SPAWNS).endswith("through\n")
    assert left(directory) == []


NOTEBOOK = """
    import nbclient, nbformat, sys, threading, warnings
    from jupyter_client import BlockingKernelClient
    from nbformat.v4 import new_code_cell, new_notebook

    def keep_awake(connection_file, through):
        # ipykernel's Qt loop hears of messages by the edges of a descriptor, and now and then sleeps over one until the next comes.
        kernel = BlockingKernelClient(connection_file=connection_file)
        kernel.load_connection_file()
        kernel.start_channels(hb=False)
        while not through.wait(1):
            kernel.kernel_info()
        kernel.stop_channels()

    if __name__ == "__main__":
        through = threading.Event()
        setup = ["%gui qt", "import napari, webmon; viewer = napari.Viewer()", "webmon.share()"]
        ticks = "print(webmon.napari._share.sharing_of(viewer).ticks)"
        notebook = new_notebook(cells=[new_code_cell(text) for text in [*setup, ticks]])
        client = nbclient.NotebookClient(notebook, timeout=300)
        with client.setup_kernel():
            waker = threading.Thread(target=keep_awake, args=[client.km.connection_file, through], daemon=True)
            waker.start()
            for index, cell in enumerate(notebook.cells):
                client.execute_cell(cell, index)
            output = notebook.cells[2].outputs
            shown = next(item["data"] for item in output if item.output_type == "execute_result")
            assert shown["text/plain"].startswith("'http://127.0.0.1:") and "<a href=" in shown["text/html"], shown
            # The kernel runs Qt's event loop while it waits for a cell.
            while int(notebook.cells[3].outputs[0]["text"]) < 3:
                client.execute_cell(notebook.cells[3], 3)
            embedders = new_code_cell("print(webmon._running.running_server(webmon._directory.directory_path()).embedders)")
            notebook.cells.append(embedders)
            client.execute_cell(embedders, 4)
            assert "localhost" in embedders.outputs[0]["text"]
            through.set()
            waker.join()
        print("through")
"""


def test_in_a_notebook(napari_script: Callable[[str], str]) -> None:
    assert napari_script(NOTEBOOK).endswith("through\n")


IPYTHON = """
    import os, pty, select, sys

    child, terminal = pty.fork()
    if child == 0:
        os.environ["TERM"] = "xterm"  # in a dumb one IPython runs no event loop
        os.execv(sys.executable, [sys.executable, "-m", "IPython", "--gui=qt", "--no-banner", "--colors=nocolor"])

    said = b""

    def until(words):
        while words not in said:
            hear()

    def hear():
        global said
        if select.select([terminal], [], [], 1)[0]:
            said += os.read(terminal, 4096)

    until(b"In [")
    os.write(terminal, b"import napari, webmon; viewer = napari.Viewer(); address = webmon.share()\\r")
    until(b"napari is at http")
    # IPython runs Qt's event loop while it waits for a line.
    while b"ENOUGH" not in said:
        os.write(terminal, b"print('ENO' + 'UGH' * (webmon.napari._share.sharing_of(viewer).ticks > 3))\\r")
        for _ in range(3):
            hear()
    os.write(terminal, b"exit\\r")
    try:
        while True:
            hear()
    except OSError:  # the end of a terminal
        pass
    assert os.waitpid(child, 0)[1] == 0
    print("through")
"""


def test_in_ipython(napari_script: Callable[[str], str], directory: Path) -> None:
    assert napari_script(IPYTHON).endswith("through\n")
    assert left(directory) == []
