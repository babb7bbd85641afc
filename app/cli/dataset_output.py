"""What the actions of `dataset` share: which dataset is meant, how results are printed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from app.cli.output import Watcher
from app.core.errors import BadInput
from app.services.dataset.service import DatasetService
from app.services.dataset.types import Dataset, Rejected

SHOWN_REJECTED = 20


def chosen(service: DatasetService, name: str | None) -> Dataset:
    """The dataset of that name, or the only one. Errors: BadInput."""
    if name is not None:
        return service.find(name)
    known = service.datasets()
    if len(known) != 1:
        problem = "Say which dataset with --name." if known else "There is no dataset yet."
        raise BadInput(problem=problem)
    return known[0]


def last(events: Iterable[object], watch: Watcher) -> Any:
    """The result of a long operation, its progress shown."""
    event: object = None
    for event in events:
        watch.see(event)
    watch.clear()
    return event


def say_rejected(rejected: Sequence[Rejected], watch: Watcher) -> None:
    """What was turned away, on stderr."""
    for item in rejected[:SHOWN_REJECTED]:
        watch.say(f"{f'line {item.line}' if item.line else item.name}: {item.reason}")
    if (more := len(rejected) - SHOWN_REJECTED) > 0:
        watch.say(f"{more:,} more were turned away; --json names all of them")
