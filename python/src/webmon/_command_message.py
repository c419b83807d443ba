"""Messages in the records of a log: calls in the server's, replies and declarations in a producer's (``docs/commands.md``)."""

from __future__ import annotations

from collections.abc import Iterable
from struct import Struct
from typing import NamedTuple

#: Segments with such names are webmon's own.
RESERVED = "webmon."
COMMAND_LOG = RESERVED + "commands"
PRODUCER_LOG = RESERVED + "producer."

TEXT_BYTES = 480
RECORD = [
    ("call", "<u8"),
    ("to", "<u8"),
    ("deadline", "<u8"),
    ("part", "<u2"),
    ("parts", "<u2"),
    ("length", "<u4"),
    ("text", f"S{TEXT_BYTES}"),
]
_RECORD = Struct(f"<QQQHHI{TEXT_BYTES}s")
RECORD_BYTES = _RECORD.size

#: Bytes of text in one reply, and in a declaration; longer ones the server drops.
REPLY_LIMIT = 1 << 20
DECLARATION_LIMIT = 32 << 10
#: A call comes out of one control message of at most 64 KiB; as the server writes it again it may be longer.
_CALL_LIMIT = 1 << 20


class Message(NamedTuple):
    """One call, reply or declaration."""

    #: Number of the call, from 1; 0 for a declaration.
    call: int
    #: Generation of the log that it is for.
    to: int
    #: CLOCK_MONOTONIC nanoseconds after which a call must not be begun; 0 in other messages.
    deadline: int
    #: JSON in UTF-8.
    text: bytes


def parts(text: bytes) -> int:
    """Records that a message of this text takes."""
    return max(1, -(-len(text) // TEXT_BYTES))


def encode(message: Message) -> bytes:
    """The records of a message, one after the other."""
    call, to, deadline, text = message
    count = parts(text)
    if count == 1:
        return _RECORD.pack(call, to, deadline, 1, 1, len(text), text)
    pieces = (text[start : start + TEXT_BYTES] for start in range(0, len(text), TEXT_BYTES))
    return b"".join(_RECORD.pack(call, to, deadline, part, count, len(piece), piece) for part, piece in enumerate(pieces, 1))


class Assembler:
    """Puts those messages together from their records that are for one log."""

    def __init__(self, to: int) -> None:
        self._to = to
        self._begun: list[bytes] = []
        self._key: tuple[int, int, int] | None = None

    def reset(self) -> None:
        """Records were lost: what was begun cannot be ended."""
        self._key = None

    def add(self, records: memoryview) -> Iterable[Message]:
        """The messages that these records end. What does not fit together is dropped."""
        for call, to, deadline, part, count, length, text in _RECORD.iter_unpack(records):
            if to != self._to or length > TEXT_BYTES or count * TEXT_BYTES > _CALL_LIMIT:
                continue
            if part == 1:
                self._begun, self._key = [], (call, deadline, count)
            if self._key != (call, deadline, count) or part != len(self._begun) + 1:
                self._key = None
                continue
            self._begun.append(text[:length])
            if part == count:
                self._key = None
                yield Message(call, to, deadline, b"".join(self._begun))
