"""A model that was not taught to converse, in the real window: it gets a page to write on."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtTest import QTest

from app.core.types import ChatKind
from app.training import tinymodel
from tests.window.conftest import PATIENCE_MS, Person, letters


def test_a_base_model_gets_a_page_and_a_chat_model_a_chat_again(
    person: Person, tmp_path: Path
) -> None:
    base = tmp_path / "base.gguf"
    tinymodel.write(base, seed=1)
    list(person.loam.models.add(base))
    chats = person.chats
    chats.new_chat()

    def kind() -> ChatKind | None:
        return chats.chat.kind if chats.chat else None

    assert kind() is ChatKind.CHAT
    person.context.navigator.settings_changed.emit(person.loam.settings.change(model=str(base)))
    person.qtbot.waitUntil(lambda: kind() is ChatKind.COMPLETION, timeout=PATIENCE_MS)
    assert chats.completion.isVisible()
    number = chats.chat.id if chats.chat else 0
    chats.new_chat()
    assert chats.chat is not None
    assert chats.chat.id == number
    person.context.navigator.settings_changed.emit(person.loam.settings.change(model=""))
    person.qtbot.waitUntil(lambda: kind() is ChatKind.CHAT, timeout=PATIENCE_MS)
    assert chats.view.isVisible()
    person.context.navigator.settings_changed.emit(person.loam.settings.change(model=str(base)))
    person.qtbot.waitUntil(lambda: kind() is ChatKind.COMPLETION, timeout=PATIENCE_MS)
    editor = chats.completion.view.editor
    editor.setFocus()
    QTest.keyClicks(editor, "The ferry left")
    person.press("Continue", chats.completion)
    person.qtbot.waitUntil(lambda: chats.runs.of(number) is None, timeout=PATIENCE_MS)
    written = editor.toPlainText()
    assert written.startswith("The ferry left")
    assert len(written) > len("The ferry left")
    stored = person.loam.chats.thread(number)[-1].content
    # Weights drawn by chance write control characters too, which an editor shows in its own way.
    assert letters(stored) == letters(written)
    assert person.errors() == []
