"""Entities keep their place when the text around them is edited."""

from __future__ import annotations

from collections.abc import Sequence

from app.services.dataset.types import Span


def moved(old: str, new: str, spans: Sequence[Span]) -> tuple[Span, ...]:
    """Spans of `old` that are untouched in `new`, at their new places. Those that the edit
    touches are dropped."""
    same_start = _common(old, new)
    rest = min(len(old), len(new)) - same_start
    same_end = min(rest, _common(old[::-1], new[::-1]))
    shift = len(new) - len(old)
    kept = []
    for span in spans:
        if span.end <= same_start:
            kept.append(span)
        elif span.start >= len(old) - same_end:
            kept.append(Span(span.start + shift, span.end + shift, span.label))
    return tuple(kept)


def _common(one: str, other: str) -> int:
    """How many characters two texts have in common at their beginning."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((i for i, (a, b) in pairs if a != b), min(len(one), len(other)))
