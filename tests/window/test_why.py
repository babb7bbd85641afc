"""'Why this answer?' in the real window: explained, judged, kept as a test case, scored."""

from __future__ import annotations

import shutil
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QTextCursor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from app.core.paths import resources
from app.ui.documents.cases_view import CasesView
from app.ui.why.found_table import READ
from app.ui.why.why_view import WhyView
from tests.window.conftest import PATIENCE_MS, Person

HANDBOOK = resources() / "samples" / "member-handbook.pdf"


def seen(widget: QWidget) -> str:
    return "\n".join(each.text() for each in widget.findChildren(QLabel) if each.isVisible())


def test_answers_are_explained_judged_kept_as_cases_and_given_anyway(
    person: Person, qtbot: QtBot, tmp_path: Path
) -> None:
    shutil.copy(HANDBOOK, tmp_path / "handbook.pdf")
    person.drop(tmp_path / "handbook.pdf")
    person.wait_for_reading()
    person.ask("How much is the membership fee?")
    person.hover(person.views()[-1])
    person.press("Why this answer?", person.views()[-1])
    (view,) = person.chats.findChildren(WhyView)
    assert view.isVisible()
    # What is new in a layout shows with the next turn of the event loop.
    qtbot.waitUntil(lambda: "0.40 is needed" in seen(view), timeout=PATIENCE_MS)
    assert "How much is the membership fee?" in seen(view)
    person.window.resize(1024, 640)
    qtbot.waitUntil(lambda: person.window.width() == 1024, timeout=PATIENCE_MS)
    assert view.column.horizontalScrollBar().maximum() == 0, "something is too wide"
    rows = range(view.table.rowCount())
    read = [view.table.item(row, READ) for row in rows]
    assert [cell.text() for cell in read if cell is not None].count("Yes") == 1
    assert not view.prompt.field.isVisible()
    person.press("Show the prompt", view)
    assert "Based on the text" in view.prompt.field.toPlainText()

    # Words that stand in a passage which a model this small was not given.
    view.wrong.field.setText("Ingrid Vasquez")
    QTest.keyClick(view.wrong.field, Qt.Key.Key_Return)
    qtbot.waitUntil(view.wrong.card.isVisible, timeout=PATIENCE_MS)
    assert view.wrong.title.text() == "Found, but not read"

    # The passage itself, selected in its document.
    person.press("Select the passage in a document", view)
    qtbot.waitUntil(lambda: person.reading, timeout=PATIENCE_MS)
    page = person.documents
    file = person.loam.library.files(person.loam.library.collections()[0].id)[0]
    page.work.open_asked.emit(file)
    bar = page.extras.bar
    qtbot.waitUntil(bar.take.isVisible, timeout=PATIENCE_MS)
    person.press("This is the passage", bar)
    assert "with the mouse" in seen(bar), "nothing was selected"
    # On the pages it is selected too (tests/window/test_page_picking.py).
    person.press("Select in the text", bar)
    field = page.reader.text.field
    qtbot.waitUntil(lambda: "Ingrid Vasquez" in field.toPlainText(), timeout=PATIENCE_MS)
    wanted = "The board answers every complaint within three weeks."
    at = field.toPlainText().index(wanted)
    cursor = field.textCursor()
    cursor.setPosition(at)
    cursor.setPosition(at + len(wanted), QTextCursor.MoveMode.KeepAnchor)
    field.setTextCursor(cursor)
    person.press("This is the passage", bar)
    qtbot.waitUntil(lambda: not person.reading and view.isVisible(), timeout=PATIENCE_MS)
    qtbot.waitUntil(view.wrong.card.isVisible, timeout=PATIENCE_MS)
    person.press("It should have found this", view)
    (case,) = person.loam.cases.cases()
    assert case.expected.text == wanted
    assert case.expected.sha256

    person.press("Test cases", view)
    qtbot.waitUntil(lambda: person.reading, timeout=PATIENCE_MS)
    (cases,) = person.documents.findChildren(CasesView)
    assert cases.count == 1
    person.press("Score the search", cases)
    qtbot.waitUntil(cases.scores.isVisible, timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: "Found at place" in seen(cases), timeout=PATIENCE_MS)
    assert "Words only" in seen(cases)
    assert "Meaning only" in seen(cases)
    person.press("Use this: Words only", cases)
    qtbot.waitUntil(lambda: cases.score.isEnabled(), timeout=PATIENCE_MS)
    assert person.loam.settings.current.meaning_share == 0.0

    qtbot.waitUntil(lambda: case.question in seen(cases), timeout=PATIENCE_MS)
    person.press("Delete the test case", cases)
    assert cases.count == 0
    person.press("Undo")
    assert cases.count == 1
    person.press("Back to the files", cases)
    assert not cases.isVisible()

    # What is not there: the nearest passages, and an answer all the same.
    person.loam.settings.change(meaning_share=0.6)
    assert person.chats.isVisible()
    person.press("Back to the chat", view)
    person.limit(24)
    declined = person.ask("Who won the football world cup in 2014?")
    assert declined.declined
    qtbot.waitUntil(
        lambda: "below what counts as relevant" in seen(person.views()[-1]), timeout=PATIENCE_MS
    )
    person.press("Answer anyway, from these", person.views()[-1])
    qtbot.waitUntil(lambda: person.messages()[-1].id != declined.id, timeout=PATIENCE_MS)
    answer = person.wait_for_answer()
    assert (answer.declined, answer.branches) == (False, 2)
    assert answer.stats is not None
    assert person.loam.autopsies.why(answer.id).forced
    assert person.errors() == []
