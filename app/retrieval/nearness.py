"""Whether the library has anything about a question: how near its nearest passage comes.

A passage of several subjects is far from a question about one of them, so the passages found are
looked at sentence by sentence, and what share of the question's words each holds counts as well.
Of XQuAD's questions that keeps more than the nearest passage's cosine did and turns away more of
those whose article isn't there (docs/DECISIONS.md). Limits: the words are stemmed as English.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from app.core.sentences import content_words, sentences_within
from app.core.types import Hit
from app.retrieval.embedders._base import Embedder, of_questions
from app.retrieval.relevance import Scale

LOOKED_AT = 6
"""Hits that are judged."""
_MOST_SENTENCES = 60
_MOST_CHARACTERS = 600
"""Of a sentence: a table's lines may be one."""
_BATCH = 16
_MEANING = 0.75
# Among 974 questions without an answer two reached this by whole passages.
_SURE = 0.5


class Judge:
    """Judges hits by one embedder."""

    def __init__(self, embedder: Embedder, scale: Scale) -> None:
        self._embedder = embedder
        self._scale = scale

    def relevance(self, query: str, hits: Sequence[Hit], closely: bool = True) -> float:
        """Of the best of the first hits, up to 1. closely: sentences are embedded, some 50 ms of
        two cores, unless the passages are near as they are. Errors: NoEmbedder, StoreError."""
        hits = hits[:LOOKED_AT]
        if not hits:
            return 0.0
        asked = set(content_words(query))
        held = [_share(asked, _said(hit)) for hit in hits]
        near = [self._scale.relevance(hit.cosine) for hit in hits]
        best = _best(near, held)
        if not closely or best >= _SURE:
            return best
        return _best(self._closer(query, hits, near), held)

    def _closer(self, query: str, hits: Sequence[Hit], near: list[float]) -> list[float]:
        """The relevance of each hit or of its nearest sentence."""
        owners, texts = [], []
        for owner, hit in enumerate(hits):
            for sentence in sentences_within(hit.passage.text):
                owners.append(owner)
                texts.append(sentence.text[:_MOST_CHARACTERS])
        owners, texts = owners[:_MOST_SENTENCES], texts[:_MOST_SENTENCES]
        order = sorted(range(len(texts)), key=lambda one: len(texts[one]))
        closer, vector = list(near), of_questions(self._embedder, [query])[0]
        for first in range(0, len(order), _BATCH):
            some = order[first : first + _BATCH]
            cosines = self._embedder.encode([texts[one] for one in some]) @ vector
            for one, cosine in zip(some, np.asarray(cosines, dtype=float), strict=True):
                relevance = self._scale.relevance(float(cosine))
                closer[owners[one]] = max(closer[owners[one]], relevance)
        return closer


def _said(hit: Hit) -> str:
    return " ".join((*hit.passage.heading, hit.passage.text))


def _share(asked: set[str], text: str) -> float:
    """What part of the words asked for stands in a text; nothing asked: none of it."""
    return len(asked.intersection(content_words(text))) / len(asked) if asked else 0.0


def _best(near: Sequence[float], held: Sequence[float]) -> float:
    return max(
        _MEANING * meaning + (1 - _MEANING) * words
        for meaning, words in zip(near, held, strict=True)
    )
