"""How a model is loaded, in the real window: as chosen in a dialog, and smaller after it failed."""

from __future__ import annotations

import dataclasses
import sys
from functools import partial
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QLabel, QPushButton, QSpinBox
from pytestqt.qtbot import QtBot

from app.core.types import LoadedModel, Status
from app.core.unused import OldDriver
from app.training import tinymodel
from app.ui.chat import load_trouble
from app.ui.chat.model_picker import ModelPicker
from app.ui.models.load_dialog import LoadDialog
from app.ui.pages.models import ModelsPage
from tests.engine.tight import TightConfig
from tests.window.conftest import TEMPLATE, Person

ROOM = 440 << 20  # as tests/engine/test_memory_out.py has it


def ready(person: Person, qtbot: QtBot) -> LoadedModel:
    """The model once it is in memory and nothing runs."""
    models, tasks = person.loam.models, person.context.tasks
    qtbot.waitUntil(lambda: models.loaded() is not None and not tasks.running)
    found = models.loaded()
    assert found is not None
    return found


def buttons(person: Person, begin: str) -> list[QPushButton]:
    found = person.window.findChildren(QPushButton)
    return [each for each in found if each.text().startswith(begin) and each.isVisible()]


def said_by(picker: ModelPicker, told: str) -> bool:
    return told in picker.toolTip()


def test_a_model_is_loaded_as_it_was_chosen(person: Person, qtbot: QtBot) -> None:
    before = ready(person, qtbot)
    page = person.window.show_page("models")
    assert isinstance(page, ModelsPage)
    qtbot.waitUntil(lambda: before.info.path in page.mine.rows)
    row = page.mine.rows[before.info.path]
    (action,) = [each for each in row.more.menu().actions() if each.data() == "load"]
    action.trigger()
    (dialog,) = page.findChildren(LoadDialog)
    qtbot.waitUntil(lambda: dialog.plan is not None)
    assert "of 30 layers on the CPU" in dialog.where.text()
    assert "Needs " in dialog.memory.text()
    assert " free, with 4,096 tokens of context" in dialog.memory.text()
    needed = dialog.plan
    assert needed is not None
    dialog.fields["draft"].changed.emit(before.info.path)
    qtbot.waitUntil(lambda: "of it for the draft model" in dialog.memory.text())
    both = dialog.plan
    assert both is not None
    assert both.draft_bytes == needed.total_bytes
    dialog.fields["draft"].changed.emit("")
    qtbot.waitUntil(lambda: "draft model" not in dialog.memory.text())

    flash, values = (dialog.fields[n].widget for n in ("flash_attention", "cache_values"))
    assert isinstance(flash, QComboBox)
    assert isinstance(values, QComboBox)
    flash.setCurrentIndex(flash.findText("Off"))
    values.setCurrentIndex(values.findText("Q8_0"))
    assert "with flash attention" in dialog.problem.text()
    assert not dialog.ok_button.isEnabled()
    flash.setCurrentIndex(flash.findText("Auto"))
    values.setCurrentIndex(values.findText("Q8_0"))
    keys, context = dialog.fields["cache_keys"].widget, dialog.fields["context_length"].widget
    assert isinstance(keys, QComboBox)
    assert isinstance(context, QSpinBox)
    keys.setCurrentIndex(keys.findText("Q8_0"))
    context.setValue(2048)
    assert dialog.ok_button.isEnabled()
    qtbot.waitUntil(lambda: dialog.plan is not None and dialog.plan.context == 2048)
    assert dialog.plan is not None
    assert dialog.plan.total_bytes < needed.total_bytes
    QTest.mouseClick(dialog.ok_button, Qt.MouseButton.LeftButton)

    qtbot.waitUntil(lambda: ready(person, qtbot).context_length == 2048)
    now = ready(person, qtbot)
    sizes = {each.use: each.size_bytes for each in now.buffers}
    old = {each.use: each.size_bytes for each in before.buffers}
    assert sizes["context"] == pytest.approx(old["context"] / 2 * 34 / 64, rel=0.01)
    planned = dialog.settings.put_on(person.loam.models.spec_of(now.info.path))
    assert person.loam.models.spec_for() == planned
    qtbot.waitUntil(lambda: "In memory now, all of it on the CPU" in row.plan.text())
    assert "context " in row.plan.toolTip()
    (picker,) = person.window.findChildren(ModelPicker)
    picker.refresh()
    assert "In memory now, all of it on the CPU" in picker.toolTip()


@pytest.mark.skipif(sys.platform != "linux", reason="limits memory as Linux does")
def test_memory_that_runs_out_ends_with_a_button(person: Person, qtbot: QtBot) -> None:
    engine, profile = person.loam.engine, person.loam.profile
    # Before the window loads its model: that waits for the event loop.
    engine._entry = "tests.engine.tight:Worker"
    engine._config = TightConfig(profile.logs, room=ROOM)
    person.loam.settings.change(context_length=8192)
    said = []
    while True:
        qtbot.waitUntil(
            lambda: bool(buttons(person, "Load with")) or person.loam.models.loaded() is not None
        )
        if not (found := buttons(person, "Load with")):
            break
        said.append(found[0].text())
        QTest.mouseClick(found[0], Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda: not person.context.tasks.running)
    assert said[0].startswith("Load with 4,096 tokens of context (needs 2")
    assert any("There is not enough memory" in text for text in person.errors())
    loaded = ready(person, qtbot)
    assert loaded.context_length <= 4096
    assert person.loam.models.loading(loaded.info.path).context_length == loaded.context_length


def test_a_card_that_is_not_used_is_told_once(person: Person, qtbot: QtBot) -> None:
    why = OldDriver(card="A card", label="CUDA", found="470.82", needed="525.60")
    model = dataclasses.replace(ready(person, qtbot), unused=(why,))
    for _ in range(2):
        load_trouble.tell_unused(person.context, model)
    assert [text for text in person.errors() if "A card" in text] == [str(why)]
    page = person.window.show_page("models")
    assert isinstance(page, ModelsPage)
    qtbot.waitUntil(lambda: model.info.path in page.mine.rows)
    qtbot.waitUntil(lambda: not person.context.tasks.running)
    row = page.mine.rows[model.info.path]
    row.tell_plan(None, model)
    shown = [each.text() for each in row.findChildren(QLabel) if not each.isHidden()]
    assert any("its driver 470.82 is too old: 525.60 is needed" in text for text in shown)
    assert any("Update the driver" in text for text in shown)


def test_how_attention_is_computed_is_told(person: Person, qtbot: QtBot, tmp_path: Path) -> None:
    """A long text is read without flash attention on the processor alone."""
    ready(person, qtbot)
    file = tmp_path / "long.gguf"
    tinymodel.write(file, seed=3, shape=tinymodel.Shape(context=4096), template=TEMPLATE)
    person.loam.settings.change(model=str(file), max_tokens=4)
    (picker,) = person.window.findChildren(ModelPicker)
    for number, (text, told) in enumerate(
        (
            ("Hello.", "Flash attention is used"),
            ("A lamp in the harbour. " * 50, "No flash attention"),  # a token a letter
        )
    ):
        person.chats.view.composer.field.setPlainText(text)
        QTest.keyClick(person.chats.view.composer.field, Qt.Key.Key_Return)

        def answered(count: int = 2 * number + 2) -> bool:
            known = person.messages() if person.chats.chat else []
            done = len(known) == count and known[-1].status in (Status.COMPLETE, Status.LENGTH)
            return done and not person.chats.view.running

        qtbot.waitUntil(answered)
        qtbot.waitUntil(partial(said_by, picker, told))
