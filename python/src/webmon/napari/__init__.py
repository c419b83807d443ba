"""A napari viewer that pages can see, and answer: ``webmon.share()``.

============================  ==============================================================================
:func:`share`                 shares what a viewer shows; gives the address
:func:`unshare`               ends that
:func:`tap`                   measures the loads of an array that is in no shared layer
:func:`tap_layers`            whether lazy arrays of shared layers are measured by themselves
:func:`add_shared`            a stream or an array as a live layer of a viewer
:func:`command`               a function that pages may call with a shared viewer
============================  ==============================================================================
"""

from typing import TYPE_CHECKING, Any

from ._share import share, unshare
from ._shared_layer import add_shared
from ._user_commands import command

if TYPE_CHECKING:
    from ._taps import tap, tap_layers

__all__ = ["add_shared", "command", "share", "tap", "tap_layers", "unshare"]

_OF_TAPS = ("tap", "tap_layers")


def __getattr__(name: str) -> Any:
    # Not before somebody asks for them: they need what napari brings, and this module must be there without it.
    if name in _OF_TAPS:
        from . import _taps

        return getattr(_taps, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
