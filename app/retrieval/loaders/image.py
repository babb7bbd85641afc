"""Pictures of text (.png, .jpg, .tiff ...), read by tesseract; a page each where there are several.

Limits: as `_ocr`; places in the picture are not kept, and what no page has is not read.
"""

from __future__ import annotations

from itertools import groupby
from pathlib import Path

from app.core.errors import NoText
from app.core.messages import Parsed, ParsedPage
from app.retrieval.loaders import _ocr
from app.retrieval.loaders._base import PLAIN, Loader, Reading


def load(path: Path, reading: Reading = PLAIN) -> Parsed:
    """One page without a number, or one for each picture of a TIFF. Errors: Scanned, NoText, as
    `_ocr.words`."""
    languages = _ocr.usable(reading.languages)
    if not languages:
        raise _ocr.why_not(path.name, reading.languages)
    by_page = [list(some) for _, some in groupby(_ocr.words(path, languages), lambda w: w.page)]
    several = len({page[0].page for page in by_page}) > 1
    pages = tuple(
        ParsedPage(found[0].page if several else None, _ocr.layout(found, 1.0).text, (), True)
        for found in by_page
    )
    if not any(letter.isalnum() for page in pages for letter in page.text):
        raise NoText(path=path.name)
    return Parsed("image", path.stem, pages)


LOADER = Loader(
    (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".webp"), "image", load, read=load
)
