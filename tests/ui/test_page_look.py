"""Documents as they look in the reader: a picture with boxes, an office file's pages or why not."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from app.core.paths import resources
from app.core.types import Passage
from app.retrieval.loaders import _ocr, _pages
from app.ui.context import Context
from app.ui.pages.documents import DocumentsPage
from app.ui.window import Window
from tests.retrieval.test_looks import picture

GUIDE = resources() / "samples" / "volunteer-guide.docx"


def opened(qtbot: QtBot, context: Context, path: Path, query: str) -> tuple[Window, Passage]:
    """A window whose reader has been asked for the passage of a file."""
    library = context.loam.library
    collection = library.create("Looks")
    for _ in library.add(collection.id, [str(path)]):
        pass
    window = Window(context, (DocumentsPage,), QPushButton("Model"))
    window.resize(1280, 800)
    window.show()
    window.show_page("documents")
    passage = library.search(query, (collection.id,)).hits[0].passage
    context.navigator.open_document.emit(passage.file_id, passage.start, passage.end)
    return window, passage


@pytest.mark.skipif(not _ocr.installed(), reason="there is no tesseract here")
def test_a_picture_is_shown_with_its_words_marked(
    qtbot: QtBot, context: Context, tmp_path: Path
) -> None:
    path = tmp_path / "harbour.png"
    picture().save(path)
    window, passage = opened(qtbot, context, path, "harbour gate code")
    page = window.page
    assert isinstance(page, DocumentsPage)
    reader = page.reader
    qtbot.waitUntil(lambda: reader.pdf is not None and reader.pdf.marked_pages == (1,))
    shown = reader.pdf
    assert shown is not None
    boxes = shown._boxes[0]
    assert len(boxes) == 2, "a box for each line"
    assert all(80 < box.x() < 120 for box in boxes)

    assert reader.bar.look.text() == "Show the text"
    reader.bar.look.click()
    assert reader.pdf is None
    assert reader.text.marked_text.split() == passage.text.split()
    reader.bar.look.click()
    qtbot.waitUntil(lambda: reader.pdf is not None)
    assert list(context.notices.recent) == []
    window.close()


def test_an_office_file_is_shown_as_pages_when_wanted_or_says_what_is_missing(
    qtbot: QtBot, context: Context, tmp_path: Path
) -> None:
    path = tmp_path / "guide.docx"
    shutil.copy(GUIDE, path)
    window, _ = opened(qtbot, context, path, "What does a volunteer do?")
    page = window.page
    assert isinstance(page, DocumentsPage)
    reader = page.reader
    qtbot.waitUntil(lambda: reader.rich is not None)
    assert reader.bar.look.text() == "Show the pages"
    reader.bar.look.click()
    if _pages.program():
        qtbot.waitUntil(lambda: reader.pdf is not None and bool(reader.pdf.marked_pages))
        assert reader.bar.look.text() == "Show the text"
        reader.bar.look.click()
    else:
        qtbot.waitUntil(lambda: bool(context.notices.recent))
        (told,) = context.notices.recent
        assert "LibreOffice is not installed" in str(told)
        assert reader.bar.look.text() == "Show the pages"
    assert reader.pdf is None
    assert reader.rich is not None
    assert reader.marked_text
    window.close()
