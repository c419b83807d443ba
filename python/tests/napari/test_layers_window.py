"""Layers of a viewer with a window, whose own timer ticks."""

from __future__ import annotations

from collections.abc import Callable

SCRIPT = """
    import os, statistics, time
    import napari, numpy as np, webmon
    from qtpy.QtWidgets import QApplication
    from webmon.napari._layers import Layers
    from webmon.napari._share import sharing_of

    def until(condition, seconds=40):
        end = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < end, "it did not come true"
            QApplication.processEvents()
            time.sleep(0.002)

    def opened(name):
        # A generation that is filled: the one before says that it is idle.
        found = []
        def look():
            try:
                reader = webmon.open(name)
            except webmon.errors.NotFoundError:
                return False
            if reader.metadata.get("idle"):
                # Somebody must look for a moment.
                end = time.monotonic() + 0.3
                while reader.status.state == "live" and time.monotonic() < end:
                    QApplication.processEvents()
                reader.close()
                return False
            found.append(reader)
            return True
        until(look)
        return found[0]

    def same(reader, expected):
        return lambda: reader.status.sequence > 0 and np.array_equal(reader.latest(copy=True), expected)

    viewer = napari.Viewer()
    rng = np.random.default_rng(1)
    stack = rng.integers(0, 4096, (8, 256, 320)).astype("u2")
    image = viewer.add_image(stack, name="camera", contrast_limits=(0, 4095))
    labels = viewer.add_labels(np.zeros((256, 320), "i4"), name="cells")
    slide = viewer.add_image([rng.random((2048, 2048)), rng.random((1024, 1024)), rng.random((512, 512))], multiscale=True, name="slide", visible=False)
    webmon.share(viewer)
    sharing = sharing_of(viewer)
    layers = sharing.part(Layers)
    until(lambda: len(webmon.streams()) >= 4)

    # Nobody looks: nothing is copied, whatever moves.
    ticks = []
    for step in range(40):
        viewer.dims.set_current_step(0, step % 8)
        QApplication.processEvents()
        ticks.append(sharing.tick_seconds)
    print("tick without a reader", round(statistics.median(ticks) * 1e6), "us")
    assert layers.copies == 0

    reader = opened("napari.layer.camera")
    for step in (3, 5):
        viewer.dims.set_current_step(0, step)
        until(same(reader, stack[step]))
    with webmon.open("napari.layers") as log:
        image.contrast_limits = (10, 500)
        until(lambda: any(record["layer"] == layers.number(image) and record["contrast_high"] == 500 for record in log.latest(20)))
    reader.close()

    reader = opened("napari.layer.cells")
    labels.brush_size = 5
    labels.paint((100, 120), 3)
    assert labels.data[100, 120] == 3
    until(same(reader, labels.data))
    reader.close()

    # The level that is drawn, and the part of it.
    image.visible = labels.visible = False
    slide.visible = True
    viewer.reset_view()
    reader = opened("napari.layer.slide")
    level = reader.metadata["level"]
    until(lambda: reader.status.sequence > 0)
    assert reader.metadata["scale"] == [2.0**level] * 2, reader.metadata
    viewer.camera.zoom = 8
    def zoomed():
        global reader
        if reader.status.state != "live":
            try:
                newer = webmon.open("napari.layer.slide")
            except webmon.NotFoundError:  # between two generations
                return False
            reader.close()
            reader = newer
        return reader.metadata.get("level") == 0 and reader.status.sequence > 0
    until(zoomed)
    found = reader.latest(copy=True)
    top, left = (int(place) for place in reader.metadata["translate"])
    assert found.shape[0] < 2048 and np.array_equal(found, slide.data[0][top:top + found.shape[0], left:left + found.shape[1]])
    reader.close()
    until(lambda: all(listing.kind != "frames" for listing in webmon.streams() if ".layer." in listing.name))
    viewer.close()
    QApplication.processEvents()
    until(lambda: webmon.streams() == [])
"""


def test_layers_of_a_window(napari_script: Callable[[str], str]) -> None:
    print(napari_script(SCRIPT))
