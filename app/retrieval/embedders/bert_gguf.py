"""BERT models written as GGUF (installer/embedder.py), through llama.cpp: what packages have.

No torch: the first text costs a quarter of a second instead of some six. Cosine to
sentence-transformers: .9999; 0.9 of its speed (docs/DECISIONS.md). Runs on the processor only.
Limits: 256 tokens, the rest of a longer text is not seen.
"""

from __future__ import annotations

import functools
import hashlib
import json
import logging
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from app.core.errors import NoEmbedder
from app.core.files import sha256
from app.retrieval.embedders._base import Embedder
from app.retrieval.embedders._llama import Lane, Model, evaluate_all, lanes, unit

if TYPE_CHECKING:
    from tokenizers import Tokenizer

    from app.retrieval.embedders._base import Vectors

_log = logging.getLogger(__name__)
_LIMIT = 256
"""Of an evaluation too: attention over more would be computed in vain."""
_WEIGHTS = "model.gguf"
_SOURCE = "source.json"
_FILES = ("config.json", _SOURCE, _WEIGHTS, "tokenizer.json")


class BertGGUF:
    """An open model of the family; thread-safe."""

    limit = _LIMIT

    def __init__(self, folder: Path) -> None:
        if missing := [name for name in _FILES if not (folder / name).is_file()]:
            raise NoEmbedder(f"missing: {missing}", path=folder)
        self._folder = folder
        try:
            config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
            self.dimension = int(config["hidden_size"])
            source = json.loads((folder / _SOURCE).read_text(encoding="utf-8"))
            self._source = str(source["sha256"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise NoEmbedder(repr(error), path=folder) from error
        self._lanes: list[Lane] = []
        self._cutting: Tokenizer | None = None
        self._lock = threading.Lock()

    @functools.cached_property
    def id(self) -> str:
        """That of the weights which the file was made from, as minilm.py names them: its vectors
        differ less from theirs than bfloat16 does there, so that neither has to read again what
        the other has read."""
        digests = [self._source, sha256(self._folder / "tokenizer.json")]
        return f"{self._folder.name}@{hashlib.sha256(''.join(digests).encode()).hexdigest()[:16]}"

    def tokenizer(self) -> Tokenizer:
        """A fresh tokenizer: the file's own cuts and pads at 128."""
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_file(str(self._folder / "tokenizer.json"))
        tokenizer.no_truncation()
        tokenizer.no_padding()
        return tokenizer

    def encode(self, texts: list[str]) -> Vectors:
        """Unit vectors. Errors: NoEmbedder when the files are not such a model."""
        vectors = np.zeros((len(texts), self.dimension), np.float32)
        if not texts:
            return vectors
        with self._lock:
            opened = self._open()
            assert self._cutting is not None
            tokens = [found.ids for found in self._cutting.encode_batch(texts)]
            evaluate_all(opened, tokens, _LIMIT, vectors)
        return unit(vectors)

    def _open(self) -> list[Lane]:
        if not self._lanes:
            cutting = self.tokenizer()
            cutting.enable_truncation(_LIMIT)
            self._lanes = lanes(Model(self._folder / _WEIGHTS, self.dimension, _LIMIT))
            self._cutting = cutting
            _log.info("Embedder through llama.cpp, %d side by side", len(self._lanes))
        return self._lanes


class _BertGGUFFamily:
    def matches(self, folder: Path) -> bool:
        """A folder that `installer/embedder.py` wrote."""
        return (folder / _WEIGHTS).is_file() and (folder / _SOURCE).is_file()

    def open(self, folder: Path) -> Embedder:
        """Errors: NoEmbedder."""
        return BertGGUF(folder)


EMBEDDER = _BertGGUFFamily()
