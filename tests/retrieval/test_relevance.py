"""Relevance means the same whichever embedding model is used."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from app.retrieval.embedders._base import Embedder, Vectors
from app.retrieval.embedders.minilm import EMBEDDER
from app.retrieval.relevance import DEFAULT, Anchors, Scale, measure, stretched
from app.retrieval.store import Store

RELATED = ("When was the library founded?", "The library was founded in 2011.")
APART = ("When was the library founded?", "Stir the dough until it is smooth.")


class Squeezed:
    """The default model with all its vectors pushed into one corner, as others have them: a
    cosine c becomes 0.7 + 0.3 c."""

    def __init__(self, inner: Embedder) -> None:
        self._inner = inner
        self.dimension = inner.dimension + 1
        self.limit = inner.limit
        self.batches = 0

    @property
    def id(self) -> str:
        return "squeezed@1"

    def tokenizer(self) -> object:
        return self._inner.tokenizer()

    def encode(self, texts: list[str]) -> Vectors:
        self.batches += 1
        rows = self._inner.encode(texts)
        corner = np.full((len(texts), 1), np.sqrt(0.7), np.float32)
        return np.hstack([rows * np.float32(np.sqrt(0.3)), corner])


@pytest.fixture(scope="module")
def minilm(weights: Path) -> Embedder:
    return EMBEDDER.open(weights)


def cosine(embedder: Embedder, pair: tuple[str, str]) -> float:
    one, other = embedder.encode(list(pair))
    return float(one @ other)


def test_the_default_model_has_the_anchors_that_are_written_down(minilm: Embedder) -> None:
    found = measure(minilm)
    assert found.apart == pytest.approx(DEFAULT.apart, abs=0.01)
    assert found.together == pytest.approx(DEFAULT.together, abs=0.01)


def test_another_model_decides_as_the_default_one(minilm: Embedder, tmp_path: Path) -> None:
    store = Store(tmp_path / "library.sqlite3")
    try:
        other = Squeezed(minilm)
        scale, plain = Scale(other, store), Scale(minilm, store)  # type: ignore[arg-type]
        for pair in (RELATED, APART):
            raw = cosine(other, pair)  # type: ignore[arg-type]
            assert raw > 0.6, "without the scale all would pass"
            wanted = cosine(minilm, pair)
            assert plain.relevance(wanted) == wanted
            assert scale.relevance(raw) == pytest.approx(wanted, abs=0.02)
        kept = json.loads(store.note("relevance"))
        assert kept["embedder"] == other.id
        before = other.batches
        assert Scale(other, store).relevance(0.9) == scale.relevance(0.9)  # type: ignore[arg-type]
        assert other.batches == before, "measured again"
        store.keep_note("relevance", "[1, 2]")
        assert Scale(other, store).relevance(0.9) == pytest.approx(scale.relevance(0.9))  # type: ignore[arg-type]
        assert other.batches > before
    finally:
        store.close()


def test_anchors_that_tell_nothing_change_nothing() -> None:
    assert stretched(0.42, Anchors(0.5, 0.51)) == 0.42
    assert stretched(0.42, DEFAULT) == 0.42
