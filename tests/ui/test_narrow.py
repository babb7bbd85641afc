"""A small window with large text: what gives way, what is cut with dots, what is never covered."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from app.core.errors import LoamError
from app.core.paths import Profile
from app.core.types import ChatKind, GenerationStats
from app.services import assemble
from app.ui.app import make_application, make_context
from app.ui.chat.composer import Composer
from app.ui.chat.gauge import ContextGauge
from app.ui.elided import ElidedLabel
from app.ui.notice_views import Banner
from app.ui.notices import Notices
from app.ui.pages.chats import ChatsPage
from app.ui.pages.documents import DocumentsPage
from app.ui.settings_dialog import SettingsDialog
from app.ui.shortcuts_dialog import ShortcutsDialog
from app.ui.theme import ThemeKeeper
from app.ui.window import Window
from tests.ui.fakes import ChatModels, ScriptedAnswering, ScriptedEngine, says, source
from tests.ui.frame_fakes import FakeLibrary

LONG = "A collection with a really long name that goes on and on, as some do, without an end"


class Small:
    """The smallest window that Loam is made for, with text one and a half times as large."""

    def __init__(self, profile: Profile, qtbot: QtBot) -> None:
        self.qtbot = qtbot
        application = make_application()
        self.loam = assemble.build(profile)
        self.loam.settings.change(welcomed=True, font_percent=150)
        self.answering, self.library = ScriptedAnswering(), FakeLibrary()
        parts, inside = cast("Any", self.loam), cast("Any", self.loam.chats)
        parts.library, parts.models = self.library, ChatModels()
        inside._make_answering = lambda: self.answering
        inside._engine = ScriptedEngine()
        inside._models = parts.models
        self.notices = Notices()
        self.context = make_context(self.loam, self.notices, application)
        self.window = Window(self.context, (ChatsPage, DocumentsPage), QPushButton("Model"))
        self.window.resize(1024, 640)
        self.window.show()
        self.settle()

    @property
    def chats(self) -> ChatsPage:
        page = self.window.show_page("chats")
        assert isinstance(page, ChatsPage)
        return page

    def settle(self) -> None:
        self.qtbot.waitUntil(lambda: not self.context.tasks.running)


@contextmanager
def small(profile: Profile, qtbot: QtBot) -> Iterator[Small]:
    made = Small(profile, qtbot)
    try:
        yield made
    finally:
        made.window.close()
        made.loam.settings.change(font_percent=100)
        made.context.theme.apply(made.loam.settings.current)
        made.loam.close()
        made.window.deleteLater()


@pytest.fixture
def made(profile: Profile, qtbot: QtBot) -> Iterator[Small]:
    with small(profile, qtbot) as shown:
        yield shown


def place(widget: QWidget, window: QWidget) -> tuple[int, int]:
    """Left and right edge inside the window, in pixels."""
    left = widget.mapTo(window, QPoint(0, 0)).x()
    return left, left + widget.width()


def narrower_than_its_text(parent: QWidget) -> list[str]:
    """Visible buttons that have less room than their text needs."""
    return [
        each.text()
        for each in parent.findChildren(QAbstractButton)
        if each.isVisible() and each.text() and each.width() < each.sizeHint().width() - 2
    ]


def shown(page: ChatsPage) -> tuple[bool, bool]:
    """Whether the list and the side panel are there."""
    assert page.panes is not None
    return page.panes.list_visible, page.panes.side_visible


def test_the_side_panel_takes_the_place_of_the_list(made: Small, qtbot: QtBot) -> None:
    chats = made.chats
    assert shown(chats)[0]
    made.answering.script = says("It opens at nine [1].", [source(1)])
    chats.view.composer.field.setPlainText("When?")
    chats.view.composer.field.entered.emit()
    made.settle()
    chats.header.settings.click()
    qtbot.waitUntil(lambda: shown(chats)[1])
    assert not shown(chats)[0]
    panel = chats.side.settings
    for field in (panel.temperature, panel.seed, panel.prompt, panel.only_documents):
        left, right = place(field, made.window)
        assert left >= 0, field.accessibleName()
        assert right <= made.window.width(), field.accessibleName()
    assert panel.only_documents.width() >= panel.only_documents.sizeHint().width()
    # Stop has just become Send, which the layout hears of with the next turn.
    qtbot.waitUntil(lambda: narrower_than_its_text(chats) == [])
    assert chats.panes is not None
    chats.panes.show_list(True)
    assert shown(chats)[0]
    assert not shown(chats)[1]
    assert not chats.header.settings.isChecked()
    made.window.resize(1600, 900)
    chats.header.settings.click()
    assert shown(chats)[0]
    assert shown(chats)[1]


def test_beginnings_fit(made: Small, qtbot: QtBot) -> None:
    chats = made.chats
    assert narrower_than_its_text(made.window) == []
    made.context.navigator.suggest_questions.emit(("When does it open, " * 8 + "in June?",))
    (button,) = chats.view.start.buttons
    qtbot.waitUntil(lambda: "\n" in button.text())
    assert button.accessibleName().startswith("When does it open, When")
    assert button.sizeHint().width() <= button.width()


def test_a_toast_covers_nothing_that_one_writes_in(made: Small, qtbot: QtBot) -> None:
    chats = made.chats
    composer = chats.view.composer
    made.notices.toast("A line about what was done, " * 6, lambda: None)
    toast = made.window._toasts._toast
    assert toast is not None

    def above() -> bool:
        foot = toast.mapTo(made.window, QPoint(0, toast.height())).y()
        return foot <= composer.mapTo(made.window, QPoint(0, 0)).y()

    assert above()
    composer.field.setPlainText("one\ntwo\nthree\nfour")
    qtbot.waitUntil(above)
    left, right = place(toast, made.window)
    assert left >= 0
    assert right <= made.window.width()
    undo = next(b for b in toast.findChildren(QPushButton) if b.text() == "Undo")
    assert place(undo, made.window)[1] < right
    chats.new_chat(kind=ChatKind.COMPLETION)
    go = chats.completion.view._go
    qtbot.waitUntil(
        lambda: (
            toast.mapTo(made.window, QPoint(0, toast.height())).y()
            <= go.mapTo(made.window, QPoint(0, 0)).y()
        )
    )


def test_many_errors_leave_room_for_the_page_and_scroll(made: Small, qtbot: QtBot) -> None:
    for number in range(3):
        error = LoamError(f"detail {number}\n" * 30)
        error.what = f"Number {number} went wrong. " * 6
        made.notices.show(error)
    banners = made.window.banners
    assert banners.height() <= made.window.height() * 0.4
    first = banners.findChildren(Banner)[0]
    more = next(b for b in first.findChildren(QPushButton) if b.text() == "Details")
    more.click()
    bar = banners.verticalScrollBar()
    qtbot.waitUntil(lambda: bar.value() <= first.y() and bar.maximum() > 0)
    labels = [each for each in banners.findChildren(QLabel) if each.wordWrap()]
    qtbot.waitUntil(
        lambda: all(
            each.height() >= each.heightForWidth(each.width())
            for each in labels
            if each.isVisible()
        )
    )
    for banner in list(banners.findChildren(Banner)):
        banner.close_button.click()
    assert not banners.isVisible()


def test_long_names_are_cut_with_dots_and_found_in_the_tooltip(made: Small, qtbot: QtBot) -> None:
    collection = made.library.create(LONG)
    page = made.window.show_page("documents")
    assert isinstance(page, DocumentsPage)
    made.settle()
    title = next(
        each for each in page.findChildren(ElidedLabel) if each.whole == LONG and each.isVisible()
    )
    assert title.text().endswith("…")
    assert title.toolTip() == LONG
    assert not page.list.findChildren(QWidget, "qt_scrollarea_hcontainer")[0].isVisible()
    made.window._drop.offer(["/x/folder"])
    card = made.window._drop._card
    qtbot.waitUntil(lambda: card.width() > 0)
    assert card.width() <= made.window.width()
    assert LONG in made.window._drop._words.text()
    made.window._drop.hide()
    chats = made.chats
    made.context.navigator.new_chat.emit((collection.id,))
    made.settle()
    chip = next(
        b
        for b in chats.view.composer.findChildren(QPushButton)
        if b.accessibleName() == f"Stop answering from {LONG}"
    )
    qtbot.waitUntil(lambda: chip.text().endswith("…"))
    assert chip.width() >= chip.sizeHint().width() - 2


def test_nothing_found_is_said(made: Small, qtbot: QtBot) -> None:
    collection = made.library.create("Papers")
    list(made.library.add(collection.id, ["/x/a.txt"]))
    page = made.window.show_page("documents")
    assert isinstance(page, DocumentsPage)
    made.settle()
    shown = {each.text() for each in page.findChildren(QLabel) if each.isVisible()}
    assert not {"Nothing found", "No file fits."} & shown
    page.list.search.setText("zzz")
    page.files.filter.setText("zzz")
    shown = {each.text() for each in page.findChildren(QLabel) if each.isVisible()}
    assert {"Nothing found", "No file fits."} <= shown


def test_dialogs_fit_into_the_window(made: Small) -> None:
    for ask, kind in (
        (made.window._show_settings, SettingsDialog),
        (made.window._show_shortcuts, ShortcutsDialog),
    ):
        ask()
        dialog = made.window.findChild(kind)
        assert isinstance(dialog, QWidget)
        assert dialog.width() <= made.window.width()
        assert dialog.height() <= made.window.height()
        assert narrower_than_its_text(dialog) == []
        dialog.close()


def test_the_rail_shows_icons_alone_where_names_take_too_much(made: Small) -> None:
    rail = made.window._rail
    narrow = rail.width()
    made.window.resize(1600, 900)
    assert rail.width() > 3 * narrow
    made.window.resize(1024, 640)
    assert rail.width() == narrow


def test_tab_reaches_every_control_in_order(made: Small) -> None:
    made.window.resize(1280, 800)
    collection = made.library.create("Papers")
    list(made.library.add(collection.id, ["/x/a.txt"]))
    made.window.show_page("documents")
    made.settle()
    made.window.activateWindow()
    made.window._rail._entries[0][0].setFocus()
    reached: list[str] = []
    for _ in range(20):
        now = made.window.focusWidget()
        name = now.accessibleName() or getattr(now, "text", lambda: "")()
        if name in reached:
            break
        reached.append(name)
        QTest.keyClick(made.window, Qt.Key.Key_Tab)
    after_picker = reached[reached.index("Model") + 1 :]
    assert after_picker == [
        "New collection",
        "Search collections",
        "Collections",
        "Paste",
        "Add folder",
        "Add files",
        "Find a file",
        "State of the files",
        "Type of the files",
        "Files",
    ]


def test_the_gauge_keeps_its_bar_where_its_numbers_have_no_room(qtbot: QtBot) -> None:
    composer = Composer(ThemeKeeper(make_application()))
    qtbot.addWidget(composer)
    composer.add_tool(QPushButton("Passages: auto"))
    composer.show()
    narrow = composer.minimumSizeHint().width() + 70
    composer.resize(900, 120)
    composer.show_stats(GenerationStats(10, 0, 5, 100.0, 20.0, 434, 4096))
    gauge = composer.findChild(ContextGauge)
    assert gauge is not None
    numbers = next(each for each in gauge.findChildren(QLabel) if "434" in each.text())
    assert gauge.isVisible()
    assert numbers.isVisible()
    composer.resize(narrow, 120)
    qtbot.waitUntil(lambda: not numbers.isVisible())
    assert gauge.isVisible()
    assert "434" in gauge.toolTip()
