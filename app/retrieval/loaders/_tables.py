"""Tables as text: rows as lines, cells divided by bars, and which row names the columns.

Limits: the names are one row; a table whose first rows hold only words may be without any.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from app.core.messages import ParsedTable

_NUMBER = re.compile(r"[-+(]?[^\w\s]?\s?\d[\d.,:/ '\u00a0%-]*[)]?\s?[^\w\s]?(?:[A-Z]{3})?")
_YEAR = re.compile(r"(?:19|20)\d\d")
# A title, a unit and an empty line may stand above the names.
_FIRST_ROWS = 6
_LONGEST_NAME = 80


def used_columns(rows: Sequence[Sequence[str]]) -> list[int]:
    """Columns that hold words in any row."""
    return sorted({at for row in rows for at, cell in enumerate(row) if cell})


def text_of(
    rows: Sequence[Sequence[str]], used: Sequence[int] | None = None
) -> tuple[str, ParsedTable]:
    """The lines of a table, and where its rows are; rows without words, and columns that are not
    used, are left out. A table of nothing has no rows."""
    used = used_columns(rows) if used is None else used
    kept = [[row[at] if at < len(row) else "" for at in used] for row in rows if any(row)]
    named = header_row(kept)
    parts: list[str] = []
    starts: list[int] = []
    header = (0, 0)
    length = 0
    for number, row in enumerate(kept):
        line = " | ".join(row).rstrip(" |")
        if parts:
            parts.append("\n")
            length += 1
        starts.append(length)
        parts.append(line)
        if number == named:
            header = (length, length + len(line))
        length += len(line)
    return "".join(parts), ParsedTable(tuple(starts), length, header)


def moved(table: ParsedTable, by: int) -> ParsedTable:
    """The table when its text begins `by` characters later."""
    first, end = table.header
    header = (first + by, end + by) if end else (0, 0)
    return ParsedTable(tuple(at + by for at in table.rows), table.end + by, header)


def header_row(rows: Sequence[Sequence[str]]) -> int:
    """Which row names the columns: of the first ones the first with most names, all of them short
    and most different and none a number. -1 when there is none."""
    best, most = -1, 1
    usual = sorted(sum(1 for cell in row if cell) for row in rows[:50])
    width = usual[len(usual) // 2] if usual else 0
    for number, row in enumerate(rows[:_FIRST_ROWS]):
        names = [cell for cell in row if cell]
        if any(_is_value(name) for name in names) and len(names) > 1:
            break
        if len(names) > most and is_header(names):
            best, most = number, len(names)
    # A row that names only one or two of many columns is a title above them.
    return best if 2 * most >= width else -1


def is_header(names: Sequence[str]) -> bool:
    """Whether cells can be names of columns."""
    return (
        len(names) > 1
        # Quarters may stand under each of two years.
        and 2 * len({name.casefold() for name in names}) >= len(names)
        and all(len(name) <= _LONGEST_NAME for name in names)
        and not any(_is_value(name) for name in names)
        and not all(is_number(name) for name in names)
    )


def _is_value(cell: str) -> bool:
    """Whether a cell is what stands below a name; a year may be a name."""
    return is_number(cell) and not _YEAR.fullmatch(cell.strip())


def is_number(cell: str) -> bool:
    """Whether a cell is a number, a date, a time or an amount."""
    return bool(_NUMBER.fullmatch(cell.strip()))
