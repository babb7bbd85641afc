"""A document's text as HTML for Qt's text documents: headings, paragraphs, lists, tables, code.

The text is hostile: all of it is escaped, and nothing in the HTML names a file or an address,
but for web links in Markdown. A passage is found again by two marks, characters that no document
holds afterwards, which are put into the text before it is turned into HTML.

Limits: what is not Markdown shows what its loader kept, so no bold or italic words. Inside
formulas, addresses and the like a mark would change what is shown; it then stands at the next word.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape

from app.core.types import Heading

BEGIN, END = "\ue000", "\ue001"
"""The marks."""

PART = 50_000
"""Most characters that are turned into HTML at once."""

KINDS = frozenset(("docx", "email", "epub", "html", "markdown", "odt", "rtf", "slides"))
"""Kinds of documents that are shown so."""

_UNSAFE = re.compile(
    r"\]\([^)\n]*\)|\]\[[^\]\n]*\]|<[a-zA-Z.+-]+:[^<>\s]*>|&#?\w+;|\$\$.*?\$\$|\$[^$\n]+\$"
    r"|\\\(.*?\\\)|\\\[.*?\\\]"
    r"|^[ \t>]*(?:`{3,}|~{3,})[^\n]*|^[ \t>]*(?:[-*+][ \t]+)*\d{1,9}[.)][ \t]"
    r"|^ {0,3}\[[^\]\n]+\]:[^\n]*|(?:https?://|www\.)\S+",
    re.MULTILINE | re.DOTALL,
)
_FRONT = re.compile(r"\A---[ \t]*\n(.*?\n)---[ \t]*(?:\n|\Z)", re.DOTALL)
_GAP = re.compile(r"\n[ \t]*\r?\n")
_CELLS = " | "
_ITEM = "- "


@dataclass(frozen=True, slots=True)
class Span:
    """text[start:end]; empty for nothing."""

    start: int
    end: int

    def within(self, start: int, end: int) -> Span:
        """What of it lies in text[start:end]."""
        low, high = max(self.start, start), min(self.end, end)
        return Span(low, high) if low < high else Span(0, 0)

    def __bool__(self) -> bool:
        return self.start < self.end


def parts(text: str, headings: Sequence[Heading], most: int = PART) -> tuple[int, ...]:
    """Where the parts of a text begin, 0 first. They are cut at headings where there are some,
    else between paragraphs, lines or, at the worst, letters."""
    found, at = [0], 0
    marks = [each.start for each in headings]
    while len(text) - at > most:
        low, high = at + most // 3, at + most
        inside = [mark for mark in marks if low < mark <= high]
        gaps = [gap.end() for gap in _GAP.finditer(text, low, high)]
        line = text.rfind("\n", low, high) + 1
        at = inside[-1] if inside else gaps[-1] if gaps else line or high
        found.append(at)
    return tuple(found)


def marked_markdown(text: str, span: Span) -> str:
    """Markdown with the marks around a span of it, at words where they change nothing else."""
    text = text.replace(BEGIN, "\ufffd").replace(END, "\ufffd")
    unsafe = [match.span() for match in _UNSAFE.finditer(text)] if span else []
    where = _words(text, span, unsafe)
    if where:
        start, end = where.start, where.end
        text = f"{text[:start]}{BEGIN}{text[start:end]}{END}{text[end:]}"
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    # Facts about the file at its top would come out as a heading.
    return _FRONT.sub(lambda front: f"```yaml\n{front[1]}```\n", text)


def html(
    text: str, headings: Mapping[int, int], breaks: Collection[int], span: Span, line: str
) -> str:
    """HTML of a text that a loader made. headings: level by offset; breaks: offsets where another
    page begins; line: colour of the lines in tables."""
    text = text.replace(BEGIN, "\ufffd").replace(END, "\ufffd")
    writer = _Writer(text, _words(text, span, ()), line)
    return "".join(_blocks(writer, text, headings, breaks))


def _words(text: str, span: Span, unsafe: Sequence[tuple[int, int]]) -> Span:
    """The span from its first letter to its last, outside of what is unsafe."""
    span = span.within(0, len(text))
    places = [
        at
        for at in _reach(text, span)
        if text[at].isalnum() and not any(low <= at < high for low, high in unsafe)
    ]
    return Span(places[0], places[-1] + 1) if places else Span(0, 0)


def _reach(text: str, span: Span) -> Iterator[int]:
    """The span's offsets; of a long one only those near its ends."""
    near = 2000
    if span.end - span.start <= 2 * near:
        yield from range(span.start, span.end)
        return
    yield from range(span.start, span.start + near)
    yield from range(span.end - near, span.end)


class _Writer:
    """Escapes pieces of the text, with the marks where they belong."""

    def __init__(self, text: str, span: Span, line: str) -> None:
        self.line = line
        self._text = text
        self._span = span

    def write(self, start: int, end: int) -> str:
        """text[start:end]"""
        span = self._span
        pieces, at = [], start
        for mark, place in ((BEGIN, span.start), (END, span.end)):
            # The first belongs before a letter, the last behind one.
            inside = start <= place < end if mark is BEGIN else start < place <= end
            if span and inside:
                pieces += [escape(self._text[at:place]), mark]
                at = place
        return "".join((*pieces, escape(self._text[at:end])))


def _blocks(
    writer: _Writer, text: str, headings: Mapping[int, int], breaks: Collection[int]
) -> Iterator[str]:
    """HTML of the blocks in order."""
    open_lines: list[tuple[int, int]] = []
    at = 0
    for line in text.split("\n"):
        start, end = at, at + len(line)
        at = end + 1
        if start in breaks and start:
            yield from _paragraph(writer, text, open_lines)
            open_lines = []
            yield "<hr>"
        level = headings.get(start)
        if not line.strip() or level is not None:
            yield from _paragraph(writer, text, open_lines)
            open_lines = []
            if level is not None:
                size = min(6, max(1, level))
                yield f"<h{size}>{writer.write(start, end)}</h{size}>"
            continue
        open_lines.append((start, end))
    yield from _paragraph(writer, text, open_lines)


def _paragraph(writer: _Writer, text: str, lines: Sequence[tuple[int, int]]) -> Iterator[str]:
    """Lines without a gap: a table, a list, code, or a paragraph with its line ends."""
    if not lines:
        return
    words = [text[start:end] for start, end in lines]
    cells = {each.count(_CELLS) for each in words}
    if len(lines) > 1 and len(cells) == 1 and cells != {0}:
        yield _table(writer, text, lines)
    elif words[0].startswith(_ITEM):
        yield _list(writer, text, lines)
    elif any(each[0] in " \t" for each in words):
        yield "<pre>" + "\n".join(writer.write(*line) for line in lines) + "</pre>"
    else:
        yield "<p>" + "<br>".join(writer.write(*line) for line in lines) + "</p>"


def _list(writer: _Writer, text: str, lines: Sequence[tuple[int, int]]) -> str:
    """Items; a line without a dash goes on with the one before."""
    items: list[list[str]] = []
    for start, end in lines:
        begins = text.startswith(_ITEM, start)
        written = writer.write(start + len(_ITEM) if begins else start, end)
        if begins:
            items.append([written])
        else:
            items[-1].append(written)
    return "<ul>" + "".join(f"<li>{'<br>'.join(item)}</li>" for item in items) + "</ul>"


def _table(writer: _Writer, text: str, lines: Sequence[tuple[int, int]]) -> str:
    rows = []
    for start, end in lines:
        cells, at = [], start
        for cell in text[start:end].split(_CELLS):
            cells.append(f"<td>{writer.write(at, at + len(cell))}</td>")
            at += len(cell) + len(_CELLS)
        rows.append(f"<tr>{''.join(cells)}</tr>")
    return (
        '<table border="1" cellspacing="0" cellpadding="6" '
        f'style="border-collapse:collapse; border-color:{writer.line}; margin:0 0 8px 0">'
        f"{''.join(rows)}</table>"
    )
