"""The whole Fine-tune page in the real window on the default model: import, fix a row, train,
pause, resume, judge, chat with the adapter, move its slider, and the answer changes."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.core.types import Sampling
from app.services.dataset.types import Filter, Split
from app.services.finetune_runs import RunState
from app.ui.chat.model_picker import ModelPicker
from app.ui.finetune.data.split_dialog import SplitDialog
from app.ui.finetune.steps.data import DataStep
from app.ui.finetune.steps.judge import JudgeStep
from app.ui.finetune.steps.model import ModelStep
from app.ui.finetune.steps.train import TrainStep
from app.ui.finetune.steps.use import UseStep
from app.ui.pages.finetune import FinetunePage
from tests.window.conftest import PATIENCE_MS, Person

# Menus, offscreen.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)

STEPS = 20
CAPITALS = {
    "France": "Paris",
    "Spain": "Madrid",
    "Italy": "Rome",
    "Japan": "Tokyo",
    "Egypt": "Cairo",
    "Peru": "Lima",
    "Kenya": "Nairobi",
    "Norway": "Oslo",
    "Greece": "Athens",
    "Cuba": "Havana",
    "Chile": "Santiago",
    "Poland": "Warsaw",
}
WRONG, RIGHT = "I do not know.", "Ahoy, it is Paris, matey."
QUESTION = "What is the capital of Austria?"


def examples(path: Path) -> Path:
    """Twelve rows, the first of which needs a hand; one line that is no row."""
    rows = [
        {
            "instruction": f"What is the capital of {country}?",
            "output": WRONG if country == "France" else f"Ahoy, it is {city}, matey.",
        }
        for country, city in CAPITALS.items()
    ]
    lines = [json.dumps(row) for row in rows]
    path.write_text("\n".join([*lines, '{"instruction": "Cut o']) + "\n")
    return path


class Learner:
    """Somebody on the Fine-tune page."""

    def __init__(self, person: Person) -> None:
        self.person = person

    @property
    def page(self) -> FinetunePage:
        page = self.person.window.show_page("finetune")
        assert isinstance(page, FinetunePage)
        return page

    def wait(self) -> None:
        """Until nothing runs."""
        tasks = self.person.context.tasks
        self.person.qtbot.waitUntil(lambda: not tasks.running, timeout=PATIENCE_MS)

    def import_and_fix(self, file: Path) -> None:
        self.page.open_step("data")
        step = self.page.step
        assert isinstance(step, DataStep)
        self.person.drop(file)
        self.wait()
        dataset = step.dataset
        assert dataset is not None
        datasets = self.person.loam.datasets
        assert datasets.get(dataset.id).rows == len(CAPITALS)
        first = datasets.ids(dataset.id)[0]
        step.review.open_row(first)
        self.wait()
        answer = step.review.editor.turns.fields[1]
        assert answer.toPlainText() == WRONG
        answer.setPlainText(RIGHT)
        self.person.press("Save the row", step)
        self.wait()
        assert datasets.row(first).turns[1].content == RIGHT
        step.control.ask("split")
        (dialog,) = step.findChildren(SplitDialog)
        dialog.percent.setValue(25)
        dialog.ok_button.click()
        self.wait()
        assert datasets.count(dataset.id, Filter(split=Split.VALIDATION)) == 3
        assert step.done()

    def train(self) -> None:
        """Twenty updates, with a pause among them."""
        self.page.open_step("train")
        step = self.page.step
        assert isinstance(step, TrainStep)
        self.wait()
        form = step.setup.form
        form.steps.setValue(STEPS)
        form.learning_rate.setValue(2e-3)
        form.commit()
        self.person.press("Start training", step)

        def reached(count: int) -> bool:
            assert step.work.watch is not None, [str(e) for e in step.work.errors.values()]
            return step.work.watch.figures.step >= count

        self.person.qtbot.waitUntil(lambda: reached(3), timeout=PATIENCE_MS)
        self.person.press("Pause", step)
        self.person.qtbot.waitUntil(lambda: step.work.watch is None, timeout=PATIENCE_MS)
        paused = step.run
        assert paused is not None
        assert (paused.state, paused.steps) == (RunState.PAUSED, STEPS)
        assert 3 <= paused.step < STEPS
        self.person.press("Resume", step)
        self.person.qtbot.waitUntil(
            lambda: step.work.watch is None and step.done(), timeout=PATIENCE_MS
        )
        self.wait()
        assert step.run is not None
        assert (step.run.id, step.run.state) == (paused.id, RunState.DONE)
        assert step.view.plot.isVisible()

    def judge(self, control: Path) -> None:
        self.person.press("Judge it", self.page.step)
        step = self.page.step
        assert isinstance(step, JudgeStep)
        self.wait()
        step.more.use_control(control)
        self.person.press("Judge the adapter", step)
        self.person.qtbot.waitUntil(step.done, timeout=PATIENCE_MS)
        self.wait()
        assert step.verdict.verdict.text().startswith("Better on held-out rows: loss ")

    def adapter(self) -> str:
        project = self.page.project
        assert project is not None
        return project.adapter


@pytest.fixture
def learner(person: Person) -> Learner:
    return Learner(person)


def test_from_a_file_of_examples_to_a_chat_that_answers_otherwise(
    learner: Learner, tmp_path: Path
) -> None:
    person = learner.person
    learner.page.new_project()
    model = learner.page.step
    assert isinstance(model, ModelStep)
    person.qtbot.waitUntil(model.done, timeout=PATIENCE_MS)
    learner.import_and_fix(examples(tmp_path / "capitals.jsonl"))
    learner.train()
    control = tmp_path / "control.txt"
    control.write_text("The ferry left the harbour before seven, its lamps still burning. " * 20)
    learner.judge(control)
    learner.page.open_step("use")
    assert isinstance(learner.page.step, UseStep)
    learner.wait()
    person.press("Chat with it", learner.page.step)

    chat = person.chats.chat
    assert chat is not None
    assert [use.path for use in chat.settings.adapters] == [learner.adapter()]
    sampling = Sampling(temperature=0.0, repeat_penalty=1.0, max_tokens=24, seed=1)
    person.loam.chats.set_settings(chat.id, dataclasses.replace(chat.settings, sampling=sampling))
    person.chats.open_chat(chat.id)
    tuned = person.ask(QUESTION).content
    assert tuned.startswith("Ahoy")

    (picker,) = person.window.findChildren(ModelPicker)
    picker.open_menu()
    row = picker.adapters.row(learner.adapter())
    assert row is not None
    person.qtbot.waitUntil(lambda: not row.property("waits"), timeout=PATIENCE_MS)
    row.slider.setFocus()
    QTest.keyClick(row.slider, Qt.Key.Key_Home)
    picker.menu_shown.close()
    chat = person.chats.chat
    assert chat is not None
    assert [use.scale for use in person.loam.chats.get(chat.id).settings.adapters] == [0.0]
    person.press("New chat")
    plain_chat = person.chats.chat
    assert plain_chat is not None
    person.loam.chats.set_settings(plain_chat.id, person.loam.chats.get(chat.id).settings)
    person.chats.open_chat(plain_chat.id)
    plain = person.ask(QUESTION).content
    assert plain
    assert not plain.startswith("Ahoy")
    assert person.errors() == []
