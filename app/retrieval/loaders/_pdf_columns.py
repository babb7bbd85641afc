"""Columns that a PDF's producer wrote row by row, put back one after the other.

Most producers write a column at a time and are left alone. Where the rows of a page hold two or
more long pieces of words on both sides of the same empty strip, those pieces are ordered by
column. Tables, whose pieces are short, keep their rows. Limits: columns of unlike width within
one stretch of rows; a table of long sentences is taken for columns.
"""

from __future__ import annotations

import itertools
import statistics
from collections.abc import Iterator

from app.retrieval.loaders._pdf_flow import Line

_LEAST_ROWS = 4
_LEAST_WORDS = 3
_LEAST_CHARACTERS = 18
_SHARE = 0.6

Row = list[Line]


def in_reading_order(lines: list[Line]) -> list[Line]:
    """The lines as they are, or with the pieces of mixed columns one column after the other."""
    rows = list(_rows(lines))
    several = [row for row in rows if len(row) > 1]
    if len(several) < _LEAST_ROWS or not _is_prose(several):
        return lines
    strips = _strips(several)
    if not strips:
        return lines
    ordered: list[Line] = []
    stretch: list[Row] = []
    for row in rows:
        if any(piece.left < strip < piece.right for piece in row for strip in strips):
            ordered.extend(_by_column(stretch, strips))
            ordered.extend(row)
            stretch = []
        else:
            stretch.append(row)
    ordered.extend(_by_column(stretch, strips))
    return ordered


def _rows(lines: list[Line]) -> Iterator[Row]:
    """Pieces that stand side by side, in the order they were written."""
    row: Row = []
    for line in lines:
        for piece in line.pieces or [line]:
            if row and not _beside(row[-1], piece):
                yield row
                row = []
            row.append(piece)
    if row:
        yield row


def _beside(one: Line, next_: Line) -> bool:
    size = max(one.size, next_.size)
    return abs(one.baseline - next_.baseline) < 0.5 * size and next_.left > one.right + size


def _is_prose(rows: list[Row]) -> bool:
    """Whether the pieces are parts of sentences rather than cells."""
    pieces = [piece.text for row in rows for piece in row]
    words = statistics.median(len(text.split()) for text in pieces)
    digits = sum(c.isdigit() for text in pieces for c in text)
    length = sum(map(len, pieces))
    long = statistics.median(map(len, pieces)) >= _LEAST_CHARACTERS
    return words >= _LEAST_WORDS and long and digits < 0.15 * length


def _strips(rows: list[Row]) -> list[float]:
    """Middles of the empty strips that most of the rows have in common, from left to right."""
    gaps = [(a.right, b.left) for row in rows for a, b in itertools.pairwise(row)]
    found: list[float] = []
    while gaps:
        best = max((sum(a <= edge <= b for a, b in gaps), edge) for _, edge in gaps)
        at = [(a, b) for a, b in gaps if a <= best[1] <= b]
        if len(at) < max(_LEAST_ROWS, _SHARE * len(rows)):
            break
        found.append((max(a for a, _ in at) + min(b for _, b in at)) / 2)
        gaps = [gap for gap in gaps if gap not in at]
    return sorted(found)


def _by_column(rows: list[Row], strips: list[float]) -> list[Line]:
    """Pieces of rows that cross no strip. Rows that go on down the page are one stretch; what
    begins higher up again, such as a column written by itself, begins another."""
    ordered: list[Line] = []
    stretch: list[Line] = []
    bottom = float("-inf")
    for row in rows:
        if row[0].baseline < bottom - row[0].size:
            ordered.extend(_sorted(stretch, strips))
            stretch = []
        stretch.extend(row)
        bottom = row[0].baseline
    return ordered + _sorted(stretch, strips)


def _sorted(pieces: list[Line], strips: list[float]) -> list[Line]:
    # Sorting is stable: within a column the written order stays.
    return sorted(pieces, key=lambda piece: sum(piece.left >= strip for strip in strips))
