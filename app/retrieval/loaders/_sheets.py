"""Sheets as one text: each under its name, its tables as rows, with the names of their columns.

An empty row ends a table; one without names of its own has those of the table above it, which may
be nothing but names. Limits: tables side by side are taken for one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from app.core.errors import TooBig
from app.core.messages import Parsed, ParsedPage, ParsedTable
from app.retrieval.loaders import _office, _tables
from app.retrieval.loaders._base import MAX_CHARACTERS

Sheet = tuple[str, Iterable[list[str]]]


def parsed(path: Path, sheets: Iterable[Sheet], note: str = "") -> Parsed:
    """One page without a number. Errors: NoText, TooBig."""
    parts: list[str] = []
    headings: list[tuple[int, int, str]] = []
    tables: list[ParsedTable] = []
    length = 0

    def add(text: str) -> int:
        """Where the text begins."""
        nonlocal length
        if parts:
            parts.append("\n\n")
            length += 2
        begin = length
        parts.append(text)
        length += len(text)
        if length > MAX_CHARACTERS:
            raise TooBig(path=path.name, reason="more than 30 million characters")
        return begin

    for name, rows in sheets:
        above = (0, 0)
        named = False
        regions = list(_regions(rows, path.name))
        used = _tables.used_columns([row for region in regions for row in region])
        for region in regions:
            text, table = _tables.text_of(region, used)
            if not named:
                title = " ".join(name.split())
                headings.append((add(title), 2, title))
                named = True
            table = _tables.moved(table, add(text))
            if table.header[1]:
                above = table.header
            else:
                table = replace(table, header=above)
            tables.append(table)
    text = "".join(parts)
    page = _office.page(path, None, text, headings)
    found: ParsedPage = replace(page, tables=tuple(tables))
    return Parsed("sheet", path.stem, (found,), note)


def _regions(rows: Iterable[list[str]], name: str) -> Iterator[list[list[str]]]:
    """Rows between empty ones. Errors: TooBig."""
    region: list[list[str]] = []
    length = 0
    for row in rows:
        if any(row):
            region.append(row)
            length += sum(map(len, row))
            if length > MAX_CHARACTERS:
                raise TooBig(path=name, reason="more than 30 million characters")
        elif region:
            yield region
            region = []
    if region:
        yield region
