"""What is said when the person's data can't be opened, before there is a window."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QMessageBox
from pytestqt.qtbot import QtBot

from app.core import log
from app.core.errors import StoreError
from app.core.paths import Profile
from app.services import assemble
from app.services.store.chats import ChatStore
from app.ui import app
from app.ui.notices import Notices
from app.ui.pages.chats import ChatsPage

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)


def _answer(text: str, told: list[str]) -> Callable[[], None]:
    """Presses the button of the dialog that comes."""

    def press() -> None:
        box = QApplication.activeModalWidget()
        if not isinstance(box, QMessageBox):
            QTimer.singleShot(20, press)
            return
        told.append(f"{box.text()} {box.informativeText()}")
        next(each for each in box.buttons() if each.text() == text).click()

    return press


@pytest.mark.parametrize(("button", "opened"), [("Try again", True), ("Close", False)])
def test_a_full_disk_is_told_and_tried_again(
    qtbot: QtBot, profile: Profile, monkeypatch: pytest.MonkeyPatch, button: str, opened: bool
) -> None:
    monkeypatch.setattr(log, "start", lambda *_where: None)
    build = assemble.build
    told: list[str] = []

    def full(_profile: Profile) -> assemble.Loam:
        monkeypatch.setattr(assemble, "build", build)
        raise StoreError(reason="database or disk is full", path=profile.chats)

    monkeypatch.setattr(assemble, "build", full)
    QTimer.singleShot(20, _answer(button, told))
    cleared: list[str] = []
    loam = app._open(profile, lambda: cleared.append("before the dialog"))
    assert (loam is not None) is opened
    if loam is not None:
        loam.close()
    assert cleared == ["before the dialog"]
    assert len(told) == 1
    assert "disk is full" in told[0]
    assert "Free some space" in told[0]


def test_a_window_opens_though_no_chat_can_be_begun(
    qtbot: QtBot, profile: Profile, monkeypatch: pytest.MonkeyPatch
) -> None:
    with contextlib.closing(assemble.build(profile)) as loam:
        loam.settings.change(welcomed=True)

        def full(*_chat: object) -> None:
            raise StoreError(reason="the disk is full", path=profile.chats)

        monkeypatch.setattr(ChatStore, "create", full)
        window = app.make_window(app.make_context(loam, Notices(), app.make_application()))
        window.show()
        qtbot.waitUntil(lambda: bool(window.banners.texts))
        assert "disk is full" in window.banners.texts[0]
        monkeypatch.undo()
        chats = window.page
        assert isinstance(chats, ChatsPage)
        chats.new_chat()  # there is room again
        assert len(loam.chats.chats()) == 1
        window.close()
