"""A camera: a process that publishes changing frames of 2048 x 2048 uint16, each with its number and the time at which it was due.

    python camera.py DIRECTORY NAME RATE

RATE is in frames a second; 0 is flat out. Prints "ready" and ends when its standard input does. The frames are what browser/camera/frames.js
checks: bars of 128 pixels that move, with a number in each pixel that follows from its place, and 12 pixels of header.
"""

from __future__ import annotations

import sys
import threading
from time import sleep, time_ns

import numpy as np
import webmon

SIDE = 2048
BYTES = 2 * SIDE * SIDE
SLOTS = 8
PICTURES = 4
MAGIC = 0x776D6361_6D657261
#: Contrast limits between which all of it lies.
LIMITS = (0, 65535)


def pictures() -> list[np.ndarray]:
    """What the camera sees in turn, as a driver's buffers would hold it."""
    place = np.arange(SIDE * SIDE, dtype="u4").reshape(SIDE, SIDE)
    fine = (place * 7 + (place >> 8) * 13 + (place >> 16) * 31) & 0xFFF
    x = place % SIDE
    return [np.where((x + 64 * number) & 128, 0xF000, 0x1000).astype("u2") + fine.astype("u2") for number in range(PICTURES)]


def publish(stream: webmon.Stream, rate: float, ended: threading.Event) -> None:
    """Frames from number 1 on, at intended times; one that is late keeps the time at which it was due.

    As a camera does, it makes no frame up for when it had no time: else its own delay would stay with all that follow, and be taken for the server's.
    """
    turn = pictures()
    headers = [picture.reshape(-1)[:12].view("u8") for picture in turn]
    start, number, tick = time_ns(), 1, 0
    while not ended.is_set():
        due = time_ns()
        if rate:
            tick = max(tick + 1, int((due - start) * rate / 1e9))
            due = start + int(tick * 1e9 / rate)
            sleep(max(0, due - time_ns()) / 1e9)
        headers[number % PICTURES][:] = MAGIC, number, due
        # One that was dropped leaves its number to the next: numbers are the stream's own.
        if stream.put(turn[number % PICTURES]) is not None:
            number += 1


def main() -> None:
    """Publishes until the standard input ends."""
    directory, name, rate = sys.argv[1], sys.argv[2], float(sys.argv[3])
    ended = threading.Event()
    with webmon.Stream(name, (SIDE, SIDE), "u2", slots=SLOTS, metadata={"contrast_limits": list(LIMITS)}, directory=directory) as stream:
        print("ready", flush=True)
        thread = threading.Thread(target=publish, args=(stream, rate, ended))
        thread.start()
        sys.stdin.read()
        ended.set()
        thread.join()


if __name__ == "__main__":
    main()
