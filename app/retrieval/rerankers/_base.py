"""What a family of reranking models is: the thing that each module of this package defines as
RERANKER, and what it opens."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol


class Reranker(Protocol):
    """An open model that says how well passages answer a question. Safe from any thread."""

    def scores(self, question: str, texts: Sequence[str]) -> list[float]:
        """One for each text, higher is better, on a scale of the model's own. All in one batch;
        a text's score does not depend on the others. Errors: BadReranker."""
        ...


class Family(Protocol):
    """A kind of reranking model."""

    def matches(self, path: Path) -> bool:
        """Whether such a model is there."""
        ...

    def open(self, path: Path) -> Reranker:
        """Open it, cheaply: weights load when they are used. Errors: BadReranker."""
        ...
