"""Several collections in one chat, and only some of their documents: chips, menu and dialog."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QDate, QDateTime, Qt, QTime
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from app.core.types import SearchFilter
from app.ui.chat.filter_dialog import FilterDialog
from tests.ui.fakes import Chats


def attached(chats: Chats, qtbot: QtBot) -> tuple[int, ...]:
    """A chat that answers from two collections."""
    made = []
    for name, files in (("Rules", ["/r/one.txt", "/r/two.txt"]), ("Plans", ["/p/three.txt"])):
        collection = chats.library.create(name)
        made.append(collection.id)
        for _ in chats.library.add(collection.id, files):
            pass
    chats.page.documents.attacher.refresh()
    qtbot.waitUntil(lambda: len(chats.page.documents.attacher.collections) == 2)
    for which in made:
        chats.page.view.composer.attached.emit(which)
    return tuple(made)


def chips(chats: Chats) -> list[str]:
    row = chats.page.view.composer._chips
    return [str(b.property("whole")) for b in row.findChildren(QPushButton) if not b.isHidden()]


def menu(chats: Chats) -> list[str]:
    composer = chats.page.view.composer
    composer._fill_menu()
    return [each.text() for each in composer._menu.actions() if each.text()]


def dialog(chats: Chats, qtbot: QtBot) -> FilterDialog:
    chats.page.view.composer.filter_wanted.emit()
    qtbot.waitUntil(lambda: bool(chats.page.window().findChildren(FilterDialog)))
    return chats.page.window().findChildren(FilterDialog)[-1]


def test_only_some_documents_of_several_collections_are_asked(chats: Chats, qtbot: QtBot) -> None:
    assert "Only some documents…" not in menu(chats)
    both = attached(chats, qtbot)
    qtbot.waitUntil(lambda: chips(chats) == ["Rules", "Plans"])
    assert "Only some documents…" in menu(chats)

    asked = dialog(chats, qtbot)
    names = [asked.files.item(row).text() for row in range(asked.files.count())]
    assert names == ["one.txt", "three.txt", "two.txt"]
    asked.search.setText("TWO")
    assert [asked.files.item(row).isHidden() for row in range(3)] == [True, True, False]
    asked.files.item(2).setCheckState(Qt.CheckState.Checked)
    assert asked.about.text() == "1 ticked"
    asked.kinds.tick("text")
    asked.changed.how.setCurrentIndex(asked.changed.how.findData(7))
    asked.use_button.click()
    only = chats.loam.chats.get(chats.page.chat.id).settings.only if chats.page.chat else None
    assert only is not None
    file = next(f for f in chats.library.files(both[0]) if f.name == "two.txt")
    assert (only.files, only.kinds) == ((file.id,), ("text",))
    assert only.after > 0
    qtbot.waitUntil(lambda: len(chips(chats)) == 3)
    assert chips(chats)[:2] == ["Rules", "Plans"]
    assert chips(chats)[2].startswith("Only: two.txt, Plain text, since ")

    chats.say("What is the rule?")
    qtbot.waitUntil(lambda: chats.idle and bool(chats.answering.questions))
    assert chats.answering.questions[-1].only == only
    assert chats.answering.questions[-1].collections == both

    # After a start, a file's name is looked up.
    chats.page.documents.filter._names.clear()
    chats.page.documents.show()
    qtbot.waitUntil(lambda: "two.txt" in "".join(chips(chats)[2:]))

    # What is set is there again when the dialog opens, and the panel of settings leaves it alone.
    again = dialog(chats, qtbot)
    assert again.filter.files == (file.id,)
    again.reject()
    chats.page.side.settings.temperature.setValue(0.9)
    chats.page.side.settings.flush()
    assert chats.page.chat is not None
    assert chats.loam.chats.get(chats.page.chat.id).settings.only == only

    chip = next(
        b
        for b in chats.page.view.composer._chips.findChildren(QPushButton)
        if str(b.property("whole")).startswith("Only:") and not b.isHidden()
    )
    assert "Let all documents count again" in chip.accessibleName()
    chip.click()
    qtbot.waitUntil(lambda: chips(chats) == ["Rules", "Plans"])
    assert chats.loam.chats.get(chats.page.chat.id).settings.only == SearchFilter()


def test_folders_above_several_files_can_be_chosen(chats: Chats, qtbot: QtBot) -> None:
    collection = chats.library.create("Deep")
    paths = ["/home/me/a/x/1.txt", "/home/me/a/y/2.txt"]
    for _ in chats.library.add(collection.id, paths):
        pass
    asked = FilterDialog(
        chats.page, chats.library.files(collection.id), SearchFilter(folders=("/home/me/a",))
    )
    qtbot.addWidget(asked)
    offered = [each.data() for each in asked.folders.menu().actions()]
    assert offered == ["/home/me/a", "/home/me/a/x", "/home/me/a/y"]
    assert asked.filter == SearchFilter(folders=("/home/me/a",))
    assert {str(Path(one)) for one in offered} == set(offered)


@pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
def test_rows_leave_room_between_their_boxes(chats: Chats, qtbot: QtBot) -> None:
    first, _second = attached(chats, qtbot)
    asked = FilterDialog(chats.page, chats.library.files(first), SearchFilter())
    qtbot.addWidget(asked)
    asked.show()
    letters = asked.fontMetrics().height()
    rows = [asked.files.visualItemRect(asked.files.item(row)) for row in range(2)]
    assert rows[0].bottom() < rows[1].top()
    assert min(each.height() for each in rows) >= letters + 8


@pytest.mark.qt_log_ignore("This plugin does not support", extend=True)  # a menu, offscreen
def test_folders_types_and_days_go_together(chats: Chats, qtbot: QtBot) -> None:
    attached(chats, qtbot)
    asked = dialog(chats, qtbot)
    assert asked.folders.text() == "All folders"
    # As a person ticks them: the list stays open.
    asked.folders.click()
    menu = asked.folders.menu()
    QTest.keyClick(menu, Qt.Key.Key_Down)
    QTest.keyClick(menu, Qt.Key.Key_Space)
    QTest.keyClick(menu, Qt.Key.Key_Down)
    QTest.keyClick(menu, Qt.Key.Key_Space)
    assert menu.isVisible()
    QTest.keyClick(menu, Qt.Key.Key_Escape)
    assert asked.folders.ticked == ("/p", "/r")
    asked.changed.how.setCurrentIndex(asked.changed.how.findData("between"))
    asked.changed.first.setDate(QDate(2026, 3, 1))
    asked.changed.last.setDate(QDate(2026, 3, 1))
    only = asked.filter
    assert only.before - only.after == 24 * 3600
    asked.changed.last.setDate(QDate(2026, 3, 5))
    # A last day before the first one can't be chosen.
    asked.changed.last.setDate(QDate(2026, 2, 1))
    assert asked.filter.before >= asked.filter.after
    asked.changed.last.setDate(QDate(2026, 3, 5))
    asked.use_button.click()
    qtbot.waitUntil(lambda: len(chips(chats)) == 3)
    said = chips(chats)[2]
    assert said.startswith("Only: p, r, ")
    assert " to " in said

    again = dialog(chats, qtbot)
    assert again.folders.ticked == ("/p", "/r")
    assert again.changed.last.date() == QDate(2026, 3, 5)
    again.changed.how.setCurrentIndex(again.changed.how.findData("before"))
    assert again.filter.after == 0
    assert again.filter.before == QDateTime(QDate(2026, 3, 1), QTime(0, 0)).toSecsSinceEpoch()
    again.use_button.click()
    qtbot.waitUntil(lambda: "before" in "".join(chips(chats)[2:]))
