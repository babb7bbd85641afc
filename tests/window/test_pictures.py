"""Pictures in the real window: dropped, pasted, removed, sent, shown again, and a blind model."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialog, QLabel, QToolButton
from pytestqt.qtbot import QtBot

from app.core import paths
from app.services.default_record import default_chat_model
from app.ui.chat.blind_bar import BlindBar
from app.ui.chat.shown_pictures import ShownPictures
from app.ui.chat.thumbnail import Thumbnail
from tests import mmproj
from tests.window.conftest import PATIENCE_MS, Person


@pytest.fixture
def seeing(tmp_path: Path) -> Path:
    """The default model, with eyes."""
    model = default_chat_model(paths.bundled_models())
    assert model is not None
    link = tmp_path / "seeing" / model.name
    mmproj.write(link.with_name(f"mmproj-{model.stem}-F32.gguf"))
    link.symlink_to(model)
    return link


def waiting(person: Person) -> list[Thumbnail]:
    row = person.chats.view.pictures.row
    return [] if row is None or row.isHidden() else row.thumbnails


def test_pictures_are_dropped_pasted_removed_and_sent(
    person: Person, qtbot: QtBot, seeing: Path, tmp_path: Path
) -> None:
    page = person.chats
    assert page.chat is not None
    person.loam.chats.set_model(page.chat.id, str(seeing))
    person.limit(4)
    wall, sky = (mmproj.picture(tmp_path / f"{name}.png", len(name)) for name in ("wall", "sky"))
    page.accept_paths([str(wall)])
    qtbot.waitUntil(lambda: len(waiting(person)) == 1, timeout=PATIENCE_MS)
    pasted = QMimeData()
    pasted.setData("image/png", sky.read_bytes())
    field = page.view.composer.field
    assert field.canInsertFromMimeData(pasted)
    field.insertFromMimeData(pasted)
    qtbot.waitUntil(lambda: len(waiting(person)) == 2, timeout=PATIENCE_MS)
    assert [each.accessibleName() for each in waiting(person)] == [
        "Picture wall.png",
        "Picture Pasted picture",
    ]
    cross = waiting(person)[1].findChild(QToolButton)
    assert cross is not None
    QTest.mouseClick(cross, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(waiting(person)) == 1, timeout=PATIENCE_MS)
    # What waits in one chat is not in another.
    first = page.chat.id
    page.open_chat(person.loam.chats.create().id)
    assert waiting(person) == []
    page.open_chat(first)
    # A message may be a picture alone.
    QTest.keyClick(field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: page.view.running, timeout=PATIENCE_MS)
    answer = person.wait_for_answer()
    assert answer.stats is not None
    assert answer.stats.prompt_tokens > 2 * mmproj.PLACES
    assert waiting(person) == []
    assert person.messages()[0].pictures[0].name == "wall.png"
    shown = person.views()[0].findChild(ShownPictures)
    assert shown is not None
    assert shown.isVisible()
    (thumbnail,) = shown.thumbnails
    assert person.views()[0].height() >= thumbnail.height()
    QTest.mouseClick(thumbnail, Qt.MouseButton.LeftButton)

    def large() -> list[QDialog]:
        opened = person.window.findChildren(QDialog)
        return [each for each in opened if each.windowTitle() == "wall.png"]

    (opened,) = large()
    QTest.keyClick(opened, Qt.Key.Key_Escape)  # before it is read: nothing is left to draw on
    QTest.mouseClick(thumbnail, Qt.MouseButton.LeftButton)

    def drawn() -> bool:
        labels = [each.findChild(QLabel) for each in large() if each.isVisible()]
        return any(label is not None and not label.pixmap().isNull() for label in labels)

    qtbot.waitUntil(drawn, timeout=PATIENCE_MS)
    for each in large():
        each.close()
    assert person.errors() == []


def test_a_model_that_sees_nothing_offers_to_read(
    person: Person, qtbot: QtBot, seeing: Path, tmp_path: Path
) -> None:
    page = person.chats
    assert page.chat is not None
    page.accept_paths([str(mmproj.picture(tmp_path / "wall.png", 1))])

    def asked() -> bool:
        bar = page.view.findChild(BlindBar)
        return bar is not None and bar.isVisible()

    qtbot.waitUntil(asked, timeout=PATIENCE_MS)
    assert waiting(person) == []
    person.press("Read the text")
    qtbot.waitUntil(lambda: bool(page.chat and page.chat.collections), timeout=PATIENCE_MS)
    assert not asked()
    # Who chooses a model that sees instead has the picture in the message.
    page.accept_paths([str(tmp_path / "wall.png")])
    qtbot.waitUntil(asked, timeout=PATIENCE_MS)
    person.context.navigator.model_chosen.emit(str(seeing))
    qtbot.waitUntil(lambda: len(waiting(person)) == 1, timeout=PATIENCE_MS)
    assert not asked()
