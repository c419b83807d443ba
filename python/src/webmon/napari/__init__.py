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

from ._share import share, unshare
from ._shared_layer import add_shared
from ._taps import tap, tap_layers
from ._user_commands import command

__all__ = ["add_shared", "command", "share", "tap", "tap_layers", "unshare"]
