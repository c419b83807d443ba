"""neuroglancer as a viewer of a camera's newest frames: camera_neuroglancer.py [raw] DIRECTORY NAME SCRIPT. Prints the address of its page.

SCRIPT is the address of a script that is added to the page. It calls neuroglancer's action `drawn` when a frame was drawn, and only then is the next one told:
neuroglancer throws away what it has not drawn when there is something newer, and would draw nothing. As raw, frames travel as they are, not as npz.
"""

import importlib.resources
import sys
import tempfile
import threading
from html import escape
from pathlib import Path
from urllib.parse import quote

import neuroglancer
import neuroglancer.chunks
import neuroglancer.local_volume
import numpy as np
import webmon

*raw, directory, name, script = sys.argv[1:]
reader = webmon.open(name, directory=directory)
#: Rows and columns of what its page asks for: 2^18 numbers.
PIECE = 512
#: As its page calls an action.
DRAWN = '{"action": "drawn", "state": {}}'
drawn = threading.Event()


class Newest:
    """What neuroglancer takes for an array, with the axes x, y, z: the newest frame when the last one had been drawn.

    Its page asks for 16 pieces, whatever `max_voxels_per_chunk_log2` says, and they must be of one frame.
    """

    shape = (*reader.shape[::-1], 1)
    dtype = reader.dtype
    frame = np.empty(0)

    def take(self) -> None:
        reader.wait()
        self.frame = reader.latest().T[..., None]

    def __getitem__(self, region: object) -> np.ndarray:
        return self.frame[region]


if raw:
    # It calls what numpy 2.3 took away, and gives the axes in an order that its page does not expect.
    neuroglancer.local_volume.encode_raw = lambda block: block.tobytes("F")

client = importlib.resources.files(neuroglancer) / "static" / "client"
with tempfile.TemporaryDirectory() as pages:
    for file in client.iterdir():
        (Path(pages) / file.name).symlink_to(str(file))
    viewer = neuroglancer.Viewer()
    viewer.actions.add("drawn", lambda _: drawn.set())
    script += f"&acknowledge=/action/{viewer.token}&body={quote(DRAWN)}&piece={PIECE}"
    page = (client / "index.html").read_text()
    (Path(pages) / "index.html").unlink()
    (Path(pages) / "index.html").write_text(page.replace("<head>", f'<head><script type="module" src="{escape(script)}"></script>'))
    neuroglancer.set_static_content_source(path=pages)
    width, height, _ = Newest.shape
    newest = Newest()
    newest.take()
    volume = neuroglancer.LocalVolume(
        newest, neuroglancer.CoordinateSpace(names=["x", "y", "z"], units="", scales=[1, 1, 1]), volume_type="image",
        encoding="raw" if raw else "npz", max_downsampling=1, chunk_layout="flat",
    )  # fmt: skip
    with viewer.txn() as state:
        state.layers["camera"] = neuroglancer.ImageLayer(source=volume)
        state.layout = "xy"
        state.position = [width / 2, height / 2, 0.5]
        state.cross_section_scale = 3
        state.show_axis_lines = False
    print(viewer.get_viewer_url(), flush=True)
    while drawn.wait():
        drawn.clear()
        newest.take()
        volume.invalidate()
