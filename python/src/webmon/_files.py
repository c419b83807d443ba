"""Where the native library and the server's program are."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def library() -> Path:
    """The path of libarrayshm.so: ``$WEBMON_LIBRARY``, the one in this package, or the checkout's own build."""
    return _find("libarrayshm.so", "WEBMON_LIBRARY")


def program() -> Path:
    """The path of the ``webmon`` program: ``$WEBMON_BIN``, the one in this package, the checkout's own build, or in PATH."""
    return _find("webmon", "WEBMON_BIN", in_path=True)


def _find(name: str, variable: str, *, in_path: bool = False) -> Path:
    named = os.environ.get(variable)
    if named:
        path = Path(named)
        if not path.is_file():
            raise FileNotFoundError(f"${variable} names {named!r}, which is not a file")
        return path
    places = list(_places(name, in_path))
    for path in places:
        if path.is_file():
            return path
    looked = ", ".join(str(path) for path in places)
    raise FileNotFoundError(
        f"{name} was not found (looked at {looked}): run `make build` and install again, or set ${variable} to its path"
    )


def _places(name: str, in_path: bool) -> Iterator[Path]:
    yield _PACKAGE / "_bundled" / name
    if (_PACKAGE.parents[1] / "pyproject.toml").is_file():  # src layout: an editable install, or tests in a checkout
        yield _PACKAGE.parents[2] / ".build" / "release" / name
    if in_path:
        for directory in os.get_exec_path():
            found = shutil.which(name, path=directory)
            if found is not None and not _is_script(found):
                yield Path(found)


def _is_script(path: str) -> bool:
    # The console script of this package has the program's name: to start it from here would go round for ever.
    with open(path, "rb") as file:
        return file.read(2) == b"#!"


def run_program() -> None:
    """The console script ``webmon``: becomes the program itself."""
    try:
        path = str(program())
    except FileNotFoundError as error:
        sys.exit(f"webmon: {error}")
    os.execv(path, ["webmon", *sys.argv[1:]])
