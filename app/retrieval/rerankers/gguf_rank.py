"""Reranking models in one GGUF file, through llama.cpp: its pooling of the kind 'rank'.

Needs no torch. The header is checked with bounds before llama.cpp sees the file. Limits: 512 tokens
for question and passage together; one file; the processor only; llama.cpp does not tell BERT's
models which of the two texts a word is from, so that those made with that knowledge do worse than
as a folder.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from app.core import gguf
from app.core.errors import BadReranker, LoamError
from app.core.magic import is_gguf
from app.retrieval.embedders._llama import Lane, Model, lanes
from app.retrieval.embedders._words import GGUFWords
from app.retrieval.rerankers._base import Reranker

_log = logging.getLogger(__name__)
_MOST_TOKENS = 512
_RANK = 4
_NO_WORDS = ("", "none", "no_vocab")
_TWICE = ("t5", "llama")


class GGUFRank:
    """An open model of the family; thread-safe."""

    def __init__(self, file: Path) -> None:
        self._file = file
        try:
            values = gguf.read(str(file)).values
        except LoamError as error:
            reason = error.params.get("reason", "") or "it is no longer there"
            raise BadReranker(repr(error), path=file, reason=reason) from error
        kind = str(values.get("general.architecture", ""))
        if gguf.number(values, f"{kind}.pooling_type") != _RANK:
            raise BadReranker(path=file, reason="it does not compare a question with a text")
        if str(values.get("tokenizer.ggml.model", "")) in _NO_WORDS:
            raise BadReranker(path=file, reason="it comes without the words it knows")
        if gguf.number(values, "split.count") > 1:
            raise BadReranker(path=file, reason="it is one of several files")
        self._dimension = gguf.number(values, f"{kind}.embedding_length")
        trained = gguf.number(values, f"{kind}.context_length")
        self._room = min(trained or _MOST_TOKENS, _MOST_TOKENS)
        # XLM-RoBERTa has two marks between question and text, BERT has one.
        self._twice = str(values.get("tokenizer.ggml.model", "")) in _TWICE
        self._lock = threading.Lock()
        self._words: GGUFWords | None = None
        self._lanes: list[Lane] = []

    def scores(self, question: str, texts: Sequence[str]) -> list[float]:
        """As Reranker has it."""
        try:
            with self._lock:
                words, open_ = self._opened()
                pairs = [self._pair(words, question, text) for text in texts]
                with ThreadPoolExecutor(len(open_)) as side_by_side:
                    shares = [pairs[first :: len(open_)] for first in range(len(open_))]
                    found = list(side_by_side.map(_scores, open_, shares))
        except BadReranker:
            raise
        except LoamError as error:
            reason = error.detail or "llama.cpp can't run it"
            raise BadReranker(repr(error), path=self._file, reason=reason) from error
        return [found[place % len(open_)][place // len(open_)] for place in range(len(texts))]

    def _opened(self) -> tuple[GGUFWords, list[Lane]]:
        if self._words is None:
            model = Model(self._file, self._dimension, self._room, _RANK)
            self._lanes = lanes(model)
            self._words = GGUFWords(model)
            _log.info("Reranker through llama.cpp, %d side by side", len(self._lanes))
        return self._words, self._lanes

    def _pair(self, words: GGUFWords, question: str, text: str) -> list[int]:
        """Question and text as the model was taught: with a mark before, between and after."""
        asked, said = words.ids(question, True), words.ids(text, True)
        if len(asked) < 2 or len(said) < 2:
            raise BadReranker(path=self._file, reason="it marks no beginning and end of texts")
        end = said[-1]
        half = self._room // 2
        first = asked if len(asked) <= half else [*asked[: half - 1], end]
        pair = [*first, *([end] if self._twice else []), *said[1:]]
        return pair if len(pair) <= self._room else [*pair[: self._room - 1], end]


def _scores(lane: Lane, pairs: Sequence[Sequence[int]]) -> list[float]:
    """One by one, since a text's score must not depend on the others. Of a model that ranks what
    is evaluated is one number long."""
    return [float(next(lane.evaluate([pair]))[0]) for pair in pairs]


class _GGUFRankFamily:
    def matches(self, path: Path) -> bool:
        """A GGUF file, or a folder with one and nothing that tells of another family."""
        return _file_of(path) is not None

    def open(self, path: Path) -> Reranker:
        """Errors: BadReranker."""
        file = _file_of(path)
        assert file is not None
        return GGUFRank(file)


def _file_of(path: Path) -> Path | None:
    if path.is_file():
        return path if is_gguf(str(path)) else None
    found = sorted(path.glob("*.gguf")) if not (path / "config.json").exists() else []
    return found[0] if len(found) == 1 else None


RERANKER = _GGUFRankFamily()
