"""A watched folder in the real window: what changes in a file changes the answer."""

from __future__ import annotations

from pathlib import Path

from pytestqt.qtbot import QtBot

from app.ui.pages.documents import DocumentsPage
from tests.window.conftest import PATIENCE_MS, Person

QUESTION = "What is the code of the garden gate?"


def test_a_change_in_a_watched_folder_changes_the_answer(
    person: Person, qtbot: QtBot, tmp_path: Path
) -> None:
    folder = tmp_path / "notes"
    folder.mkdir()
    note = folder / "garden.md"
    note.write_text("# Garden\n\nThe garden gate code is 4711.\n")
    page = person.window.show_page("documents")
    assert isinstance(page, DocumentsPage)
    page.files.folder_watched.emit(str(folder))
    library = person.loam.library

    def read() -> bool:
        return any(each.ready and not each.waiting for each in page._collections)

    qtbot.waitUntil(read, timeout=PATIENCE_MS)
    (collection,) = page._collections
    qtbot.waitUntil(
        lambda: [line.split(": ")[0] for line in page.files.watched.lines] == [str(folder)]
    )
    person.context.navigator.new_chat.emit((collection.id,))
    person.window.show_page("chats")
    assert "4711" in person.ask(QUESTION).content

    note.write_text("# Garden\n\nThe garden gate code is 8206.\n")

    def known() -> bool:
        hits = library.search("garden gate code", (collection.id,)).hits
        return any("8206" in hit.passage.text for hit in hits)

    qtbot.waitUntil(known, timeout=PATIENCE_MS)
    person.context.navigator.new_chat.emit((collection.id,))
    answer = person.ask(QUESTION)
    assert "8206" in answer.content
    assert "4711" not in answer.content

    # What goes from the folder goes from the answers.
    note.unlink()
    qtbot.waitUntil(lambda: not library.files(collection.id), timeout=PATIENCE_MS)
    person.context.navigator.new_chat.emit((collection.id,))
    assert person.ask(QUESTION).declined
    assert person.errors() == []
