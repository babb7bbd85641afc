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
    found, _ = _pages(path, languages)
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
    found, turn = _pages(path, languages)
    points = _picture.scale(path)
    width, height = (points * pixels for pixels in _picture.size(path))
    made = []
    for number, start, end in spans:
        # The only page of a picture has no number where it was read.
        words = found.get(number, [])
        boxes = _ocr.boxes(words, _ocr.layout(words, 1.0), points, start, end)
        back = tuple(_ocr.turned_back(box, turn, width, height) for box in boxes)
        made.append(PageBoxes(number, back))
    return tuple(made)


def _pages(path: Path, languages: tuple[str, ...]) -> tuple[dict[int, list[_ocr.Word]], int]:
    """The words of each page, and how far a picture that lay on its side was turned."""
    words, turn = _ocr.words(_picture.for_reading(path), languages), 0
    if len({word.page for word in words}) < 2 and _ocr.is_poor(words):
        given = _picture.turned(path, 0)
        if (turn := _ocr.turn(given)) and _ocr.worth(
            upright := _ocr.words(_picture.turned(path, turn), languages)
        ) > _ocr.worth(words):
            words = upright
        else:
            turn = 0
    found = {page: list(some) for page, some in groupby(words, lambda word: word.page)}
    return found, turn


LOADER = Loader(
    (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".webp", *_picture.HEIC),
    "image",
    load,
    locate,
    read=load,
)
