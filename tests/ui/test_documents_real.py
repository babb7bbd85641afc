"""Reading real documents through the real library: found, opened at the page, marked."""

from __future__ import annotations

import re

from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from app.ui.context import Context
from app.ui.pages.documents import DocumentsPage
from app.ui.window import Window
from tests.ui.frame_helpers import ChatsStandIn


def test_samples_are_indexed_found_opened_and_marked(qtbot: QtBot, context: Context) -> None:
    window = Window(context, (ChatsStandIn, DocumentsPage), QPushButton("Model"))
    window.show()
    chats = window.show_page("chats")
    assert isinstance(chats, ChatsStandIn)
    page = window.show_page("documents")
    assert isinstance(page, DocumentsPage)

    context.navigator.prepare_samples.emit()
    qtbot.waitUntil(lambda: bool(chats.questions))
    (collection,) = chats.opened[0]
    library = context.loam.library
    files = library.files(collection)
    assert {file.state.value for file in files} == {"ready"}

    found = library.search("late fee for a power tool", (collection,))
    passage = next(hit.passage for hit in found.hits if hit.passage.path.endswith(".pdf"))
    with qtbot.waitSignal(page.reader.opened):
        context.navigator.open_document.emit(passage.file_id, passage.start, passage.end)
    assert window.page is page
    pdf = page.reader.pdf
    assert pdf is not None
    assert passage.page in pdf.marked_pages
    assert pdf.page in pdf.marked_pages

    words = library.search("bicycle repair teacher", (collection,)).hits
    passage = next(hit.passage for hit in words if hit.passage.path.endswith(".md"))
    with qtbot.waitSignal(page.reader.opened):
        context.navigator.open_document.emit(passage.file_id, passage.start, passage.end)
    marked = page.reader.marked_text
    assert page.reader.rich is not None
    said = re.findall(r"\w+", passage.text)
    assert re.findall(r"\w+", marked) == said
    assert "#" not in marked
    window.close()
    assert list(context.notices.recent) == []
