"""Where a passage stands in a document: its page, in words and for the index."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from app.core.errors import DocumentError
from app.core.messages import Located
from app.core.types import DocumentView
from app.services.library import LibraryService
from app.ui import words


def page_of(view: DocumentView, offset: int) -> int:
    """Number of the page that holds an offset; 1 when pages have no numbers."""
    for page in view.pages:
        if page.start <= offset < page.end and page.number is not None:
            return page.number
    return 1


def part_words(view: DocumentView, start: int) -> str:
    """'Part 2 of 5'; empty for a document of one part."""
    if len(view.pages) < 2:
        return ""
    which = QCoreApplication.translate("Reader", "Part {n} of {m}")
    number = next((i for i, p in enumerate(view.pages, 1) if p.start <= start < p.end), 1)
    return which.replace("{n}", words.number(number)).replace("{m}", words.number(len(view.pages)))


def page_words(page: int, pages: int) -> str:
    """'Page 2 of 5'."""
    text = QCoreApplication.translate("Reader", "Page {n} of {m}")
    return text.replace("{n}", words.number(page)).replace("{m}", words.number(pages))


def locate(
    library: LibraryService, file_id: int, start: int, end: int, password: str = ""
) -> Located:
    """As LibraryService.locate, which forgets passwords with its process: it is told again.
    Blocks. Errors: as there."""
    try:
        return library.locate(file_id, start, end)
    except DocumentError:
        holder = _collection_of(library, file_id) if password else None
        if holder is None:
            raise
        for _event in library.read_again(holder, [file_id], password):
            pass
        return library.locate(file_id, start, end)


def _collection_of(library: LibraryService, file_id: int) -> int | None:
    for each in library.collections():
        if any(file.id == file_id for file in library.files(each.id)):
            return each.id
    return None
