"""Data messages, read as docs/wire-protocol.md says."""

import struct
import zlib
from typing import NamedTuple

import numpy as np

LAYOUT = struct.Struct("<4sBBBBHBBIQQQQQQIIIIIIII")
assert LAYOUT.size == 96

CODES = [None, "b1", "u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8", "f2", "f4", "f8", "c8", "c16"]


class Header(NamedTuple):
    opcode: int
    dtype: np.dtype | None
    id: int
    generation: int
    sequence: int
    published: int
    sent: int
    payload_bytes: int
    lost: int
    level: int
    plane: int
    y: int
    x: int
    h: int
    w: int
    records: int
    shape: tuple
    flags: int


def expand(message):
    """A compressed message as it would be without compression; None if it is not compressed."""
    message = bytearray(message)
    start = message[6] * 8
    if message[7] == 0:
        return None
    assert message[7] == 1
    itemsize, zero, length = struct.unpack_from("<IIQ", message, start)
    shuffled = np.frombuffer(zlib.decompress(message[start + 16 :]), "u1")
    assert zero == 0 and len(shuffled) == length and itemsize > 0
    whole = length // itemsize * itemsize
    payload = shuffled[:whole].reshape(itemsize, -1).T.tobytes() + shuffled[whole:].tobytes()
    assert struct.unpack_from("<Q", message, 48)[0] == len(message) - start
    message[7] = 0
    struct.pack_into("<Q", message, 48, length)
    return bytes(message[:start]) + payload


def parse(message):
    """Header and payload, with everything checked that the document promises."""
    (magic, version, opcode, length, codec, flags, code, ndim, id, generation, sequence, published, sent, nbytes, lost,
     level, plane, y, x, h, w, crc, records) = LAYOUT.unpack_from(message)  # fmt: skip
    assert (magic, version, codec, crc) == (b"WMD1", 1, 0, 0)
    assert length * 8 % 16 == 0 and length * 8 == -(-(96 + 4 * ndim) // 16) * 16
    shape = struct.unpack_from(f"<{ndim}I", message, 96)
    assert not any(message[96 + 4 * ndim : length * 8])
    dtype = np.dtype(CODES[code]).newbyteorder(">" if flags & 1 else "<") if code else None
    payload = memoryview(message)[length * 8 :]
    assert len(payload) == nbytes
    header = Header(opcode, dtype, id, generation, sequence, published, sent, nbytes, lost, level, plane, y, x, h, w, records, shape, flags)
    return header, payload


def array(message):
    header, payload = parse(message)
    return header, np.frombuffer(payload, header.dtype).reshape(header.shape)
