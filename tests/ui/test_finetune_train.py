"""The Model and Train steps: choosing, training, pausing, keeping, being killed, coming back."""

from __future__ import annotations

import json
import math
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from app.core import paths
from app.core.errors import Diverged
from app.core.messages import Load, Trainability, Turn
from app.core.messages import Step as Update
from app.core.paths import Profile
from app.core.types import HyperParameters
from app.engine import adapter_header
from app.services import assemble, finetune_log
from app.services.dataset.types import Draft, Split
from app.services.default_record import default_chat_model
from app.services.finetune_presets import PRESETS, Pace
from app.services.finetune_projects import TuneProject
from app.services.finetune_room import readiness
from app.services.finetune_runs import RunState
from app.training import tinymodel
from app.ui.app import make_application, make_context, tell_of_waiting
from app.ui.context import Context
from app.ui.finetune.steps.model import ModelStep
from app.ui.finetune.steps.train import TrainStep
from app.ui.finetune.train.curve import Curve, Series, ticks
from app.ui.finetune.train.plot import CurvePlot
from app.ui.notices import Notices
from app.ui.pages.finetune import FinetunePage
from tests import patience

ENDLESS = HyperParameters(rank=2, learning_rate=1e-3, steps=100_000, seed=3)
SHORT = replace(ENDLESS, steps=6, pack=False)


class Bench:
    """The Fine-tune page over the real services, with a dataset and a project."""

    def __init__(self, profile: Profile, qtbot: QtBot) -> None:
        self.qtbot = qtbot
        self.loam = assemble.build(profile)
        self.notices = Notices()
        self.context: Context = make_context(self.loam, self.notices, make_application())
        self.undos: list[object] = []
        self.notices.toast_shown.connect(lambda _text, undo: self.undos.append(undo))
        self.page = FinetunePage(self.context)
        self.page.resize(1000, 700)

    @property
    def step(self) -> TrainStep:
        step = self.page.steps["train"]
        assert isinstance(step, TrainStep)
        return step

    @property
    def model_step(self) -> ModelStep:
        step = self.page.steps["model"]
        assert isinstance(step, ModelStep)
        return step

    def project(self, model: Path, name: str = "Sums", rows: int = 12, **values: object) -> str:
        dataset = self.loam.datasets.create(name)
        for n in range(rows):
            turns = (Turn("user", f"What is {n} and {n}?"), Turn("assistant", f"It is {2 * n}."))
            self.loam.datasets.add(dataset.id, Draft(turns))
        list(self.loam.datasets.split(dataset.id, 0.25))
        made = self.loam.projects.create(name, str(model))
        self.loam.projects.change(made.id, dataset_id=dataset.id, step="train", **values)
        return made.id

    def show(self) -> None:
        self.page.show()
        self.page.shown()

    def now(self) -> TuneProject:
        assert self.page.project is not None
        return self.loam.projects.get(self.page.project.id)

    def press(self, name: str, within: QWidget | None = None) -> None:
        """Click the visible button of this name."""
        found = [
            button
            for button in (within or self.step).findChildren(QPushButton)
            if button.accessibleName() == name and button.isVisible()
        ]
        assert len(found) == 1, f"{len(found)} buttons called {name}"
        QTest.mouseClick(found[0], Qt.MouseButton.LeftButton)

    def undo(self) -> None:
        """Press Undo on the last toast."""
        last = self.undos[-1]
        assert callable(last)
        last()

    def wait_for_step(self, at_least: int) -> None:
        def reached() -> bool:
            watch = self.step.work.watch
            assert watch is not None, [str(e) for e in self.step.work.errors.values()]
            return watch.figures.step >= at_least

        self.qtbot.waitUntil(reached)

    def wait_for_end(self) -> None:
        self.qtbot.waitUntil(lambda: self.step.work.watch is None)

    def close(self) -> None:
        self.page.closing()
        self.context.tasks.stop_all(patience.SECONDS)
        self.loam.close()
        # A window that is left takes the pointer's moves from the next test's.
        self.page.close()
        self.page.deleteLater()


@contextmanager
def bench_at(profile: Profile, qtbot: QtBot) -> Iterator[Bench]:
    made = Bench(profile, qtbot)
    try:
        yield made
    finally:
        made.close()


@pytest.fixture
def bench(profile: Profile, qtbot: QtBot) -> Iterator[Bench]:
    with bench_at(profile, qtbot) as made:
        yield made


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("tiny") / "tiny.gguf"
    tinymodel.write(path, seed=3)
    return path


# --- the curve --------------------------------------------------------------------------------


def test_a_long_series_is_thinned_out_and_loses_no_extreme_and_no_value() -> None:
    series = Series()
    for n in range(1, 100_001):
        series.add(n, 9.5 if n == 61_803 else 2 + math.sin(n / 500))
    assert 700 <= len(series.blocks) <= 1600
    assert max(block.high for block in series.blocks) == 9.5
    assert (series.blocks[0].begin, series.blocks[-1].end) == (1, 100_000)
    ends = zip(series.blocks, series.blocks[1:], strict=False)
    assert all(a.end < b.begin for a, b in ends)
    assert series.nearest(61_803.4) == (61_803, 9.5)
    assert series.at(100_001) is None


def test_what_is_no_number_is_not_drawn() -> None:
    curve = Curve.of_log(
        [
            {"step": 1, "loss": 2.0, "validation_loss": None},
            {"step": 2, "loss": math.nan, "validation_loss": 1.5},
        ],
        steps=4,
        untuned=3.0,
    )
    assert list(curve.training.steps) == [1]
    assert list(curve.best_validation or ()) == [2, 1.5]
    low, high = curve.bounds()
    assert low < 1.5 < 3.0 < high


@pytest.mark.parametrize(
    ("low", "high", "most"), [(0, 10, 10), (0.137, 0.2, 4), (1.9, 412.0, 5), (0, 1, 1)]
)
def test_ticks_are_round_and_not_too_many(low: float, high: float, most: int) -> None:
    found = ticks(low, high, most)
    assert 0 < len(found) <= most + 1
    assert all(low - 1e-9 <= value <= high + 1e-9 for value in found)
    assert all(float(f"{value:.2g}") == pytest.approx(value) for value in found)


def test_the_pointer_and_the_keys_read_values(bench: Bench, qtbot: QtBot) -> None:
    plot = CurvePlot(bench.context.theme)
    qtbot.addWidget(plot)
    plot.resize(600, 300)
    lines = [{"step": n, "loss": 3.0 - n / 10, "validation_loss": None} for n in range(1, 11)]
    lines[4]["validation_loss"] = 2.25
    plot.show_curve(Curve.of_log(lines, steps=10, untuned=None))
    plot.show()
    place = plot._place(plot._frame(), 5, 2.5)
    QTest.mouseMove(plot, QPointF(place).toPoint())
    assert [plot.reading] == [5]
    assert plot.words_at(5) == "Update 5  ·  training 2.500  ·  validation 2.250"
    QTest.keyClick(plot, Qt.Key.Key_Right)
    assert [plot.reading] == [6]
    assert "training 2.400" in plot.accessibleDescription()
    assert not plot.grab().isNull()


# --- what is said before it runs ----------------------------------------------------------------


def test_time_left_counts_what_happens_between_updates() -> None:
    def update(n: int) -> Update:
        return Update(n, 100, 1.0, 1.0, 1e-3, 10, 1.0, 10.0, 0, 0.0)

    bare, whole = Pace(), Pace()
    for n in range(1, 5):
        bare.see(update(n), float(n))
        whole.see(update(n), 1.5 * n)
    assert bare.seconds_left == pytest.approx(96)
    assert whole.seconds_left == pytest.approx(144)


def test_the_chat_model_makes_room_only_when_that_helps() -> None:
    def trainer(needed: int, free: int) -> list[int]:
        asked: list[int] = []

        def check(freed: int) -> Trainability:
            asked.append(freed)
            fits = needed <= free + freed
            return Trainability(fits, "", fits, needed, free + freed)

        found = readiness(check, 256, "chat.gguf", held=4)
        return [int(found.finding.trainable), int(found.unload), *asked]

    assert trainer(needed=5, free=8) == [1, 0, 0]
    assert trainer(needed=10, free=8) == [1, 1, 0, 4]
    assert trainer(needed=20, free=8) == [0, 0, 0, 4]


def test_presets_are_cards_and_a_changed_setting_is_ones_own(bench: Bench, tiny: Path) -> None:
    bench.project(tiny)
    bench.show()
    setup = bench.step.setup
    assert setup.data.text() == "9 rows to learn from, 3 held back to measure on."
    assert [key for key, card in setup.cards.items() if card.isChecked()] == ["quick"]
    bench.press("Thorough")
    assert (bench.now().preset, bench.now().hyper) == ("thorough", PRESETS[2].hyper)
    assert setup.form.rank.value() == 32
    assert "after a few updates" in setup.cards["quick"].note.text()
    bench.press("More settings")
    setup.form.rank.setValue(12)
    assert bench.now().hyper == replace(PRESETS[2].hyper, rank=12)
    assert (bench.now().preset, setup.own.text()) == ("", "With settings of your own")
    assert not any(card.isChecked() for card in setup.cards.values())
    for box in setup.form.targets.values():
        box.setChecked(False)
    assert "at least one" in setup.form.problem
    assert len(bench.now().hyper.targets) == 1
    bench.press("Start training")
    assert bench.step.work.watch is None
    assert bench.loam.finetune.runs() == []


def test_train_says_what_is_missing_before_it_opens(bench: Bench, tiny: Path) -> None:
    bench.project(tiny)
    bench.show()
    project = bench.loam.projects.change(bench.now().id, dataset_id=0)
    bench.step.show_project(project)
    assert "under Data" in bench.step.why_not()
    bench.step.show_project(replace(project, model=""))
    assert bench.step.why_not() == "Choose a model first."


def test_the_model_step_tells_what_can_learn(bench: Bench, tiny: Path, qtbot: QtBot) -> None:
    bench.loam.profile.models.mkdir(exist_ok=True)
    mine = bench.loam.profile.models / "mine.gguf"
    mine.write_bytes(tiny.read_bytes())
    bench.project(mine)
    bench.show()
    bench.page.open_step("model")
    step = bench.model_step
    qtbot.waitUntil(lambda: step.found is not None)
    assert step.verdict.heading.text().endswith("can learn here")
    assert "256 tokens" in step.verdict.memory.text()
    assert "F32" in step.verdict.reason.text()
    qtbot.waitUntil(lambda: str(mine) in step.cards)
    assert step.cards[str(mine)].isChecked()
    broken = bench.loam.projects.change(bench.now().id, model=str(mine) + "x")
    step.show_project(broken)
    assert "no longer there" in step.gone.text()
    assert not step.next.isEnabled()
    assert not step.done()


# --- runs ---------------------------------------------------------------------------------------


def test_pause_resume_kill_resume_and_keep(bench: Bench, tiny: Path) -> None:
    bench.project(tiny, hyper=ENDLESS)
    bench.show()
    step = bench.step
    bench.press("Start training")
    bench.wait_for_step(7)
    assert step.view.pause.isVisible()
    assert not step.view.discard.isVisible()
    # Another project has to wait, says for whom, and can be taken out of the queue.
    other = bench.loam.projects.create("Other", str(tiny))
    dataset = bench.now().dataset_id
    bench.loam.projects.change(other.id, dataset_id=dataset, step="train")
    bench.page.refresh()
    bench.page.list.choose(other.id)
    bench.press("Start training")
    bench.qtbot.waitUntil(lambda: step.view.unqueue.isVisible())
    assert step.view.heading.text() == "Waiting for “Sums”."
    assert step.state() == "Waiting"
    assert not step.view.resume.isVisible()
    bench.press("Take out of the queue")
    bench.qtbot.waitUntil(lambda: step.setup.isVisible())
    assert len(bench.loam.finetune.runs()) == 1
    first = next(p for p in bench.loam.projects.all() if p.name == "Sums")
    bench.page.list.choose(first.id)
    bench.press("Pause")
    bench.wait_for_end()
    assert step.view.heading.text() == "Paused."
    paused = bench.loam.finetune.get(bench.now().run_id)
    assert paused.state is RunState.PAUSED
    assert paused.kept_step == paused.step >= 7

    bench.press("Resume")
    bench.wait_for_step(paused.step + 12)
    killed = bench.loam.training.pid
    assert killed is not None
    os.kill(killed, signal.SIGKILL)
    bench.wait_for_end()
    assert step.view.heading.text() == "Interrupted. What was learnt is kept."
    assert "stopped unexpectedly" in step.view.detail.text()
    assert bench.loam.tuner.waiting()
    kept = bench.loam.finetune.get(paused.id).kept_step
    assert kept >= paused.step + 5

    bench.press("Stop and keep")
    bench.qtbot.waitUntil(lambda: step.view.judge.isVisible())
    done = bench.loam.finetune.get(paused.id)
    assert (done.state, done.step) == (RunState.DONE, kept)
    assert bench.now().adapter == done.adapter
    card = adapter_header.inspect(done.adapter).card
    assert '"dataset": "Sums"' in card
    assert '"sha256"' in card
    assert step.done()
    lines = finetune_log.read(done.own_log)
    assert all(line["loss"] > 0 for line in lines)
    assert [line["step"] for line in lines] == list(range(1, kept + 1))
    went: list[str] = []
    step.go.connect(went.append)
    bench.press("Judge it")
    assert went == ["judge"]


def test_closing_pauses_and_the_next_start_opens_with_it(
    profile: Profile, tiny: Path, qtbot: QtBot
) -> None:
    with bench_at(profile, qtbot) as bench:
        bench.project(tiny, hyper=ENDLESS)
        bench.project(tiny, "Later")
        bench.show()
        bench.page.list.choose(next(p.id for p in bench.loam.projects.all() if p.name == "Sums"))
        bench.press("Start training")
        bench.wait_for_step(6)
        curve = bench.step.work.watch
        assert curve is not None
    with bench_at(profile, qtbot) as again:
        tell_of_waiting(again.context)
        again.show()
        assert "“Sums” was paused when Loam closed" in again.notices.toasts[0]
        assert (again.now().name, again.page.step.key) == ("Sums", "train")
        assert again.step.view.heading.text() == "Paused when Loam closed."
        run = again.loam.finetune.get(again.now().run_id)
        assert (run.state, run.closed) == (RunState.PAUSED, True)
        qtbot.waitUntil(lambda: len(again.step.view.plot.curve.training) == run.step)
        drawn = again.step.view.plot.curve
        assert list(drawn.training.steps) == list(range(1, run.step + 1))
        assert drawn.validation.steps[0] == 0
        again.press("Delete run")
        assert not again.now().run_id
        assert again.step.setup.isVisible()
        assert "Deleted the run" in again.notices.toasts[-1]
        again.undo()
        assert again.step.run == run
        again.press("Resume")
        again.wait_for_step(run.step + 1)


def test_a_run_that_came_apart_goes_on_more_gently(bench: Bench, tiny: Path) -> None:
    bench.project(tiny, hyper=SHORT)
    bench.show()
    bench.press("Start training")
    bench.wait_for_end()
    run = bench.loam.finetune.get(bench.now().run_id)
    assert run.state is RunState.DONE
    # As a run leaves it whose loss was no number at update 4.
    store = bench.loam.finetune._store
    error = Diverged(step=4, quantity="loss", rows="row 3")
    apart = replace(run, state=RunState.FAILED, detail=str(error), error="Diverged", step=3)
    store.save(apart)
    Path(run.last_checkpoint).unlink()
    bench.step.run = None
    bench.page.refresh()
    bench.step.shown()
    assert bench.step.view.heading.text() == "Training came apart."
    assert "row 3" in bench.step.view.detail.text()
    assert not bench.step.view.resume.isVisible()
    bench.press("Resume more gently")
    bench.wait_for_end()
    again = bench.loam.finetune.get(run.id)
    assert again.state is RunState.DONE
    rates = [line["learning_rate"] for line in finetune_log.read(run.own_log)]
    full = run.hyper.learning_rate
    assert rates == pytest.approx([full] * 5 + [full / 2])
    assert json.loads(adapter_header.inspect(run.adapter).card)["settings"]["learning_rate"] == (
        pytest.approx(full / 2)
    )


def test_what_stops_a_start_is_said_in_words(bench: Bench, tiny: Path, tmp_path: Path) -> None:
    model = tmp_path / "mine.gguf"
    model.write_bytes(tiny.read_bytes())
    bench.project(model, hyper=replace(SHORT, context=256))
    dataset = bench.loam.datasets.datasets()[0]
    long = Draft((Turn("user", "Count."), Turn("assistant", "one two three " * 400)))
    bench.loam.datasets.add(dataset.id, long)
    rows = bench.loam.datasets.ids(dataset.id)
    bench.loam.datasets.set_split(dataset.id, rows[-1:], Split.TRAIN)
    bench.show()
    model.rename(tmp_path / "gone.gguf")
    bench.press("Start training")
    bench.wait_for_end()
    assert "There is no file or folder" in bench.step.setup.problem.text()
    assert bench.loam.finetune.runs() == []
    (tmp_path / "gone.gguf").rename(model)
    bench.press("Start training")
    bench.wait_for_end()
    view = bench.step.view
    assert view.heading.text() == "Done. The adapter is ready."
    assert view.left_out.text() == "1 row was left out"
    bench.press("1 row was left out")
    assert "more than the context of 256" in view.left_out_rows.item(0).text()
    measured = list(view.plot.curve.validation.steps)
    assert measured == [0, 1, 2, 3, 4, 5, 6]
    bench.press("Train again")
    assert "by the pace of the last run" in bench.step.setup.cards["quick"].note.text()


def test_the_default_model_learns(bench: Bench) -> None:
    model = default_chat_model(paths.bundled_models())
    if model is None:
        pytest.skip("the default model was not fetched")
    bench.loam.models.note(bench.loam.engine.ask(Load(bench.loam.models.spec_for())))
    bench.project(model, rows=4, hyper=replace(ENDLESS, steps=3))
    bench.show()
    bench.press("Start training")
    bench.wait_for_end()
    assert bench.step.view.heading.text() == "Done. The adapter is ready."
    losses = bench.step.view.plot.curve.training.values
    assert losses[2] < losses[0]
    assert bench.loam.models.loaded() is not None  # there is memory enough for both
    bench.loam.engine.rest()
    assert bench.loam.models.loaded() is None
    assert bench.loam.engine.ask(Load(bench.loam.models.spec_for()))


# --- the list -----------------------------------------------------------------------------------


def test_the_list_of_projects_has_the_keys_that_were_chosen(bench: Bench, tmp_path: Path) -> None:
    bench.loam.projects.create("First", str(tmp_path))
    second = bench.loam.projects.create("Second", str(tmp_path)).id
    bench.show()
    bench.page.activateWindow()
    bench.qtbot.waitUntil(bench.page.isActiveWindow)
    names, keys = bench.page.list, bench.context.keys
    names.choose(second)
    names.focus_list()
    QTest.keyClick(names._list, Qt.Key.Key_F2)
    field = names._list.findChild(QLineEdit)
    assert field is not None
    field.setText("Renamed")
    QTest.keyClick(field, Qt.Key.Key_Return)
    bench.qtbot.waitUntil(lambda: bench.loam.projects.get(second).name == "Renamed")
    keys.put("delete", "Ctrl+D")
    names.focus_list()
    QTest.keyClick(names._list, Qt.Key.Key_Delete)
    assert len(names.names) == 2
    QTest.keyClick(names._list, Qt.Key.Key_D, Qt.KeyboardModifier.ControlModifier)
    assert names.names == ["First"]
    bench.undo()
    assert sorted(names.names) == ["First", "Renamed"]
