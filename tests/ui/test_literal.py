"""Names of files and collections stand to the letter, whatever markup they hold."""

from __future__ import annotations

import os
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from app.core.types import Collection, DocumentFile, FileState
from app.ui import words
from app.ui.app import make_application
from app.ui.chat.composer import Composer
from app.ui.documents.file_model import NAME, STATE, FileModel
from app.ui.documents.passwords import PasswordDialog
from app.ui.theme import ThemeKeeper

NAME_ = "R&D <b>bold</b> notes"


def file(number: int, name: str, detail: str = "", kind: str = "text") -> DocumentFile:
    state = FileState.FAILED
    return DocumentFile(number, 1, f"/x/{name}", name, kind, 10, 0, 0, state, detail)


def test_a_collection_keeps_its_and_sign_on_its_chip_and_in_the_menu(qtbot: QtBot) -> None:
    composer = Composer(ThemeKeeper(make_application()))
    qtbot.addWidget(composer)
    composer.resize(900, 120)
    composer.show_collections([Collection(1, NAME_, 1, 1, 1)], (1,))
    composer.show()
    chip = next(b for b in composer.findChildren(QPushButton) if "notes" in b.text())
    assert chip.text() == "R&&D <b>bold</b> notes"
    assert chip.toolTip() == "<p>Stop answering from R&amp;D &lt;b&gt;bold&lt;/b&gt; notes</p>"
    composer._fill_menu()
    assert composer._menu.actions()[0].text() == "R&&D <b>bold</b> notes"


def test_tips_of_files_show_names_and_not_markup(qtbot: QtBot) -> None:
    model = FileModel(ThemeKeeper(make_application()))
    files = (
        file(1, f"{NAME_}.txt", "<i>cut</i> off"),
        file(2, "line\nbreak.txt", "it is cut off"),
    )
    model.show_files(files)
    tip = Qt.ItemDataRole.ToolTipRole
    assert model.index(1, NAME).data(tip) == "<p>/x/R&amp;D &lt;b&gt;bold&lt;/b&gt; notes.txt</p>"
    assert model.index(1, STATE).data(tip) == "<p>Failed<br>&lt;i&gt;cut&lt;/i&gt; off</p>"
    assert model.index(0, NAME).data() == "line break.txt"
    assert model.index(0, STATE).data(tip) == "Failed\nit is cut off"


def test_a_long_name_does_not_widen_the_dialog_for_its_password(qtbot: QtBot) -> None:
    above = QWidget()
    qtbot.addWidget(above)
    name = f"<b>{'long' * 60}.pdf"
    dialog = PasswordDialog(above, [file(1, name, kind="pdf")])
    heading = next(each for each in dialog.findChildren(QLabel) if "<b>long" in each.text())
    assert heading.textFormat() is Qt.TextFormat.PlainText
    assert dialog.sizeHint().width() < heading.fontMetrics().horizontalAdvance(name) / 2


def test_a_folder_is_not_called_a_file(tmp_path: Path) -> None:
    folder, one, two = tmp_path / "Bills", tmp_path / "one.txt", tmp_path / "two.txt"
    folder.mkdir()
    assert words.paths([f"{folder}{os.sep}"]) == "the folder “Bills”"
    assert words.paths([str(one), str(two)]) == "2 files"
    assert words.paths([str(one)]) == "1 file"
    assert words.paths([str(one), str(folder)]) == "2 files and folders"
