"""Commands of a user's own, for every shared viewer."""

from __future__ import annotations

import inspect
import logging
import weakref
from collections.abc import Callable
from typing import Any, NamedTuple, Protocol, TypeVar, get_type_hints, overload

from .. import errors
from .._command_types import Signature
from ._part import Viewer

_logger = logging.getLogger("webmon.napari")
Function = TypeVar("Function", bound=Callable[..., Any])

#: Seconds: a viewer that loads or draws answers late, and is to answer still.
TIMEOUT = 10.0
_VIEWERS = ("Viewer", "ViewerModel")


class UserCommand(NamedTuple):
    """A function that was decorated."""

    function: Callable[..., Any]
    #: Options of :meth:`webmon.Commands.command`.
    options: dict[str, Any]

    def of(self, viewer: Viewer) -> Callable[..., Any]:
        """The function as it is declared for a viewer, which is given to it if it asks for one."""
        first = _viewer_parameter(self.function)
        return self.function if first is None else _bound(self.function, first, viewer)


class Declares(Protocol):
    """Where commands are declared: those of a shared viewer."""

    def declare(self, command: UserCommand) -> None: ...


_commands: list[UserCommand] = []
_viewers: weakref.WeakSet[Declares] = weakref.WeakSet()


@overload
def command(function: Function, /, *, name: str | None = None, help: str | None = None, timeout: float = TIMEOUT) -> Function: ...


@overload
def command(
    function: None = None, /, *, name: str | None = None, help: str | None = None, timeout: float = TIMEOUT
) -> Callable[[Function], Function]: ...


def command(
    function: Function | None = None, /, *, name: str | None = None, help: str | None = None, timeout: float = TIMEOUT
) -> Function | Callable[[Function], Function]:
    """Declares a function as a command of every shared viewer, now and later; gives the function back as it is.

    It runs on the viewer's thread, so it may use the viewer and its layers. A first parameter annotated as ``napari.Viewer``, or called ``viewer`` without an
    annotation, is given the viewer; all others are arguments that a page gives, of the types of :meth:`webmon.Commands.command`.

    Parameters
    ----------
    name, help, timeout
        As in :meth:`webmon.Commands.command`, with 10 s to answer.

    Examples
    --------
    >>> @webmon.napari.command  # doctest: +SKIP
    ... def threshold(viewer: napari.Viewer, level: float, layer: str = "camera") -> int:
    ...     "Adds what is brighter than a level; gives the number of pixels."
    ...     mask = viewer.layers[layer].data > level
    ...     viewer.add_labels(mask.astype("u1"), name="bright")
    ...     return int(mask.sum())
    """

    def declare(function: Function) -> Function:
        made = UserCommand(function, {"name": name, "help": help, "timeout": timeout})
        Signature(made.of(None), f"command {name or getattr(function, '__name__', function)}")  # raises what is wrong with it
        for viewer in list(_viewers):
            viewer.declare(made)
        of_name = name or function.__name__
        _commands[:] = [each for each in _commands if (each.options["name"] or each.function.__name__) != of_name]
        _commands.append(made)
        return function

    return declare if function is None else declare(function)


def join(viewer: Declares) -> None:
    """Declares there what users have declared, and what they will."""
    _viewers.add(viewer)
    for each in _commands:
        try:
            viewer.declare(each)
        except errors.SegmentError:
            # Nobody is there who could be told: the viewer is shared without it.
            _logger.exception("a command is left out")


def leave(viewer: Declares) -> None:
    """Declares nothing there any more."""
    _viewers.discard(viewer)


def _viewer_parameter(function: Callable[..., Any]) -> inspect.Parameter | None:
    """The first parameter, if it takes the viewer."""
    if not callable(function):
        return None
    first = next(iter(inspect.signature(function).parameters.values()), None)
    if first is None:
        return None
    annotation = first.annotation
    if annotation is inspect.Parameter.empty:
        return first if first.name == "viewer" else None
    # As text where annotations are not evaluated: a viewer is often imported for type checkers only.
    named = annotation if isinstance(annotation, str) else getattr(annotation, "__name__", "")
    return first if named.strip("'\"").rsplit(".", 1)[-1] in _VIEWERS else None


def _bound(function: Callable[..., Any], first: inspect.Parameter, viewer: Viewer) -> Callable[..., Any]:
    def call(**arguments: Any) -> Any:
        return function(viewer, **arguments)

    signature = inspect.signature(function)
    call.__name__ = getattr(function, "__name__", "")
    call.__doc__ = function.__doc__
    call.__annotations__ = {name: value for name, value in getattr(function, "__annotations__", {}).items() if name != first.name}
    # A method has those of its function.
    names = getattr(inspect.unwrap(function), "__globals__", None)
    if names is not None:
        # Its other annotations, as they are meant where it was written.
        call.__annotations__ = get_type_hints(call, names, include_extras=True)
    call.__signature__ = signature.replace(parameters=list(signature.parameters.values())[1:])  # type: ignore[attr-defined]
    return call
