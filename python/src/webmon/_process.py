"""What happens to writers and readers when the process forks, is spawned, or ends."""

from __future__ import annotations

import atexit
import multiprocessing.process
import os
import sys
import weakref
from typing import Protocol


class Sharer(Protocol):
    """A writer or reader, as seen from here."""

    def close(self) -> None: ...
    def _forked(self) -> None: ...


_sharers: weakref.WeakSet[Sharer] = weakref.WeakSet()
_closes_at_exit_in = 0  # the process that was told to; a forked child has to be told again


def register(sharer: Sharer) -> None:
    """Closes `sharer` when this process ends, and tells it when it finds itself in a forked child."""
    global _closes_at_exit_in
    _sharers.add(sharer)
    if _closes_at_exit_in != os.getpid():
        _closes_at_exit_in = os.getpid()
        if "multiprocessing.util" in sys.modules and multiprocessing.process.parent_process() is not None:
            # A child of multiprocessing ends with os._exit after its own finalizers: atexit does not run there.
            from multiprocessing.util import Finalize

            Finalize(None, _close_all, exitpriority=0)


def imports_main_again() -> bool:
    """True in a spawned child while multiprocessing runs the parent's main module a second time.

    A writer that is made at the top level of a script is the parent's; the child must not make it again. multiprocessing
    itself tells this state by the same attribute, in its "freeze_support" check.
    """
    return getattr(multiprocessing.process.current_process(), "_inheriting", False)


@atexit.register
def _close_all() -> None:
    for sharer in list(_sharers):
        sharer.close()


def _after_fork_in_child() -> None:
    for sharer in list(_sharers):
        sharer._forked()


os.register_at_fork(after_in_child=_after_fork_in_child)
