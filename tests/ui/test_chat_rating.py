"""Thumbs under an answer, and answers that a person writes anew."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QPushButton, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from app.core.types import Message
from app.ui.chat.message_view import MessageView
from app.ui.chat.user_bubble import EditBox
from tests.ui.fakes import Chats


def answered(chats: Chats, qtbot: QtBot) -> MessageView:
    chats.say("When does it open?")
    qtbot.waitUntil(lambda: len(chats.page.view.conversation.views) == 2 and chats.idle)
    return chats.page.view.conversation.views[-1]


def button(within: QWidget, name: str) -> QAbstractButton:
    found = [
        each
        for kind in (QToolButton, QPushButton)
        for each in within.findChildren(kind)
        if each.accessibleName() == name
    ]
    assert len(found) == 1, name
    return found[0]


def stored(chats: Chats, view: MessageView) -> Message:
    return chats.loam.chats.message(view.message.id)


def test_a_thumb_is_kept_shown_changed_and_taken_back(chats: Chats, qtbot: QtBot) -> None:
    view = answered(chats, qtbot)
    up, down = button(view, "Good answer"), button(view, "Bad answer")
    assert (up.isChecked(), down.isChecked()) == (False, False)
    up.click()
    assert stored(chats, view).rating == 1
    assert [message.id for message in chats.loam.chats.liked()] == [view.message.id]
    assert (up.isChecked(), down.isChecked()) == (True, False)
    view.pin_actions(False)
    view._actions.reveal(False)
    assert up.isVisible()
    assert not down.isVisible()
    down.click()
    assert stored(chats, view).rating == -1
    assert (up.isChecked(), down.isChecked()) == (False, True)
    down.click()
    assert stored(chats, view).rating == 0
    assert not down.isChecked()
    question = chats.page.view.conversation.views[0]
    assert not button(question, "Good answer").isVisibleTo(question)


def test_an_edited_answer_stands_beside_the_old_one(chats: Chats, qtbot: QtBot) -> None:
    view = answered(chats, qtbot)
    first = view.message
    button(view, "Edit answer").click()
    (box,) = view.findChildren(EditBox)
    assert box.field.toPlainText() == first.content
    QTest.keyClick(box.field, Qt.Key.Key_Escape)
    assert not view.findChildren(EditBox) or not view.findChildren(EditBox)[0].isVisible()
    button(view, "Edit answer").click()
    box = view.findChildren(EditBox)[-1]
    box.field.selectAll()
    QTest.keyClicks(box.field, "At nine.")
    QTest.keyClick(box.field, Qt.Key.Key_Return)
    QTest.keyClicks(box.field, "Sundays at ten.")
    assert stored(chats, view) == first
    QTest.keyClick(box.field, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    written = chats.page.view.conversation.views[-1].message
    assert written.content == "At nine.\nSundays at ten."
    assert (written.rewrites, written.branch, written.branches) == (first.id, 2, 2)
    chats.page.view.conversation.branch.emit(written.id, 1)
    assert chats.page.view.conversation.views[-1].message.content == first.content
    assert len(chats.page.view.conversation.views) == 2
