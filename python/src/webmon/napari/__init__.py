"""A napari viewer that pages can see, and answer: ``webmon.share()``.

============================  ==============================================================================
:func:`share`                 shares what a viewer shows; gives the address
:func:`unshare`               ends that
:func:`add_shared`            a stream or an array as a live layer of a viewer
:func:`command`               a function that pages may call with a shared viewer
============================  ==============================================================================
"""

from ._share import share, unshare
from ._shared_layer import add_shared
from ._user_commands import command

__all__ = ["add_shared", "command", "share", "unshare"]
