"""Ctrl+V while writing a message: files are attached, a long text may become a document."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QMimeData, Qt, QUrl
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.ui.chat.growing_field import LONG_TEXT
from tests.window.conftest import PATIENCE_MS, Person


def test_files_are_attached_and_a_long_text_becomes_a_document(
    person: Person, qtbot: QtBot, tmp_path: Path
) -> None:
    field = person.chats.view.composer.field

    def paste(data: QMimeData) -> None:
        QGuiApplication.clipboard().setMimeData(data)
        QTest.keyClick(field, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)

    def names() -> set[str]:
        chat = person.chats.chat
        assert chat is not None
        return {
            file.name
            for one in chat.collections
            for file in person.loam.library.files(one)
            if file.state.value == "ready"
        }

    path = tmp_path / "fox.txt"
    path.write_text("The fox is called Rosa.", "utf-8")
    files = QMimeData()
    files.setUrls([QUrl.fromLocalFile(str(path))])
    files.setText(str(path))
    paste(files)
    qtbot.waitUntil(lambda: names() == {"fox.txt"}, timeout=PATIENCE_MS)
    assert field.toPlainText() == ""

    short = QMimeData()
    short.setText("Who has the key? ")
    paste(short)
    assert "long_text" not in vars(person.chats.view)
    long = QMimeData()
    long.setText(
        "Minutes of the club\n" + "The cash box is in the blue cupboard. " * (LONG_TEXT // 30)
    )
    paste(long)
    bar = person.chats.view.long_text.bar
    assert bar is not None
    assert bar.isVisible()
    bar.add.click()
    assert field.toPlainText() == "Who has the key? "
    assert bar.isHidden()
    qtbot.waitUntil(lambda: names() == {"fox.txt", "Minutes of the club.md"}, timeout=PATIENCE_MS)
    assert person.errors() == []
