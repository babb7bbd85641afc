"""A finished run offers its best state and its last one; the adapter gets the one chosen."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtWidgets import QComboBox
from pytestqt.qtbot import QtBot

from app.core.paths import Profile
from app.core.types import BEST, LAST
from app.engine import adapter_header
from app.training import tinymodel
from tests import patience
from tests.ui.test_finetune_train import SHORT, bench_at

FORGETFUL = replace(SHORT, learning_rate=5e-2, steps=10)


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    path = tmp_path / "tiny.gguf"
    tinymodel.write(path, seed=3)
    return path


def test_the_best_is_kept_and_the_last_can_be_taken(
    profile: Profile, tiny: Path, qtbot: QtBot
) -> None:
    with bench_at(profile, qtbot) as bench:
        bench.project(tiny, hyper=FORGETFUL)
        bench.show()
        changes: list[bool] = []
        bench.context.navigator.adapters_changed.connect(lambda: changes.append(True))
        bench.press("Start training")
        row = bench.step.view.kept
        qtbot.waitUntil(row.isVisible, timeout=patience.MS)
        run = bench.loam.finetune.get(bench.now().run_id)
        assert (run.keep, run.kept, run.step) == (BEST, BEST, 10)
        assert 0 < run.best_step < 10
        adapter = Path(run.adapter)
        assert json.loads(adapter_header.inspect(str(adapter)).card)["kept"]["which"] == BEST
        (choice,) = row.findChildren(QComboBox)
        assert choice.accessibleName() == "Which state of the adapter to keep"
        assert choice.currentText().startswith(f"Best on held-out rows: update {run.best_step}, ")
        assert choice.itemText(1).startswith("Last: update 10, loss ")
        before = bench.step.view.detail.text()

        choice.setCurrentIndex(1)
        choice.activated.emit(1)
        qtbot.waitUntil(lambda: bool(changes), timeout=patience.MS)
        assert bench.loam.finetune.get(run.id).kept == LAST
        assert adapter.read_bytes() == run.values_file(LAST).read_bytes()
        assert choice.currentIndex() == 1
        assert bench.step.view.detail.text() != before

        # A choice that fails is said, and the list shows what the adapter has.
        adapter.unlink()
        choice.setCurrentIndex(0)
        choice.activated.emit(0)
        qtbot.waitUntil(lambda: bool(bench.notices.recent), timeout=patience.MS)
        assert choice.currentIndex() == 1
        assert not adapter.exists()
