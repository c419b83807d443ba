"""A real napari with lazy pyramids, shared, which goes where it is told, line by line (JSON: y, x, zoom, and level that is drawn or null)."""

import json
import sys
import threading
import time

import dask.array as da
import napari
import numpy as np
import webmon
import zarr
from qtpy.QtCore import QObject, Signal

EXTENT, CHUNK, LEVELS = 4096, 256, 4


class Orders(QObject):
    came = Signal(str)


def slow(block):
    time.sleep(0.005)
    return block + 1


def main():
    if "async" in sys.argv:
        from napari.settings import get_settings

        get_settings().experimental.async_ = True
    rows, columns = np.ogrid[:EXTENT, :EXTENT]
    picture = ((np.sin(rows / 97) + np.cos(columns / 131) + 2) * 15000).astype("u2")
    viewer = napari.Viewer(show=True)
    stored = []
    for level in range(LEVELS):
        part = picture[:: 2**level, :: 2**level]
        stored.append(zarr.create_array(zarr.storage.MemoryStore(), shape=part.shape, chunks=(CHUNK, CHUNK), dtype="u2"))
        stored[-1][:] = part
    lazy = [da.from_array(array, chunks=(CHUNK, CHUNK)).map_blocks(slow) for array in stored]
    viewer.add_image(stored, multiscale=True, name="zarr", contrast_limits=[0, 65535])
    viewer.add_image(lazy, multiscale=True, name="dask", contrast_limits=[0, 65535], opacity=0.5)
    canvas = viewer.window._qt_viewer.canvas
    orders = Orders()

    def go(line):
        y, x, zoom = json.loads(line)
        viewer.scene.camera.center = (0, y, x)
        viewer.scene.camera.zoom = zoom
        canvas.on_draw(None)
        corners = canvas._viewbox_corners_in_world[:, -2:].tolist()
        print(json.dumps({"corners": corners, "level": int(viewer.layers[1].data_level)}), flush=True)

    def listen():
        for line in sys.stdin:
            orders.came.emit(line)

    orders.came.connect(go)
    webmon.share(viewer)
    threading.Thread(target=listen, daemon=True).start()
    napari.run()


if __name__ == "__main__":
    main()
