"""Lists and counts that a table answers: the values of the column that is named so.

'How many different makers are there?' is the column 'Maker' of a CSV file: code reads it exactly,
each value once; so is one of a spreadsheet. Limits: files of commas, semicolons or tabs with a
header, one line a row, and sheets; the column is called what is asked for, in singular or plural,
what is asked beside ('and their prices') is a column whose name begins so.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from app.core.messages.everything import FileTally
from app.services.everything import sheets, wording
from app.services.everything.finds import Finds, Spot
from app.services.everything.job import Job

_SUFFIXES = (".csv", ".tsv", ".tab")
_LONGEST_ROW = 20_000


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a document: its name, its number from 0, and the table's separator; or its cells
    with their offsets. beside: what is asked of each row besides, and the columns that tell it."""

    file: FileTally
    name: str
    number: int
    separator: str
    text: str
    cells: tuple[tuple[int, str], ...] = ()
    beside: tuple[tuple[str, Column | None], ...] = ()


def named(job: Job) -> list[Column]:
    """The columns that are called what is asked for. Errors: of the library."""
    wanted = forms(job.wish.listed)
    found = []
    for file in job.survey.files if wanted else ():
        if not is_table(file):
            continue
        text = job.library.open(file.file_id).text
        column = column_of(file, text, lambda name: bool(wanted & forms(name)))
        if column:
            beside = tuple(
                (each, column_of(file, text, _about(each))) for each in job.wish.attributes
            )
            found.append(replace(column, beside=beside))
    return found


def is_table(file: FileTally) -> bool:
    """Whether a document is rows and columns throughout."""
    return Path(file.path).suffix.lower() in (*_SUFFIXES, *sheets.SUFFIXES)


def column_of(file: FileTally, text: str, is_wanted: Callable[[str], bool]) -> Column | None:
    """The first column whose name is wanted."""
    suffix = Path(file.path).suffix.lower()
    if suffix in sheets.SUFFIXES:
        name, cells = sheets.column(text, is_wanted)
        return Column(file, name, 0, "", text, tuple(cells)) if cells else None
    first = text.lstrip("\n").split("\n", 1)[0][:_LONGEST_ROW]
    separator = "\t" if suffix != ".csv" else max(",;\t", key=first.count)
    for number, name in enumerate(_cells(first, separator)):
        if is_wanted(name):
            return Column(file, name.strip(), number, separator, text)
    return None


def _about(attribute: str) -> Callable[[str], bool]:
    """Whether a column's name begins with an attribute: 'Price in euros' with 'prices'."""
    wanted = forms(attribute)
    size = len(attribute.split())
    return lambda name: bool(wanted & forms(" ".join(name.split()[:size])))


def read(job: Job, columns: list[Column]) -> Finds:
    """Their values, each once, with the passages of its first rows. Errors: of the library."""
    finds = Finds()
    for column in columns:
        chunks = job.chunks(column.file)
        beside = [
            (
                other.name if other else each,
                {row_of(column.text, at): said for at, said in cells_of(other)} if other else {},
            )
            for each, other in column.beside
        ]
        for start, value in cells_of(column):
            if chunk := chunks.at(start):
                spot = Spot(column.file.path, start, start + len(value), chunk)
                row = row_of(column.text, start) if beside else 0
                text = wording.thing(value, [(name, rows.get(row, "")) for name, rows in beside])
                finds.add(text.casefold(), text, spot)
    return finds


def how(job: Job, columns: list[Column]) -> str:
    """Where the values stand, for the note."""
    names = ", ".join(f"“{each.name}” of {Path(each.file.path).name}" for each in columns[:3])
    more = f" and {len(columns) - 3:,} more" if len(columns) > 3 else ""
    text = f"read from the column {names}{more}, as it is written"
    if len(columns) < len(job.survey.files):
        text += "; documents without such a column were not read for this"
    return text


def row_of(text: str, start: int) -> int:
    """Where the line of an offset begins."""
    return text.rfind("\n", 0, start) + 1


def cells_of(column: Column) -> Iterator[tuple[int, str]]:
    """(offset in the text, value) of each row that has one."""
    if column.cells:
        yield from column.cells
        return
    at, header = 0, True
    for line in column.text.splitlines(keepends=True):
        row = line.rstrip("\r\n")
        if row.strip() and not header and len(row) <= _LONGEST_ROW:
            cells = _cells(row, column.separator)
            value = cells[column.number].strip() if column.number < len(cells) else ""
            if value:
                before = sum(len(cell) + 1 for cell in cells[: column.number])
                # Quotation marks move a cell to the right of where its neighbours' lengths say.
                place = row.find(value, min(before, len(row)))
                yield at + max(0, place if place >= 0 else row.find(value)), value
        header = header and not row.strip()
        at += len(line)


def _cells(row: str, separator: str) -> list[str]:
    try:
        return next(csv.reader([row], delimiter=separator), [])
    except csv.Error:
        return []


def forms(name: str) -> set[str]:
    """A name in lower case, with and without the endings of a plural."""
    plain = " ".join(name.casefold().split())
    if not plain or len(plain.split()) > 3:
        return set()
    forms = {plain}
    for ending, to in (("ies", "y"), ("es", ""), ("s", ""), ("en", ""), ("n", "")):
        if plain.endswith(ending) and len(plain) - len(ending) >= 3:
            forms.add(plain.removesuffix(ending) + to)
    return forms
