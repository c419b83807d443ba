"""Waiting for what must happen, with a limit that a loaded machine keeps."""

import time


def until(condition, seconds=20):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.01)
