"""Runs from the service: kept on disk, paused, killed, kept early; and files to learn from."""

from __future__ import annotations

import json
import os
import signal
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app.core.errors import BadAdapter, BadInput, ChildDied, MissingFile, NotFound
from app.core.messages import Checkpoint, Prepared, Step, Trained, Validation
from app.core.paths import Profile
from app.core.process import Cancel, WorkerProcess
from app.core.types import BEST, LAST, AdapterUse, HyperParameters, Schedule, TrainingRow
from app.engine import adapter_header
from app.services.finetune import FinetuneService, TunePlan
from app.services.finetune_data import read_data, read_tokens
from app.services.finetune_log import read as read_log
from app.services.finetune_runs import RunState
from tests.training.held import hold_after, training_child

HYPER = HyperParameters(
    rank=4, learning_rate=5e-3, schedule=Schedule.COSINE, steps=12, pack=False, seed=3
)
ROWS = tuple(
    TrainingRow(f"line {n}", (("user", f"What is {n} and {n}?"), ("assistant", f"It is {2 * n}.")))
    for n in range(1, 9)
)
TEXT = "The ferry left the harbour before seven, when the lamps were still burning. " * 12


@pytest.fixture
def service(trainer: WorkerProcess, profile: Profile) -> FinetuneService:
    return FinetuneService(trainer, profile.runs)


@pytest.fixture
def plan(tiny: Path, tmp_path: Path) -> TunePlan:
    return TunePlan(
        model=str(tiny),
        adapter=str(tmp_path / "a.gguf"),
        rows=ROWS,
        validation=ROWS[:2],
        hyper=HYPER,
        log=str(tmp_path / "log.jsonl"),
        checkpoint_every=4,
        validate_every=6,
        threads=1,
    )


def steps(events: list[Any]) -> list[Step]:
    return [event for event in events if isinstance(event, Step)]


def until_step(service: FinetuneService, run_id: str, last: int) -> list[Any]:
    hold_after(last, service.get(run_id).folder)
    cancel, events = Cancel(), []
    for event in service.train(run_id, cancel):
        events.append(event)
        if isinstance(event, Step) and event.step == last:
            cancel.set()
    return events


def test_a_run_is_kept_from_its_beginning_to_its_adapter(
    service: FinetuneService, plan: TunePlan
) -> None:
    run = service.create(plan)
    assert (run.state, run.rows, run.validation_rows) == (RunState.WAITING, 8, 2)
    events = list(service.train(run.id))
    assert isinstance(events[-1], Trained)
    done = service.get(plan.adapter)
    assert (done.id, done.state, done.step, done.steps) == (run.id, RunState.DONE, 12, 12)
    assert done.hyper == HYPER
    measured = {e.step: e.loss for e in events if isinstance(e, Validation)}
    assert done.untuned_loss == measured[0] > measured[12]
    lines = read_log(Path(plan.log))
    assert lines == read_log(run.own_log)
    assert [line["loss"] for line in lines] == [s.loss for s in steps(events)]
    assert [line["gradient_norm"] for line in lines] == [s.gradient_norm for s in steps(events)]
    assert {line["step"]: line["validation_loss"] for line in lines if line["validation_loss"]} == {
        6: measured[6],
        12: measured[12],
    }
    assert (done.keep, done.kept, done.best_step) == (LAST, LAST, 12)
    with pytest.raises(BadInput, match="only one state"):
        service.take(run.id, BEST)
    with pytest.raises(BadInput, match="finished"):
        list(service.train(run.id))


def test_a_paused_run_goes_on_in_another_service_and_its_log_has_each_update_once(
    service: FinetuneService, trainer: WorkerProcess, profile: Profile, plan: TunePlan
) -> None:
    whole = steps(list(service.train(service.create(plan).id)))
    first = Path(plan.log).read_text()
    again = service.create(replace(plan, adapter=plan.adapter + "2"))
    events = until_step(service, again.id, 7)
    assert isinstance(events[-1], Checkpoint)
    paused = service.get(again.id)
    assert (paused.state, paused.step) == (RunState.PAUSED, events[-1].step)
    reopened = FinetuneService(trainer, profile.runs)
    rest = list(reopened.train(again.id))
    assert next(e for e in rest if isinstance(e, Prepared)).first_step == paused.step
    assert [s.loss for s in steps(rest)] == [s.loss for s in whole[paused.step :]]
    timeless = [
        [{k: v for k, v in json.loads(line).items() if k != "seconds"} for line in text.split("\n")]
        for text in (first.strip(), Path(plan.log).read_text().strip())
    ]
    assert timeless[0] == timeless[1]


def test_lines_that_nobody_was_there_to_write_are_in_the_log_of_the_run_that_goes_on(
    service: FinetuneService, plan: TunePlan
) -> None:
    run = service.create(plan)
    until_step(service, run.id, 7)
    log = Path(plan.log)
    written = log.read_text()
    log.write_text("".join(written.splitlines(keepends=True)[:2]))
    list(service.train(run.id))
    assert log.read_text().startswith(written)
    assert [line["step"] for line in read_log(log)] == list(range(1, 13))
    assert read_log(run.own_log) == read_log(log)


def test_a_killed_run_says_so_and_goes_on(
    profile: Profile, plan: TunePlan, service: FinetuneService
) -> None:
    whole = steps(list(service.train(service.create(plan).id)))
    worker = training_child(profile)
    mortal = FinetuneService(worker, profile.runs)
    run = mortal.create(plan)
    hold_after(6, run.folder)

    def kill_at_six() -> None:
        for event in mortal.train(run.id):
            if isinstance(event, Step) and event.step == 6:
                assert worker.pid is not None
                os.kill(worker.pid, signal.SIGKILL)

    try:
        with pytest.raises(ChildDied):
            kill_at_six()
        assert mortal.get(run.id).state is RunState.INTERRUPTED
        rest = steps(list(mortal.train(run.id)))
    finally:
        worker.close()
    assert rest[0].step > 4
    assert [s.loss for s in rest] == [s.loss for s in whole[rest[0].step - 1 :]]
    assert [line["step"] for line in read_log(Path(plan.log))] == list(range(1, 13))


def test_what_was_learnt_can_be_kept_early(service: FinetuneService, plan: TunePlan) -> None:
    run = service.create(plan)
    with pytest.raises(BadInput, match="nothing"):
        list(service.keep(run.id))
    reached = until_step(service, run.id, 5)[-1].step
    events = list(service.keep(run.id))
    assert steps(events) == []
    assert service.get(run.id).state is RunState.DONE
    info = adapter_header.inspect(plan.adapter)
    assert len(json.loads(info.card)["curve"]["steps"]) == reached
    plain = service.perplexity(plan.model, TEXT, context=256)
    tuned = service.perplexity(plan.model, TEXT, (AdapterUse(plan.adapter),), context=256)
    assert tuned.loss != plain.loss
    assert service.perplexity(plan.model, "Too short for a window.").tokens > 10


def test_a_run_is_trained_once_at_a_time_and_can_be_removed(
    service: FinetuneService, trainer: WorkerProcess, profile: Profile, plan: TunePlan
) -> None:
    run = service.create(plan)
    events = service.train(run.id)
    assert next(event for event in events if isinstance(event, Step))
    other = FinetuneService(trainer, profile.runs)
    assert other.get(run.id).state is RunState.RUNNING
    for refused in (lambda: list(other.train(run.id)), lambda: other.delete(run.id)):
        with pytest.raises(BadInput, match="being trained"):
            refused()
    events.close()  # type: ignore[attr-defined]
    assert other.get(run.id).state is RunState.PAUSED
    other.delete(run.id)
    assert other.runs() == []
    assert not Path(run.folder).exists()
    with pytest.raises(NotFound):
        service.get(run.id)


def test_what_can_not_begin_is_refused(
    service: FinetuneService, plan: TunePlan, tmp_path: Path
) -> None:
    with pytest.raises(MissingFile):
        service.create(replace(plan, model=str(tmp_path / "none.gguf")))
    with pytest.raises(BadInput, match="folder"):
        service.create(replace(plan, adapter=str(tmp_path)))
    with pytest.raises(BadInput, match="its model"):
        service.create(replace(plan, adapter=plan.model))
    with pytest.raises(BadInput, match="no rows"):
        service.create(replace(plan, rows=()))
    run = service.create(replace(plan, initial_adapter=plan.model))
    with pytest.raises(BadAdapter):
        list(service.train(run.id))
    failed = service.get(run.id)
    assert failed.state is RunState.FAILED
    assert "not a LoRA adapter" in failed.detail


def test_data_files_become_rows_named_by_line(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text(
        '{"messages": [{"role": "user", "content": "Hi"},'
        ' {"role": "assistant", "content": "Ho"}]}\n'
        "{broken\n"
        '{"messages": [{"role": "user", "content": "Only a question"}]}\n'
        '{"messages": [{"role": "user", "content": "A"}, {"role": "assistant", "content": "B"}]}\n'
    )
    lesson = read_data(path)
    assert [row.name for row in lesson.rows] == ["line 1", "line 4"]
    assert lesson.rows[0].turns == (("user", "Hi"), ("assistant", "Ho"))
    assert [row.name for row in lesson.left_out] == ["line 2", "line 3"]
    assert "JSON" in lesson.left_out[0].reason
    alpaca = tmp_path / "alpaca.json"
    alpaca.write_text('[{"instruction": "Add", "input": "1 and 2", "output": "3"}]')
    ((row,), left_out) = (read_data(alpaca).rows, read_data(alpaca).left_out)
    assert row.turns[-1] == ("assistant", "3")
    assert "1 and 2" in row.turns[0][1]
    assert left_out == ()
    pairs = tmp_path / "pairs.jsonl"
    pairs.write_text('{"prompt": "One, two,", "completion": " three"}\n')
    assert read_data(pairs).rows[0].name == "line 1"
    (tmp_path / "bad.jsonl").write_text('{"messages": []}\n')
    with pytest.raises(BadInput, match="line 1"):
        read_data(tmp_path / "bad.jsonl")


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("{", "not valid JSON"),
        ("{}", "no list"),
        ('{"batches": []}', "no list"),
        ('{"batches": [{"tokens": [1], "labels": [1]}, {"tokens": [1, 2]}]}', "batch 2"),
        ('[{"tokens": [1, true], "labels": [1, 2]}]', "batch 1"),
        ('[{"tokens": [4294967296], "labels": [1]}]', "batch 1"),
    ],
)
def test_broken_batches_are_named(tmp_path: Path, text: str, named: str) -> None:
    path = tmp_path / "tokens.json"
    path.write_text(text)
    with pytest.raises(BadInput, match=named):
        read_tokens(path)


def test_a_log_cut_off_in_a_line_is_read_up_to_it(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    path.write_text('{"step": 1, "loss": 2.0}\n{"step": 2, "lo')
    assert [line["step"] for line in read_log(path)] == [1]
    assert read_log(tmp_path / "none.jsonl") == []
