"""The best passages of a search, put into a new order by a reranking model that a person has.

It is worth waiting for, but not long: a model too slow for this machine, or one that fails, leaves
the order as it was, and the answer to the search says so. Limits: 30 passages and 10 seconds, in
which the first search has to load the weights as well; a model that took longer then is there for
the next search.
"""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from app.core import plugins
from app.core.errors import BadReranker, LoamError
from app.core.messages import Found, RerankerTried, Search
from app.core.types import Hit
from app.retrieval.rerankers._base import Family, Reranker

_log = logging.getLogger(__name__)
DEPTH = 30
SECONDS = 10.0
_BATCH = 4
_LOOK_S = 0.02
_QUESTION = "How long is the notice period of the contract?"
_TEXT = "Either party may end the contract with one month's notice. " * 12  # as long as passages


@dataclass(frozen=True, slots=True)
class Reranked:
    """Hits in their new order; why they are in the old one, '' where they are not."""

    hits: tuple[Hit, ...]
    problem: str = ""


class _Job:
    """Scores of texts, made in a thread of its own: nothing can interrupt a model, but nobody has
    to wait for it."""

    def __init__(self, reranker: Reranker, question: str, texts: Sequence[str]) -> None:
        self._reranker = reranker
        self._question = question
        self._texts = texts
        self.scores: list[float] = []
        self.problem = ""
        self.over = threading.Event()
        self.stop = threading.Event()
        threading.Thread(target=self._run, name="reranking", daemon=True).start()

    def _run(self) -> None:
        try:
            for first in range(0, len(self._texts), _BATCH):
                if self.stop.is_set():
                    return
                texts = self._texts[first : first + _BATCH]
                self.scores += self._reranker.scores(self._question, texts)
        except LoamError as error:
            _log.warning("Not reranked: %r", error)
            self.problem = str(error)
        finally:
            self.over.set()


class Reranking:
    """Reranking models by path, kept open: one at a time. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._path = ""
        self._open: Reranker | None = None

    def rerank(
        self,
        path: str,
        question: str,
        hits: Sequence[Hit],
        cancelled: Callable[[], bool] = lambda: False,
        seconds: float = SECONDS,
    ) -> Reranked:
        """Order the first DEPTH hits by the model at `path`; the others follow as they were."""
        first, rest, before = hits[:DEPTH], hits[DEPTH:], tuple(hits)
        if not first:
            return Reranked(before)
        try:
            reranker = self._reranker(path)
        except LoamError as error:
            return Reranked(before, str(error))
        ends = time.monotonic() + seconds
        job = _Job(reranker, question, [hit.passage.text for hit in first])
        while not job.over.wait(_LOOK_S):
            late = time.monotonic() > ends
            if late or cancelled():
                job.stop.set()
                said = f"it took more than {seconds:.0f} seconds" if late else "it was stopped"
                return Reranked(before, said)
        if job.problem:
            return Reranked(before, job.problem)
        if any(math.isnan(score) for score in job.scores):
            return Reranked(before, "the model gives no numbers")
        order = sorted(range(len(first)), key=lambda place: (-job.scores[place], place))
        ranked = [replace(first[at], rerank_rank=place) for place, at in enumerate(order, 1)]
        return Reranked((*ranked, *rest))

    def found(
        self,
        request: Search,
        search: Callable[[Search], Found],
        cancelled: Callable[[], bool],
    ) -> Found:
        """What a search gives, its best in the order of the model that the request names."""
        if not request.reranker or request.top <= 0:
            return search(request)
        found = search(replace(request, top=max(request.top, DEPTH)))
        ranked = self.rerank(request.reranker, request.query, found.hits, cancelled)
        return replace(found, hits=ranked.hits[: request.top], not_reranked=ranked.problem)

    def tried(self, path: str) -> RerankerTried:
        """How long a model takes for what a search gives it. Errors: BadReranker."""
        reranker = self._reranker(path)
        scores = reranker.scores(_QUESTION, [_TEXT] * _BATCH)
        if any(math.isnan(score) for score in scores):
            raise BadReranker(path=path, reason="it gives no numbers")
        begun = time.monotonic()
        reranker.scores(_QUESTION, [_TEXT] * _BATCH)
        return RerankerTried(path, (time.monotonic() - begun) * DEPTH / _BATCH)

    def _reranker(self, path: str) -> Reranker:
        with self._lock:
            if self._path != path or self._open is None:
                self._open, self._path = open_reranker(Path(path)), path
            return self._open


def open_reranker(path: Path) -> Reranker:
    """Errors: BadReranker."""
    if not path.exists():
        raise BadReranker(path=path, reason="it is no longer there")
    families: list[Family] = plugins.find("app.retrieval.rerankers", "RERANKER")
    for family in families:
        if family.matches(path):
            return family.open(path)
    raise BadReranker(path=path, reason="it is no model of a kind that is known here")
