"""Writes down how a run goes: its state on disk and its log, as its events come."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

from app.core.errors import LoamError
from app.core.messages import Checkpoint, Prepared, Step, Trained, Validation
from app.services.finetune_log import TrainingLog
from app.services.finetune_runs import RunState, RunStore, TuneRun


class Keeper:
    """Of one run; `end` must be called."""

    def __init__(self, store: RunStore, run: TuneRun) -> None:
        self._store = store
        self._run = run
        self._log: TrainingLog | None = None
        self._ended = False

    def change(self, **values: Any) -> None:
        self._run = dataclasses.replace(self._run, **values)
        self._store.save(self._run)

    def see(self, event: object) -> None:
        run = self._run
        match event:
            case Prepared():
                paths = [run.own_log, *([Path(run.log)] if run.log else [])]
                self._log = TrainingLog(paths, event)
                self._store.keep_left_out(run, event.left_out)
                self.change(
                    step=event.first_step,
                    steps=event.steps,
                    validate_every=event.validate_every,
                    context=event.context,
                    tokens=event.tokens,
                    precision=event.reason,
                )
            case Step() if self._log:
                self._log.step(event, waits=self._measures_after(event))
                self._run = dataclasses.replace(run, step=event.step)
            case Validation() if self._log:
                self._log.validation(event)
                if event.step == 0:
                    self.change(untuned_loss=event.loss)
            case Checkpoint():
                self.change(step=event.step)
            case Trained():
                self.change(kept=event.kept, best_step=event.best_step, best_loss=event.best_loss)
                self.end(RunState.DONE)

    def end(self, state: RunState, error: LoamError | None = None, closed: bool = False) -> None:
        """The first of several calls counts."""
        if self._ended:
            return
        self._ended = True
        if self._log:
            self._log.close()
        detail, kind = (str(error), type(error).__name__) if error else ("", "")
        self.change(state=state, detail=detail, error=kind, closed=closed)

    def _measures_after(self, step: Step) -> bool:
        every = self._run.validate_every
        due = step.step == step.steps or (every > 0 and step.step % every == 0)
        return due and self._run.validation_rows > 0
