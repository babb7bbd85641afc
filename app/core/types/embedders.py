"""Models that turn documents into vectors, and how far a library is with one."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class EmbedderFacts:
    """place: a folder or a file, '' for the one that comes with Loam; id names its very weights;
    dimension: numbers in a vector; limit: tokens of a passage that it can see."""

    place: str
    id: str
    name: str
    dimension: int
    limit: int


@dataclass(frozen=True, slots=True)
class EmbedderState:
    """current: what searches are answered with; wanted: what the library shall be built with, None
    where it can't be used, and `problem` says why. ready: of `passages`, those that have a vector
    of the wanted one; seconds: what the rest takes, measured, negative when not asked for. words:
    vectors of the current one are missing, so that only words are searched; deaths: how often in a
    row the index's process ended while it prepared passages for the wanted one."""

    current: EmbedderFacts
    wanted: EmbedderFacts | None
    problem: str
    passages: int
    ready: int
    running: bool = False
    words: bool = False
    seconds: float = -1.0
    deaths: int = 0

    @property
    def is_due(self) -> bool:
        """Whether the library is not built with what is wanted."""
        return self.words or (self.wanted is not None and self.wanted.id != self.current.id)
