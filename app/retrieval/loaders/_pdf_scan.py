"""A PDF page that is a picture: drawn by pdfium, read by tesseract, with the boxes of its words.

A page that lies on its side is read upright. The result depends on the page, the languages and the
tesseract installed, so that it can be made again to draw boxes. Limits: as `_ocr`; pages are drawn
at 300 dots an inch at most.
"""

from __future__ import annotations

from typing import Any

from app.core.types import Rect
from app.retrieval.loaders import _ocr

_DPI = 300
_MOST_PIXELS = 4000
_POINTS_PER_INCH = 72


class ScannedPage:
    """Page `number` (from 0) of an open document of pypdfium2, read at once. Errors of the
    constructor: as `_ocr.words`."""

    def __init__(self, document: Any, number: int, languages: tuple[str, ...]) -> None:
        page = document[number]
        try:
            self._size = page.get_size()
            zoom = min(_DPI / _POINTS_PER_INCH, _MOST_PIXELS / max(*self._size, 1.0))
            dpi = round(zoom * _POINTS_PER_INCH)
            picture = _drawn(page, zoom, 0)
            self._words = _ocr.words(picture, languages, dpi)
            self._turn = 0
            if _ocr.is_poor(self._words) and (turn := _ocr.turn(picture)):
                upright = _ocr.words(_drawn(page, zoom, turn), languages, dpi)
                if _ocr.worth(upright) > _ocr.worth(self._words):
                    self._words, self._turn = upright, turn
        finally:
            page.close()
        self._scale = 1 / zoom
        self.layout = _ocr.layout(self._words, self._scale)

    def boxes(self, start: int, end: int) -> tuple[Rect, ...]:
        """A box in points for each line that text[start:end] touches."""
        found = _ocr.boxes(self._words, self.layout, self._scale, start, end)
        return tuple(_ocr.turned_back(box, self._turn, *self._size) for box in found)


def _drawn(page: Any, zoom: float, turn: int) -> bytes:
    """A grey page, turned clockwise, as the simplest picture file there is."""
    bitmap = page.render(scale=zoom, grayscale=True, rotation=turn)
    try:
        width, height, stride = bitmap.width, bitmap.height, bitmap.stride
        pixels = bytes(bitmap.buffer)
    finally:
        bitmap.close()
    if stride != width:
        pixels = b"".join(pixels[y * stride : y * stride + width] for y in range(height))
    return b"P5 %d %d 255\n" % (width, height) + pixels
