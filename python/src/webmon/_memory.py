"""Mapped memory as ndarrays that keep it mapped.

The chain that makes a view safe: ndarray -> ... -> ctypes array -> :class:`Memory` -> one share in the mapping, with the lease that
may hang on it. However a view was made from another one, the last of them to go releases the share.
"""

from __future__ import annotations

import ctypes
from typing import Any

import numpy as np
import numpy.typing as npt

from ._native import bulk, quick

_from_buffer = ctypes.c_char.from_buffer


class Memory:
    """One share in a mapping (``arrayshm_memory``), released with the object."""

    __slots__ = ("pointer",)

    def __init__(self, pointer: int) -> None:
        self.pointer = pointer

    # The default keeps the function reachable while the interpreter shuts down and modules are empty.
    def __del__(self, _release: Any = bulk.memory_release) -> None:
        _release(self.pointer)

    @property
    def intact(self) -> bool:
        """False if a writer with an overwrite bound took the slot back from under the lease."""
        return bool(quick.lease_intact(self.pointer))


def writable(address: int, memory: Memory, nbytes: int, shape: tuple[int, ...], dtype: np.dtype[Any]) -> npt.NDArray[Any]:
    """An ndarray on mapped memory, not copied."""
    return shown(np.ndarray(shape, dtype, buffer=_buffer(address, memory, nbytes)))


def readonly(address: int, memory: Memory, nbytes: int, shape: tuple[int, ...], dtype: np.dtype[Any]) -> npt.NDArray[Any]:
    """A read-only ndarray on mapped memory, not copied.

    The memory is mapped read-only: a store to it would end the process. `numpy.ndarray` looks through a memoryview at the object
    below, which ctypes calls writable, so that ``setflags(write=True)`` would work; `numpy.frombuffer` does not.
    """
    view = memoryview(_buffer(address, memory, nbytes)).toreadonly()
    return shown(np.frombuffer(view, dtype).reshape(shape))


def address(array: npt.NDArray[Any]) -> int:
    """Where the data of a C-contiguous array lies: ``array.ctypes.data``, which takes microseconds."""
    try:
        return ctypes.addressof(_from_buffer(array))  # type: ignore[arg-type]
    except (TypeError, ValueError):
        # Read-only, empty, or of a dtype that has no place in buffers (datetime64).
        return array.ctypes.data


def memory_of(array: npt.NDArray[Any]) -> Memory | None:
    """The share that an ndarray keeps, None if it is ordinary memory."""
    owner: Any = array
    while True:
        if isinstance(owner, np.ndarray):
            owner = owner.base
        elif isinstance(owner, memoryview):
            owner = owner.obj
        else:
            memory = getattr(owner, "memory", None)
            return memory if isinstance(memory, Memory) else None


def _buffer(address: int, memory: Memory, nbytes: int) -> Any:
    buffer: Any = (ctypes.c_char * nbytes).from_address(address)
    buffer.memory = memory
    return buffer


def shown(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """The array as users expect it: a recarray if its dtype is a record type."""
    return array.view(np.recarray) if issubclass(array.dtype.type, np.record) else array
