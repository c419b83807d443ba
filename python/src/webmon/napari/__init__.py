"""A napari viewer that pages can see, and answer: ``webmon.share()``.

============================  ==============================================================================
:func:`share`                 shares what a viewer shows; gives the address
:func:`unshare`               ends that
:func:`tap`                   measures the loads of an array that is in no shared layer
:func:`tap_layers`            whether lazy arrays of shared layers are measured by themselves
============================  ==============================================================================
"""

from ._share import share, unshare
from ._taps import tap, tap_layers

__all__ = ["share", "tap", "tap_layers", "unshare"]
