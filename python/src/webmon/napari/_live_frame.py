"""The newest frame, as an array that napari takes for a layer's data."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from numpy.lib.mixins import NDArrayOperatorsMixin


class LiveFrame(NDArrayOperatorsMixin):
    """An array whose elements are those of the newest frame, in place: what is indexed or converted is never a copy.

    A layer has one of these as its ``data``, for good. A new frame is then a matter of :meth:`show` and of ``layer.refresh()``, where
    ``layer.data = frame`` would make napari lay out all of the viewer anew. Whoever wants one frame to stay takes ``layer.data.frame``,
    which holds its slot, or ``layer.data.copy()``.

    Parameters
    ----------
    frame : ndarray, shape (...)
        The first one.
    """

    def __init__(self, frame: npt.NDArray[Any]) -> None:
        self._frame = frame

    @property
    def frame(self) -> npt.NDArray[Any]:
        """The frame that is shown now; read-only."""
        return self._frame

    def show(self, frame: npt.NDArray[Any]) -> None:
        """Takes another frame of the same shape and dtype; the one before is let go."""
        self._frame = frame

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of a frame."""
        return self._frame.shape

    @property
    def dtype(self) -> np.dtype[Any]:
        """dtype of an element."""
        return self._frame.dtype

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return self._frame.ndim

    @property
    def size(self) -> int:
        """Number of elements."""
        return self._frame.size

    def __len__(self) -> int:
        return len(self._frame)

    def __getitem__(self, index: Any) -> Any:
        return self._frame[index]

    def __array__(self, dtype: npt.DTypeLike | None = None, copy: bool | None = None) -> npt.NDArray[Any]:
        return np.array(self._frame, dtype, copy=copy)

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Any:
        if any(isinstance(out, LiveFrame) for out in options.get("out", ())):
            raise TypeError("frames of a stream are read-only: take a copy with layer.data.copy()")
        return getattr(ufunc, method)(*(each._frame if isinstance(each, LiveFrame) else each for each in inputs), **options)

    def __getattr__(self, name: str) -> Any:
        # mean(), astype(), T: whatever else arrays can do.
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(self._frame, name)

    def __repr__(self) -> str:
        return f"<the newest frame: {self.shape} {self.dtype}>"
