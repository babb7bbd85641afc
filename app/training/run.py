"""One training run from its rows to the finished adapter, as events.

Whatever ends a run early (a stop, a loss that is no number, a kill) leaves a checkpoint from which
`resume_from` goes on with the same losses as if nothing had happened.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from app.core.errors import CannotResume, Diverged
from app.core.messages import Checkpoint, Prepared, Step, Validation
from app.core.tuning import measured_every
from app.core.types import HyperParameters, LeftOut, ModelInfo, TrainingSpec
from app.training import best, checkpoint, memory, optimizer, result
from app.training.batches import Batch, Example, build, epoch_groups
from app.training.device import Place
from app.training.optimizer import AdamW
from app.training.plan import Update, plan
from app.training.session import Interrupted, Session


@dataclass(frozen=True, slots=True)
class Material:
    """What a run works with once everything is prepared. base: the weights for the trainer;
    start: the adapter to begin with; identity: what a resumed run must have in common."""

    info: ModelInfo
    base_sha256: str
    base: Path
    start: Path
    examples: Sequence[Example]
    validation: Sequence[Example]
    left_out: tuple[LeftOut, ...]
    context: int
    full_precision: bool
    reason: str
    place: Place
    memory_needed: int
    threads: int
    hyper: HyperParameters
    identity: dict[str, Any]


class Run:
    """Trains; `events()` is to be walked once."""

    def __init__(
        self, spec: TrainingSpec, material: Material, cancelled: Callable[[], bool]
    ) -> None:
        self._spec = spec
        self._material = material
        self._hyper = material.hyper
        self._cancelled = cancelled
        self._folder = Path(spec.folder)
        self._curve: dict[str, Any] = {"steps": [], "validation": [], "seconds": 0.0}
        self._saved_step = -1
        self._best: best.Best | None = None
        lengths = [len(example.tokens) for example in material.examples]
        self._plan = plan(lengths, material.context, self._hyper)
        self._validate_every = measured_every(spec.validate_every, len(self._plan))

    def events(self) -> Iterator[Any]:
        """Prepared, then Step, Validation, Checkpoint ..., at last Trained unless cancelled."""
        material = self._material
        session = Session(
            material.base,
            material.start,
            material.context,
            material.threads,
            self._cancelled,
            material.place.gpu,
        )
        try:
            adam = AdamW(session.values(), self._hyper.weight_decay)
            if self._spec.resume_from:
                self._resume(adam)
                self._best = best.load(self._folder, adam.values.size, len(self._plan))
            yield self._prepared(session.size, adam.step)
            try:
                yield from self._updates(session, adam)
            except Interrupted:
                yield self._checkpoint(adam)
                return
            except Diverged:
                # The values are still those of the last update that was well.
                yield self._checkpoint(adam)
                raise
            yield self._checkpoint(adam)
            yield result.write(self._spec, self._material, self._curve, session, adam, self._best)
        finally:
            session.close()

    def _updates(self, session: Session, adam: AdamW) -> Iterator[Any]:
        steps = len(self._plan)
        if self._material.validation and not self._spec.finish and self._unmeasured(adam.step):
            yield self._validate(session, adam)
        while adam.step < steps and not self._spec.finish:
            yield self._update(session, adam, self._plan[adam.step])
            done = adam.step == steps
            if self._material.validation and (done or _due(self._validate_every, adam.step)):
                yield self._validate(session, adam)
            if not done and _due(self._spec.checkpoint_every, adam.step):
                yield self._checkpoint(adam)

    def _unmeasured(self, step: int) -> bool:
        """Whether a measurement is due here that the run was stopped in."""
        measured = any(point[0] == step for point in self._curve["validation"])
        return not measured and (step == 0 or _due(self._validate_every, step))

    def _update(self, session: Session, adam: AdamW, update: Update) -> Step:
        begin = time.perf_counter()
        session.zero_gradients()
        losses, tokens = [], 0
        for group in update.groups:
            batch = self._batch(group)
            session.load(adam.values)
            losses.append(session.learn(batch))
            tokens += batch.used
            if not math.isfinite(losses[-1]):
                raise self._diverged(adam, "loss", [group])
        gradient = session.gradient()
        gradient /= np.float32(len(update.groups))
        norm = optimizer.norm_of(gradient)
        if not math.isfinite(norm):
            raise self._diverged(adam, "gradient", update.groups)
        optimizer.clip(gradient, norm, self._hyper.clip)
        rate = optimizer.learning_rate(self._hyper, adam.step, len(self._plan))
        adam.update(gradient, rate)
        seconds = time.perf_counter() - begin
        loss = sum(losses) / len(losses)
        self._curve["steps"].append([adam.step, loss, norm, rate, tokens, seconds])
        self._curve["seconds"] += seconds
        return Step(
            step=adam.step,
            steps=len(self._plan),
            loss=loss,
            gradient_norm=norm,
            learning_rate=rate,
            tokens=tokens,
            seconds=seconds,
            rate=tokens / seconds,
            memory=memory.held(),
            epoch=update.epoch,
        )

    def _validate(self, session: Session, adam: AdamW) -> Validation:
        examples = self._material.validation
        lengths = [len(example.tokens) for example in examples]
        groups = epoch_groups(
            lengths, self._material.context, 0, 0, shuffle=False, pack=self._hyper.pack
        )
        session.load(adam.values)
        total, kept = 0.0, 0
        for group in groups:
            batch = build([examples[i] for i in group], self._material.context)
            total += session.measure(batch) * batch.kept
            kept += batch.kept
        loss = total / kept
        self._curve["validation"].append([adam.step, loss])
        # Before the first update it is not the adapter that was measured.
        if adam.step and (self._best is None or loss < self._best.loss):
            self._best = best.Best(adam.step, loss, adam.values.copy())
            best.save(self._folder, self._best)
        return Validation(adam.step, loss, kept)

    def _batch(self, group: Sequence[int]) -> Batch:
        return build([self._material.examples[i] for i in group], self._material.context)

    def _diverged(self, adam: AdamW, quantity: str, groups: Sequence[Sequence[int]]) -> Diverged:
        names = [self._material.examples[i].name for group in groups for i in group]
        return Diverged(step=adam.step + 1, quantity=quantity, rows=", ".join(names))

    # --- beginning and end --------------------------------------------------------------------

    def _prepared(self, parameters: int, first_step: int) -> Prepared:
        material = self._material
        first_epoch = [update for update in self._plan if update.epoch <= 1]
        return Prepared(
            full_precision=material.full_precision,
            reason=material.reason,
            device=material.place.name,
            memory_needed=material.memory_needed,
            context=material.context,
            rows=len(material.examples),
            tokens=sum(len(example.tokens) for example in material.examples),
            kept=sum(example.kept for example in material.examples),
            batches=sum(len(update.groups) for update in first_epoch),
            steps=len(self._plan),
            first_step=first_step,
            parameters=parameters,
            left_out=material.left_out,
            validate_every=self._validate_every,
            earlier=tuple(tuple(point) for point in self._curve["steps"]),
            earlier_validation=tuple(tuple(point) for point in self._curve["validation"]),
        )

    def _resume(self, adam: AdamW) -> None:
        path = Path(self._spec.resume_from)
        saved = checkpoint.load(path)
        for key, ours in self._material.identity.items():
            if key == checkpoint.FULL_PRECISION:
                continue
            theirs = saved.identity.get(key)
            if key == "settings" and self._spec.changed_rate:
                theirs = {**(theirs or {}), "learning_rate": ours["learning_rate"]}
            if theirs != ours:
                raise CannotResume(path=path, reason=f"the {key} changed")
        if saved.values.shape != adam.values.shape or saved.step > len(self._plan):
            raise CannotResume(path=path, reason="it is of another run")
        adam.values[:], adam.m[:], adam.v[:] = saved.values, saved.m, saved.v
        adam.step = self._saved_step = saved.step
        self._curve = saved.curve

    def _checkpoint(self, adam: AdamW) -> Checkpoint:
        path = checkpoint.save(self._folder, adam, self._material.identity, self._curve)
        return Checkpoint(adam.step, str(path))


def identity(
    base_sha256: str,
    examples: Sequence[Example],
    context: int,
    hyper: HyperParameters,
    start: str,
    full_precision: bool,
) -> dict[str, Any]:
    """What decides a run's losses, by the name that a refusal gives it. start: where the first
    values come from."""
    rows = hashlib.sha256()
    for example in examples:
        rows.update(np.int64(len(example.tokens)).tobytes())
        rows.update(example.tokens.tobytes())
        rows.update(example.labels.tobytes())
    settings = {**dataclasses.asdict(hyper), "context": context}
    return {
        "model": base_sha256,
        "rows": rows.hexdigest(),
        "settings": json.loads(json.dumps(settings)),
        "initial adapter": start,
        checkpoint.FULL_PRECISION: full_precision,
    }


def _due(every: int, step: int) -> bool:
    return every > 0 and step % every == 0
