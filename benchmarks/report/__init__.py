"""The report of a folder of results: `report.html`, one file that needs nothing else, and `report.md`."""

from __future__ import annotations

import json
from pathlib import Path

from . import answer, evidence, machine, path
from .document import Document
from .html import html
from .markdown import markdown
from .results import Run, read

__all__ = ["build", "reference", "write"]

TITLE = "webmon: what is measured"
ABOUT = "webmon moves numpy arrays from the program that makes them to the page that shows them: through shared memory, a small server, and a WebSocket or `fetch`. This tells what each step costs, how near it is to what the machine can do, and what one might take instead."


def build(run: Run) -> Document:
    """The report of results."""
    hops = path.hops(run.results)
    return Document(TITLE, ABOUT, [*answer.part(run, hops), *path.part(hops), *answer.summary(answer.places(run.results)), *evidence.part(run.results), *machine.part(run.results)])


def write(folder: Path) -> list[Path]:
    """Reads the results of a folder, and writes both forms beside them; gives their paths."""
    document = build(read(folder))
    page, text = folder / "report.html", folder / "report.md"
    page.write_text(html(document))
    text.write_text(markdown(document))
    return [page, text]


def reference(folder: Path, into: Path) -> list[Path]:
    """Writes what is kept of results: DATE.md, and DATE.json with all of them; the date is that of the first."""
    run = read(folder)
    date = min(str(result.machine["date"])[:10] for result in run.results)
    into.mkdir(parents=True, exist_ok=True)
    text, data = into / f"{date}.md", into / f"{date}.json"
    text.write_text(markdown(build(run)))
    data.write_text(json.dumps([result.found for result in run.results], separators=(",", ":")) + "\n")
    return [text, data]
