"""Whole runs in a real child: curves, interruptions, and what comes out."""

from __future__ import annotations

import json
import os
import signal
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.core.errors import BadInput, BadRows, CannotResume, ChildDied, Diverged, StoreError
from app.core.messages import (
    Checkpoint,
    Prepared,
    Quantize,
    Step,
    Train,
    Trained,
    Validation,
)
from app.core.process import Cancel, WorkerProcess
from app.core.types import HyperParameters, Schedule, TrainingRow, TrainingSpec
from app.engine import adapter_header
from app.engine.quantize import quantize
from app.training import base, checkpoint, weights
from app.training.config import TrainingConfig
from app.training.optimizer import AdamW
from tests.training.conftest import new_trainer
from tests.training.held import hold_after

HYPER = HyperParameters(
    rank=4,
    alpha=8,
    learning_rate=5e-3,
    schedule=Schedule.COSINE,
    warmup_steps=2,
    epochs=3,
    accumulate=2,
    weight_decay=0.01,
    clip=1.0,
    seed=11,
)


@pytest.fixture
def spec(tiny: Path, rows: tuple[TrainingRow, ...], tmp_path: Path) -> TrainingSpec:
    return TrainingSpec(
        model=str(tiny),
        adapter=str(tmp_path / "out.gguf"),
        folder=str(tmp_path / "run"),
        rows=rows,
        validation=rows[:3],
        hyper=replace(HYPER, pack=False),
        checkpoint_every=4,
        threads=1,
    )


def steps(events: list[Any]) -> list[Step]:
    return [event for event in events if isinstance(event, Step)]


def until(trainer: WorkerProcess, spec: TrainingSpec, last: int) -> list[Any]:
    """The events of a run that is stopped after update `last`, where the child stands still."""
    hold_after(last, spec.folder)
    cancel, events = Cancel(), []
    for event in trainer.stream(Train(spec), cancel):
        events.append(event)
        if isinstance(event, Step) and event.step == last:
            cancel.set()
    return events


def test_a_run_learns_and_leaves_an_adapter_with_its_card(
    trainer: WorkerProcess, spec: TrainingSpec
) -> None:
    spec = replace(spec, hyper=HYPER, notes='{"source": "test"}')
    events = list(trainer.stream(Train(spec)))
    prepared = next(event for event in events if isinstance(event, Prepared))
    assert prepared.rows == len(spec.rows)
    assert prepared.context == 256
    assert prepared.batches < prepared.rows / 2
    assert prepared.tokens > prepared.kept > 0
    assert prepared.memory_needed > 1 << 20
    done = steps(events)
    assert [step.step for step in done] == list(range(1, prepared.steps + 1))
    assert done[0].learning_rate == pytest.approx(2.5e-3)
    assert done[-1].learning_rate < 1e-3
    assert done[-1].epoch == 3
    before, after = (event.loss for event in events if isinstance(event, Validation))
    assert after < before - 0.5
    assert isinstance(events[-2], Checkpoint)
    trained = events[-1]
    assert isinstance(trained, Trained)
    info = adapter_header.inspect(trained.path)
    card = json.loads(info.card)
    assert info.card == trained.card
    assert (info.rank, info.alpha, info.targets) == (4, 8.0, HYPER.targets)
    assert card["base"]["sha256"] == info.base_sha256
    assert card["notes"] == {"source": "test"}
    assert card["settings"]["schedule"] == "cosine"
    assert [point[1] for point in card["curve"]["steps"]] == [step.loss for step in done]
    left = {path.name for path in Path(spec.folder).iterdir()}
    kept = {f"checkpoint-{step:08d}.npz" for step in (len(done), (len(done) - 1) // 4 * 4)}
    assert left == {"start.gguf", "child.lock", "best.npz", *kept}


def test_a_paused_run_goes_on_with_the_same_losses(
    trainer: WorkerProcess, spec: TrainingSpec, tmp_path: Path
) -> None:
    whole = list(trainer.stream(Train(spec)))
    again = replace(spec, folder=str(tmp_path / "two"), adapter=str(tmp_path / "two.gguf"))
    first = until(trainer, again, 6)
    paused = first[-1]
    assert isinstance(paused, Checkpoint)
    assert paused.step == 6 < len(steps(whole))
    rest = list(trainer.stream(Train(replace(again, resume_from=paused.path))))
    assert next(e for e in rest if isinstance(e, Prepared)).first_step == paused.step
    joined = [*steps(first)[: paused.step], *steps(rest)]
    assert [s.loss for s in joined] == [s.loss for s in steps(whole)]
    assert [s.gradient_norm for s in joined] == [s.gradient_norm for s in steps(whole)]
    one, two = Path(spec.adapter), Path(again.adapter)
    for name, tensor in weights.stored(one).items():
        assert np.array_equal(
            weights.floats(one, tensor), weights.floats(two, weights.stored(two)[name])
        )
    card = json.loads(adapter_header.inspect(str(two)).card)
    assert len(card["curve"]["steps"]) == len(steps(whole))


def test_a_killed_run_goes_on_with_the_same_losses(
    config: TrainingConfig, spec: TrainingSpec
) -> None:
    worker = new_trainer(config)
    try:
        whole = steps(list(worker.stream(Train(replace(spec, folder=spec.folder + "-whole")))))
        before: list[Step] = []
        hold_after(7, spec.folder)

        def kill_at_seven() -> None:
            for event in worker.stream(Train(spec)):
                if isinstance(event, Step):
                    before.append(event)
                    if event.step == 7:
                        assert worker.pid is not None
                        os.kill(worker.pid, signal.SIGKILL)

        with pytest.raises(ChildDied):
            kill_at_seven()
        latest = checkpoint.found(Path(spec.folder))[-1]
        rest = steps(list(worker.stream(Train(replace(spec, resume_from=str(latest))))))
    finally:
        worker.close()
    assert [s.loss for s in before] == [s.loss for s in whole[:7]]
    assert rest[0].step == 5
    assert [s.loss for s in rest] == [s.loss for s in whole[rest[0].step - 1 :]]


def test_what_changed_is_not_resumed(trainer: WorkerProcess, spec: TrainingSpec) -> None:
    ended = until(trainer, spec, 1)[-1]
    resumed = replace(spec, resume_from=ended.path)
    cases = {
        "rows": replace(resumed, rows=spec.rows[1:]),
        "settings": replace(resumed, hyper=replace(spec.hyper, learning_rate=1e-3)),
    }
    for reason, changed in cases.items():
        with pytest.raises(CannotResume) as refused:
            list(trainer.stream(Train(changed)))
        assert reason in refused.value.params["reason"]
    Path(ended.path).write_bytes(Path(ended.path).read_bytes()[:-2000])
    with pytest.raises(CannotResume):
        list(trainer.stream(Train(resumed)))


def test_a_loss_that_is_no_number_stops_the_run(trainer: WorkerProcess, spec: TrainingSpec) -> None:
    wild = replace(spec, hyper=replace(spec.hyper, learning_rate=1e30, warmup_steps=0, clip=0.0))
    events: list[Any] = []
    with pytest.raises(Diverged) as stopped:
        events.extend(trainer.stream(Train(wild)))
    assert "line" in stopped.value.params["rows"]
    saved = events[-1]
    assert isinstance(saved, Checkpoint)
    assert saved.step == len(steps(events)) == int(stopped.value.params["step"]) - 1


def test_long_and_empty_rows_are_named_never_cut(
    trainer: WorkerProcess, spec: TrainingSpec
) -> None:
    long = TrainingRow("line 90", turns=(("user", "Why?"), ("assistant", "because " * 60)))
    odd = TrainingRow("line 91", turns=(("user", "Why?"), ("assistant", "  ")))
    ready = TrainingRow("line 92", tokens=(5, 6, 7), labels=(6, 7, 9999))
    spec = replace(spec, rows=(*spec.rows, long, odd, ready), validation=())
    spec = replace(spec, hyper=replace(spec.hyper, context=256, steps=1))
    prepared = next(e for e in trainer.stream(Train(spec)) if isinstance(e, Prepared))
    assert prepared.rows == 14
    reasons = {row.name: row.reason for row in prepared.left_out}
    assert "more than the context of 256" in reasons["line 90"]
    assert "empty" in reasons["line 91"]
    assert "does not know" in reasons["line 92"]
    with pytest.raises(BadRows):
        list(trainer.stream(Train(replace(spec, rows=(long,)))))
    with pytest.raises(BadInput):
        list(trainer.stream(Train(replace(spec, hyper=replace(spec.hyper, rank=0)))))


def test_open_context_grows_with_the_rows_and_text_becomes_windows(
    trainer: WorkerProcess, spec: TrainingSpec
) -> None:
    long = TrainingRow("long", turns=(("user", "Why?"), ("assistant", "because " * 60)))
    spec = replace(spec, validation=(), hyper=replace(spec.hyper, steps=1))
    found = next(
        event
        for event in trainer.stream(Train(replace(spec, rows=(*spec.rows, long))))
        if isinstance(event, Prepared)
    )
    assert found.context == 768
    assert found.left_out == ()
    text = TrainingRow("book", text="All that is gold does not glitter. " * 40)
    found = next(
        event
        for event in trainer.stream(Train(replace(spec, rows=(text,))))
        if isinstance(event, Prepared)
    )
    assert found.rows == -(-found.tokens // 512) > 1
    assert found.kept == found.tokens >= len(text.text)


def test_a_disk_that_refuses_is_said(
    trainer: WorkerProcess, spec: TrainingSpec, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreError):
        list(trainer.stream(Train(replace(spec, folder=str(tmp_path / "file" / "run")))))


def test_golden_curves(
    trainer: WorkerProcess, chat_model: Path, golden: dict[str, Any], tmp_path: Path
) -> None:
    """Losses and gradient norms that PEFT computed in float32, through a whole run."""
    updates = 2 if golden["gradient_accumulation"] > 1 else 3
    batches = golden["batches"][: updates * golden["gradient_accumulation"]]
    spec = TrainingSpec(
        model=str(chat_model),
        adapter=str(tmp_path / "golden.gguf"),
        folder=str(tmp_path / "run"),
        rows=tuple(
            TrainingRow(f"batch {n}", tokens=tuple(b["tokens"]), labels=tuple(b["labels"]))
            for n, b in enumerate(batches)
        ),
        hyper=HyperParameters(
            rank=golden["rank"],
            alpha=golden["alpha"],
            targets=tuple(golden["targets"]),
            learning_rate=golden["learning_rate"],
            warmup_steps=golden["warmup_steps"],
            accumulate=golden["gradient_accumulation"],
            clip=golden["max_grad_norm"],
            weight_decay=golden["weight_decay"],
            seed=golden["seed"],
            pack=False,
            shuffle=False,
        ),
    )
    found = steps(list(trainer.stream(Train(spec))))
    each = golden["gradient_accumulation"]
    expected = [
        sum(golden["expected_losses"][u * each : (u + 1) * each]) / each for u in range(updates)
    ]
    assert [s.loss for s in found] == pytest.approx(expected, rel=1e-4)
    norms = golden["expected_grad_norms"][:updates]
    assert [s.gradient_norm for s in found] == pytest.approx(norms, rel=1e-3)


def test_a_run_goes_on_with_the_weights_it_had(
    trainer: WorkerProcess, config: TrainingConfig, spec: TrainingSpec, tmp_path: Path
) -> None:
    small = tmp_path / "small-Q8_0.gguf"
    list(quantize(Quantize(spec.model, str(small), "Q8_0"), bool, config.logs))
    spec = replace(spec, model=str(small), validation=(), hyper=replace(spec.hyper, steps=3))
    ended = until(trainer, spec, 1)
    assert next(e for e in ended if isinstance(e, Prepared)).full_precision
    path = Path(ended[-1].path)
    saved = checkpoint.load(path)
    assert saved.identity[checkpoint.FULL_PRECISION] is True
    # As if memory had been short when it began.
    adam = AdamW(saved.values, 0.0)
    adam.m[:], adam.v[:], adam.step = saved.m, saved.v, saved.step
    identity = {**saved.identity, checkpoint.FULL_PRECISION: False}
    checkpoint.save(path.parent, adam, identity, saved.curve)
    rest = list(trainer.stream(Train(replace(spec, resume_from=str(path)))))
    prepared = next(e for e in rest if isinstance(e, Prepared))
    assert not prepared.full_precision
    assert "as before the break" in prepared.reason
    last = next(e for e in reversed(rest) if isinstance(e, Checkpoint))
    assert checkpoint.had_full_precision(Path(last.path)) is False


def test_a_choice_that_can_not_be_kept_is_said() -> None:
    able, unable = base.Choice(True, "A copy."), base.Choice(False, "No room.")
    assert base.as_before(able, None) is able
    assert base.as_before(able, before=True) is able
    assert base.as_before(unable, before=False) is unable
    changed = base.as_before(unable, before=True)
    assert not changed.full_precision
    assert changed.reason.startswith("No room.")
    assert "losses may differ" in changed.reason
