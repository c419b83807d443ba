"""A report as Markdown. It has no charts: its tables have the same figures."""

from __future__ import annotations

from .document import WORDS, Block, Bullets, Chart, Document, Heading, Paragraph, Row, Table

def markdown(document: Document) -> str:
    """The whole text."""
    parts = [f"# {document.title}", document.subtitle, *(text for block in document.blocks if (text := _block(block)))]
    return "\n\n".join(parts) + "\n"


def _block(block: Block) -> str:
    match block:
        case Heading():
            return f"{'#' * block.level} {block.text}"
        case Paragraph():
            return block.text
        case Bullets():
            return "\n".join(f"- {f'**{WORDS[mark]}**: ' if mark else ''}{text}" for mark, text in block.items)
        case Table():
            return _table(block)
        case Chart():
            return ""


def _table(table: Table) -> str:
    rules = ["---" if column < table.texts else "---:" for column in range(len(table.head))]
    return "\n".join(_line(cells) for cells in [table.head, rules, *(_cells(row) for row in table.rows)])


def _cells(row: Row) -> list[str]:
    first = f"**{row.cells[0]}**" if row.kind == "webmon" else row.cells[0] + (f" ({WORDS['better']})" if row.kind == "better" else "")
    return [first, *row.cells[1:]]


def _line(cells: list[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
