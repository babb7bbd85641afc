"""The settings dialog: one row a declaration, saved at once, refused with words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QSpinBox,
)
from pytestqt.qtbot import QtBot

from app.core import settings as core
from app.core.declared import declarations
from app.core.paths import Profile
from app.core.settings import Settings, Theme
from app.ui import tokens
from app.ui.settings_dialog import SettingsDialog
from tests.ui.frame_helpers import Frame, frame


@pytest.fixture
def made(qtbot: QtBot, profile: Profile) -> Iterator[Frame]:
    with frame(profile) as made:
        yield made
        made.context.theme.apply(Settings())


@pytest.fixture
def dialog(made: Frame) -> Iterator[SettingsDialog]:
    dialog = SettingsDialog(made.context, made.window)
    dialog.open()
    yield dialog
    dialog.close()


def saved(profile: Profile) -> Settings:
    got, rejected = core.load(profile.settings)
    assert rejected == []
    return got


def test_every_setting_has_its_row_with_name_and_meaning(dialog: SettingsDialog) -> None:
    assert list(dialog.rows) == list(declarations(Settings))
    for name, shown in declarations(Settings).items():
        row = dialog.rows[name]
        texts = {label.text() for label in row.findChildren(QLabel)}
        assert shown.help in texts
        assert row.field.widget.accessibleName() == shown.label


def test_every_field_shows_what_is_set(dialog: SettingsDialog, made: Frame) -> None:
    for each in fields(Settings):
        if each.name not in dialog.rows:
            continue
        widget = dialog.rows[each.name].field.widget
        value = getattr(made.loam.settings.current, each.name)
        if isinstance(widget, QCheckBox):
            assert widget.isChecked() == value
        elif isinstance(widget, QComboBox):
            assert widget.currentData() == value
        elif isinstance(widget, QSpinBox):
            assert widget.value() == value


def test_a_change_counts_and_is_saved_at_once(
    dialog: SettingsDialog, made: Frame, profile: Profile
) -> None:
    told: list[Settings] = []
    made.context.navigator.settings_changed.connect(told.append)
    theme = dialog.rows["theme"].field.widget
    assert isinstance(theme, QComboBox)
    theme.setCurrentIndex(theme.findData(Theme.DARK))
    assert saved(profile).theme is Theme.DARK
    assert made.context.theme.tokens == tokens.DARK
    assert told[-1].theme is Theme.DARK
    switch = dialog.rows["only_documents"].field.widget
    assert isinstance(switch, QCheckBox)
    switch.click()
    assert saved(profile).only_documents is False


def test_the_default_model_is_chosen_by_its_name(
    qtbot: QtBot, made: Frame, profile: Profile, tmp_path: Path
) -> None:
    other = tmp_path / "Other-Chat-Q4_0.gguf"
    list(made.loam.models.add(other))
    dialog = SettingsDialog(made.context)
    qtbot.addWidget(dialog)
    box = dialog.rows["model"].field.widget
    assert isinstance(box, QComboBox)
    assert "came with Loam" in box.currentText()
    assert box.findData(made.loam.models.came_with_loam()) < 0, "offered twice"
    row = box.findData(str(other))
    box.setCurrentIndex(row)
    box.activated.emit(row)
    assert saved(profile).model == str(other)
    assert box.currentData() == str(other)
    # What is gone is still named, and can be left.
    dialog.rows["model"].field.show_value(str(tmp_path / "gone.gguf"))
    assert box.currentText() == "gone.gguf: no longer there"
    box.setCurrentIndex(0)
    box.activated.emit(0)
    assert saved(profile).model == ""


def test_typed_text_is_saved_when_the_field_is_left(
    dialog: SettingsDialog, profile: Profile
) -> None:
    dialog.sections.setCurrentRow(1)
    field = dialog.rows["system_prompt"].field.widget
    assert isinstance(field, QPlainTextEdit)
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, "Answer briefly")
    assert saved(profile).system_prompt != "Answer briefly"
    QTest.keyClick(field, Qt.Key.Key_Tab)
    assert saved(profile).system_prompt == "Answer briefly"


def test_typed_text_is_saved_when_the_dialog_closes(
    dialog: SettingsDialog, profile: Profile
) -> None:
    field = dialog.rows["system_prompt"].field.widget
    assert isinstance(field, QPlainTextEdit)
    field.setPlainText("Short")
    dialog.accept()
    assert saved(profile).system_prompt == "Short"


def test_bounds_and_words_for_the_lowest_value(dialog: SettingsDialog, profile: Profile) -> None:
    box = dialog.rows["threads"].field.widget
    assert isinstance(box, QSpinBox)
    assert box.text() == "All cores"
    box.setValue(10_000)
    assert box.value() == 256
    assert saved(profile).threads == 256


def test_back_to_the_default(dialog: SettingsDialog, profile: Profile) -> None:
    box = dialog.rows["passages"].field.widget
    assert isinstance(box, QSpinBox)
    box.setValue(9)
    assert saved(profile).passages == 9
    dialog.rows["passages"].reset.click()
    assert box.value() == Settings().passages
    assert saved(profile).passages == Settings().passages


def test_a_disk_that_refuses_is_told_and_the_field_goes_back(
    dialog: SettingsDialog, made: Frame, profile: Profile, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: object, settings: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(core, "save", full)
    box = dialog.rows["passages"].field.widget
    assert isinstance(box, QSpinBox)
    before = box.value()
    box.setValue(before + 1)
    assert box.value() == before
    assert "No space left on device" in dialog.problem.text()
    assert made.loam.settings.current.passages == before


def test_a_wheel_over_a_number_scrolls_the_page(dialog: SettingsDialog) -> None:
    from PySide6.QtCore import QPoint, QPointF
    from PySide6.QtGui import QWheelEvent

    box = dialog.rows["font_percent"].field.widget
    assert isinstance(box, QSpinBox)
    box.clearFocus()
    before = box.value()
    wheel = QWheelEvent(
        QPointF(5, 5),
        QPointF(5, 5),
        QPoint(),
        QPoint(0, 120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(box, wheel)
    assert box.value() == before


def test_all_that_is_at_the_right_ends_at_one_edge(dialog: SettingsDialog) -> None:
    (close,) = (each for each in dialog.findChildren(QPushButton) if each.text() == "Close")
    edge = close.mapTo(dialog, QPoint(close.width(), 0)).x()
    for section in range(dialog.sections.count()):
        dialog.sections.setCurrentRow(section)
        QApplication.processEvents()
        shown = [row for row in dialog.rows.values() if row.isVisible()]
        assert shown
        for row in shown:
            assert row.mapTo(dialog, QPoint(row.width(), 0)).x() == edge
            field = row.field.widget
            if type(field) in (QSpinBox, QDoubleSpinBox, QComboBox):
                assert field.mapTo(dialog, QPoint(field.width(), 0)).x() == edge
