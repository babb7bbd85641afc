"""CSV and TSV. A mapping says which column is what: question, answer, system, context (put under
the question), text, label, group; by name, or by number when the file has no header.

Without a mapping, the usual names of columns are known. Only conversations with one answer can be
written.
"""

from __future__ import annotations

import csv
import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from app.core.errors import BadInput
from app.services.dataset.formats._base import (
    MAX_CHARACTERS,
    Beginning,
    Unusable,
    checked,
    exchange,
    is_text,
    plain,
    single,
)
from app.services.dataset.formats._decode import encoding_of
from app.services.dataset.types import Draft, Rejected

_USUAL = {
    "question": "question prompt instruction user query",
    "answer": "answer completion output response assistant reply",
    "system": "system",
    "context": "context input",
    "text": "text sentence content review tweet document",
    "label": "label category sentiment class emotion",
    "group": "group document_id conversation_id conversation",
}
_WRITTEN = ("question", "answer", "system", "text", "label", "group")
_DELIMITERS = ",;\t|"


class _Table:
    name = "table"
    title = "Table (CSV, TSV)"
    suffixes = (".csv", ".tsv", ".tab")
    columns = True

    def fits(self, beginning: Beginning) -> int:
        if beginning.records or beginning.text.lstrip().startswith("["):
            return 0
        return 7 if beginning.suffix in self.suffixes else 0

    def read(self, path: Path, mapping: Mapping[str, str]) -> Iterator[Draft | Rejected]:
        """As Format.read; records of another length than the header are turned away."""
        csv.field_size_limit(MAX_CHARACTERS)
        with path.open(encoding=encoding_of(path), errors="replace", newline="") as file:
            delimiter = _delimiter(path)
            records = _records(csv.reader(file, delimiter=delimiter, strict=True))
            first = next(records, None)
            if first is None:
                return
            line, cells = first
            if isinstance(cells, str):
                raise BadInput(problem=f"{path.name}, line {line}: {cells}.")
            chosen = _columns(cells, mapping, path.name)
            if mapping and not set(mapping.values()) & set(_names(cells)):
                # Columns are given by number: there is no header.
                yield _draft(line, cells, chosen, len(cells))
            for line, record in records:
                if isinstance(record, str):
                    yield Rejected(line, record)
                elif record:
                    yield _draft(line, record, chosen, len(cells))

    def write(self, drafts: Iterable[Draft], target: TextIO, suffix: str) -> Iterator[str]:
        """As Format.write; a header line, then a line a row."""
        delimiter = "," if suffix == ".csv" else "\t"
        writer = csv.DictWriter(target, _WRITTEN, delimiter=delimiter, lineterminator="\r\n")
        writer.writeheader()
        for draft in drafts:
            try:
                writer.writerow(_cells(draft))
            except Unusable as problem:
                yield str(problem)
            else:
                yield ""


@dataclass(frozen=True, slots=True)
class Preview:
    """How a table begins. header: its first line; rows: those that follow; guessed: which column
    (by its name) is which part, as far as the names tell."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    guessed: dict[str, str]


def preview(path: Path, count: int) -> Preview:
    """The first line, `count` records after it, and the parts that names of columns tell. Errors:
    BadInput, OSError."""
    header = columns(path)
    with path.open(encoding=encoding_of(path), errors="replace", newline="") as file:
        reader = csv.reader(file, delimiter=_delimiter(path), strict=True)
        found = itertools.islice(_records(reader), 1, count + 1)
        rows = tuple(tuple(cells) for _, cells in found if isinstance(cells, list))
    names = _names(header)
    return Preview(header, rows, {part: names[at] for part, at in _guessed(names).items()})


def columns(path: Path) -> tuple[str, ...]:
    """The first line of a table, to choose columns from. Errors: BadInput, OSError."""
    with path.open(encoding=encoding_of(path), errors="replace", newline="") as file:
        reader = csv.reader(file, delimiter=_delimiter(path), strict=True)
        try:
            return tuple(next(reader, []))
        except csv.Error as error:
            raise BadInput(problem=f"{path.name}, line 1: {error}.") from None


def _delimiter(path: Path) -> str:
    """By suffix, or the sign that stands most often in the first line."""
    if path.suffix.lower() in (".tsv", ".tab"):
        return "\t"
    with path.open(encoding=encoding_of(path), errors="replace") as file:
        line = file.readline(MAX_CHARACTERS)
    return max(_DELIMITERS, key=line.count)


def _records(reader: Iterator[list[str]]) -> Iterator[tuple[int, list[str] | str]]:
    """(first line, cells or what is wrong) of each record."""
    line = 1
    while True:
        record: list[str] | str
        try:
            record = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            record = _plain_words(str(error))
        yield line, record
        line = int(getattr(reader, "line_num", line)) + 1


def _plain_words(error: str) -> str:
    if "unexpected end" in error:
        return "a quotation mark is opened and never closed"
    if "field limit" in error:
        return f"a cell is longer than {MAX_CHARACTERS:,} characters"
    return "its quotation marks do not match"


def _names(header: Sequence[str]) -> list[str]:
    return [cell.strip() for cell in header]


def _columns(header: Sequence[str], mapping: Mapping[str, str], name: str) -> dict[str, int]:
    """Which column is what, by index. Errors: BadInput."""
    names = _names(header)
    if unknown := mapping.keys() - _USUAL.keys():
        problem = f"There is no part {min(unknown)!r}; choose from {', '.join(_USUAL)}."
        raise BadInput(problem=problem)
    chosen = {}
    for part, column in mapping.items():
        if column in names:
            chosen[part] = names.index(column)
        elif column.isdecimal() and 1 <= int(column) <= len(names):
            chosen[part] = int(column) - 1
        else:
            problem = f"{name} has no column {column}; it has {', '.join(names)[:200]}."
            raise BadInput(problem=problem)
    if not mapping:
        chosen = _guessed(names)
    if not ({"question", "answer"} <= chosen.keys() or "text" in chosen):
        problem = (
            f"{name}: say which columns hold question and answer, or text and label; "
            f"it has {', '.join(names)[:200]}."
        )
        raise BadInput(problem=problem)
    return chosen


def _guessed(names: Sequence[str]) -> dict[str, int]:
    """Which column is what by the usual names."""
    lower = [cell.lower() for cell in names]
    found = {}
    for part, usual in _USUAL.items():
        known = [lower.index(word) for word in usual.split() if word in lower]
        if known:
            found[part] = known[0]
    return found


def _draft(
    line: int, record: Sequence[str], chosen: Mapping[str, int], width: int
) -> Draft | Rejected:
    if len(record) != width:
        return Rejected(line, f"it has {len(record)} columns, the first line has {width}")
    held = {part: record[index] for part, index in chosen.items()}
    try:
        if held.get("question") or held.get("answer") or "text" not in held:
            asked = [held.get("question", ""), held.get("context", "")]
            question = "\n\n".join(part for part in asked if part)
            turns = exchange(question, held.get("answer", ""), held.get("system", ""))
        else:
            turns = plain(held["text"])
        label, group = held.get("label", "").strip(), held.get("group", "").strip()
        return checked(Draft(turns, label, group=group, line=line))
    except Unusable as problem:
        return Rejected(line, str(problem))


def _cells(draft: Draft) -> dict[str, str]:
    if draft.spans:
        raise Unusable("a table can't hold its entities")
    held = {"label": draft.label, "group": draft.group}
    if is_text(draft):
        return held | {"text": draft.turns[0].content}
    system, question, answer = single(draft)
    return held | {"question": question, "answer": answer, "system": system}


FORMAT = _Table()
