"""Waiting for what must happen, with a limit that a loaded machine keeps."""

import time


def until(condition, what="it", seconds=30):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"{what} did not happen in time"
        time.sleep(0.01)
