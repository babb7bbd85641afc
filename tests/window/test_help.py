"""Help in the real window: what is copied, what a crash leaves, what is new."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from email.message import Message
from importlib import metadata

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from app.core.crashes import CrashedBefore, CrashWatch, read
from app.core.paths import Profile, program_root
from app.services import updates
from app.ui.app import look_for_updates
from app.ui.help.dialog import HelpDialog
from tests import patience
from tests.window.conftest import PATIENCE_MS, Person


def _help(person: Person) -> HelpDialog:
    QTest.keyClick(person.window, Qt.Key.Key_F1)
    found: list[HelpDialog] = person.window.findChildren(HelpDialog)
    assert len(found) == 1
    return found[0]


def test_diagnostics_are_copied_with_one_click(person: Person, qtbot: QtBot) -> None:
    person.loam.settings.change(system_prompt="My secret plan.")
    dialog = _help(person)
    QGuiApplication.clipboard().setText("before")
    QTest.mouseClick(dialog.trouble.copy, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: bool(dialog.trouble.shown.toPlainText()), timeout=PATIENCE_MS)
    copied = QGuiApplication.clipboard().text()
    assert copied == dialog.trouble.shown.toPlainText()
    assert "llama.cpp" in copied
    assert "secret" not in copied
    assert str(person.loam.profile.root) not in copied
    qtbot.waitUntil(dialog.trouble.copy.isEnabled)
    dialog.accept()


def test_licences_are_shown_with_their_texts(person: Person, qtbot: QtBot) -> None:
    dialog = _help(person)
    dialog.sections.setCurrentRow(2)
    listed = dialog.licences.list
    qtbot.waitUntil(lambda: listed.topLevelItemCount() > 20, timeout=PATIENCE_MS)
    (row,) = listed.findItems("llama-cpp-python", Qt.MatchFlag.MatchExactly)
    listed.setCurrentItem(row)
    assert row.text(2) == "MIT"
    assert "Permission is hereby granted" in dialog.licences.text.toPlainText()
    dialog.accept()


def test_a_crash_of_the_window_is_told_with_a_report_to_copy(person: Person, qtbot: QtBot) -> None:
    profile = Profile(person.loam.profile.root.parent / "other").create()
    folder = profile.logs / "crashes"
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    other = subprocess.Popen(
        [sys.executable, "-m", "app", "--profile", str(profile.root)],
        env=environment,
        cwd=program_root(),
        stderr=subprocess.DEVNULL,
    )
    try:
        deadline = time.monotonic() + patience.SECONDS
        while not (folder / "running-window.txt").exists() and time.monotonic() < deadline:
            assert other.poll() is None
            time.sleep(0.05)
        other.send_signal(signal.SIGSEGV)
        assert other.wait(patience.SECONDS) == -signal.SIGSEGV
    finally:
        if other.poll() is None:
            other.kill()
            other.wait()
    report = CrashWatch(folder).take_report()
    assert report is not None
    person.notices.show(CrashedBefore(read(report)))
    qtbot.waitUntil(lambda: bool(person.window.banners.texts))
    assert person.window.banners.texts[-1].startswith("Loam ended unexpectedly the last time.")
    copy = next(
        each
        for each in person.window.banners.findChildren(QPushButton)
        if each.accessibleName() == "Copy the details"
    )
    copy.click()
    assert "Segmentation fault" in QGuiApplication.clipboard().text()


def test_new_versions_are_looked_for_only_when_switched_on(
    person: Person, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def fetch(address: str, _proxy: str) -> object:
        asked.append(address)
        return {"version": "99.0", "page": "https://loam.invalid/99"}

    about = Message()
    about["Project-URL"] = "Releases, https://loam.invalid/releases.json"
    monkeypatch.setattr(metadata, "metadata", lambda _package: about)
    monkeypatch.setattr(updates, "_fetch", fetch)
    look_for_updates(person.context)
    assert asked == []
    person.loam.settings.change(look_for_updates=True)
    look_for_updates(person.context)
    told = "Loam 99.0 is there. https://loam.invalid/99"
    qtbot.waitUntil(lambda: told in person.notices.toasts, timeout=PATIENCE_MS)
    look_for_updates(person.context)  # once a day
    dialog = _help(person)
    dialog.about.look.click()  # whenever the person asks
    qtbot.waitUntil(lambda: dialog.about.state.text() == told, timeout=PATIENCE_MS)
    assert len(asked) == 2
    dialog.accept()
