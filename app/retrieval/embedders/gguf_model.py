"""Embedding models in one GGUF file, through llama.cpp, with the words and the pooling they bring.

Needs no torch. The header is checked with bounds before llama.cpp sees the file. Limits: 512
tokens, the rest of a longer text is not seen; one file; the processor only.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import logging
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from app.core import gguf
from app.core.errors import BadEmbedder, LoamError, NoEmbedder
from app.core.files import sha256
from app.core.magic import is_gguf
from app.retrieval.embedders import _prompts
from app.retrieval.embedders._base import Embedder, Vectors
from app.retrieval.embedders._llama import Lane, Model, evaluate_all, lanes, unit
from app.retrieval.embedders._words import GGUFWords

_log = logging.getLogger(__name__)
_MOST = 512
_NONE, _MEAN, _RANK = 0, 1, 4
_NO_WORDS = ("", "none", "no_vocab")


class GGUFModel:
    """An open model of the family; thread-safe."""

    def __init__(self, file: Path) -> None:
        self._file = file
        try:
            header = gguf.read(str(file))
        except LoamError as error:
            reason = error.params.get("reason", "") or "it is no longer there"
            raise BadEmbedder(repr(error), path=file, reason=reason) from error
        values = header.values
        kind = str(values.get("general.architecture", ""))
        pooling = gguf.number(values, f"{kind}.pooling_type", _NONE)
        if not gguf.is_embedding(kind, values):
            raise BadEmbedder(path=file, reason="it is a chat model, not one that compares texts")
        if pooling == _RANK:
            raise BadEmbedder(path=file, reason="it puts results in order; it makes no vectors")
        if str(values.get("tokenizer.ggml.model", "")) in _NO_WORDS:
            raise BadEmbedder(path=file, reason="it comes without the words it knows")
        if gguf.number(values, "split.count") > 1:
            raise BadEmbedder(path=file, reason="it is one of several files")
        self.dimension = gguf.number(values, f"{kind}.embedding_length")
        self._pooling = pooling or _MEAN
        trained = gguf.number(values, f"{kind}.context_length")
        self._most = min(trained or _MOST, _MOST)
        names = [str(values.get(f"general.{one}", ""))[:200] for one in ("name", "basename")]
        self._prompts = _prompts.of_name(file.stem, *names)
        self._lanes: list[Lane] = []
        self._lock = threading.Lock()

    @functools.cached_property
    def id(self) -> str:
        """Names the very file, and the words that it is given before a text."""
        said = f"{sha256(self._file)}{self._prompts.question}\0{self._prompts.passage}{self._most}"
        return f"{self._file.stem}@{hashlib.sha256(said.encode()).hexdigest()[:16]}"

    @functools.cached_property
    def limit(self) -> int:
        """What a text may have beside the words before it and what goes around it. Errors:
        BadEmbedder."""
        before = (self._prompts.question, self._prompts.passage)
        return self._most - max(len(self._words.ids(text, True)) for text in before)

    def tokenizer(self) -> GGUFWords:
        """Errors: BadEmbedder."""
        return self._words

    def encode(self, texts: list[str]) -> Vectors:
        """Unit vectors of passages. Errors: NoEmbedder when the file is not such a model."""
        return self._encoded(texts, self._prompts.passage)

    def encode_questions(self, texts: list[str]) -> Vectors:
        """Unit vectors of what is asked. Errors: NoEmbedder."""
        return self._encoded(texts, self._prompts.question)

    @functools.cached_property
    def _words(self) -> GGUFWords:
        with self._told():
            return GGUFWords(Model(self._file, self.dimension, self._most, words=True))

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        """What llama.cpp makes of the file, in words for who chose it."""
        try:
            yield
        except BadEmbedder:
            raise
        except NoEmbedder as error:
            raise BadEmbedder(path=self._file, reason=error.detail) from error

    def _encoded(self, texts: list[str], before: str) -> Vectors:
        vectors = np.zeros((len(texts), self.dimension), np.float32)
        if not texts:
            return vectors
        tokens = [self._cut(self._words.ids(before + text, True)) for text in texts]
        with self._lock, self._told():
            if not self._lanes:
                model = Model(self._file, self.dimension, self._most, self._pooling)
                self._lanes = lanes(model)
                _log.info("Embedder through llama.cpp, %d side by side", len(self._lanes))
            evaluate_all(self._lanes, tokens, self._most, vectors)
        if not np.isfinite(vectors).all():
            raise BadEmbedder(path=self._file, reason="its vectors hold no numbers")
        return unit(vectors)

    def _cut(self, tokens: list[int]) -> list[int]:
        """What the model can take; the last token may be one that ends every text."""
        return tokens if len(tokens) <= self._most else [*tokens[: self._most - 1], tokens[-1]]


class _GGUFModels:
    def matches(self, place: Path) -> bool:
        """A GGUF file, or a folder with one and nothing that tells of another family."""
        return _file_of(place) is not None

    def open(self, place: Path) -> Embedder:
        """Errors: BadEmbedder."""
        file = _file_of(place)
        assert file is not None
        return GGUFModel(file)  # type: ignore[return-value]


def _file_of(place: Path) -> Path | None:
    if place.is_file():
        return place if is_gguf(str(place)) else None
    if (place / "source.json").is_file() or (place / "config.json").is_file():
        return None
    found = sorted(place.glob("*.gguf")) if place.is_dir() else []
    return found[0] if len(found) == 1 else None


EMBEDDER = _GGUFModels()
