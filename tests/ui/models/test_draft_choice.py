"""The choice of a draft model: smaller ones that are known, or a file."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QComboBox, QFileDialog
from pytestqt.qtbot import QtBot

from app.ui.models.draft_choice import DraftChoice


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    found = []
    for name, size in (("large", 900), ("small", 100), ("larger", 1000)):
        path = tmp_path / f"{name}.gguf"
        path.write_bytes(b"x" * size)
        found.append(path)
    return found


def test_only_smaller_models_and_files_can_be_chosen(
    qtbot: QtBot, files: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    field = DraftChoice("Draft model", files, files[0])
    box = field.widget
    assert isinstance(box, QComboBox)
    qtbot.addWidget(box)
    names = [box.itemText(row) for row in range(box.count())]
    assert names == ["None", "small", "Choose a file"]
    assert box.accessibleName() == "Draft model"
    told: list[object] = []
    field.changed.connect(lambda value: told.append(value))
    field.show_value("")
    assert box.currentText() == "None"
    box.setCurrentIndex(1)
    box.activated.emit(1)
    elsewhere = "/elsewhere/another-model-with-a-very-long-name.gguf"
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (elsewhere, ""))
    box.activated.emit(2)
    assert told == [str(files[1]), elsewhere]
    assert box.currentData() == elsewhere
    assert box.currentText().endswith("…")
    # Given up, it stays as it was.
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: ("", ""))
    box.activated.emit(box.count() - 1)
    assert (box.currentData(), len(told)) == (elsewhere, 2)
    assert box.itemText(box.count() - 1) == "Choose a file"
