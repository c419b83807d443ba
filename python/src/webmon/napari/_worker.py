"""The thread that does what would keep the viewer waiting."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor


class Worker:
    """Makes segments, copies, and reads data that is not in memory: one after the other, on a thread of its own.

    Parameters
    ----------
    name : str
        Of the thread.
    """

    def __init__(self, name: str) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=name)
        #: To be held while a segment is made, by somebody who has asked whether it is still wanted.
        self.making = threading.Lock()

    def submit(self, act: Callable[[], None]) -> None:
        """Calls `act` after what was submitted before."""
        self._thread.submit(act)

    def close(self) -> None:
        """What has not begun is not done. What has begun is waited for only if it makes a segment: reading data may take long."""
        self._thread.shutdown(wait=False, cancel_futures=True)
        with self.making:
            pass
