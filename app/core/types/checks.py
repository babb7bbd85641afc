"""What a check of an answer against its sources found."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SentenceCheck:
    """Sentence content[start:end] of an answer. passage: number of the source that says it, 0 for
    none. missing: its numbers, dates and names that no source has, as they are written there."""

    start: int
    end: int
    passage: int = 0
    missing: tuple[str, ...] = ()

    @property
    def supported(self) -> bool:
        """Whether a source says it."""
        return self.passage > 0
