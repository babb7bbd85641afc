"""Rows that are longer than the context that they will be trained with."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from app.services.dataset.types import Finding, Kind, Row

Count = Callable[[Sequence[str]], Sequence[int]]
"""Tokens of each text. What a template puts around a turn is allowed for by `_AROUND`."""
_AROUND = 8


def check(rows: Sequence[Row], count: Count, context: int) -> Iterator[Finding]:
    """Findings for conversations of more than `context` tokens. Plain text is cut into windows by
    the trainer, so its length is no fault."""
    held = [row for row in rows if (len(row.turns) > 1 or row.label) and _may_exceed(row, context)]
    if not held:
        return
    counted = iter(count([turn.content for row in held for turn in row.turns]))
    for row in held:
        tokens = sum(next(counted) + _AROUND for _ in row.turns)
        if tokens > context:
            what = f"It has about {tokens:,} tokens; the context holds {context:,}."
            yield Finding(row.id, Kind.TOO_LONG, what)


def _may_exceed(row: Row, context: int) -> bool:
    """A token stands for a byte at least, so what is short need not be counted."""
    return sum(len(turn.content.encode()) + _AROUND for turn in row.turns) > context
