"""What programs take of the machine while something else measures: sampled, so that any moment can be asked for afterwards."""

from __future__ import annotations

import threading
from bisect import bisect_left
from time import time

from .processes import cpu_seconds, resident_mb

INTERVAL = 0.25
#: Memory is dear to ask for: it is looked at once in so many samples.
MEMORY_EVERY = 4


class Usage:
    """Samples process trees until the `with` block ends.

    Parameters
    ----------
    **processes : int
        Their ids, by name.
    """

    def __init__(self, **processes: int) -> None:
        self._processes = processes
        self._times: list[float] = []
        self._cpu: dict[str, list[float]] = {name: [] for name in processes}
        self._memory: dict[str, float] = dict.fromkeys(processes, 0.0)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._sample)

    def __enter__(self) -> Usage:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _sample(self) -> None:
        while True:
            found = {name: cpu_seconds(process) for name, process in self._processes.items()}
            self._times.append(time())
            for name, seconds in found.items():
                self._cpu[name].append(seconds)
            if len(self._times) % MEMORY_EVERY == 0:
                self._memory = {name: max(self._memory[name], resident_mb(process)) for name, process in self._processes.items()}
            if self._ended.wait(INTERVAL):
                return

    def cpu_seconds(self, name: str, begin: float, end: float) -> float:
        """Taken between two times (seconds since 1970), by the samples around them. After the `with` block."""

        def at(moment: float) -> float:
            index = min(max(bisect_left(self._times, moment), 1), len(self._times) - 1)
            before, after = self._times[index - 1], self._times[index]
            part = min(max((moment - before) / (after - before), 0), 1)
            return self._cpu[name][index - 1] * (1 - part) + self._cpu[name][index] * part

        return at(end) - at(begin)

    def memory_mb(self, name: str) -> float:
        """The most that was seen, in MB; what several processes map counts once."""
        return self._memory[name]
