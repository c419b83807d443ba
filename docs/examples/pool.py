"""A pool of processes, each of which writes a stream of its own: a segment has one writer."""

import multiprocessing
import sys

import numpy as np

import webmon

WORKERS = 2
TASKS = int(sys.argv[1]) if len(sys.argv) > 1 else 1000

stream: webmon.Stream


def begin(numbers) -> None:
    """Once in each worker."""
    global stream
    stream = webmon.Stream(f"worker-{numbers.get()}", shape=(256, 256), dtype="f4")


def work(task: int) -> float:
    random = np.random.default_rng(task)
    with stream.loan(user=task) as image:  # filled in place: no copy
        random.standard_normal(out=image, dtype="f4")
        return float(image.mean())


if __name__ == "__main__":  # multiprocessing wants this, not webmon
    context = multiprocessing.get_context("spawn")
    numbers = context.Queue()
    for number in range(1, WORKERS + 1):
        numbers.put(number)
    print(webmon.serve())
    with context.Pool(WORKERS, begin, (numbers,)) as pool:
        means = pool.map(work, range(TASKS), chunksize=1)
        pool.close()
        pool.join()
    print(f"{len(means)} tasks, the mean is {np.mean(means):.4f}")
