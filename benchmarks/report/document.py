"""What a report consists of, before it is Markdown or HTML. Texts may have `code` and **bold** in them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Heading:
    """Of a part; level 2 or 3. The anchor is a name without blanks."""

    text: str
    level: int
    anchor: str


@dataclass(frozen=True)
class Paragraph:
    """Running text; kind is "", "lead" (the answer), "muted" or "warning"."""

    text: str
    kind: str = ""


@dataclass(frozen=True)
class Bullets:
    """A list of texts; a mark is "", or a word that is told before the text: "met", "missed", "failed", "better" (a peer is) or "left out"."""

    items: list[tuple[str, str]]


@dataclass(frozen=True)
class Row:
    """Of a table; kind is that of a contender, "better" for a peer that is better than webmon, or ""."""

    cells: list[str]
    kind: str = ""


@dataclass(frozen=True)
class Table:
    """The first `texts` columns are texts, the others numbers."""

    head: list[str]
    rows: list[Row]
    texts: int = 1


@dataclass(frozen=True)
class Chart:
    """A Vega-Lite spec without colours, which are the page's; `says` tells what it shows."""

    spec: dict[str, Any]
    says: str


#: How marks are told.
WORDS = {"met": "met", "missed": "MISSED", "failed": "FAILED", "better": "peer is better", "left out": "left out"}

Block = Heading | Paragraph | Bullets | Table | Chart


@dataclass
class Document:
    """A report."""

    title: str
    subtitle: str
    blocks: list[Block] = field(default_factory=list)
