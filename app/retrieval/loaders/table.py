"""CSV and TSV: the decoded file is the text, its rows are those of a table.

The names in one of the first rows go with every passage into the index, so that a row far down
still knows what its columns mean. Limits: the rows stay as they were written, quotation marks too.
"""

from __future__ import annotations

import csv
import itertools
from pathlib import Path

from app.core.messages import Parsed, ParsedPage, ParsedTable
from app.retrieval.loaders import _decode, _tables
from app.retrieval.loaders._base import Loader

_LONGEST_ROW = 100_000
_FIRST_ROWS = 20


def load(path: Path) -> Parsed:
    """One page. Errors: as `_decode.read`."""
    text = _decode.read(path)
    return Parsed("table", path.stem, (ParsedPage(None, text, tables=_tables_of(text, path)),))


def _tables_of(text: str, path: Path) -> tuple[ParsedTable, ...]:
    rows = _row_starts(text)
    if not rows:
        return ()
    some = [*rows[: _FIRST_ROWS + 1], len(text)]
    first = [text[start:end].rstrip() for start, end in itertools.pairwise(some)][:_FIRST_ROWS]
    named = _tables.header_row([_cells(row, path.suffix.lower()) for row in first])
    header = (rows[named], rows[named] + len(first[named])) if named >= 0 else (0, 0)
    return (ParsedTable(tuple(rows), len(text), header),)


def _row_starts(text: str) -> list[int]:
    """Where rows with words begin: a line break between quotation marks ends none."""
    starts, at, quotes, length = [], 0, 0, 0
    for line in text.split("\n"):
        # A mark that is never closed would make one row of all the rest.
        if quotes % 2 == 0 or length > _LONGEST_ROW:
            quotes, length = 0, 0
            if line.strip():
                starts.append(at)
        quotes += line.count('"')
        length += len(line)
        at += len(line) + 1
    return starts


def _cells(row: str, suffix: str) -> list[str]:
    """What the cells of a row say."""
    separator = "\t" if suffix in (".tsv", ".tab") else max(",;\t", key=row.count)
    try:
        cells = next(csv.reader([row], delimiter=separator), [])
    except csv.Error:
        return []
    return [cell.strip() for cell in cells]


LOADER = Loader((".csv", ".tsv", ".tab"), "table", load)
