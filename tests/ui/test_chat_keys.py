"""A chat without a mouse: the way of the Tab key, and the keys that a person chose."""

from __future__ import annotations

from itertools import pairwise

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from app.core.types import Message
from app.ui.chat.message_view import MessageView
from app.ui.chat.user_bubble import EditBox
from tests.ui.fakes import Chats, says, source


def ask(chats: Chats, qtbot: QtBot, text: str) -> None:
    chats.say(text)
    qtbot.waitUntil(lambda: not chats.page.view.running and chats.idle)


def messages(chats: Chats) -> list[Message]:
    assert chats.page.chat is not None
    return chats.loam.chats.thread(chats.page.chat.id)


def way(start: QWidget, key: Qt.Key, most: int = 200) -> list[QWidget]:
    """What Tab goes to, until it is where it began."""
    start.setFocus()
    found: list[QWidget] = [start]
    for _ in range(most):
        here = QApplication.focusWidget()
        assert here is not None
        QTest.keyClick(here, key)
        there = QApplication.focusWidget()
        if there is None or there is start:
            return found
        if there is not here:  # inside a text it goes from link to link
            found.append(there)
    pytest.fail("Tab does not come back to where it began")


def test_tab_goes_through_list_messages_composer_and_side_in_this_order(
    chats: Chats, qtbot: QtBot
) -> None:
    page = chats.page
    page.activateWindow()
    qtbot.waitUntil(page.isActiveWindow)
    assert page.chat is not None
    chats.loam.chats.set_collections(page.chat.id, (1,))
    chats.answering.script = says("Nine.", [source(1), source(2)], final="Nine [1].")
    ask(chats, qtbot, "When does it open?")
    ask(chats, qtbot, "And when does it close?")
    assert page.panes is not None
    assert page.panes.side_visible
    found = way(page.list.search, Qt.Key.Key_Tab)
    talk = page.view.conversation
    assert [each for each in found if isinstance(each, MessageView)] == talk.views
    assert found.index(page.header.settings) < found.index(talk.views[0])
    inside = [each for each in found if talk.isAncestorOf(each)]
    of = [
        next(view for view in talk.views if each is view or view.isAncestorOf(each))
        for each in inside
    ]
    assert of == sorted(of, key=talk.views.index), "no message is come back to"
    assert len(inside) > len(talk.views), "chips and buttons are on the way"
    last_said, field = found.index(inside[-1]), found.index(page.view.composer.field)
    aside = [n for n, each in enumerate(found) if page.side.isAncestorOf(each)]
    assert last_said < field < aside[0]
    assert aside == list(range(aside[0], aside[-1] + 1))
    back = way(page.list.search, Qt.Key.Key_Backtab)
    assert [each for each in back if isinstance(each, MessageView)] == talk.views[::-1]
    order = {widget: place for place, widget in enumerate(found)}
    assert all(order[one] > order[other] for one, other in pairwise(back[1:]))


def test_a_message_is_written_anew_with_the_keys_that_send_one(chats: Chats, qtbot: QtBot) -> None:
    keys = chats.context.keys
    keys.put("send", "Ctrl+Return")
    keys.put("newline", "Return")
    ask(chats, qtbot, "one")
    view = chats.page.view.conversation.views[0]
    view.begin_edit()
    box = view.findChild(EditBox)
    assert box is not None
    box.field.selectAll()
    QTest.keyClicks(box.field, "two")
    QTest.keyClick(box.field, Qt.Key.Key_Return)
    QTest.keyClicks(box.field, "three")
    assert not chats.page.view.running
    assert box.field.toPlainText() == "two\nthree"
    # Keys that are changed while one writes count at once, as they do in the composer.
    keys.put("send", "Ctrl+Shift+Return")
    QTest.keyClick(box.field, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert not chats.page.view.running
    both = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    QTest.keyClick(box.field, Qt.Key.Key_Return, both)
    qtbot.waitUntil(lambda: messages(chats)[0].content == "two\nthree")
    qtbot.waitUntil(lambda: not chats.page.view.running and chats.idle)
    # The box is gone, but the keys live on.
    qtbot.waitUntil(lambda: chats.page.findChild(EditBox) is None)
    keys.reset()


def test_an_answer_is_written_anew_with_the_send_key_and_control(
    chats: Chats, qtbot: QtBot
) -> None:
    ask(chats, qtbot, "one")
    view = chats.page.view.conversation.views[-1]
    view.begin_edit()
    box = view.findChild(EditBox)
    assert box is not None
    box.field.selectAll()
    QTest.keyClicks(box.field, "mine")
    QTest.keyClick(box.field, Qt.Key.Key_Return)
    QTest.keyClicks(box.field, "own")
    assert box.field.toPlainText() == "mine\nown"
    QTest.keyClick(box.field, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert messages(chats)[-1].content == "mine\nown"
