"""What was typed and not sent is still there after the window closed, or was killed."""

from __future__ import annotations

import json
from pathlib import Path

from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.core.errors import LoamError
from app.core.paths import Profile
from app.core.types import ChatKind
from app.ui.chat.drafts import Drafts
from app.ui.tasks import Tasks
from tests.ui.fakes import Chats


def kept(path: Path) -> dict[str, str]:
    """What is on disk now."""
    found: dict[str, str] = json.loads(path.read_text("utf-8")) if path.exists() else {}
    return found


def front(chats: Chats) -> int:
    assert chats.page.chat is not None
    return chats.page.chat.id


def test_typing_reaches_the_disk_while_one_types(
    chats: Chats, qtbot: QtBot, profile: Profile
) -> None:
    first, field = front(chats), chats.page.view.composer.field
    QTest.keyClicks(field, "half a thought")
    # Nobody closes anything: this is what a kill would leave.
    qtbot.waitUntil(lambda: kept(profile.drafts) == {str(first): "half a thought"}, timeout=30_000)
    chats.say("Well?")
    qtbot.waitUntil(lambda: chats.idle and not kept(profile.drafts), timeout=30_000)
    assert field.toPlainText() == ""


def test_drafts_of_several_chats_come_back(qtbot: QtBot, profile: Profile) -> None:
    made = Chats(profile)
    page = made.page
    page.shown()
    qtbot.waitUntil(lambda: made.idle, timeout=30_000)
    first = front(made)
    made.say("A question")
    qtbot.waitUntil(lambda: bool(made.answering.questions) and made.idle, timeout=30_000)
    page.view.composer.field.setPlainText("mine — naïve 𝄞")
    page.new_chat()
    second = front(made)
    assert page.view.composer.text == ""
    page.view.composer.field.setPlainText("yours")
    page.new_chat(kind=ChatKind.COMPLETION)
    third = front(made)
    page.completion.view.editor.setPlainText("Once upon")
    page.closing()
    made.close()

    again = Chats(profile)
    again.page.shown()
    again.page.open_chat(first)
    assert again.page.view.composer.text == "mine — naïve 𝄞"
    again.page.open_chat(second)
    assert again.page.view.composer.text == "yours"
    again.page.open_chat(third)
    assert again.page.completion.view.text == "Once upon"
    again.page.completion.view.wanted.emit("Once upon")
    qtbot.waitUntil(lambda: again.idle, timeout=30_000)
    again.page.open_chat(first)
    again.page.open_chat(third)
    assert again.page.completion.view.text == "Once upon and so on"
    again.page.closing()
    again.close()
    assert set(kept(profile.drafts)) == {str(first), str(second)}


def test_a_damaged_file_and_chats_that_are_gone(qtbot: QtBot, tmp_path: Path) -> None:
    path = tmp_path / "drafts.json"
    for bad in ("[1]", "{", '{"x": 1}', "null"):
        path.write_text(bad)
        assert Drafts(Tasks(lambda _error: None), path).text(1) is None
    path.write_text('{"1": "a", "2": "b"}')
    errors: list[LoamError] = []
    drafts = Drafts(Tasks(errors.append), path)
    drafts.forget_all_but(lambda which: which == 2)
    drafts.flush()
    assert kept(path) == {"2": "b"}
    drafts.keep(2, "broken \ud83d half")
    drafts.flush()
    again = Drafts(Tasks(errors.append), path)
    assert again.text(2) is not None
    assert not errors
