"""The examples in the documentation are what they say."""

from __future__ import annotations

import doctest
import importlib
import pkgutil
from pathlib import Path

import pytest

import webmon

MODULES = [f"webmon.{module.name}" for module in pkgutil.iter_modules(webmon.__path__) if not module.ispkg]


@pytest.mark.parametrize("name", MODULES)
def test_examples(directory: Path, name: str) -> None:
    module = importlib.import_module(name)
    failed, _ = doctest.testmod(module, extraglobs={"webmon": webmon})
    assert failed == 0


def test_every_public_name_is_documented() -> None:
    for name in webmon.__all__:
        thing = getattr(webmon, name)
        if callable(thing):
            assert thing.__doc__, name
            for attribute, value in vars(thing).items() if isinstance(thing, type) else ():
                if not attribute.startswith("_") and (callable(value) or isinstance(value, property)):
                    assert value.__doc__, f"{name}.{attribute}"
