"""What a command takes, read from its function's annotations."""

from __future__ import annotations

import enum
import inspect
import types
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from . import _metadata, errors

_KINDS: dict[Any, str] = {bool: "bool", int: "int", float: "float", str: "str", list: "list", dict: "dict", Any: "any", object: "any"}
_MEANINGS = {
    "bool": "true or false",
    "int": "an integer",
    "float": "a number",
    "str": "a string",
    "list": "a list",
    "dict": "an object",
}
# JavaScript's integers are exact up to here.
_LARGEST_INTEGER = 2**53 - 1
_HOW = "bool, int, float, str, list, dict, Any, Literal, an Enum, or one of them | None"
_NONE = type(None)


class Argument:
    """One argument: how it is declared, and what a value from a page becomes."""

    def __init__(self, parameter: inspect.Parameter, annotation: Any, where: str) -> None:
        self.name = parameter.name
        self.kind = "any"
        self.nullable = False
        self.choices: list[Any] | None = None
        self.help = ""
        self._enum: type[enum.Enum] | None = None
        self._where = where
        self.required = parameter.default is inspect.Parameter.empty
        self._take_annotation(annotation)
        self._default = None if self.required else self._checked_default(parameter.default)

    def _take_annotation(self, annotation: Any) -> None:
        origin = get_origin(annotation)
        if origin is Annotated:
            annotation, *notes = get_args(annotation)
            self.help = next((note for note in notes if isinstance(note, str)), "")
            origin = get_origin(annotation)
        if origin is Union or origin is types.UnionType:
            others = [part for part in get_args(annotation) if part is not _NONE]
            if len(others) != 1:
                raise self._refused(annotation)
            self.nullable = True
            return self._take_annotation(others[0])
        if origin is Literal:
            return self._take_choices(annotation)
        if isinstance(annotation, type) and issubclass(annotation, enum.Enum):
            self.kind, self._enum = "str", annotation
            self.choices = list(annotation.__members__)
            return None
        if origin in (list, dict) and all(part in (Any, str) for part in get_args(annotation)[:-1]) and get_args(annotation)[-1] is Any:
            annotation = origin  # list[Any] and dict[str, Any] say no more
        try:
            self.kind = _KINDS[annotation]
        except (KeyError, TypeError):
            raise self._refused(annotation) from None
        return None

    def _take_choices(self, annotation: Any) -> None:
        values = get_args(annotation)
        self.nullable = self.nullable or None in values
        self.choices = [value for value in values if value is not None]
        if not all(type(value) in (bool, int, str) for value in self.choices):
            raise self._refused(annotation)
        kinds = {_KINDS[type(value)] for value in self.choices}
        self.kind = kinds.pop() if len(kinds) == 1 else "any"

    def _refused(self, annotation: Any) -> errors.InvalidError:
        name = getattr(annotation, "__name__", None) if isinstance(annotation, type) and not get_args(annotation) else None
        return errors.InvalidError(
            f"{self._where}: the argument {self.name} is annotated {name or annotation}, which a page cannot give: it must be {_HOW}"
        )

    def _checked_default(self, default: Any) -> Any:
        if default is None:
            self.nullable = True
            return None
        if self._enum is not None and isinstance(default, self._enum):
            return default.name
        try:
            default = _metadata.plain(default, "the default")
            self.take(default)
        except ValueError as error:
            raise errors.InvalidError(f"{self._where}: the argument {self.name}: {error}") from None
        return default

    def take(self, value: Any) -> Any:
        """What the function gets for a value from a page.

        Raises
        ------
        ValueError
            The value is not of the declared type.
        """
        if value is None and (self.nullable or self.kind == "any"):
            return None
        if self.choices is not None:
            if not any(type(choice) is type(value) and choice == value for choice in self.choices):
                raise self._wrong(value, f"one of {', '.join(map(repr, self.choices))}")
            return value if self._enum is None else self._enum[value]
        if self.kind == "float" and type(value) in (int, float):
            return float(value)
        if self.kind == "any" or _KINDS.get(type(value)) == self.kind:
            if self.kind == "int" and abs(value) > _LARGEST_INTEGER:
                raise self._wrong(value, "an integer of at most 53 bits, which JavaScript holds exactly,")
            return value
        raise self._wrong(value, _MEANINGS[self.kind])

    def _wrong(self, value: Any, needed: str) -> ValueError:
        shown = repr(value)
        shown = shown if len(shown) <= 60 else shown[:60] + "..."
        return ValueError(f"the argument {self.name} is {shown}; {needed} is needed")

    def declaration(self) -> dict[str, Any]:
        """As the server reads it."""
        declared: dict[str, Any] = {"name": self.name, "type": self.kind}
        if self.nullable:
            declared["nullable"] = True
        if not self.required:
            declared["default"] = self._default
        if self.choices is not None:
            declared["choices"] = self.choices
        if self.help:
            declared["help"] = self.help
        return declared


class Signature:
    """All arguments of a function, and what it returns."""

    def __init__(self, function: Callable[..., Any], where: str) -> None:
        if inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function):
            raise errors.InvalidError(
                f"{where}: it is async: make it a plain function that starts the work, for example with asyncio.run_coroutine_threadsafe"
            )
        try:
            parameters = inspect.signature(function).parameters.values()
            hints = get_type_hints(inspect.unwrap(function), include_extras=True) if hasattr(function, "__annotations__") else {}
        except (NameError, TypeError, ValueError) as error:
            raise errors.InvalidError(f"{where}: its signature cannot be read: {error}") from None
        self.arguments: dict[str, Argument] = {}
        for index, parameter in enumerate(parameters):
            if parameter.kind not in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY):
                raise errors.InvalidError(f"{where}: the argument {parameter} cannot be given by its name; pages give all by name")
            if index == 0 and parameter.name in ("self", "cls") and parameter.name not in hints:
                raise errors.InvalidError(
                    f"{where}: it is a method without its object: give the bound one, commands.command(object.method)"
                )
            self.arguments[parameter.name] = Argument(parameter, hints.get(parameter.name, Any), where)
        returned = hints.get("return", Any)
        self.returns = "null" if returned is _NONE else _KINDS.get(returned, "any") if returned.__hash__ is not None else "any"

    def take(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The keyword arguments for the function.

        Raises
        ------
        ValueError
            A name is not known, an argument is missing, or a value is not of the declared type.
        """
        unknown = [name for name in values if name not in self.arguments]
        if unknown:
            raise ValueError(f"there is no argument {unknown[0]!r}; there are {', '.join(self.arguments) or 'none'}")
        taken = {}
        for name, argument in self.arguments.items():
            if name in values:
                taken[name] = argument.take(values[name])
            elif argument.required:
                raise ValueError(f"the argument {name} is missing")
        return taken
