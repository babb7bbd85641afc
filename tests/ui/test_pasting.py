"""Ctrl+V on the Documents page: files, a text with a title, a picture; what becomes of a note."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, Qt, QUrl
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from app.core.paths import Profile
from app.core.types import DocumentFile
from app.ui.context import Context
from app.ui.documents import file_actions
from app.ui.documents.note_dialog import NoteDialog
from app.ui.pages.documents import DocumentsPage
from app.ui.window import Window
from tests import patience
from tests.ui.frame_helpers import ChatsStandIn

_TEXT = "Minutes of the club\n\nThe treasurer keeps the cash box in the blue cupboard."


@pytest.fixture
def page(qtbot: QtBot, context: Context) -> Iterator[DocumentsPage]:
    window = Window(context, (ChatsStandIn, DocumentsPage), QPushButton("Model"))
    window.show()
    page = window.show_page("documents")
    assert isinstance(page, DocumentsPage)
    yield page
    window.close()


def test_what_is_pasted_becomes_documents(
    qtbot: QtBot, page: DocumentsPage, context: Context, profile: Profile, tmp_path: Path
) -> None:
    def files() -> list[DocumentFile]:
        model = page.files.model
        return [model.file(row) for row in range(model.rowCount())]

    def settle(count: int) -> None:
        qtbot.waitUntil(
            lambda: (
                not context.tasks.running
                and len(files()) == count
                and {each.state.value for each in files()} <= {"ready", "empty"}
            ),
            timeout=1000 * int(patience.SECONDS),
        )

    # A text asks for its title, and the first line is suggested.
    _put(text=_TEXT)
    page.setFocus()
    QTest.keyClick(page, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    dialog = opened(page)
    assert dialog.title == "Minutes of the club"
    dialog.field.setText("Club: minutes")
    dialog.add_button.click()
    settle(1)
    (note,) = files()
    assert note.name == "Club minutes.md"
    assert Path(note.path).is_relative_to(profile.library)
    found = context.loam.library.search("Where is the cash box?", (note.collection_id,))
    assert "blue cupboard" in found.hits[0].passage.text
    # A field that is written in keeps what is pasted for itself.
    _put(text="club")
    page.files.filter.setFocus()
    QTest.keyClick(page.files.filter, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert page.pasting.dialog is None
    assert page.files.filter.text() == "club"
    page.files.filter.clear()
    # Its title can be changed.
    page.work.do(file_actions.RETITLE, [note])
    dialog = opened(page)
    assert dialog.title == "Club minutes"
    dialog.field.setText("Club minutes of May")
    dialog.add_button.click()
    qtbot.waitUntil(
        lambda: [each.name for each in files()] == ["Club minutes of May.md"],
        timeout=1000 * int(patience.SECONDS),
    )
    settle(1)
    assert not Path(note.path).exists()
    # Files go in as they are; of pictures only what can be read counts, but they are kept.
    fox = tmp_path / "fox.txt"
    fox.write_text("The fox is called Rosa.", "utf-8")
    _put(path=fox)
    page.pasting.paste()
    settle(2)
    picture = QImage(60, 40, QImage.Format.Format_RGB32)
    picture.fill(Qt.GlobalColor.white)
    _put(picture=picture)
    page.pasting.paste()
    settle(3)
    kept = sorted(each.name for each in (profile.library / "notes").iterdir())
    assert len(kept) == 2
    assert kept[1].endswith(".png")
    # Removed, a note is gone from the disk, and a file of the person's own is not.
    page.work.remove(files())
    page.closing()
    qtbot.waitUntil(
        lambda: not list((profile.library / "notes").iterdir()),
        timeout=1000 * int(patience.SECONDS),
    )
    assert fox.exists()


def opened(page: DocumentsPage) -> NoteDialog:
    assert page.pasting.dialog is not None
    return page.pasting.dialog


def _put(text: str = "", path: Path | None = None, picture: QImage | None = None) -> None:
    data = QMimeData()
    if text:
        data.setText(text)
    if path is not None:
        data.setUrls([QUrl.fromLocalFile(str(path))])
    if picture is not None:
        data.setImageData(picture)
    QGuiApplication.clipboard().setMimeData(data)
