"""CSV and TSV: the decoded file is the text; the header row serves as its heading.

The heading goes with every passage into the index, so that a row far down still knows what its
columns mean. Limits: quoting and dialects are not interpreted, the rows stay as they were written.
"""

from __future__ import annotations

import csv
from pathlib import Path

from app.core.messages import Parsed, ParsedPage
from app.retrieval.loaders import _decode
from app.retrieval.loaders._base import Loader


def load(path: Path) -> Parsed:
    """One page. Errors: as `_decode.read`."""
    text = _decode.read(path)
    columns = _columns(text, path.suffix.lower())
    headings = ((0, 1, ", ".join(columns)),) if columns else ()
    return Parsed("table", path.stem, (ParsedPage(None, text, headings),))


def _columns(text: str, suffix: str) -> list[str]:
    """Names in the first row, when it looks like a header: several cells, none a number."""
    first = text.lstrip("\n").split("\n", 1)[0]
    separator = "\t" if suffix in (".tsv", ".tab") else max(",;\t", key=first.count)
    try:
        cells = [cell.strip() for cell in next(csv.reader([first], delimiter=separator), [])]
    except csv.Error:
        return []
    named = [cell for cell in cells if cell]
    if len(named) < 2 or any(_is_number(cell) for cell in named):
        return []
    return named


def _is_number(cell: str) -> bool:
    return cell.replace(".", "", 1).replace(",", "").lstrip("-+").isdigit()


LOADER = Loader((".csv", ".tsv", ".tab"), "table", load)
