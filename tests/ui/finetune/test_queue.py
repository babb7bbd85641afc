"""A second run waits for the first, begins by itself, and waits still after Loam was closed."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.core.errors import BadInput
from app.core.paths import Profile
from app.services.finetune_runs import RunState
from app.training import tinymodel
from tests import patience
from tests.ui.test_finetune_train import ENDLESS, SHORT, Bench, bench_at


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    path = tmp_path / "tiny.gguf"
    tinymodel.write(path, seed=3)
    return path


def choose(bench: Bench, name: str) -> str:
    found = next(project.id for project in bench.loam.projects.all() if project.name == name)
    bench.page.list.choose(found)
    return found


def at_work(bench: Bench) -> str:
    watch = bench.step.work.watch
    return watch.project_id if watch is not None else ""


def waiting(bench: Bench) -> list[str]:
    return [project.name for project, _run in bench.loam.tune_queue.waiting()]


def test_runs_wait_for_each_other_and_begin_by_themselves(
    profile: Profile, tiny: Path, qtbot: QtBot
) -> None:
    with bench_at(profile, qtbot) as bench:
        bench.project(tiny, "First", hyper=ENDLESS)
        bench.project(tiny, "Second", hyper=SHORT)
        third = bench.project(tiny, "Third", hyper=ENDLESS)
        bench.show()
        choose(bench, "First")
        bench.press("Start training")
        bench.wait_for_step(6)
        for name in ("Second", "Third"):
            choose(bench, name)
            bench.press("Start training")
            qtbot.waitUntil(lambda: bench.step.view.unqueue.isVisible(), timeout=patience.MS)
            assert bench.step.view.heading.text() == "Waiting for “First”."
        assert waiting(bench) == ["Second", "Third"]
        with pytest.raises(BadInput, match="nothing to wait for"):
            bench.loam.tune_queue.add_again(choose(bench, "First"))

        # Pausing the first frees the trainer: the second is trained, then the third begins.
        bench.press("Pause")
        qtbot.waitUntil(lambda: at_work(bench) == third, timeout=patience.MS)
        assert waiting(bench) == []
        done = {project.name: project for project in bench.loam.projects.all()}
        assert bench.loam.finetune.get(done["First"].run_id).state is RunState.PAUSED
        assert bench.loam.finetune.get(done["Second"].run_id).state is RunState.DONE
        assert any("“Third” was next in the queue" in text for text in bench.notices.toasts)

        # What was paused can be put at the end again.
        choose(bench, "First")
        bench.press("Resume")
        qtbot.waitUntil(lambda: waiting(bench) == ["First"], timeout=patience.MS)
        qtbot.waitUntil(
            lambda: bench.step.view.heading.text() == "Waiting for “Third”.", timeout=patience.MS
        )
        bench.wait_for_step(6)
    with bench_at(profile, qtbot) as again:
        assert waiting(again) == ["First"]
        again.show()
        choose(again, "First")
        assert again.step.view.heading.text() == "In the queue."
        assert again.step.work.watch is None
        before = again.loam.finetune.get(again.now().run_id)
        again.press("Take out of the queue")
        qtbot.waitUntil(lambda: waiting(again) == [], timeout=patience.MS)
        # What it has learnt stays.
        after = again.loam.finetune.get(before.id)
        assert (after.state, after.step) == (RunState.PAUSED, before.step)
        resume = again.step.view.resume
        qtbot.waitUntil(lambda: resume.text() == "Resume", timeout=patience.MS)
        assert resume.isVisible()
