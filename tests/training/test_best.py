"""The values that predicted the held-out rows best are kept beside the last ones."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from app.core.messages import Evaluate, Evaluated, Train, Trained, Validation
from app.core.process import WorkerProcess
from app.core.types import BEST, LAST, AdapterUse, HyperParameters, TrainingRow, TrainingSpec
from app.engine import adapter_header
from app.training import best
from tests.training.test_runs import until

LEARNT = ("Where is the ferry?", "It left the harbour before seven.")
OTHER = ("What is in the box?", "Nine lamps and a letter from the mayor.")


def row(name: str, asked: tuple[str, str]) -> TrainingRow:
    return TrainingRow(name, turns=(("user", asked[0]), ("assistant", asked[1])))


@pytest.fixture
def spec(tiny: Path, tmp_path: Path) -> TrainingSpec:
    """Learns one row by heart, at a rate that makes it worse on others after some updates."""
    return TrainingSpec(
        model=str(tiny),
        adapter=str(tmp_path / "out.gguf"),
        folder=str(tmp_path / "run"),
        rows=(row("line 1", LEARNT),),
        validation=(row("line 2", OTHER),),
        hyper=HyperParameters(rank=4, alpha=8.0, learning_rate=2e-2, steps=12, seed=3),
        checkpoint_every=3,
        validate_every=1,
        threads=1,
        keep=BEST,
    )


def loss_of(trainer: WorkerProcess, spec: TrainingSpec, adapter: Path) -> float:
    uses = (AdapterUse(str(adapter)),)
    found = trainer.ask(Evaluate(spec.model, uses, spec.validation, context=256, threads=1))
    assert isinstance(found, Evaluated)
    return found.loss


def test_the_best_values_become_the_adapter_and_the_last_ones_stay(
    trainer: WorkerProcess, spec: TrainingSpec
) -> None:
    events = list(trainer.stream(Train(spec)))
    measured = {e.step: e.loss for e in events if isinstance(e, Validation) and e.step}
    found = min(measured, key=lambda step: (measured[step], step))
    assert 0 < found < 12
    trained = events[-1]
    assert isinstance(trained, Trained)
    assert (trained.kept, trained.best_step, trained.best_loss) == (BEST, found, measured[found])
    card = json.loads(adapter_header.inspect(trained.path).card)
    assert card["kept"] == {"which": BEST, "step": found}
    folder = Path(spec.folder)
    assert loss_of(trainer, spec, Path(trained.path)) == pytest.approx(measured[found], abs=2e-3)
    assert loss_of(trainer, spec, folder / "last.gguf") == pytest.approx(measured[12], abs=2e-3)
    assert adapter_header.inspect(str(folder / "best.gguf")).name == "out"


def test_a_run_that_goes_on_keeps_the_best_of_before(
    trainer: WorkerProcess, spec: TrainingSpec
) -> None:
    spec = replace(spec, keep=LAST)
    first = until(trainer, spec, 9)
    measured = {e.step: e.loss for e in first if isinstance(e, Validation) and e.step}
    before = min(measured, key=lambda step: (measured[step], step))
    rest = list(trainer.stream(Train(replace(spec, resume_from=first[-1].path))))
    assert {e.step for e in rest if isinstance(e, Validation)} == {9, 10, 11, 12}
    measured |= {e.step: e.loss for e in rest if isinstance(e, Validation)}
    trained = rest[-1]
    assert isinstance(trained, Trained)
    assert before == min(measured, key=lambda step: (measured[step], step))
    assert (trained.kept, trained.best_step) == (LAST, before)
    assert json.loads(trained.card)["kept"] == {"which": LAST, "step": 12}


def test_nothing_measured_means_the_last_values(trainer: WorkerProcess, spec: TrainingSpec) -> None:
    hyper = replace(spec.hyper, steps=2)
    trained = trainer.ask(Train(replace(spec, validation=(), hyper=hyper)))
    assert isinstance(trained, Trained)
    assert (trained.kept, trained.best_step, trained.best_loss) == (LAST, 0, None)
    assert not (Path(spec.folder) / "best.npz").exists()


@pytest.mark.parametrize("damage", ["cut", "shape", "gone"])
def test_a_best_that_can_not_be_read_counts_as_none(damage: str, tmp_path: Path) -> None:
    values = np.arange(5, dtype=np.float32)
    best.save(tmp_path, best.Best(3, 1.5, values))
    found = best.load(tmp_path, 5, 10)
    assert found is not None
    assert (found.step, found.loss, list(found.values)) == (3, 1.5, list(values))
    assert best.load(tmp_path, 5, 2) is None
    file = tmp_path / "best.npz"
    if damage == "cut":
        file.write_bytes(file.read_bytes()[:-40])
    elif damage == "gone":
        file.unlink()
    assert best.load(tmp_path, 4 if damage == "shape" else 5, 10) is None
