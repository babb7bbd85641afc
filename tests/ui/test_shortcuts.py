"""Other keys for the shortcuts: taken over everywhere at once, kept, refused when they can't be."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.core.paths import Profile
from app.ui.memory import Memory
from app.ui.shortcuts import SHORTCUTS, Keys, Place
from app.ui.shortcuts_dialog import KeyButton, ShortcutsDialog
from tests.ui.fakes import Chats
from tests.ui.frame_helpers import Frame, frame

CONTROL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def shown(qtbot: QtBot, profile: Profile) -> Iterator[Frame]:
    with frame(profile) as made:
        yield made


def opened(made: Frame) -> ShortcutsDialog:
    made.window.activateWindow()
    QTest.keyClick(made.window, Qt.Key.Key_Slash, CONTROL)
    dialog = made.window.findChild(ShortcutsDialog)
    assert dialog is not None
    return dialog


def press(
    dialog: ShortcutsDialog,
    name: str,
    key: Qt.Key,
    modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier,
) -> None:
    """Choose a row's keys and press others."""
    button = dialog.rows[name][0]
    button.setFocus()
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert listening(button)
    QTest.keyClick(button, key, modifiers)
    assert not listening(button)


def listening(button: KeyButton) -> bool:
    """A function, so that mypy doesn't take it for a constant."""
    return button.listening


def editing(chats: Chats) -> bool:
    return chats.page.list.list.editing


def test_no_two_defaults_that_meet_are_the_same(tmp_path: Path) -> None:
    keys = Keys(Memory(tmp_path / "window.json"))
    for each in SHORTCUTS:
        assert keys.refusal(each.name, each.keys) == "", each.name


def test_other_keys_count_at_once_and_are_kept(shown: Frame, profile: Profile) -> None:
    dialog = opened(shown)
    press(dialog, "page_2", Qt.Key.Key_D, CONTROL)
    assert dialog.rows["page_2"][0].text() == "Ctrl+D"
    assert Keys(Memory(profile.window)).words("page_2") == "Ctrl+D"
    dialog.close()
    QTest.keyClick(shown.window, Qt.Key.Key_2, CONTROL)
    assert shown.window.page is shown.window.show_page("chats")
    QTest.keyClick(shown.window, Qt.Key.Key_D, CONTROL)
    assert shown.window.page is shown.window.show_page("documents")


def test_keys_that_are_taken_are_refused_by_name(shown: Frame) -> None:
    dialog = opened(shown)
    press(dialog, "search", Qt.Key.Key_N, CONTROL)
    assert "“New chat”" in dialog.problem.text()
    assert dialog.rows["search"][0].text() == "Ctrl+K"
    press(dialog, "rename", Qt.Key.Key_N, CONTROL)  # heard everywhere, so also in a list
    assert "“New chat”" in dialog.problem.text()
    press(dialog, "rename", Qt.Key.Key_Escape)
    assert dialog.rows["rename"][0].text() == "F2"
    press(dialog, "sidebar", Qt.Key.Key_B)
    assert "writing" in dialog.problem.text()
    press(dialog, "sidebar", Qt.Key.Key_V, CONTROL)
    assert "writing" in dialog.problem.text()
    press(dialog, "sidebar", Qt.Key.Key_F9)
    assert dialog.problem.text() == ""
    assert dialog.rows["sidebar"][0].text() == "F9"
    press(dialog, "search", Qt.Key.Key_B, CONTROL)  # free now
    assert dialog.rows["search"][0].text() == "Ctrl+B"
    reset = dialog.rows["sidebar"][1]
    assert reset.isVisible()
    reset.click()
    assert "“Search in this page's list”" in dialog.problem.text()
    dialog.reset_all.click()
    assert dialog.rows["sidebar"][0].text() == "Ctrl+B"
    assert not reset.isVisible()
    assert not dialog.reset_all.isEnabled()


def test_leaving_a_row_gives_up_and_tab_goes_on(shown: Frame) -> None:
    dialog = opened(shown)
    button = dialog.rows["new_chat"][0]
    button.setFocus()
    button.click()
    QTest.keyClick(button, Qt.Key.Key_Control)
    assert listening(button)
    QTest.keyClick(button, Qt.Key.Key_Tab)
    assert not listening(button)
    assert dialog.focusWidget() is dialog.rows["search"][0]
    assert button.text() == "Ctrl+N"


def test_a_list_written_by_hand_can_not_make_two_act_on_one(tmp_path: Path) -> None:
    path = tmp_path / "window.json"
    path.write_text('{"keys.search": "Ctrl+N", "keys.quit": 3, "keys.model": "Ctrl+J"}')
    keys = Keys(Memory(path))
    assert keys.words("search") == "Ctrl+K"
    assert keys.words("quit") == "Ctrl+Q"
    assert keys.words("model") == "Ctrl+J"


def test_the_message_field_and_the_list_follow(chats: Chats, qtbot: QtBot) -> None:
    keys, composer = chats.context.keys, chats.page.view.composer
    assert keys.refusal("send", "Ctrl+Return") == ""
    keys.put("send", "Ctrl+Return")
    keys.put("newline", "Return")
    keys.put("rename", "F6")
    field = composer.field
    field.setPlainText("one")
    field.moveCursor(field.textCursor().MoveOperation.End)
    QTest.keyClick(field, Qt.Key.Key_Return)
    QTest.keyClicks(field, "two")
    assert composer.text == "one\ntwo"
    QTest.keyClick(field, Qt.Key.Key_Return, CONTROL)
    qtbot.waitUntil(lambda: bool(chats.answering.questions) and chats.idle, timeout=30_000)
    assert chats.answering.questions[0].text == "one\ntwo"
    chats.page.activateWindow()
    chats.page.list.list.setFocus()
    QTest.keyClick(chats.page.list.list, Qt.Key.Key_F2)
    assert not editing(chats)
    QTest.keyClick(chats.page.list.list, Qt.Key.Key_F6)
    assert editing(chats)
    assert {each.place for each in SHORTCUTS} == set(Place)
