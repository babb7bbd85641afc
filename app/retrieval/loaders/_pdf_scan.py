"""A PDF page that is a picture: drawn by pdfium, read by tesseract, with the boxes of its words.

The result depends on the page, the languages and the tesseract installed, so that it can be made
again to draw boxes. Limits: as `_ocr`; pages are drawn at 300 dots an inch at most.
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
            longest = max(*page.get_size(), 1.0)
            zoom = min(_DPI / _POINTS_PER_INCH, _MOST_PIXELS / longest)
            bitmap = page.render(scale=zoom, grayscale=True)
            try:
                picture = _pgm(bitmap)
            finally:
                bitmap.close()
        finally:
            page.close()
        self._scale = 1 / zoom
        self._words = _ocr.words(picture, languages, round(zoom * _POINTS_PER_INCH))
        self.layout = _ocr.layout(self._words, self._scale)

    def boxes(self, start: int, end: int) -> tuple[Rect, ...]:
        """A box in points for each line that text[start:end] touches."""
        return tuple(_ocr.boxes(self._words, self.layout, self._scale, start, end))


def _pgm(bitmap: Any) -> bytes:
    """A grey bitmap as the simplest picture file there is."""
    width, height, stride = bitmap.width, bitmap.height, bitmap.stride
    pixels = bytes(bitmap.buffer)
    if stride != width:
        pixels = b"".join(pixels[y * stride : y * stride + width] for y in range(height))
    return b"P5 %d %d 255\n" % (width, height) + pixels
