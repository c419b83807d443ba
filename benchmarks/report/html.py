"""A report as one HTML file that needs nothing else: script, style and charts are in it."""

from __future__ import annotations

import functools
import html as escaping
import json
import re
from pathlib import Path

import vl_convert

from .document import WORDS, Block, Bullets, Chart, Document, Heading, Paragraph, Row, Table

FOLDER = Path(__file__).parent
#: Rows beyond which a table is folded: its chart tells the same.
LONG = 30


def html(document: Document) -> str:
    """The whole page."""
    contents = "".join(f'<li class="level{block.level}"><a href="#{block.anchor}">{_inline(block.text)}</a></li>' for block in document.blocks if isinstance(block, Heading))
    body = "\n".join(_block(block, number) for number, block in enumerate(document.blocks))
    charts = {f"chart{number}": block.spec for number, block in enumerate(document.blocks) if isinstance(block, Chart)}
    # "<" in JSON would end the script element if a text had "</script>".
    specs = json.dumps(charts).replace("<", "\\u003c")
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{_inline(document.title)}</title>
<style>
{(FOLDER / "page.css").read_text()}</style>
</head>
<body>
<header><h1>{_inline(document.title)}</h1><p class="subtitle">{_inline(document.subtitle)}</p></header>
<nav aria-label="Contents"><ul>{contents}</ul></nav>
<main>
{body}
</main>
<script type="application/json" id="charts">{specs}</script>
<script type="module">{vega()}</script>
<script type="module">
{(FOLDER / "page.js").read_text()}</script>
</body>
</html>
"""


@functools.cache
def vega() -> str:
    """Vega, Vega-Lite and Vega-Embed, out of the Python package that has them inside."""
    script = vl_convert.javascript_bundle("globalThis.vegaEmbed = vegaEmbed;", vl_version=vl_convert.get_vegalite_versions()[-1])
    return re.sub("</(?=script)", r"<\\/", script, flags=re.IGNORECASE)


def _block(block: Block, number: int) -> str:
    match block:
        case Heading():
            return f'<h{block.level} id="{block.anchor}">{_inline(block.text)}</h{block.level}>'
        case Paragraph():
            return f'<p class="{block.kind}">{_inline(block.text)}</p>' if block.kind else f"<p>{_inline(block.text)}</p>"
        case Bullets():
            return "<ul>" + "".join(f"<li>{_badge(mark)}{_inline(text)}</li>" for mark, text in block.items) + "</ul>"
        case Table():
            return _table(block)
        case Chart():
            return f'<figure><div class="chart" id="chart{number}" role="img" aria-label="{escaping.escape(block.says)}"></div><figcaption>{_inline(block.says)}</figcaption></figure>'


def _table(table: Table) -> str:
    head = "".join(f'<th scope="col"{_align(table, column)}>{_inline(cell)}</th>' for column, cell in enumerate(table.head))
    rows = "".join(_row(table, row) for row in table.rows)
    whole = f'<div class="scroll" tabindex="0"><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>'
    return whole if len(table.rows) <= LONG else f"<details><summary>All figures ({len(table.rows)} rows)</summary>{whole}</details>"


def _row(table: Table, row: Row) -> str:
    first = f'<th scope="row">{_inline(row.cells[0])}{" " + _badge("better") if row.kind == "better" else ""}</th>'
    cells = "".join(f"<td{_align(table, column)}>{_inline(cell)}</td>" for column, cell in enumerate(row.cells) if column > 0)
    return f'<tr class="{row.kind}">{first}{cells}</tr>'


def _align(table: Table, column: int) -> str:
    return "" if column < table.texts else ' class="number"'


def _badge(mark: str) -> str:
    return f'<span class="badge {mark.replace(" ", "-")}">{WORDS[mark]}</span> ' if mark else ""


def _inline(text: str) -> str:
    """`code`, **bold** and *slanted*, in a text that is escaped first."""
    text = escaping.escape(text)
    text = re.sub(r"`([^`]+)`", r"<code>\1</code>", text)
    text = re.sub(r"\*\*([^*]+)\*\*", r"<strong>\1</strong>", text)
    return re.sub(r"\*([^*]+)\*", r"<em>\1</em>", text)
