"""The JavaScript of the pages is type-checked (JSDoc types, `strict`) with Deno's compiler, which PyPI has as `deno`."""

import importlib.util
import shutil
import subprocess
from pathlib import Path

import pytest
from conftest import PAGES


def deno():
    if importlib.util.find_spec("deno") is not None:
        from deno import find_deno_bin

        return find_deno_bin()
    return shutil.which("deno")


@pytest.mark.skipif(deno() is None, reason="no type checker: pip install deno")
def test_types():
    scripts = sorted(str(path) for path in PAGES.rglob("*.js"))
    assert scripts
    config = Path(__file__).with_name("deno.json")
    checked = subprocess.run([deno(), "check", "--quiet", "--config", config, *scripts], capture_output=True, text=True)
    assert checked.returncode == 0, checked.stderr


@pytest.mark.parametrize("path", sorted(PAGES.rglob("*.js")), ids=lambda path: path.relative_to(PAGES).as_posix())
def test_every_script_asks_to_be_checked(path):
    assert path.read_text().startswith("// @ts-check\n")
