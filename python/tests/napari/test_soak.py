"""Hours of panning, as far as memory can tell: what each picture left behind would show."""

from __future__ import annotations

from collections.abc import Callable

SCRIPT = """
    import gc, os, subprocess, sys, textwrap, time
    from pathlib import Path
    import dask.array, napari, numpy as np, webmon, webmon._server
    from qtpy.QtWidgets import QApplication

    WATCHER = '''
    import os, sys, time, webmon
    parent = os.getppid()
    readers = [webmon.open(name) for name in sys.argv[1:]]
    print("watching", flush=True)
    while os.getppid() == parent:
        time.sleep(0.005)
        for reader in readers:
            try:
                reader.latest()
            except webmon.NoDataError:
                pass
            except (webmon.ClosedError, webmon.SupersededError):
                sys.exit()
    '''

    finest = np.random.default_rng(1).integers(0, 4096, (2048, 2048)).astype("u2")
    viewer = napari.Viewer()
    levels = [dask.array.from_array(finest[::step, ::step], chunks=256) for step in (1, 2, 4)]
    viewer.add_image(levels, multiscale=True, name="slide", contrast_limits=(0, 4096))
    drawn = 0

    def count(_):
        global drawn
        drawn += 1

    viewer.window._qt_viewer.canvas.events.draw.connect(count)

    def pan(pictures):
        camera = viewer.scene.camera
        for number in range(pictures):
            camera.zoom = 0.5 + number % 5 / 4
            camera.center = (0, 1000 + 300 * np.sin(number / 9), 1000 + 300 * np.cos(number / 7))
            before = drawn
            while drawn == before:
                QApplication.processEvents()

    def memory():
        gc.collect()
        return {name: int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4096 / 1e6 for name, pid in processes.items()}

    def growth(pictures):
        # What so many pictures leave, once what is kept for good is there.
        pan(40)
        before, descriptors = memory(), len(os.listdir("/proc/self/fd"))
        pan(pictures)
        after = memory()
        assert len(os.listdir("/proc/self/fd")) <= descriptors + 2
        return {name: after[name] - before[name] for name in before}

    processes = {"napari": os.getpid()}
    alone = growth(100)  # napari itself keeps something of each picture that has another zoom
    webmon.share()
    pan(3)
    names = [stream.name for stream in webmon.streams() if stream.name.endswith((".view", ".tiles", "view-state", "chunk-loads", "frame-times"))]
    assert len(names) == 5, names
    watcher = subprocess.Popen([sys.executable, "-c", textwrap.dedent(WATCHER), *names], stdout=subprocess.PIPE)
    assert watcher.stdout.readline() == b"watching\\n"
    processes["server"] = next(iter(webmon._server._servers.values()))._process.pid
    shared = growth(100)
    assert watcher.poll() is None, "nobody watched"
    watcher.kill()
    watcher.wait()
    watcher.stdout.close()
    print("grown by MB, alone and shared:", alone, shared)
    # A picture shows 4 MB; the allocator's own ups and downs are some MB.
    assert shared["napari"] - alone["napari"] < 25 and shared["server"] < 5
    viewer.close()
    assert webmon.streams() == []
"""


def test_panning_leaves_memory_flat(napari_script: Callable[[str], str]) -> None:
    assert "grown by MB, alone and shared:" in napari_script(SCRIPT)
