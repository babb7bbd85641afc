"""The steps of a conversion as one piece of work, so that its bar goes from left to right once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from app.core.messages import Progress

_STEPS = (0.02, 0.43, 0.10, 0.02, 0.43)
"""About how much of the time each step takes: load, measure, write, load again, measure again."""


def as_one(events: Iterable[object]) -> Iterator[object]:
    """The same events; Progress in parts of the whole."""
    step, what = -1, ""
    for event in events:
        if not isinstance(event, Progress):
            yield event
            continue
        if event.what != what:
            step, what = min(step + 1, len(_STEPS) - 1), event.what
        before = sum(_STEPS[:step])
        yield Progress(what, 100 * (before + _STEPS[step] * event.fraction), 100, "%")
