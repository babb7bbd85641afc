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
from app.services.children import engine_process
from app.services.dataset.checks.length import Count

_CONTEXT = 512


@contextlib.contextmanager
def counter(
    profile: Profile, model: Path, context: int = 0, cancel: Cancel | None = None
) -> Iterator[tuple[Count, int]]:
    """A `Count` for as long as the context lasts, and `context`, or for 0 how many tokens the
    model was trained to keep in mind. Errors, also of the count: of the engine, Cancelled."""
    spec = ModelSpec(str(model), _CONTEXT, gpu_layers=0)
    with contextlib.closing(engine_process(profile)) as engine:

        def count(texts: Sequence[str]) -> Sequence[int]:
            events = engine.stream(CountTokens(spec, tuple(texts)), cancel)
            return next(event.tokens for event in events if isinstance(event, Counted))

        if not context:
            inspected: Inspected = engine.ask(Inspect(str(model)), cancel)
            context = inspected.info.context_trained
        yield count, context
