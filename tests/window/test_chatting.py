"""Chatting in the real window: stream, stop, continue, branches, search, undo, reopening."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.core.paths import Profile
from app.core.types import Role, Status
from app.ui.chat.user_bubble import EditBox
from tests.window.conftest import PATIENCE_MS, Person, drawn, letters, somebody


def titles(person: Person) -> list[str]:
    """The chats that the list shows, without its headings."""
    items = person.chats.list.list
    rows = [items.item(row) for row in range(items.count())]
    return [row.text() for row in rows if row.flags() & Qt.ItemFlag.ItemIsEnabled]


def test_an_answer_streams_is_stopped_and_goes_on(person: Person, qtbot: QtBot) -> None:
    person.begin_endless()
    person.wait_for_words(3)
    assert person.chats.view.running
    early = drawn(person.views()[-1])
    person.wait_for_words(len(early.split()) + 5)
    assert drawn(person.views()[-1]).split()[:2] == early.split()[:2]
    person.press("Stop")
    stopped = person.wait_for_answer()
    assert stopped.status is Status.STOPPED
    assert len(stopped.content) > len(early)
    person.limit(48)
    person.hover(person.views()[-1])
    person.press("Continue", person.views()[-1])
    qtbot.waitUntil(lambda: person.chats.view.running, timeout=PATIENCE_MS)
    longer = person.wait_for_answer()
    assert longer.id == stopped.id
    assert longer.content.startswith(stopped.content)
    assert len(longer.content) > len(stopped.content)
    assert drawn(person.views()[-1]).strip() != ""
    assert person.errors() == []


def test_regenerated_and_edited_messages_are_branches(person: Person, qtbot: QtBot) -> None:
    first = person.ask("Name one colour.")
    person.hover(person.views()[-1])
    person.press("Regenerate", person.views()[-1])
    qtbot.waitUntil(lambda: person.chats.view.running, timeout=PATIENCE_MS)
    second = person.wait_for_answer()
    assert second.id != first.id
    assert (second.branch, second.branches) == (2, 2)
    person.press("Version before", person.views()[-1])
    qtbot.waitUntil(lambda: person.messages()[-1].id == first.id, timeout=PATIENCE_MS)
    # Lists and emphasis are drawn without their marks.
    assert letters(drawn(person.views()[-1])) == letters(first.content) != ""

    asked = person.views()[0]
    person.hover(asked)
    person.press("Edit", asked)
    (box,) = asked.findChildren(EditBox)
    box.field.selectAll()
    QTest.keyClicks(box.field, "Name one animal.")
    QTest.keyClick(box.field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: person.chats.view.running, timeout=PATIENCE_MS)
    person.wait_for_answer()
    messages = person.messages()
    assert [m.role for m in messages] == [Role.USER, Role.ASSISTANT]
    assert messages[0].content == "Name one animal."
    assert (messages[0].branch, messages[0].branches) == (2, 2)
    assert person.errors() == []


def test_everything_is_there_after_reopening(profile: Profile, qtbot: QtBot) -> None:
    with somebody(profile, qtbot) as person:
        answer = person.ask("What is the capital of France?")
        chat = person.chats.chat
        assert chat is not None
        person.loam.chats.rename(chat.id, "Capitals")
        person.loam.chats.pin(chat.id, True)
    with somebody(profile, qtbot) as person:
        chat = person.chats.chat
        assert chat is not None
        assert (chat.title, chat.pinned) == ("Capitals", True)
        qtbot.waitUntil(lambda: len(person.views()) == 2, timeout=PATIENCE_MS)
        assert person.messages()[-1] == answer
        other = person.loam.chats.create()
        person.loam.chats.rename(other.id, "Something else")
        person.chats.view.changed.emit()
        assert sorted(titles(person)) == ["Capitals", "Something else"]
        person.chats.list.search.setText("capital")
        qtbot.waitUntil(lambda: titles(person) == ["Capitals"], timeout=PATIENCE_MS)
        assert person.errors() == []


def test_a_deleted_chat_comes_back_with_undo(person: Person, qtbot: QtBot) -> None:
    person.ask("Say hello.")
    chat = person.chats.chat
    assert chat is not None
    person.chats.delete_chat(chat.id)
    assert chat.id not in [c.id for c in person.loam.chats.chats()]
    person.press("Undo")
    qtbot.waitUntil(lambda: chat.id in [c.id for c in person.loam.chats.chats()])
    front = person.chats.chat
    assert front is not None
    assert front.id == chat.id
    assert len(person.messages()) == 2
