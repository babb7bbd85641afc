"""Adapters in the menu of models: on, off and by strength, with the next message, and nothing is
loaded for it; those that don't fit, and those whose file has gone."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.core.files import sha256
from app.core.messages import Loaded
from app.core.paths import Profile
from app.core.types import AdapterUse, Role, Sampling
from app.ui.chat.adapter_row import AdapterRow
from app.ui.chat.model_picker import ModelPicker
from tests.training.conftest import write_random_adapter
from tests.window.conftest import PATIENCE_MS, Person, somebody

# Menus, offscreen.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)


@pytest.fixture
def tuner(profile: Profile, tiny: Path, qtbot: QtBot) -> Iterator[Person]:
    """Somebody with a tiny model, an adapter for it, and one for another model."""
    profile.adapters.mkdir()
    own, alien = profile.adapters / "polite.gguf", profile.adapters / "alien.gguf"
    write_random_adapter(tiny, own, rank=4, seed=5, base_sha256=sha256(tiny))
    write_random_adapter(tiny, alien, rank=2, seed=6, base_sha256="0" * 64)
    with somebody(profile, qtbot) as person:
        person.loam.settings.change(model=str(tiny))
        chat = person.chats.chat
        assert chat is not None
        sampling = Sampling(temperature=0.0, max_tokens=16, seed=1)
        settings = dataclasses.replace(chat.settings, sampling=sampling, context_length=256)
        person.loam.chats.set_settings(chat.id, settings)
        person.chats.open_chat(chat.id)
        yield person


def picker(person: Person) -> ModelPicker:
    (found,) = person.window.findChildren(ModelPicker)
    return found


def opened(person: Person, name: str) -> AdapterRow:
    """The row of an adapter in the open menu, once it is known whether it fits."""
    picker(person).open_menu()
    path = str(person.loam.profile.adapters / f"{name}.gguf")
    row = picker(person).adapters.row(path)
    assert row is not None
    person.qtbot.waitUntil(lambda: not row.property("waits"), timeout=PATIENCE_MS)
    return row


def adapters_of(person: Person) -> tuple[AdapterUse, ...]:
    chat = person.chats.chat
    assert chat is not None
    return person.loam.chats.get(chat.id).settings.adapters


def test_adapters_act_from_the_next_message_and_load_nothing(tuner: Person) -> None:
    loads: list[object] = []
    tuner.context.navigator.model_event.connect(
        lambda event: loads.append(event) if isinstance(event, Loaded) else None
    )
    plain = tuner.ask("Hello").content
    # A load that was asked for when the window opened may answer behind the message.
    tuner.qtbot.waitUntil(lambda: not tuner.context.tasks.running, timeout=PATIENCE_MS)
    pid, before = tuner.loam.engine.pid, len(loads)
    row = opened(tuner, "polite")
    assert not row.check.isChecked()
    row.check.click()
    path = str(tuner.loam.profile.adapters / "polite.gguf")
    assert adapters_of(tuner) == (AdapterUse(path, 1.0),)
    assert picker(tuner).text().split(" - ")[0].endswith(" + random")
    QTest.keyClick(row, Qt.Key.Key_Left)
    QTest.keyClick(row, Qt.Key.Key_Left)
    picker(tuner).menu_shown.close()
    assert adapters_of(tuner) == (AdapterUse(path, 0.9),)

    answers = [plain]
    for scale in (40, 10):
        row = opened(tuner, "polite")
        row.slider.setValue(scale)
        picker(tuner).menu_shown.close()
        assert adapters_of(tuner) == (AdapterUse(path, scale / 20),)
        asked = tuner.messages()[0].id
        tuner.chats.view.conversation.edited.emit(asked, "Hello")
        tuner.qtbot.waitUntil(lambda: tuner.chats.view.running, timeout=PATIENCE_MS)
        answers.append(tuner.wait_for_answer().content)
    assert len(set(answers)) == 3
    assert (tuner.loam.engine.pid, len(loads)) == (pid, before)

    # Another model takes them off, and Undo brings them back.
    kept = adapters_of(tuner)
    tuner.context.navigator.model_chosen.emit(str(Path(path).with_name("other.gguf")))
    assert adapters_of(tuner) == ()
    tuner.press("Undo")
    assert adapters_of(tuner) == kept
    assert tuner.errors() == []


def test_what_does_not_fit_says_why(tuner: Person) -> None:
    row = opened(tuner, "alien")
    assert not row.check.isEnabled()
    assert row.slider.isHidden()
    assert "another model file" in row.toolTip()
    fitting = opened(tuner, "polite")
    assert fitting.check.isEnabled()
    assert not fitting.slider.isHidden()
    QTest.keyClick(fitting, Qt.Key.Key_Space)
    assert [use.scale for use in adapters_of(tuner)] == [1.0]
    QTest.keyClick(fitting, Qt.Key.Key_Space)
    assert adapters_of(tuner) == ()
    picker(tuner).menu_shown.close()


def test_an_adapter_whose_file_has_gone_is_named_and_can_be_turned_off(tuner: Person) -> None:
    gone = str(tuner.loam.profile.adapters / "gone.gguf")
    tuner.context.navigator.adapters_chosen.emit((AdapterUse(gone),))
    tuner.type("Hello")
    tuner.qtbot.waitUntil(lambda: bool(tuner.errors()), timeout=PATIENCE_MS)
    (said,) = tuner.errors()
    assert gone in said
    assert "Turn it off" in said
    tuner.wait_for_answer()
    row = opened(tuner, "gone")
    assert row.check.isChecked()
    row.check.click()
    picker(tuner).menu_shown.close()
    assert adapters_of(tuner) == ()
    answer = tuner.ask("Hello")
    assert answer.role is Role.ASSISTANT
    assert answer.content
