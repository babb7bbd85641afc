"""Encrypted files and watched folders on the Documents page, over a real index."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from app.core.paths import resources
from app.core.types import DocumentFile, FileState
from app.ui.context import Context
from app.ui.documents import file_actions
from app.ui.documents.file_model import STATE
from app.ui.pages.documents import DocumentsPage
from app.ui.window import Window
from tests.retrieval.making import text_pdf
from tests.retrieval.test_locked_office import lock
from tests.ui.frame_helpers import ChatsStandIn

SECRET = "quagga-heliotrope-9"


class Shown:
    """A window over a real library, with the Documents page in front."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.library = context.loam.library
        self.window = Window(context, (ChatsStandIn, DocumentsPage), QPushButton("Model"))
        self.window.show()
        page = self.window.show_page("documents")
        assert isinstance(page, DocumentsPage)
        self.page = page

    def files(self) -> dict[str, DocumentFile]:
        """What the table holds, by name."""
        model = self.page.files.model
        found = (model.file(row) for row in range(model.rowCount()))
        return {each.name: each for each in found}

    def states(self) -> dict[str, FileState]:
        """State by name, as the table has it."""
        return {name: file.state for name, file in self.files().items()}

    def lights(self) -> list[str]:
        """What the list of collections says, spoken."""
        items = self.page.list._list
        return [
            str(items.item(row).data(Qt.ItemDataRole.AccessibleTextRole))
            for row in range(items.count())
        ]


@pytest.fixture
def shown(context: Context) -> Iterator[Shown]:
    made = Shown(context)
    yield made
    made.window.close()


def test_a_locked_word_file_is_read_with_its_password(
    qtbot: QtBot, shown: Shown, tmp_path: Path
) -> None:
    sample = next((resources() / "samples").glob("*.docx"))
    locked = lock(sample, tmp_path / "guide.docx", SECRET)
    assert shown.page.accept_paths([str(locked)])
    qtbot.waitUntil(lambda: shown.states() == {"guide.docx": FileState.PASSWORD})
    shown.page.work.do(file_actions.UNLOCK, [shown.files()["guide.docx"]])
    asked = shown.page.work.dialog
    assert asked is not None
    asked.field.setText(SECRET)
    asked.read_button.click()
    qtbot.waitUntil(lambda: shown.states() == {"guide.docx": FileState.READY})
    assert shown.library.search("What does a volunteer do?").hits


def test_a_locked_pdf_is_read_and_shown_with_its_password(
    qtbot: QtBot, shown: Shown, tmp_path: Path
) -> None:
    words = [(72, 700, "The lighthouse keeper is called Ada.")]
    locked = text_pdf(tmp_path / "locked.pdf", [words], SECRET)
    fox = tmp_path / "fox.txt"
    fox.write_text("The fox is called Rosa.", "utf-8")
    page = shown.page
    assert page.accept_paths([str(locked), str(fox)])
    wanted = {"fox.txt": FileState.READY, "locked.pdf": FileState.PASSWORD}
    qtbot.waitUntil(lambda: shown.states() == wanted)
    qtbot.waitUntil(lambda: shown.lights() == ["My documents, 1 file could not be read"])

    # A wrong password is asked for again.
    file = shown.files()["locked.pdf"]
    page.work.do(file_actions.UNLOCK, [file])
    first = page.work.dialog
    assert first is not None
    assert not first.problem.isVisible()
    assert not first.read_button.isEnabled()
    first.field.setText("wrong")
    first.read_button.click()
    qtbot.waitUntil(lambda: page.work.dialog is not None)
    second = page.work.dialog
    assert second is not None
    assert second.problem.isVisible()
    second.field.setText(SECRET)
    second.read_button.click()
    qtbot.waitUntil(lambda: shown.states()["locked.pdf"] is FileState.READY)
    qtbot.waitUntil(lambda: shown.lights() == ["My documents, Ready, all 2 files"])

    # The pages open with it; a reader that does not know it asks.
    with qtbot.waitSignal(page.reader.opened):
        page.work.do(file_actions.OPEN, [shown.files()["locked.pdf"]])
    assert page.reader.pdf is not None
    page.reader.clear()
    page.reader._passwords.forget()
    with qtbot.waitSignal(page.reader.opened):
        shown.context.navigator.open_document.emit(file.id, 4, 14)
    asked = page.reader.locked
    assert asked is not None
    assert not page.reader.bar.place.text()
    asked.field.setText("wrong")
    asked.open_button.click()
    assert asked.problem.isVisible()
    assert page.reader.locked is asked
    asked.field.setText(SECRET)
    with qtbot.waitSignal(page.reader.opened):
        asked.open_button.click()
    pdf = page.reader.pdf
    assert pdf is not None
    assert pdf.marked_pages == (1,)
    assert asked.field.text() == ""

    # Left out of searches, read again, and still left out; then searched again.
    page._close_reader()
    page.work.do(file_actions.LEAVE_OUT, [shown.files()["fox.txt"]])
    qtbot.waitUntil(lambda: shown.states()["fox.txt"] is FileState.EXCLUDED)
    hits = shown.library.search("What is the fox called?").hits
    assert {hit.passage.title for hit in hits} == {"locked"}
    page.work.do(file_actions.READ, [shown.files()["fox.txt"]])
    qtbot.waitUntil(lambda: not shown.context.tasks.running)
    assert shown.states()["fox.txt"] is FileState.EXCLUDED
    page.work.do(file_actions.USE, [shown.files()["fox.txt"]])
    qtbot.waitUntil(lambda: shown.states()["fox.txt"] is FileState.READY)
    assert list(shown.context.notices.recent) == []
    for path in tmp_path.rglob("*"):
        assert not path.is_file() or SECRET.encode() not in path.read_bytes(), path


def test_a_watched_folder_keeps_the_table_in_step(
    qtbot: QtBot, shown: Shown, tmp_path: Path
) -> None:
    folder = tmp_path / "notes"
    folder.mkdir()
    (folder / "fox.txt").write_text("The fox is called Rosa.", "utf-8")
    page = shown.page
    page.files.folder_watched.emit(str(folder))
    qtbot.waitUntil(lambda: shown.states() == {"fox.txt": FileState.READY})
    assert page.list.names == ["My documents"]
    qtbot.waitUntil(lambda: page.files.watched.lines == [f"{folder}: Watched"])

    (folder / "hare.txt").write_text("The hare is called Otto.", "utf-8")
    both = {"fox.txt": FileState.READY, "hare.txt": FileState.READY}
    qtbot.waitUntil(lambda: shown.states() == both)
    page.files.table.selectRow(1)
    (folder / "fox.txt").unlink()
    qtbot.waitUntil(lambda: shown.states() == {"hare.txt": FileState.READY})
    assert [each.name for each in page.files.table.selected()] == ["hare.txt"]
    qtbot.waitUntil(lambda: shown.lights() == ["My documents, Ready, 1 file"])

    # Stopped at the foot of the window, it says so and can go on.
    task = shown.context.folders._task
    assert task is not None
    task.cancel()
    qtbot.waitUntil(lambda: page.files.watched.lines == [f"{folder}: Paused"])
    page.files.watched.go_on_asked.emit()
    qtbot.waitUntil(lambda: page.files.watched.lines == [f"{folder}: Watched"])

    (watched,) = shown.library.watches()
    page.folders.stop(watched)
    qtbot.waitUntil(lambda: page.files.watched.lines == [])
    assert not page.files.watched.isVisible()
    assert shown.library.watches() == []
    assert shown.states() == {"hare.txt": FileState.READY}
    assert list(shown.context.notices.recent) == []


def test_files_are_filtered_by_state_and_type(qtbot: QtBot, shown: Shown, tmp_path: Path) -> None:
    folder = tmp_path / "papers"
    folder.mkdir()
    for name in ("fox.txt", "empty.txt", "notes.md"):
        text = "" if name == "empty.txt" else "The fox is called Rosa."
        (folder / name).write_text(text, "utf-8")
    page = shown.page
    page.accept_paths([str(folder)])
    qtbot.waitUntil(lambda: len(shown.states()) == 3)
    qtbot.waitUntil(lambda: not shown.context.tasks.running)

    def visible() -> list[str]:
        rows = page.files.table.model()
        return [rows.index(row, 0).data() for row in range(rows.rowCount())]

    bar = page.files.bar
    assert [bar.kind.itemText(row) for row in range(bar.kind.count())] == [
        "All types",
        "Markdown",
        "Plain text",
    ]
    bar.kind.setCurrentText("Plain text")
    assert visible() == ["empty.txt", "fox.txt"]
    bar.state.setCurrentText("Could not be read")
    assert visible() == ["empty.txt"]
    bar.kind.setCurrentText("Markdown")
    assert visible() == []
    assert page.files._nothing.isVisible()
    bar.clear()
    assert visible() == ["empty.txt", "fox.txt", "notes.md"]
    model = page.files.model
    assert model.index(0, STATE).data() == "No text found"
