"""One PDF page: pdfium's characters to flowing text, with the way back to each character.

Lines that a layout broke are joined into paragraphs and words that a hyphen divided are mended,
so that passages read and embed well. `origins[i]` is the index of pdfium's character that text
character i came from, or -1 where joining put a space. The result depends on the page alone, so
it can be made again later to draw boxes. Limits: reading order is pdfium's; a hyphen that belongs
to a compound is lost when it stands at a line's end.
"""

from __future__ import annotations

import ctypes
import itertools
import re
import statistics
from dataclasses import dataclass, field
from typing import Any

from app.core.types import Rect

_LIGATURES = {
    "\ufb00": "ff",
    "\ufb01": "fi",
    "\ufb02": "fl",
    "\ufb03": "ffi",
    "\ufb04": "ffl",
    "\ufb05": "st",
    "\ufb06": "st",
}
_HYPHENS = ("\x02", "\ufffe")
_ITEM = re.compile(r"(?:[•●▪◦‣–—·*-]|\(?\d{1,3}[.)]|\(?[a-zA-Z][.)])\s")
_BOLD = re.compile(r"bold|black|heavy|semibold|demi|cmbx|-bd", re.IGNORECASE)


@dataclass(slots=True)
class Line:
    """A line as it stands on the page: characters [start, end) of pdfium; left, right and the
    baseline in points as shown, from the page's top left."""

    start: int
    end: int
    text: str
    origins: list[int]
    left: float
    right: float
    baseline: float
    size: float
    first_word: float
    bold: bool
    hyphenated: bool


@dataclass(slots=True)
class Block:
    """A paragraph of the text: where it starts, its words, and how it is set."""

    start: int
    text: str
    size: float
    bold: bool
    lines: int


@dataclass(slots=True)
class PageLayout:
    """The page's text with its map back, and its paragraphs."""

    text: str = ""
    origins: list[int] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)


class PageReader:
    """Reads one open page of pypdfium2; close it before the document."""

    def __init__(self, page: Any) -> None:
        import pypdfium2.raw as pdfium

        self._pdfium = pdfium
        self._page = page
        self._text = page.get_textpage()
        self._rotation = page.get_rotation()
        self._bounds = page.get_bbox()

    def close(self) -> None:
        """Free the page; it can't be used afterwards."""
        self._text.close()
        self._page.close()

    def layout(self) -> PageLayout:
        """The page's text. Errors: what pdfium raises on damaged pages."""
        lines = self._lines()
        return _flow(lines)

    def boxes(self, layout: PageLayout, start: int, end: int) -> tuple[Rect, ...]:
        """One box a line that text[start:end] touches, in points from the page's top left."""
        wanted = {origin for origin in layout.origins[start:end] if origin >= 0}
        rows: list[tuple[float, float, float, float]] = []
        for line in layout.lines:
            edges = [
                box
                for index in sorted(wanted.intersection(line.origins))
                if (box := self._loose_box(index)) is not None
            ]
            if not edges:
                continue
            box = _around(edges)
            if rows and _overlap(rows[-1], box):
                rows[-1] = _around([rows[-1], box])
            else:
                rows.append(box)
        return tuple(
            Rect(left, top, right - left, bottom - top) for left, top, right, bottom in rows
        )

    def _lines(self) -> list[Line]:
        lines: list[Line] = []
        count = self._text.count_chars()
        read = self._pdfium.FPDFText_GetUnicode
        start = 0
        characters: list[str] = []
        for index in range(count + 1):
            code = read(self._text, index) if index < count else 10
            character = chr(code) if 0 < code < 0xD800 or 0xE000 <= code < 0x110000 else " "
            if character in "\r\n" or character in _HYPHENS:
                line = self._line(start, characters, character in _HYPHENS)
                if line is not None:
                    lines.append(line)
                characters = []
                start = index + 1
            else:
                characters.append(character)
        return lines

    def _line(self, start: int, characters: list[str], hyphenated: bool) -> Line | None:
        text: list[str] = []
        origins: list[int] = []
        for offset, character in enumerate(characters):
            plain = _LIGATURES.get(character, character)
            if plain.isspace():
                plain = " " if text and text[-1] != " " else ""
            elif not plain.isprintable() and plain not in "\u200c\u200d":
                plain = ""
            text.extend(plain)
            origins.extend([start + offset] * len(plain))
        while text and text[-1] == " ":
            text.pop()
            origins.pop()
        if not text:
            return None
        words = "".join(text)
        space = words.find(" ")
        first = self._place(origins[0])
        word_end = self._place(origins[space - 1 if space > 0 else -1])
        last = self._place(origins[-1])
        size = self._pdfium.FPDFText_GetFontSize(self._text, origins[0]) or 1.0
        height = abs(first[3] - first[1])
        # A font size of 1 scaled up by a matrix is common: the character's height tells then.
        if size <= 2 < height:
            size = height
        turned = len(text) > 3 and abs(last[3] - first[3]) > abs(last[2] - first[0])
        return Line(
            start=start,
            end=start + len(characters),
            text=words,
            origins=origins,
            left=min(first[0], last[0]),
            right=max(first[2], last[2]),
            baseline=first[3],
            size=1.0 if turned else size,
            first_word=abs(word_end[2] - first[0]),
            bold=not turned and self._is_bold(origins[0]),
            hyphenated=hyphenated,
        )

    def _is_bold(self, index: int) -> bool:
        buffer = ctypes.create_string_buffer(128)
        flags = ctypes.c_int()
        self._pdfium.FPDFText_GetFontInfo(self._text, index, buffer, 128, flags)
        return bool(_BOLD.search(buffer.value.decode("utf-8", "replace")))

    def _place(self, index: int) -> tuple[float, float, float, float]:
        """Left, top, right and bottom of the character's font box, as shown."""
        return self._loose_box(index) or (0.0, 0.0, 0.0, 0.0)

    def _loose_box(self, index: int) -> tuple[float, float, float, float] | None:
        box = self._pdfium.FS_RECTF()
        if not self._pdfium.FPDFText_GetLooseCharBox(self._text, index, box):
            return None
        x1, y1 = self._shown(box.left, box.top)
        x2, y2 = self._shown(box.right, box.bottom)
        return min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2)

    def _shown(self, x: float, y: float) -> tuple[float, float]:
        """A point of the page's own space, as the turned and cropped page shows it."""
        left, bottom, right, top = self._bounds
        match self._rotation:
            case 90:
                return y - bottom, x - left
            case 180:
                return right - x, y - bottom
            case 270:
                return top - y, right - x
            case _:
                return x - left, top - y


def _around(boxes: list[tuple[float, float, float, float]]) -> tuple[float, float, float, float]:
    """The smallest (left, top, right, bottom) that holds all boxes."""
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    return min(lefts), min(tops), max(rights), max(bottoms)


def _overlap(one: tuple[float, ...], next_: tuple[float, ...]) -> bool:
    """Whether two boxes stand in one row, side by side: raised type is a line to pdfium."""
    height = min(one[3] - one[1], next_[3] - next_[1])
    shared = min(one[3], next_[3]) - max(one[1], next_[1])
    return shared > 0.5 * height and -height < next_[0] - one[2] < 1.5 * height


def _flow(lines: list[Line]) -> PageLayout:
    """Lines to paragraphs: joined where the line break was only the layout's."""
    layout = PageLayout(lines=lines)
    steps = [
        below.baseline - above.baseline
        for above, below in itertools.pairwise(lines)
        if 0 < below.baseline - above.baseline < 4 * max(above.size, 1)
    ]
    pitch = statistics.median(steps) if len(steps) >= 4 else 0.0
    parts: list[str] = []
    length = 0
    block: list[Line] = []
    block_start = 0
    for number, line in enumerate(lines):
        if number:
            previous = lines[number - 1]
            limit = max(pitch * 1.3, 1.45 * previous.size) if pitch else 1.7 * previous.size
            same_row = _same_row(previous, line)
            joined = same_row or _continues(previous, line, limit, _column_right(lines, number))
            if joined:
                near = line.left - previous.right < 0.2 * max(line.size, previous.size)
                glue = "" if previous.hyphenated or (same_row and near) else " "
            else:
                layout.blocks.append(_block(block, block_start, "".join(parts)[block_start:]))
                step = line.baseline - previous.baseline
                near = 0 < step <= limit and abs(line.size - previous.size) < 0.12 * line.size
                glue = "\n" if near else "\n\n"
                if previous.hyphenated:
                    glue = "-" + glue
            parts.append(glue)
            layout.origins.extend([-1] * len(glue))
            length += len(glue)
            if not joined:
                block, block_start = [], length
                parts = ["".join(parts)]
        block.append(line)
        parts.append(line.text)
        layout.origins.extend(line.origins)
        length += len(line.text)
    layout.text = "".join(parts)
    if block:
        layout.blocks.append(_block(block, block_start, layout.text[block_start:]))
    return layout


def _block(lines: list[Line], start: int, text: str) -> Block:
    return Block(
        start, text, max(line.size for line in lines), all(x.bold for x in lines), len(lines)
    )


def _same_row(above: Line, below: Line) -> bool:
    """Raised or lowered small type, which pdfium takes for a line of its own."""
    size = max(above.size, below.size)
    return (
        abs(above.baseline - below.baseline) < 0.6 * size
        and -0.1 * size <= below.left - above.right < 1.5 * size
    )


def _column_right(lines: list[Line], number: int) -> float:
    """The right edge that the lines around `number` and the one above it share."""
    above, below = lines[number - 1], lines[number]
    around = lines[max(0, number - 5) : number + 5]
    return max(
        line.right
        for line in around
        if line is above
        or line is below
        or (
            abs(line.size - above.size) < 0.12 * above.size
            and min(abs(line.left - above.left), abs(line.left - below.left)) < 3 * above.size
        )
    )


def _continues(above: Line, below: Line, limit: float, right: float) -> bool:
    """Whether `below` goes on with the paragraph of `above`; right: the column's right edge."""
    if above.hyphenated:
        return below.text[:1].isalpha()
    if abs(above.size - below.size) > 0.12 * max(above.size, below.size):
        return False
    if above.bold != below.bold and not below.text[:1].islower():
        return False
    if _ITEM.match(below.text):
        return False
    step = below.baseline - above.baseline
    if step < -above.size or step > 6 * above.size or below.left > above.right:
        # The next column, or past a figure: only an unfinished sentence goes on there.
        return below.text[:1].islower() and above.text[-1:] not in ".!?:"
    if step > limit:
        return False
    indent = below.left - above.left
    centred = abs(indent - (above.right - below.right)) < above.size
    if indent > 0.8 * above.size and not centred and not _ITEM.match(above.text):
        return False
    # Had the first word of the next line found room, the break would not be the layout's.
    room = right - above.right
    return room < below.first_word + 0.4 * above.size
