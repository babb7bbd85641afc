"""PDF by pdfium: pages kept, paragraphs mended, headings told by their type, boxes for passages.

Pages that are pictures are read by tesseract, where it is installed. Limits: an encrypted file
that opens without a password is read. Files are read from disk as needed, not held in memory.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

from app.core.errors import DocumentError, NoText, PasswordNeeded, TooBig, WrongPassword
from app.core.messages import PageBoxes, Parsed, ParsedPage
from app.retrieval.loaders import _ocr
from app.retrieval.loaders._base import MAX_CHARACTERS, PLAIN, Loader, Reading
from app.retrieval.loaders._pdf_flow import Block, PageLayout
from app.retrieval.loaders._pdf_page import PageReader
from app.retrieval.loaders._pdf_scan import ScannedPage

_PASSWORD = 4
_MOST_RUNS = 8
_POOR_TITLES = ("untitled", "microsoft word", "microsoft powerpoint", "document")


def load(path: Path, reading: Reading = PLAIN) -> Parsed:
    """A page each, empty ones too. Errors: PasswordNeeded, WrongPassword, Scanned, NoText, TooBig,
    DocumentError."""
    layouts: list[PageLayout] = []
    recognised: set[int] = set()
    silent: list[int] = []
    unread = 0
    length = 0
    languages = _ocr.usable(reading.languages)
    with _opened(path, reading.password) as document:
        own_title = _metadata_title(document)
        for number in range(len(document)):
            layout, scanned = _layout(document, number)
            if scanned and languages:
                # Pictures take long; text does not, and a message for each page would.
                reading.progress(number, len(document))
                seen = ScannedPage(document, number, languages)
                if _letters(seen.layout) > _letters(layout):
                    layout = seen.layout
                    recognised.add(number + 1)
                elif not _letters(layout):
                    silent.append(number + 1)
            elif scanned:
                unread += 1
            length += len(layout.text)
            if length > MAX_CHARACTERS:
                raise TooBig(path=path.name, reason="more than 30 million characters")
            layouts.append(layout)
    if not any(_letters(layout) for layout in layouts):
        raise _ocr.why_not(path.name, reading.languages) if unread else NoText(path=path.name)
    headings = _headings(layouts)
    title = own_title or _title_on_first_page(layouts, headings) or path.stem
    pages = tuple(
        ParsedPage(number, layout.text, tuple(headings[number - 1]), number in recognised)
        for number, layout in enumerate(layouts, 1)
    )
    notes = []
    if recognised:
        which, one = _numbers(sorted(recognised), len(layouts))
        how = "was read from a picture" if one else "were read from pictures"
        notes.append(f"{which} {how}, so letters may be wrong.")
    if silent:
        which, one = _numbers(silent, len(layouts))
        what = "is a picture" if one else "are pictures"
        notes.append(f"{which} {what} in which no text was found.")
    if unread:
        why = _ocr.why_not(path.name, reading.languages).params["reason"]
        notes.append(f"{unread} of {len(layouts)} pages are pictures and were left out: {why}.")
    return Parsed("pdf", title[:200], pages, " ".join(notes))


def locate(
    path: Path, spans: tuple[tuple[int, int, int], ...], reading: Reading = PLAIN
) -> tuple[PageBoxes, ...]:
    """Boxes of (page, start, end) spans; reading: as the file was read. Errors: as `load`;
    DocumentError for a page that is not there."""
    found = []
    languages = _ocr.usable(reading.languages)
    with _opened(path, reading.password) as document:
        # A page is laid out, or read from its picture, once for all of its spans.
        for number, its in groupby(spans, key=itemgetter(0)):
            if not 1 <= number <= len(document):
                raise DocumentError(path=path.name, reason=f"it has no page {number} any more")
            reader = PageReader(document[number - 1])
            try:
                layout = reader.layout()
                seen = None
                if languages and reader.is_scanned(layout):
                    seen = ScannedPage(document, number - 1, languages)
                    seen = seen if _letters(seen.layout) > _letters(layout) else None
                for _, start, end in its:
                    boxes = seen.boxes(start, end) if seen else reader.boxes(layout, start, end)
                    found.append(PageBoxes(number, boxes))
            finally:
                reader.close()
    return tuple(found)


def _numbers(pages: list[int], of: int) -> tuple[str, bool]:
    """Some pages as the beginning of a sentence, and whether it is one: 'Pages 1-4, 7 of 9'."""
    if len(pages) == 1:
        return f"Page {pages[0]} of {of}", True
    if len(pages) == of:
        return f"All {of} pages", False
    runs: list[list[int]] = []
    for page in pages:
        if runs and page == runs[-1][-1] + 1:
            runs[-1] = [runs[-1][0], page]
        else:
            runs.append([page])
    said = ", ".join("-".join(map(str, run)) for run in runs[:_MOST_RUNS])
    more = " and more" if len(runs) > _MOST_RUNS else ""
    return f"Pages {said}{more} of {of}", False


def _letters(layout: PageLayout) -> int:
    return sum(letter.isalnum() for letter in layout.text)


@contextmanager
def _opened(path: Path, password: str) -> Iterator[Any]:
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(path, password=password or None)
    except pypdfium2.PdfiumError as error:
        if error.err_code == _PASSWORD:
            raise (WrongPassword if password else PasswordNeeded)(path=path.name) from None
        raise DocumentError(repr(error), path=path.name, reason="it is damaged") from None
    try:
        yield document
    finally:
        document.close()


def _layout(document: Any, number: int) -> tuple[PageLayout, bool]:
    """A page, and whether it is a picture; a damaged one among good ones counts as empty."""
    import pypdfium2

    try:
        reader = PageReader(document[number])
    except pypdfium2.PdfiumError:
        return PageLayout(), False
    try:
        layout = reader.layout()
        return layout, reader.is_scanned(layout)
    finally:
        reader.close()


def _metadata_title(document: Any) -> str:
    title = " ".join((document.get_metadata_value("Title") or "").replace("\0", "").split())
    poor = title.lower().startswith(_POOR_TITLES) or "." in title[-5:] or "�" in title
    return "" if poor else title


def _headings(layouts: list[PageLayout]) -> list[list[tuple[int, int, str]]]:
    """For each page (offset, level, words): short paragraphs set larger than the body, or bold."""
    sizes: Counter[float] = Counter()
    bold: Counter[bool] = Counter()
    for layout in layouts:
        for block in layout.blocks:
            sizes[round(block.size * 2) / 2] += len(block.text)
            bold[block.bold] += len(block.text)
    if not sizes:
        return [[] for _ in layouts]
    body = sizes.most_common(1)[0][0]
    bold_tells = bold[True] < 0.25 * (bold[True] + bold[False])
    chosen = [
        [block for block in layout.blocks if _is_heading(block, body, bold_tells)]
        for layout in layouts
    ]
    larger = sorted(
        {round(b.size) for page in chosen for b in page if b.size > 1.12 * body}, reverse=True
    )
    levels = {size: min(level, 4) for level, size in enumerate(larger, 1)}
    below = min(len(larger) + 1, 5)
    return [
        [(b.start, levels.get(round(b.size), below), " ".join(b.text.split())) for b in page]
        for page in chosen
    ]


def _is_heading(block: Block, body: float, bold_tells: bool) -> bool:
    text = block.text.strip()
    if block.lines > 2 or not 2 <= len(text) <= 120 or not any(c.isalpha() for c in text):
        return False
    if block.size > 1.12 * body:
        return True
    if not (block.bold and bold_tells and block.size > 0.95 * body):
        return False
    return text[-1] not in ".,;:" and "|" not in text


def _title_on_first_page(
    layouts: list[PageLayout], headings: list[list[tuple[int, int, str]]]
) -> str:
    for page in headings[:1]:
        best = min(page, key=lambda heading: (heading[1], heading[0]), default=None)
        if best is not None and len(best[2]) > 3:
            return best[2]
    return ""


LOADER = Loader((".pdf",), "pdf", load, locate, read=load)
