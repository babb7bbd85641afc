"""Lines of a PDF page to flowing text, with the way back to each character.

Lines that a layout broke are joined into paragraphs and words that a hyphen divided are mended,
so that passages read and embed well. `origins[i]` is the index of pdfium's character that text
character i came from, or -1 where joining put a space. Limits: a hyphen that belongs to a compound
is lost when it stands at a line's end.
"""

from __future__ import annotations

import itertools
import re
import statistics
from dataclasses import dataclass, field

_ITEM = re.compile(r"(?:[•●▪◦‣–—·*-]|\(?\d{1,3}[.)]|\(?[a-zA-Z][.)])\s")


@dataclass(slots=True)
class Line:
    """A line as it stands on the page: characters [start, end) of pdfium; left, right and the
    baseline in points as shown, from the page's top left. pieces: its parts, when wide gaps divide
    it, as in tables."""

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
    pieces: list[Line] = field(default_factory=list)


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


def flow(lines: list[Line]) -> PageLayout:
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


def _are_table_rows(above: Line, below: Line) -> bool:
    """Whether both lines have as many cells, which begin or end below each other."""
    if len(above.pieces) < 2 or len(above.pieces) != len(below.pieces):
        return False
    near = above.size
    return all(
        abs(a.left - b.left) < near or abs(a.right - b.right) < near
        for a, b in zip(above.pieces, below.pieces, strict=True)
    )


def _continues(above: Line, below: Line, limit: float, right: float) -> bool:
    """Whether `below` goes on with the paragraph of `above`; right: the column's right edge."""
    if above.hyphenated:
        return below.text[:1].isalpha()
    if _are_table_rows(above, below):
        return False
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
