"""Counting the tokens of rows with the model that will be trained, in an engine of its own, so that
the model of the chats stays loaded."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from app.core.messages import Counted, CountTokens, Inspect, Inspected
from app.core.paths import Profile
from app.core.process import Cancel
from app.core.types import ModelSpec
from app.services.assemble import engine_process
from app.services.dataset.checks.length import Count

_CONTEXT = 512


@contextlib.contextmanager
def counter(profile: Profile, model: Path, cancel: Cancel | None = None) -> Iterator[Count]:
    """A `Count` for as long as the context lasts. Errors of it: of the engine, Cancelled."""
    spec = ModelSpec(str(model), _CONTEXT, gpu_layers=0)
    with contextlib.closing(engine_process(profile)) as engine:

        def count(texts: Sequence[str]) -> Sequence[int]:
            events = engine.stream(CountTokens(spec, tuple(texts)), cancel)
            return next(event.tokens for event in events if isinstance(event, Counted))

        yield count


def context_of(profile: Profile, model: Path, cancel: Cancel | None = None) -> int:
    """How many tokens the model was trained to keep in mind. Errors: of the engine, Cancelled."""
    with contextlib.closing(engine_process(profile)) as engine:
        inspected: Inspected = engine.ask(Inspect(str(model)), cancel)
    return inspected.info.context_trained
