"""Markdown: the decoded file is the text; ATX and Setext headings outside code fences count.

Limits: headings inside block quotes or lists are not seen.
"""

from __future__ import annotations

import re
from pathlib import Path

from app.core.messages import Parsed, ParsedPage, ParsedTable
from app.retrieval.loaders import _decode
from app.retrieval.loaders._base import Loader

_ATX = re.compile(r" {0,3}(#{1,6})[ \t]+(.*?)[ \t]*#*[ \t]*$")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_UNDERLINE = re.compile(r" {0,3}(=+|-{2,})[ \t]*$")
_NO_SETEXT = re.compile(r"    |\t| {0,3}(?:[>|]|[-*+][ \t]|\d{1,9}[.)][ \t])")
_DIVIDER = frozenset("|:- \t")
_MARKUP = re.compile(r"[*_`]+|!?\[([^\]]*)\]\([^)]*\)")


def load(path: Path) -> Parsed:
    """One page; the first top heading is the title. Errors: as `_decode.read`."""
    text = _decode.read(path)
    found = headings(text)
    title = next((words for _, level, words in found if level == 1), path.stem)
    return Parsed("markdown", title, (ParsedPage(None, text, found, tables=tables(text)),))


def headings(text: str) -> tuple[tuple[int, int, str], ...]:
    """(offset of its line, level from 1, words without markup) of each heading."""
    found = []
    fence = ""
    position = previous_start = 0
    previous = ""
    for line in text.split("\n"):
        mark = _FENCE.match(line)
        if fence:
            if mark and mark[1].startswith(fence):
                fence = ""
            line_words = ""
        elif mark:
            fence = mark[1]
            line_words = ""
        elif atx := _ATX.match(line):
            found.append((position, len(atx[1]), _plain(atx[2])))
            line_words = ""
        elif (under := _UNDERLINE.match(line)) and previous.strip():
            level = 1 if under[1][0] == "=" else 2
            found.append((previous_start, level, _plain(previous)))
            line_words = ""
        else:
            line_words = "" if _NO_SETEXT.match(line) else line
        previous, previous_start = line_words, position
        position += len(line) + 1
    return tuple((start, level, words) for start, level, words in found if words)


def tables(text: str) -> tuple[ParsedTable, ...]:
    """Tables of bars outside code fences, each with the row that names its columns."""
    found: list[ParsedTable] = []
    fence = ""
    rows: list[int] = []
    header = (0, 0)
    position = end = previous = 0
    for line in [*text.split("\n"), ""]:
        mark = _FENCE.match(line)
        if rows and "|" in line and not mark:
            rows.append(position)
            end = position + len(line)
        elif rows:
            found.append(ParsedTable(tuple(rows), end, header))
            rows = []
        if fence:
            fence = "" if mark and mark[1].startswith(fence) else fence
        elif mark:
            fence = mark[1]
        elif not rows and "|" in text[previous:position] and _is_divider(line):
            header, rows, end = (previous, position - 1), [previous], position + len(line)
        previous = position
        position += len(line) + 1
    return tuple(found)


def _is_divider(line: str) -> bool:
    """Whether a line is what stands between the names of columns and the rows."""
    if "|" not in line or not _DIVIDER.issuperset(line):
        return False
    cells = line.strip().strip("|").split("|")
    return all("-" in cell and cell.strip().strip(":").strip("-") == "" for cell in cells)


def _plain(words: str) -> str:
    return _MARKUP.sub(lambda match: match[1] or "", words).strip()


LOADER = Loader((".md", ".markdown", ".mdown", ".mkd"), "markdown", load)
