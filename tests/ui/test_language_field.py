"""Languages of scanned pages: a tick for each that is installed, in the order they were ticked."""

from __future__ import annotations

import shutil

import pytest
from pytestqt.qtbot import QtBot

from app.services.pictures import PictureLanguages, picture_languages_here
from app.ui.language_field import LanguageField, language_name
from app.ui.settings_dialog import SettingsDialog
from tests.ui.fakes import Chats


def field(chats: Chats, qtbot: QtBot) -> tuple[SettingsDialog, LanguageField]:
    dialog = SettingsDialog(chats.context, chats.page)
    qtbot.addWidget(dialog)
    made = dialog.rows["picture_languages"].field
    assert isinstance(made, LanguageField)
    qtbot.waitUntil(lambda: chats.idle)
    return dialog, made


def test_installed_ones_are_ticked_and_kept(chats: Chats, qtbot: QtBot) -> None:
    chats.loam.settings.change(picture_languages="eng+fra")
    _, made = field(chats, qtbot)
    made.found(PictureLanguages(("deu", "eng"), "sudo apt-get install tesseract-ocr-deu"))
    assert {one: box.text() for one, box in made.boxes.items()} == {
        "deu": "German",
        "eng": "English",
        "fra": "French (not installed)",
    }
    assert [one for one, box in made.boxes.items() if box.isChecked()] == ["eng", "fra"]
    assert "sudo apt-get install tesseract-ocr-deu" in made.more.text()
    made.boxes["deu"].click()
    assert chats.loam.settings.current.picture_languages == "eng+fra+deu"
    made.boxes["fra"].click()
    assert chats.loam.settings.current.picture_languages == "eng+deu"
    made.boxes["eng"].click()
    made.boxes["deu"].click()
    assert chats.loam.settings.current.picture_languages == ""


def test_without_tesseract_it_says_what_to_install(chats: Chats, qtbot: QtBot) -> None:
    _, made = field(chats, qtbot)
    made.found(PictureLanguages((), "sudo apt-get install tesseract-ocr"))
    assert "not installed" in made.more.text()
    assert made.boxes["eng"].text() == "English (not installed)"


def test_names() -> None:
    assert language_name("deu") == "German"
    assert language_name("xxx") == "xxx"


@pytest.mark.skipif(not shutil.which("tesseract"), reason="there is no tesseract here")
def test_what_is_really_installed() -> None:
    here = picture_languages_here()
    assert "eng" in here.installed
    assert "osd" not in here.installed
