"""Fine-tuning: what a person does from a model and rows to an adapter.

A run is kept on disk before its first update, so that closing the window, a crash or a power cut
costs at most the updates since the last checkpoint, and `train` goes on from there with the same
losses.
"""

from __future__ import annotations

import contextlib
import dataclasses
import threading
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from app.core.errors import (
    BadInput,
    BadRows,
    Cancelled,
    ChildDied,
    LoamError,
    NotFound,
    StoreError,
)
from app.core.files import write_atomically
from app.core.messages import (
    CheckTrainable,
    Evaluate,
    Evaluated,
    Train,
    Trainability,
)
from app.core.paths import existing_file
from app.core.process import Cancel, WorkerProcess
from app.core.types import (
    BEST,
    LAST,
    LORA_TARGETS,
    AdapterUse,
    HyperParameters,
    LeftOut,
    TrainingRow,
    TrainingSpec,
)
from app.services.finetune_keeper import Keeper
from app.services.finetune_runs import RunState, RunStore, TuneRun


@dataclass(frozen=True, slots=True)
class TunePlan:
    """What a person wants trained. Fields as in TuneRun and TrainingSpec."""

    model: str
    adapter: str
    rows: tuple[TrainingRow, ...]
    validation: tuple[TrainingRow, ...] = ()
    hyper: HyperParameters = field(default_factory=HyperParameters)
    initial_adapter: str = ""
    data: str = ""
    log: str = ""
    checkpoint_every: int = 5
    validate_every: int = 0
    threads: int = 0
    notes: str = ""
    keep: str = LAST


class FinetuneService:
    """The training runs of one profile."""

    def __init__(self, trainer: WorkerProcess, folder: Path) -> None:
        self._trainer = trainer
        self._store = RunStore(folder)
        self._busy = threading.Lock()
        self.training = ""
        """Id of the run that is being trained by this service; empty when there is none."""
        self.closing = False
        """Loam is closing: runs that end from now on are marked as closed."""

    def check(
        self,
        model: str,
        context: int = 256,
        rank: int = 8,
        cancel: Cancel | None = None,
        freed: int = 0,
        targets: tuple[str, ...] = LORA_TARGETS,
    ) -> Trainability:
        """Whether a model can be trained here, with the reason; as CheckTrainable. Errors:
        MissingFile, NotAModel, TrainingUnavailable, ChildDied, BadInput while a run is trained."""
        self.refuse_if_training()
        request = CheckTrainable(model, context, rank, freed, targets)
        found: Trainability = self._trainer.ask(request, cancel)
        return found

    def refuse_if_training(self) -> None:
        """There is one trainer: what needs it too would wait for hours. Errors: BadInput."""
        if self.training:
            raise BadInput(problem=f"{self._named(self.training)} Pause it first.")

    def held_out(self, name: str) -> tuple[TrainingRow, ...]:
        """The rows that a run measures on and never learns. Errors: NotFound."""
        return self._store.rows(self._store.get(name))[1]

    def left_out(self, name: str) -> tuple[LeftOut, ...]:
        """Rows of a run that could not be used, with reasons. Errors: NotFound."""
        return self._store.left_out(self._store.get(name))

    def slow_down(self, name: str, factor: float) -> TuneRun:
        """Let a run go on with `factor` times its learning rate. Errors: NotFound, StoreError."""
        hyper = self._store.get(name).hyper
        hyper = dataclasses.replace(hyper, learning_rate=hyper.learning_rate * factor)
        return self.change(name, hyper=hyper, changed_rate=True)

    def runs(self) -> list[TuneRun]:
        """All runs, the newest first."""
        return self._store.all()

    def get(self, name: str) -> TuneRun:
        """A run by its id, its folder, or the adapter that it writes. Errors: NotFound."""
        return self._store.get(name)

    def create(self, plan: TunePlan) -> TuneRun:
        """Keep a run that `train` can begin. Errors: BadInput, MissingFile, StoreError."""
        existing_file(plan.model)
        if plan.initial_adapter:
            existing_file(plan.initial_adapter)
        target = Path(plan.adapter)
        if target.is_dir():
            raise BadInput(problem=f"{target} is a folder; name a file for the adapter.")
        if target.exists() and target.samefile(plan.model):
            raise BadInput(problem="The adapter would take the place of its model.")
        if not plan.rows:
            raise BadInput(problem="There are no rows to learn from.")
        values = {f.name: getattr(plan, f.name) for f in dataclasses.fields(plan)}
        rows, validation = values.pop("rows"), values.pop("validation")
        run = TuneRun(id="", folder="", created=0.0, **values)
        return self._store.create(run, rows, validation)

    def train(self, name: str, cancel: Cancel | None = None, log: str = "") -> Iterator[object]:
        """Begin a run or go on with it: the events of Train. Cancelled, it is paused at a
        checkpoint. log: a file for its lines from now on. Errors: as Train; NotFound, BadInput
        when it is finished or is being trained already."""
        run = self._store.get(name)
        if run.state is RunState.DONE:
            raise BadInput(problem=f"The run {run.id} is finished; its adapter is {run.adapter}.")
        if log:
            run = dataclasses.replace(run, log=log)
        yield from self._go(run, cancel, finish=False)

    def keep(self, name: str, cancel: Cancel | None = None) -> Iterator[object]:
        """Stop here: write the adapter as it stands at the last checkpoint. Events as `train`,
        without updates. Errors: as `train`; BadInput when nothing was learnt yet."""
        run = self._store.get(name)
        if not run.last_checkpoint:
            raise BadInput(problem=f"The run {run.id} has learnt nothing yet that could be kept.")
        yield from self._go(run, cancel, finish=True)

    def change(self, name: str, **values: object) -> TuneRun:
        """Keep a run with other values, as TuneRun has them. Errors: NotFound, StoreError."""
        run = dataclasses.replace(self._store.get(name), **values)  # type: ignore[arg-type]
        self._store.save(run)
        return run

    def take(self, name: str, which: str) -> TuneRun:
        """Give a finished run's adapter its 'best' or its 'last' values. Errors: NotFound, BadInput
        when there is no choice, MissingFile when the adapter is gone, StoreError."""
        run = self._store.get(name)
        if which not in (BEST, LAST):
            raise BadInput(problem=f"An adapter has the best values or the last ones, not {which}.")
        if run.kept == which:
            return run
        if run.state is not RunState.DONE:
            raise BadInput(problem=f"The run {run.id} is not finished yet.")
        if not run.has_choice:
            raise BadInput(problem=f"The run {run.id} kept only one state of its adapter.")
        target = existing_file(run.adapter)
        try:
            write_atomically(target, run.values_file(which).read_bytes())
        except OSError as error:
            raise StoreError.of(error, target.parent) from error
        return self.change(run.id, kept=which)

    def delete(self, name: str) -> None:
        """Remove a run and its checkpoints; its adapter stays. Errors: NotFound, BadInput when it
        is being trained."""
        run = self._store.get(name)
        lock = self._store.lock(run)
        if not lock.acquire():
            raise BadInput(problem=f"The run {run.id} is being trained; pause it first.")
        lock.release()
        self._store.delete(run)

    def evaluate(self, request: Evaluate, cancel: Cancel | None = None) -> Iterator[object]:
        """Measure a model with adapters: Progress, Evaluated. Errors: as Evaluate; BadInput while a
        run is trained."""
        self.refuse_if_training()
        yield from self._trainer.stream(request, cancel)

    def perplexity(
        self,
        model: str,
        text: str,
        adapters: tuple[AdapterUse, ...] = (),
        context: int = 512,
        cancel: Cancel | None = None,
        watch: Callable[[object], None] | None = None,
    ) -> Evaluated:
        """How well a model predicts a text, scored as llama.cpp's own program does (the second
        half of each whole window), so that the figures agree; a text shorter than one window is
        scored whole. watch gets the Progress. Errors: as Evaluate, Cancelled."""
        request = Evaluate(model, adapters, text=text, context=context, half_windows=True)
        try:
            return self._measured(request, cancel, watch)
        except BadRows:
            whole = dataclasses.replace(request, half_windows=False)
            return self._measured(whole, cancel, watch)

    def _measured(
        self, request: Evaluate, cancel: Cancel | None, watch: Callable[[object], None] | None
    ) -> Evaluated:
        for event in self._trainer.stream(request, cancel):
            if isinstance(event, Evaluated):
                return event
            if watch:
                watch(event)
        raise Cancelled

    # --- a run ----------------------------------------------------------------------------------

    def _go(self, run: TuneRun, cancel: Cancel | None, finish: bool) -> Iterator[object]:
        if not self._busy.acquire(blocking=False):
            raise BadInput(problem=f"{self._named(self.training)} Pause it first.")
        self.training = run.id
        try:
            yield from self._alone(run, cancel, finish)
        finally:
            self.training = ""
            self._busy.release()

    def _named(self, run_id: str) -> str:
        try:
            return f"A run on {self._store.get(run_id).data or run_id} is being trained."
        except NotFound:
            return "Another run is being trained."

    def _alone(self, run: TuneRun, cancel: Cancel | None, finish: bool) -> Iterator[object]:
        lock = self._store.lock(run)
        if not lock.acquire():
            raise BadInput(problem=f"The run {run.id} is being trained already.")
        keeper = Keeper(self._store, run)
        try:
            request = Train(self._spec(run, finish))
            keeper.change(state=RunState.RUNNING, detail="", error="", closed=False, queued=0.0)
            stream = cast("Generator[object, None, None]", self._trainer.stream(request, cancel))
            # Closed when the caller leaves, so that the child has stopped before the lock goes.
            with contextlib.closing(stream) as events:
                for event in events:
                    keeper.see(event)
                    yield event
        except Cancelled:
            pass
        except ChildDied as error:
            keeper.end(RunState.INTERRUPTED, error, self.closing)
            raise
        except LoamError as error:
            keeper.end(RunState.FAILED, error)
            raise
        finally:
            try:
                keeper.end(RunState.PAUSED, closed=self.closing)
            finally:
                lock.release()

    def _spec(self, run: TuneRun, finish: bool) -> TrainingSpec:
        rows, validation = self._store.rows(run)
        return TrainingSpec(
            model=run.model,
            adapter=run.adapter,
            folder=run.folder,
            rows=rows,
            validation=validation,
            hyper=run.hyper,
            initial_adapter=run.initial_adapter,
            resume_from=run.last_checkpoint,
            checkpoint_every=run.checkpoint_every,
            validate_every=run.validate_every,
            threads=run.threads,
            notes=run.notes,
            finish=finish,
            changed_rate=run.changed_rate,
            keep=run.keep,
        )
