"""What the index is asked about reranking models, and what it says."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TryReranker:
    """See whether the reranking model at `path` can be used, by using it. Events: one
    RerankerTried. Errors: BadReranker."""

    path: str


@dataclass(frozen=True, slots=True)
class RerankerTried:
    """seconds: for putting as many passages in order as a search gives it, the weights loaded."""

    path: str
    seconds: float
