"""A napari viewer that pages can see, and answer: ``webmon.share()``.

============================  ==============================================================================
:func:`share`                 shares what a viewer shows; gives the address
:func:`unshare`               ends that
============================  ==============================================================================
"""

from ._share import share, unshare

__all__ = ["share", "unshare"]
