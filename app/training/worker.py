"""The training child: answers the training requests of core/messages.py.

One request at a time. A failed assertion inside llama.cpp ends this process and nothing else; the
next request starts it again, and a run goes on from its last checkpoint.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from app.core.errors import NotTrainable
from app.core.messages import CheckTrainable, Evaluate, MergeAdapter, Train, Trainability
from app.core.types import LORA_TARGETS
from app.engine import native
from app.engine.template import Templates
from app.training import evaluate, memory, merge, selftest
from app.training.batches import padded_length
from app.training.config import TrainingConfig
from app.training.preparing import chat_model, prepare
from app.training.run import Material, Run
from app.training.survey import survey


class Worker:
    """Handler of the child."""

    parallel = 1

    def __init__(self, config: TrainingConfig) -> None:
        native.start()
        self._config = config
        self._templates = Templates(config.logs)

    def handle(self, request: Any, cancelled: Callable[[], bool]) -> Iterator[Any]:
        """Events of one request, as core/messages.py promises for its kind."""
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
            found = survey(info, self._config.cache, context, request.rank, LORA_TARGETS)
        except NotTrainable as error:
            reason = error.params.get("reason", "")
            return Trainability(False, reason, False, 0, memory.available())
        choice = found.choice
        return Trainability(True, choice.reason, choice.full_precision, found.needed, found.free)

    def _train(self, request: Train, cancelled: Callable[[], bool]) -> Iterator[Any]:
        chat_model(request.spec.model)
        selftest.ensure(self._config)
        for event in prepare(request.spec, self._config, self._templates, cancelled):
            if isinstance(event, Material):
                yield from Run(request.spec, event, cancelled).events()
            else:
                yield event
