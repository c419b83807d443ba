"""A producer in a process of its own, told what to do line by line on standard input (JSON), answering each line with one.

Arrays come as .npy files, so that what is published is what the test saved.
"""

import json
import sys
import threading
import time

import numpy as np

import webmon


class Producer:
    def __init__(self):
        self.writers = {}
        self.running = {}

    def stream(self, name, file, metadata=None, put=True, **options):
        frame = np.load(file)
        self.writers[name] = webmon.Stream(name, like=frame, metadata=metadata, **options)
        return self.writers[name].put(frame) if put else 0

    def array(self, name, file, metadata=None, **options):
        data = np.load(file)
        self.writers[name] = webmon.Array(name, like=data, metadata=metadata, **options)
        with self.writers[name].edit() as view:
            view[...] = data

    def sparse(self, name, shape, dtype, metadata=None):
        self.writers[name] = webmon.Array(name, shape=shape, dtype=dtype, metadata=metadata, sparse=True)

    def paint(self, name, file, y, x):
        data = np.load(file)
        with self.writers[name].edit((slice(y, y + data.shape[0]), slice(x, x + data.shape[1]))) as view:
            view[...] = data

    def tiles(self, name):
        """Tiles in each of their states, and a view of them."""
        layer = webmon.TileLayer.pyramid("image", (2048, 3072), (256, 256), 3)
        self.writers[name] = log = webmon.TileLog(name, [layer])
        log.want("image", 0, [0, 1], [0, 1])
        log.loading("image", 0, 2, 2)
        log.drawn("image", 0, [3, 3], [3, 4], milliseconds=[4.0, 9.0])
        log.cached("image", 1, 1, 1)
        log.failed("image", 1, 0, 0)
        log.view((500, 700, 1200, 1700), level=0)

    def edit(self, name, file):
        with self.writers[name].edit() as view:
            view[...] = np.load(file)

    def log(self, name, file, records=1000, **options):
        data = np.load(file)
        self.writers[name] = webmon.Log(name, data.dtype, records=records, **options)
        self.writers[name].append(data)

    def append(self, name, file):
        return self.writers[name].append(np.load(file))

    def put(self, name, file):
        return self.writers[name].put(np.load(file))

    def run(self, name, file, period):
        """Puts the file's frames (its first axis) one after the other, for ever."""
        frames = np.load(file)
        stop = threading.Event()

        def loop():
            number = 0
            while not stop.wait(period):
                self.writers[name].put(frames[number % len(frames)])
                number += 1

        thread = threading.Thread(target=loop, daemon=True)
        self.running[name] = stop, thread
        thread.start()

    def append_often(self, name, file, period, times):
        """Appends the file's records so many times, one period after the other."""
        records = np.load(file)

        def loop():
            for _ in range(times):
                self.writers[name].append(records)
                time.sleep(period)

        threading.Thread(target=loop, daemon=True).start()

    def wanted(self, name):
        return bool(self.writers[name].wanted)

    def clock(self):
        return time.monotonic_ns()

    def close(self, name):
        if name in self.running:
            stop, thread = self.running.pop(name)
            stop.set()
            thread.join()
        self.writers.pop(name).close()


def main():
    producer = Producer()
    for line in sys.stdin:
        call = json.loads(line)
        answer = getattr(producer, call.pop("do"))(**call)
        print(json.dumps({"answer": answer}), flush=True)


main()
