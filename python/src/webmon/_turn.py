"""One loan or edit at a time, across threads."""

from __future__ import annotations

import threading
import weakref

from . import errors


class Turn:
    """A lock that threads wait for, and that tells its own holder so, who would otherwise go on into its own loan.

    ``with turn.lock`` is left by ctrl-C at any point; that is why there is no more Python code around it.
    """

    __slots__ = ("_what", "holder", "lock")

    def __init__(self, what: str) -> None:
        self.lock = threading.RLock()
        #: The loan or edit that has the turn, if one has it.
        self.holder: weakref.ref[object] | None = None
        self._what = what

    @property
    def is_mine(self) -> bool:
        """True while the calling thread has the turn."""
        return self.lock._is_owned()  # type: ignore[attr-defined, no-any-return]

    def check(self) -> bool:
        """Raises BusyError if this thread has the turn already.

        Returns
        -------
        bool
            True if it was taken back from a loan that is no more: ctrl-C on the threshold of ``__exit__`` leaves that out, and what the
            loan began is still to be ended.
        """
        # is_mine, without the property's call: this comes before every frame.
        if not self.lock._is_owned():  # type: ignore[attr-defined]
            return False
        if self.holder is None or self.holder() is not None:
            raise errors.BusyError(f"{self._what} is open in this thread already: end it first")
        self.give()
        return True

    def give(self) -> None:
        """Gives the turn to the next, if this thread has it."""
        if self.is_mine:
            self.holder = None
            self.lock.release()
