"""'It should have found this' on the pages of a real PDF: words drawn over with the mouse or chosen
with the keys are the passage that is meant."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from app.core.messages import WordAt
from app.core.paths import resources
from app.core.types import Autopsy, Expected
from app.ui.context import Context
from app.ui.documents.pdf_view import PdfView
from app.ui.pages.documents import DocumentsPage
from app.ui.window import Window
from tests.ui.frame_helpers import ChatsStandIn


def spot(pdf: PdfView, word: WordAt) -> QPoint:
    """Where the middle of a word of page 1 is in the view."""
    box = word.boxes[0]
    corner = pdf._rect(pdf._layout.spot(0)).topLeft()
    scale = pdf._layout.scale
    x, y = (box.x + box.width / 2) * scale, (box.y + box.height / 2) * scale
    return corner + QPoint(round(x), round(y))


def test_words_on_a_page_are_the_passage(qtbot: QtBot, context: Context) -> None:
    (path,) = (one for one in context.loam.library.samples() if one.endswith(".pdf"))
    assert Path(path).parent == resources() / "samples"
    library = context.loam.library
    collection = library.create("Samples")
    for _ in library.add(collection.id, [path]):
        pass
    (file,) = library.files(collection.id)
    words = library.page_words(file.id, 1)
    text = library.open(file.id).text
    assert len(words) > 30
    assert all(not text[each.start : each.end].isspace() for each in words)
    assert library.page_words(file.id, 99) == ()

    window = Window(context, (ChatsStandIn, DocumentsPage), QPushButton("Model"))
    window.resize(1280, 800)
    window.show()
    page = window.show_page("documents")
    assert isinstance(page, DocumentsPage)
    picking, reader = page.extras.picking, page.reader
    asked = Autopsy("What is it?", "What is it?", collections=(collection.id,))
    context.navigator.pick_passage.emit(asked)
    with qtbot.waitSignal(reader.opened):
        context.navigator.open_document.emit(file.id, 0, 0)
    pdf, selection = reader.pdf, reader.selection
    assert pdf is not None, "the pages gave way to the text"
    assert selection is not None
    assert picking.bar.as_text.isVisible()
    qtbot.waitUntil(lambda: bool(selection._words))
    assert picking.pages.selected == (0, 0)

    first, last = words[10], words[16]
    viewport = pdf.viewport()
    QTest.mousePress(viewport, Qt.MouseButton.LeftButton, pos=spot(pdf, first))
    QTest.mouseMove(viewport, spot(pdf, words[13]))
    QTest.mouseMove(viewport, spot(pdf, last))
    QTest.mouseRelease(viewport, Qt.MouseButton.LeftButton, pos=spot(pdf, last))
    assert picking.pages.selected == (first.start, last.end)
    # What is marked on the page is these words, by their boxes.
    drawn = [box.center().x() for box in pdf._chosen[0]]
    meant = [box.x + box.width / 2 for each in words[10:17] for box in each.boxes]
    assert drawn == pytest.approx(meant)

    QTest.keyClick(pdf, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert picking.pages.selected == (first.start, words[17].end)
    QTest.keyClick(pdf, Qt.Key.Key_Right)
    assert picking.pages.selected == (words[18].start, words[18].end)
    QTest.keyClick(pdf, Qt.Key.Key_Up)
    above = picking.pages.selected
    assert above[0] < words[18].start
    QTest.keyClick(pdf, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    start, end = picking.pages.selected
    assert start == above[0]
    assert end > above[1]

    with qtbot.waitSignal(context.navigator.passage_picked) as picked:
        picking.bar.take.click()
    assert picked.args == [Expected(path=path, start=start, end=end, text=text[start:end])]
    assert not selection.on

    # The text is still to be had, and giving up leaves the page as it was.
    context.navigator.show_page.emit("documents")
    context.navigator.pick_passage.emit(asked)
    with qtbot.waitSignal(reader.opened):
        context.navigator.open_document.emit(file.id, 0, 0)
    assert picking.pages.on_pages
    picking.bar.as_text.click()
    assert reader.text.isVisible()
    assert not picking.bar.as_text.isVisible()
    picking.bar.leave.click()
    assert reader.document is None
    window.close()
    assert list(context.notices.recent) == []
