"""Who publishes when."""

from __future__ import annotations

from collections.abc import Sequence
from time import perf_counter

from webmon.demo.ending import Ending
from webmon.demo.loads import Loads
from webmon.demo.producer import Producer

# What nobody looks at goes on slowly: a list of streams still shows that it is alive.
IDLE_PERIOD = 0.5
# How long somebody who begins to look waits at most for the full rate.
LOOK_EVERY = 0.05


def run(producers: Sequence[Producer], loads: Loads, ending: Ending) -> None:
    """Publishes at each producer's pace until it is to end."""
    start = perf_counter()
    due = [start] * len(producers)
    last = [start] * len(producers)
    while not ending.has_come:
        now = perf_counter()
        for index, producer in enumerate(producers):
            if producer.wanted:
                due[index] = min(due[index], last[index] + producer.period)
            if now < due[index]:
                continue
            started = perf_counter()
            producer.compute(started - start)
            computed = perf_counter()
            nbytes = producer.publish()
            loads.add(producer.name, started, computed, perf_counter(), nbytes)
            period = producer.period if producer.wanted else IDLE_PERIOD
            # Counted from when it was due, so that the rate holds; but what is late by more than a period is not made up for.
            last[index] = max(due[index], started - period)
            due[index] = last[index] + period
        ending.wait(max(0.0, min(min(due) - perf_counter(), LOOK_EVERY)))
