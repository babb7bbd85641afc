"""The training child: answers the training requests of core/messages.

One request at a time. A failed assertion inside llama.cpp ends this process and nothing else; the
next request starts it again, and a run goes on from its last checkpoint.
"""

from __future__ import annotations

import contextlib
import dataclasses
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from app.core.errors import BadInput, Cancelled, NotTrainable, StoreError
from app.core.lock import FileLock
from app.core.messages import CheckTrainable, Evaluate, MergeAdapter, Train, Trainability
from app.core.types import TrainingSpec
from app.engine import hashes, native
from app.engine.template import Templates
from app.training import checkpoint, evaluate, memory, merge, selftest
from app.training.batches import padded_length
from app.training.config import TrainingConfig
from app.training.preparing import chat_model, prepare
from app.training.run import Material, Run
from app.training.survey import survey

_PATIENCE_S = 120.0  # for an update of a large model and its checkpoint


class Worker:
    """Handler of the child."""

    parallel = 1

    def __init__(self, config: TrainingConfig) -> None:
        native.start()
        hashes.remember_in(config.hashes)
        self._config = config
        self._templates = Templates(config.logs)

    def handle(self, request: Any, cancelled: Callable[[], bool]) -> Iterator[Any]:
        """Events of one request, as core/messages promises for its kind."""
        match request:
            case CheckTrainable():
                yield self._check(request)
            case Train():
                yield from self._train(request, cancelled)
            case Evaluate():
                yield from evaluate.evaluate(request, self._templates, cancelled)
            case MergeAdapter():
                yield from merge.merge(request, self._config, cancelled)
            case _:
                raise TypeError(f"Training knows no {type(request).__name__}")

    def close(self) -> None:
        """End the children."""
        self._templates.close()

    def _check(self, request: CheckTrainable) -> Trainability:
        info = chat_model(request.path)
        selftest.ensure(self._config)
        context = padded_length(request.context)
        try:
            found = survey(
                info, self._config.cache, context, request.rank, request.targets, request.freed
            )
        except NotTrainable as error:
            reason = error.params.get("reason", "")
            return Trainability(False, reason, False, 0, memory.available() + request.freed)
        choice = found.choice
        return Trainability(True, choice.reason, choice.full_precision, found.needed, found.free)

    def _train(self, request: Train, cancelled: Callable[[], bool]) -> Iterator[Any]:
        spec = request.spec
        chat_model(spec.model)
        selftest.ensure(self._config)
        with _alone(Path(spec.folder), cancelled):
            spec = _latest(spec)
            for event in prepare(spec, self._config, self._templates, cancelled):
                if isinstance(event, Material):
                    yield from Run(spec, event, cancelled).events()
                else:
                    yield event


@contextlib.contextmanager
def _alone(folder: Path, cancelled: Callable[[], bool]) -> Iterator[None]:
    """Hold a run's folder. When a window is killed, its child still ends the update in work and
    may write a checkpoint; the next one waits for it. Errors: Cancelled, BadInput, StoreError."""
    lock = FileLock(folder / "child.lock")
    deadline = time.monotonic() + _PATIENCE_S
    while not _taken(lock, folder):
        if cancelled():
            raise Cancelled
        if time.monotonic() > deadline:
            raise BadInput(problem=f"Another process is still training in {folder}.")
        time.sleep(0.05)
    try:
        yield
    finally:
        lock.release()


def _taken(lock: FileLock, folder: Path) -> bool:
    try:
        return lock.acquire()
    except OSError as error:
        raise StoreError.of(error, folder) from error


def _latest(spec: TrainingSpec) -> TrainingSpec:
    """To go on from the last checkpoint: the child before may have written one more."""
    found = checkpoint.found(Path(spec.folder))
    if not spec.resume_from or not found or Path(spec.resume_from).parent != found[-1].parent:
        return spec
    return dataclasses.replace(spec, resume_from=str(max(Path(spec.resume_from), found[-1])))
