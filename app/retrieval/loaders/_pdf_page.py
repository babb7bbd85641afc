"""One PDF page as pdfium reads it: lines with their places, and boxes for parts of the text.

Places are in points from the top left of the page as it is shown, turned and cropped. The result
depends on the page alone, so it can be made again later to draw boxes. Limits: reading order is
pdfium's, but for columns that were written row by row.
"""

from __future__ import annotations

import ctypes
import re
from typing import Any

from app.core.types import Rect
from app.retrieval.loaders._pdf_columns import in_reading_order
from app.retrieval.loaders._pdf_flow import Line, PageLayout, flow

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
# A scan may carry a stamped page number or a note on where it comes from.
_FEW_LETTERS = 80
_MANY_PATHS = 100
_WIDE = 1.5  # times the type's size
_BOLD = re.compile(r"bold|black|heavy|semibold|demi|cmbx|-bd", re.IGNORECASE)


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
        return flow(in_reading_order(self._lines()))

    def is_scanned(self, layout: PageLayout) -> bool:
        """Whether the page is a picture whose text nobody has read: next to no letters, and
        pictures over most of it, or drawn letters."""
        letters = sum(letter.isalnum() for letter in layout.text)
        if letters > _FEW_LETTERS:
            return False
        kinds = self._pdfium
        pictures = drawn = 0.0
        left, bottom, right, top = self._bounds
        for each in self._page.get_objects(max_depth=3):
            if each.type == kinds.FPDF_PAGEOBJ_IMAGE:
                x1, y1, x2, y2 = each.get_bounds()
                width, height = min(x2, right) - max(x1, left), min(y2, top) - max(y1, bottom)
                pictures += max(width, 0.0) * max(height, 0.0)
            elif each.type in (kinds.FPDF_PAGEOBJ_PATH, kinds.FPDF_PAGEOBJ_SHADING):
                drawn += 1
        share = pictures / max((right - left) * (top - bottom), 1.0)
        return share > 0.5 or (not letters and (share > 0.02 or drawn > _MANY_PATHS))

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
        line = self._set(start, start + len(characters), "".join(text), origins, hyphenated)
        cuts = self._wide_gaps(line)
        if cuts:
            ends = [*cuts, len(text)]
            begins = [0, *(cut + 1 for cut in cuts)]
            line.pieces = [
                self._set(
                    origins[begin],
                    origins[end - 1] + 1,
                    line.text[begin:end],
                    origins[begin:end],
                    hyphenated and end == len(text),
                )
                for begin, end in zip(begins, ends, strict=True)
            ]
        return line

    def _wide_gaps(self, line: Line) -> list[int]:
        """Places of spaces in a line's text that stand for a gap much wider than one."""
        found = []
        space = line.text.find(" ")
        while space > 0:
            # Only spaces that pdfium made up can be so wide.
            if self._pdfium.FPDFText_IsGenerated(self._text, line.origins[space]) == 1:
                before = self._place(line.origins[space - 1])
                after = self._place(line.origins[space + 1])
                if after[0] - before[2] > _WIDE * line.size:
                    found.append(space)
            space = line.text.find(" ", space + 1)
        return found

    def _set(self, start: int, end: int, words: str, origins: list[int], hyphenated: bool) -> Line:
        """A line or a part of one, with its place."""
        space = words.find(" ")
        first = self._place(origins[0])
        word_end = self._place(origins[space - 1 if space > 0 else -1])
        last = self._place(origins[-1])
        size = self._pdfium.FPDFText_GetFontSize(self._text, origins[0]) or 1.0
        height = abs(first[3] - first[1])
        # A font size of 1 scaled up by a matrix is common: the character's height tells then.
        if size <= 2 < height:
            size = height
        turned = len(words) > 3 and abs(last[3] - first[3]) > abs(last[2] - first[0])
        return Line(
            start=start,
            end=end,
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
