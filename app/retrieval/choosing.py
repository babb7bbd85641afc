"""Opening the embedding model at a place: which family it is of, and what it is.

'' stands for the default one. Limits: a tokenizer and a header are read; weights load when they
are used.
"""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np

from app.core import plugins
from app.core.errors import BadEmbedder, LoamError, NoEmbedder
from app.core.types import EmbedderFacts
from app.retrieval.embedders._base import Embedder, Family
from app.retrieval.embedders._folder import check
from app.retrieval.relevance import PAIRS

LEAST_TOKENS = 96
"""Of a text: passages would fall apart into less than sentences."""
_TRIED = 8


def open_embedder(place: str, default: Path) -> Embedder:
    """Errors: NoEmbedder for the default one, BadEmbedder for one that was chosen."""
    path = Path(place).expanduser() if place else default
    families: list[Family] = plugins.find("app.retrieval.embedders", "EMBEDDER")
    family = next((one for one in families if one.matches(path)), None)
    if not place:
        if family is None:
            raise NoEmbedder(path=path)
        return family.open(path)
    if not path.exists():
        raise BadEmbedder(path=path, reason="it is no longer there")
    if family is None:
        raise BadEmbedder(path=path, reason="there is no embedding model that Loam knows")
    if (path / "modules.json").exists():
        check(path)
    embedder = family.open(path)
    if embedder.limit < LEAST_TOKENS:
        reason = f"it takes {embedder.limit} tokens at once, which is less than a paragraph"
        raise BadEmbedder(path=path, reason=reason)
    return embedder


def facts(place: str, embedder: Embedder) -> EmbedderFacts:
    """What a person is told of it."""
    name = embedder.id.rpartition("@")[0]
    return EmbedderFacts(place, embedder.id, name, embedder.dimension, embedder.limit)


def seconds_each(embedder: Embedder, passages: list[str]) -> float:
    """How long a passage takes, measured; the first batch, which loads the weights, aside. Errors:
    NoEmbedder when it gives no vectors."""
    some = passages[:_TRIED] or [said for _asked, said in PAIRS[:_TRIED]]
    try:
        first = embedder.encode(some[:1])
        began = time.perf_counter()
        rows = embedder.encode(some)
    except LoamError:
        raise
    except MemoryError as error:
        path, reason = embedder.id.rpartition("@")[0], "there is no memory for it"
        raise BadEmbedder(repr(error), path=path, reason=reason) from error
    if not np.isfinite(rows).all() or not np.abs(first).max() > 0:
        path, reason = embedder.id.rpartition("@")[0], "its vectors hold no numbers"
        raise BadEmbedder(path=path, reason=reason)
    return (time.perf_counter() - began) / len(some)
