"""Columns of spreadsheets, read from the text that the library has of them.

Sheets are rows of cells divided by bars, an empty line between tables; a table without names of its
own has those of the one above it. Limits: a cell that holds such a bar counts as two.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from app.retrieval.loaders import _tables

SUFFIXES = (".xlsx", ".xlsm", ".xls", ".ods")
_BAR = " | "


def column(text: str, is_wanted: Callable[[str], bool]) -> tuple[str, list[tuple[int, str]]]:
    """The name of the first column whose name is wanted, and (offset, cell) of its rows in all
    tables that have it; '' when none has."""
    name, found = "", list[tuple[int, str]]()
    above: list[str] = []
    for rows in _tables_of(text):
        header = _tables.header_row([cells for _, cells in rows])
        names = rows[header][1] if header >= 0 else above
        below = rows[header + 1 :] if header >= 0 else rows
        above = names
        number = next((at for at, each in enumerate(names) if is_wanted(each)), -1)
        if number < 0:
            continue
        name = name or names[number].strip()
        for start, cells in below:
            if number < len(cells) and cells[number].strip():
                at = start + sum(len(cell) + len(_BAR) for cell in cells[:number])
                found.append((at, cells[number].strip()))
    return name, found


def _tables_of(text: str) -> Iterator[list[tuple[int, list[str]]]]:
    """(offset, cells) of the rows of each table."""
    rows: list[tuple[int, list[str]]] = []
    at = 0
    for line in [*text.split("\n"), ""]:
        if line.strip():
            rows.append((at, line.split(_BAR)))
        elif rows:
            # A sheet's name stands alone between empty lines.
            if len(rows) > 1 or len(rows[0][1]) > 1:
                yield rows
            rows = []
        at += len(line) + 1
