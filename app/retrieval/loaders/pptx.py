"""PowerPoint presentations (.pptx): slides are pages, their titles headings, tables kept whole as
those of other formats, notes kept.

Limits: pictures and charts are left out; a cell that holds a bar counts as two.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from app.core.errors import NoWords
from app.core.messages import Parsed, ParsedPage, ParsedTable
from app.retrieval.loaders import _office, _tables
from app.retrieval.loaders._base import PLAIN, Loader, Reading

_MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
_HEADING = re.compile(r"(#{1,6})\s+(.*)")
_MARKED = re.compile(r"(?<!\w)(\*{1,3})(?=\S)([^*\n]+)\1")
_RULE = re.compile(r"\|?[\s:|-]*-{3,}[\s:|-]*")


def load(path: Path, reading: Reading = PLAIN) -> Parsed:
    """A page for each slide that holds text. Errors: as `_office.extract`, and NoWords."""
    document = _office.extract(path, _MEDIA_TYPE, reading, output="markdown")
    slides = [_slide(slide) for slide in document.pages or ()]
    slides = [slide for slide in slides if any(letter.isalnum() for letter in slide.text)]
    if not slides:
        raise NoWords(path=path.name)
    title = _office.title_of(path, document, [(0, 1, h[2]) for s in slides for h in s.headings[:1]])
    return Parsed("slides", title, tuple(slides))


def _slide(slide: Any) -> ParsedPage:
    kept: list[str] = []
    headings: list[tuple[int, int, str]] = []
    tables: list[ParsedTable] = []
    source = _office.plain(slide.content)
    if slide.speaker_notes and slide.speaker_notes not in source:
        source += "\n\n" + _office.plain(slide.speaker_notes)
    lines = [_MARKED.sub(r"\2", line).strip() for line in source.split("\n")]
    at = length = 0
    while at < len(lines):
        words, rows = lines[at], _rows(lines, at)
        at += len(rows) + 1 if rows else 1
        if words in ("-", "*") or _RULE.fullmatch(words):
            continue
        if rows:
            words, table = _tables.text_of(rows)
            if words:
                tables.append(_tables.moved(table, length))
        elif heading := _HEADING.fullmatch(words):
            words = heading[2].strip()
            headings.append((length, len(heading[1]), words))
        if words or (kept and kept[-1]):
            kept.append(words)
            length += len(words) + 1
    text = "\n".join(kept).rstrip()
    return ParsedPage(slide.page_number, text, tuple(headings), tables=tuple(tables))


def _rows(lines: Sequence[str], at: int) -> list[list[str]]:
    """The cells of the table that begins there: a line of cells, a rule, more such lines."""
    if at + 1 >= len(lines) or not _is_row(lines[at]) or not _RULE.fullmatch(lines[at + 1]):
        return []
    end = at + 2
    while end < len(lines) and _is_row(lines[end]):
        end += 1
    rows = (lines[at], *lines[at + 2 : end])
    return [[cell.strip() for cell in row[1:-1].split("|")] for row in rows]


def _is_row(line: str) -> bool:
    return len(line) > 1 and line.startswith("|") and line.endswith("|")


LOADER = Loader((".pptx",), "slides", load, read=load)
