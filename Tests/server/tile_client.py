"""A page that looks at a part of a stream, and what numpy says that it should see."""


import numpy as np
from data_message import array, parse
from waiting import until


def reduced(data, level, reduce="mean", step=1):
    """A plane (rows, columns[, channels]) at a level, as docs/wire-protocol.md describes it; `step`: of a sampled level."""
    if reduce == "nearest" or level == 0:
        return data[:: 1 << level, :: 1 << level]
    data = data[::step, ::step]
    block = (1 << level) // step
    height, width = (-(-extent // block) for extent in data.shape[:2])
    out = np.empty((height, width, *data.shape[2:]), data.dtype)
    pick = mean if reduce == "mean" else mode
    for y in range(height):
        for x in range(width):
            cell = data[y * block : (y + 1) * block, x * block : (x + 1) * block]
            flat = cell.reshape(-1, *data.shape[2:])
            if data.ndim == 2:
                out[y, x] = pick(flat)
            else:
                for channel in range(data.shape[2]):
                    out[y, x, channel] = pick(flat[:, channel])
    return out


def mean(values):
    kind = values.dtype.kind
    if kind in "iub":
        total, count = sum(int(value) for value in values), len(values)
        whole, rest = divmod(total, count)
        up = 2 * rest > count or (2 * rest == count and whole % 2 == 1)
        return whole + up
    if kind == "c":
        return complex(mean(values.real), mean(values.imag))
    there = values[~np.isnan(values)].astype("f8")
    return there.mean() if there.size else np.nan


def mode(values):
    found, counts = np.unique(values, return_counts=True)
    return found[counts.argmax()]


class TilePage:
    """Puts tiles where they belong, as a page would."""

    def __init__(self, client, id, stream, *, credits=64, **fields):
        self.client, self.id, self.credits = client, id, credits
        self.stream = client.subscribed(id, stream, credits=credits, **fields)
        self.tiles = {}
        #: (level, plane, y, x) of the tiles that came, in order.
        self.came = []
        self.headers = []

    def until_viewed(self):
        """Takes tiles until everything in view is there; the last one's sequence is the message's or older."""
        self.came, self.headers = [], []
        while True:
            message = self.client.message()
            if isinstance(message, dict):
                if message["type"] in ("added", "removed"):
                    continue
                assert message["type"] == "viewed" and message["id"] == self.id, message
                return message
            self.take(message)

    def take(self, message):
        header, pixels = array(message) if parse(message)[0].dtype is not None else parse(message)
        assert header.opcode == 4 and header.id == self.id
        assert (header.h, header.w) == header.shape[:2]
        key = (header.level, header.plane, header.y, header.x)
        self.tiles[key] = pixels
        self.came.append(key)
        self.headers.append(header)
        self.client.credit(self.id, header)
        return header

    def view(self, **fields):
        self.client.send("view", id=self.id, **fields)
        return self.until_viewed()

    def picture(self, level, plane=0):
        """All tiles of a level as one array."""
        found = {key[2:]: pixels for key, pixels in self.tiles.items() if key[:2] == (level, plane)}
        height = max(y + pixels.shape[0] for (y, x), pixels in found.items())
        width = max(x + pixels.shape[1] for (y, x), pixels in found.items())
        any_tile = next(iter(found.values()))
        whole = np.zeros((height, width, *any_tile.shape[2:]), any_tile.dtype)
        covered = np.zeros((height, width), bool)
        for (y, x), pixels in found.items():
            whole[y : y + pixels.shape[0], x : x + pixels.shape[1]] = pixels
            covered[y : y + pixels.shape[0], x : x + pixels.shape[1]] = True
        assert covered.all()
        return whole


def same(a, b):
    return a.shape == b.shape and np.array_equal(a, b, equal_nan=a.dtype.kind in "fc")
