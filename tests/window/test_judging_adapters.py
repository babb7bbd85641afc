"""The last two steps of the Fine-tune page in the real window: judge an adapter, compare its
answers, chat with it, export, merge, delete, bring back, add."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.core.paths import Profile
from app.core.types import AdapterUse, HyperParameters, TrainingRow
from app.engine import header
from app.services.children import training_process
from app.services.finetune import FinetuneService, TunePlan
from app.services.finetune_runs import TuneRun
from app.ui.finetune.steps.judge import JudgeStep
from app.ui.finetune.steps.use import UseStep
from app.ui.pages.finetune import FinetunePage
from tests.training.conftest import write_random_adapter
from tests.window.conftest import PATIENCE_MS, Person, somebody

ROWS = tuple(
    TrainingRow(f"line {n}", (("user", f"What is {n}?"), ("assistant", f"It is {n}, not {n + 1}.")))
    for n in range(1, 17)
)


@pytest.fixture
def tuner(profile: Profile, tiny: Path, qtbot: QtBot) -> Iterator[Person]:
    """Somebody whose project has a trained adapter."""
    hyper = HyperParameters(rank=4, learning_rate=2e-2, steps=8)
    adapter = str(profile.adapters / "polite.gguf")
    trainer = training_process(profile)
    finetune = FinetuneService(trainer, profile.runs)
    plan = TunePlan(str(tiny), adapter, ROWS[:10], ROWS[10:13], hyper, threads=1, data="questions")
    run: TuneRun = finetune.create(plan)
    list(finetune.train(run.id))
    trainer.close()
    with somebody(profile, qtbot) as person:
        person.loam.settings.change(model=str(tiny), threads=1)
        project = person.loam.projects.create("Polite", str(tiny))
        person.loam.projects.change(project.id, run_id=run.id, adapter=adapter, step="judge")
        yield person


def page(person: Person) -> FinetunePage:
    found = person.window.show_page("finetune")
    assert isinstance(found, FinetunePage)
    return found


def judge_step(person: Person) -> JudgeStep:
    page(person).open_step("judge")
    step = page(person).steps["judge"]
    assert isinstance(step, JudgeStep)
    person.qtbot.waitUntil(step.start.isEnabled, timeout=PATIENCE_MS)
    return step


def use_step(person: Person) -> UseStep:
    page(person).open_step("use")
    step = page(person).steps["use"]
    assert isinstance(step, UseStep)
    person.qtbot.waitUntil(lambda: step.state() == "Ready", timeout=PATIENCE_MS)
    person.qtbot.waitUntil(lambda: not person.context.tasks.running, timeout=PATIENCE_MS)
    return step


def test_an_adapter_is_judged_and_its_answers_compared(tuner: Person, tmp_path: Path) -> None:
    control = tmp_path / "control.txt"
    control.write_text("The ferry left the harbour before seven. " * 12)
    step = judge_step(tuner)
    assert (step.state(), step.done()) == ("", False)
    assert "3 held-out rows" in step.hint.text()
    step.more.use_control(control)
    tuner.press("Judge the adapter")
    assert step.progress.isVisible()
    tuner.qtbot.waitUntil(step.done, timeout=PATIENCE_MS)
    assert step.state() == "Better"
    assert step.verdict.verdict.text().startswith("Better on held-out rows: loss ")
    assert "control text" in step.verdict.verdict.text()
    assert not step.verdict.stale.isVisible()

    # Blind: which answer is whose is told after the choice, and the choice is kept at once.
    tuner.press("Compare answers", step.compare)
    tuner.qtbot.waitUntil(lambda: step.compare.buttons["first"].isVisible(), timeout=PATIENCE_MS)
    # The buttons that choose are in sight, at the end of a page that scrolls.
    first = step.compare.buttons["first"]
    tuner.qtbot.waitUntil(
        lambda: first.visibleRegion().boundingRect() == first.rect(), timeout=PATIENCE_MS
    )
    heads = [label.text() for label in step.compare._names]
    assert heads == ["Left", "Right"]
    QTest.keyClick(step.compare, Qt.Key.Key_1)
    heads = [label.text() for label in step.compare._names]
    assert sorted(head.split(": ")[1] for head in heads) == [
        "with the adapter",
        "without the adapter",
    ]
    adapter = Path(page(tuner).project.adapter)  # type: ignore[union-attr]
    kept = tuner.loam.judge.report(adapter)
    assert kept is not None
    assert kept.asked[0].choice == "first"
    assert kept.asked[0].winner in heads_winner(heads[0])
    tuner.qtbot.waitUntil(lambda: step.comparing._task is None, timeout=PATIENCE_MS)
    QTest.keyClick(step.compare, Qt.Key.Key_Return)
    QTest.keyClick(step.compare, Qt.Key.Key_0)
    assert "Adapter preferred in" in step.compare.about.text()
    assert "of 2, 1 the same" in step.compare.about.text()

    # An adapter that was written anew is judged anew.
    write_random_adapter(Path(kept.model), adapter, rank=2, seed=8)
    step.shown()
    tuner.qtbot.waitUntil(lambda: step.verdict.stale.isVisible(), timeout=PATIENCE_MS)
    assert not step.done()

    # At half the strength it changes less, which is said beside the verdict.
    step.more.fold.click()
    assert step.more.scale.isVisible()
    step.more.scale.setValue(0.5)
    tuner.press("Judge again")
    tuner.qtbot.waitUntil(step.done, timeout=PATIENCE_MS)
    half = tuner.loam.judge.report(adapter)
    assert half is not None
    assert (half.scale, half.asked) == (0.5, ())
    assert half.judgement.on.loss != half.judgement.off.loss
    assert step.verdict.strength.isVisible()
    assert step.verdict.strength.text() == "Judged at strength 0.50; as trained is 1."
    assert tuner.errors() == []


def heads_winner(left: str) -> str:
    return "tuned" if left.endswith(": with the adapter") else "plain"


def test_an_adapter_is_used_passed_on_and_deleted(tuner: Person, tmp_path: Path) -> None:
    step = use_step(tuner)
    project = page(tuner).project
    assert project is not None
    adapter = Path(project.adapter)
    values = [label.text() for label in step.card.findChildren(type(step.heading))]
    assert any("10 rows  ·  3 held out" in value for value in values)
    assert step.card.plot.isVisible()

    step.export_to(tmp_path / "out.gguf")
    tuner.qtbot.waitUntil(lambda: bool(tuner.notices.toasts), timeout=PATIENCE_MS)
    assert (tmp_path / "out.gguf").read_bytes() == adapter.read_bytes()

    tuner.press("Merge into a model")
    step.merge.name.setText("Politer")
    tuner.qtbot.waitUntil(step.merge.merge.isEnabled, timeout=PATIENCE_MS)
    tuner.press("Merge into a new model")
    tuner.qtbot.waitUntil(lambda: bool(step.merge.result.text()), timeout=PATIENCE_MS)
    merged = tuner.loam.profile.models / "Politer.gguf"
    assert merged in tuner.loam.models.paths()
    assert header.inspect(str(merged)).name == "Politer"

    tuner.qtbot.waitUntil(lambda: not tuner.context.tasks.running, timeout=PATIENCE_MS)
    tuner.press("Delete", step)
    assert not adapter.exists()
    assert page(tuner).project.adapter == ""  # type: ignore[union-attr]
    tuner.press("Undo")
    assert adapter.is_file()
    step = use_step(tuner)
    assert page(tuner).project.adapter == str(adapter)  # type: ignore[union-attr]

    tuner.press("Chat with it")
    chat = tuner.chats.chat
    assert chat is not None
    assert chat.settings.adapters == (AdapterUse(str(adapter), 1.0),)
    assert chat.model == project.model
    assert tuner.errors() == []


def test_an_adapter_for_another_model_is_refused_and_one_that_fits_is_added(
    tuner: Person, tmp_path: Path
) -> None:
    step = use_step(tuner)
    alien, own = tmp_path / "alien.gguf", tmp_path / "second.gguf"
    model = Path(page(tuner).project.model)  # type: ignore[union-attr]
    write_random_adapter(model, alien, rank=2, seed=1, base_sha256="0" * 64)
    write_random_adapter(model, own, rank=2, seed=2)
    before = {info.path for info in tuner.loam.adapters.all()}
    tuner.drop(alien)
    tuner.qtbot.waitUntil(lambda: bool(tuner.errors()), timeout=PATIENCE_MS)
    assert "another model file" in tuner.errors()[0]
    assert {info.path for info in tuner.loam.adapters.all()} == before
    tuner.drop(own)
    added = str(tuner.loam.profile.adapters / "second.gguf")
    tuner.qtbot.waitUntil(
        lambda: page(tuner).project.adapter == added,  # type: ignore[union-attr]
        timeout=PATIENCE_MS,
    )
    tuner.qtbot.waitUntil(lambda: step.choice.count() == 2, timeout=PATIENCE_MS)
    assert step.choice.currentData() == added
    # Elsewhere in the window it is added too, and no model is looked for in it.
    assert tuner.window.show_page("models")
    tuner.drop(own)
    third = tuner.loam.profile.adapters / "second 2.gguf"
    tuner.qtbot.waitUntil(third.is_file, timeout=PATIENCE_MS)
    assert len(tuner.errors()) == 1
