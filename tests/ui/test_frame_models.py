"""The Models page over models in memory."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from app.core.errors import NotAModel
from app.core.paths import Profile
from app.ui.models import facts
from tests.ui.frame_fakes import model
from tests.ui.frame_helpers import Frame, frame
from tests.ui.test_frame import button


@pytest.fixture
def made(qtbot: QtBot, profile: Profile) -> Iterator[Frame]:
    with frame(profile) as made:
        made.models.broken = [NotAModel(path="/models/cut.gguf", reason="it is cut off")]
        made.window.show_page("models")
        qtbot.waitUntil(lambda: not made.context.tasks.running)
        yield made


def texts(made: Frame) -> set[str]:
    return {each.text() for each in made.model_page.findChildren(QLabel) if each.isVisible()}


def test_models_broken_files_and_devices_are_listed_in_words(made: Frame) -> None:
    seen = texts(made)
    assert {"small", "base", "Chat", "Continues text", "A processor"} <= seen
    assert "/models/cut.gguf is not a model that Loam can read (it is cut off)." in seen
    assert any("its driver is not installed" in text for text in seen)
    line = next(text for text in seen if "llama" in text)
    assert "134 million parameters" in line
    assert line.startswith("Balanced (Q4_0)")
    assert "context 8,192 tokens" in line
    assert "91.0 MB" in line


def test_use_makes_it_the_model_of_new_chats(made: Frame, qtbot: QtBot) -> None:
    assert not button(made.model_page, "In use: small").isEnabled()
    QTest.mouseClick(button(made.model_page, "Use: base"), Qt.MouseButton.LeftButton)
    assert made.loam.settings.current.model == "/models/base.gguf"


def test_adding_and_removing_a_link_with_undo(made: Frame, qtbot: QtBot, tmp_path: Path) -> None:
    path = str(tmp_path / "mine.gguf")
    assert made.model_page.accept_paths([path])
    qtbot.waitUntil(lambda: "mine" in texts(made))
    qtbot.waitUntil(lambda: not made.context.tasks.running)
    row = made.model_page.mine.rows[path]
    (remove,) = [each for each in row.more.menu().actions() if each.data() == "remove"]
    remove.trigger()
    qtbot.waitUntil(lambda: "mine" not in texts(made))
    assert made.models.links == []
    qtbot.waitUntil(lambda: not made.context.tasks.running)
    QTest.mouseClick(
        button(made.window, f"Undo: {made.notices.toasts[-1]}"), Qt.MouseButton.LeftButton
    )
    qtbot.waitUntil(lambda: "mine" in texts(made))
    assert made.models.links == [Path(path)]


def test_without_models_the_page_says_what_to_do(qtbot: QtBot, profile: Profile) -> None:
    with frame(profile) as made:
        made.models.infos = []
        made.window.show_page("models")
        qtbot.waitUntil(lambda: not made.context.tasks.running)
        assert "Add a GGUF model, and Loam can chat with it." in texts(made)


def test_facts_in_words() -> None:
    assert facts.quality("Q8_0") == "Large (Q8_0)"
    assert facts.quality("IQ2_XXS") == "Small (IQ2_XXS)"
    assert facts.quality("odd") == "odd"
    assert facts.use(model("x", chat=False)) == "Continues text"
