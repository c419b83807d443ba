"""Writes Vega, Vega-Lite and Vega-Embed as one JavaScript module: ``python bundle.py FOLDER``.

They come out of the Python package vl-convert-python, which has them inside: no network is used. The server gives ``FOLDER/vega/vega.js`` to pages
as ``/vega/vega.js``; ``FOLDER/vega/versions.json`` says what is in it. Both appear whole or not at all.
"""

import json
import os
import sys
from importlib.metadata import version
from pathlib import Path

import vl_convert

PACKAGE = "vl-convert-python"
# The bundle's other names for Vega are empty; all that pages need is reached through Vega-Embed.
EXPORTS = "export { vegaEmbed };"


def bundle(folder: Path) -> Path:
    """Writes the module and what is in it into ``folder/vega``; gives the module's path."""
    vega_lite = vl_convert.get_vegalite_versions()[-1]
    script = vl_convert.javascript_bundle(EXPORTS, vl_version=vega_lite)
    if " as vegaEmbed}" not in script:
        raise SystemExit(f"{PACKAGE} {version(PACKAGE)} made a bundle that does not export vegaEmbed; it ends with {script[-60:]!r}")
    versions = {
        "package": f"{PACKAGE} {version(PACKAGE)}",
        "vega": vl_convert.get_vega_version(),
        "vega-lite": vega_lite,
        "vega-embed": vl_convert.get_vega_embed_version(),
        "license": "BSD-3-Clause, https://github.com/vega",
    }
    target = folder / "vega"
    target.mkdir(parents=True, exist_ok=True)
    _write(target / "versions.json", json.dumps(versions, indent=2) + "\n")
    _write(target / "vega.js", script)
    return target / "vega.js"


def _write(path: Path, text: str) -> None:
    new = path.with_name(f".{path.name}.{os.getpid()}")
    new.write_text(text, encoding="utf-8")
    new.replace(path)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit("usage: bundle.py FOLDER")
    made = bundle(Path(sys.argv[1]))
    print(f"{made} ({made.stat().st_size // 1000} KB)")
