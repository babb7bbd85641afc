"""Pictures of text (.png, .jpg, .tiff, .heic ...), read by tesseract; a page each where there are
several.

Limits: as `_ocr` and `_picture`; what no page has is not read.
"""

from __future__ import annotations

from itertools import groupby
from pathlib import Path

from app.core.errors import NoText
from app.core.messages import PageBoxes, Parsed, ParsedPage
from app.retrieval.loaders import _ocr, _picture
from app.retrieval.loaders._base import PLAIN, Loader, Reading


def load(path: Path, reading: Reading = PLAIN) -> Parsed:
    """One page without a number, or one for each picture of a TIFF. Errors: Scanned, NoText, as
    `_ocr.words` and `_picture.for_reading`."""
    languages = _ocr.usable(reading.languages)
    if not languages:
        raise _ocr.why_not(path.name, reading.languages)
    found = _pages(path, languages)
    several = len(found) > 1
    pages = tuple(
        ParsedPage(number if several else None, _ocr.layout(words, 1.0).text, (), True)
        for number, words in found.items()
    )
    if not any(letter.isalnum() for page in pages for letter in page.text):
        raise NoText(path=path.name)
    return Parsed("image", path.stem, pages)


def locate(
    path: Path, spans: tuple[tuple[int, int, int], ...], reading: Reading = PLAIN
) -> tuple[PageBoxes, ...]:
    """Boxes of (page, start, end) spans on the pages that `_picture.write_pdf` makes. Errors: as
    `load`."""
    languages = _ocr.usable(reading.languages)
    if not languages:
        return ()
    found = _pages(path, languages)
    points = _picture.scale(path)
    made = []
    for number, start, end in spans:
        # The only page of a picture has no number where it was read.
        words = found.get(number, [])
        boxes = _ocr.boxes(words, _ocr.layout(words, 1.0), points, start, end)
        made.append(PageBoxes(number, tuple(boxes)))
    return tuple(made)


def _pages(path: Path, languages: tuple[str, ...]) -> dict[int, list[_ocr.Word]]:
    words = _ocr.words(_picture.for_reading(path), languages)
    return {page: list(some) for page, some in groupby(words, lambda word: word.page)}


LOADER = Loader(
    (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".webp", *_picture.HEIC),
    "image",
    load,
    locate,
    read=load,
)
