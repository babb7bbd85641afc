"""all-MiniLM-L6-v2 and its kin: BERT folders of the sentence-transformers library.

Opening reads no weights and imports nothing heavy; both come with the first text. On processors
with bfloat16 instructions it runs in that (cosine to float32: .9999, 2.4 times the speed). Limits:
English mostly; 256 tokens, the rest of a longer text is not seen.
"""

from __future__ import annotations

import functools
import hashlib
import json
import logging
import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from app.core.errors import NoEmbedder
from app.core.files import sha256
from app.retrieval.embedders._base import Embedder
from app.retrieval.embedders._bert import Bert, fits
from app.retrieval.embedders._folder import read_json

if TYPE_CHECKING:
    from tokenizers import Tokenizer

    from app.retrieval.embedders._base import Vectors

_log = logging.getLogger(__name__)
_LIMIT = 256
_FILES = ("config.json", "model.safetensors", "tokenizer.json")


class MiniLM:
    """An open model of the family; thread-safe."""

    limit = _LIMIT

    def __init__(self, folder: Path) -> None:
        if missing := [name for name in _FILES if not (folder / name).is_file()]:
            raise NoEmbedder(f"missing: {missing}", path=folder)
        self._folder = folder
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        self.dimension = int(config["hidden_size"])
        self._opened: tuple[Bert, Tokenizer] | None = None
        self._lock = threading.Lock()

    @functools.cached_property
    def id(self) -> str:
        """The same files give the same name: vectors of other weights must never mix."""
        digests = [sha256(self._folder / name) for name in ("model.safetensors", "tokenizer.json")]
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
        model, cutting = self._open()
        vectors = model.means([found.ids for found in cutting.encode_batch(texts)])
        # Made unit vectors here, since in bfloat16 they would be off by half a percent.
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        return np.asarray(vectors / np.maximum(lengths, 1e-12), dtype=np.float32)

    def _open(self) -> tuple[Bert, Tokenizer]:
        with self._lock:
            if self._opened is None:
                cutting = self.tokenizer()
                cutting.enable_truncation(_LIMIT)
                half = _has_bfloat16()
                try:
                    model = Bert(self._folder, _cores(), half)
                except Exception as error:
                    # Damaged weights fail in many ways.
                    raise NoEmbedder(repr(error), path=self._folder) from error
                _log.info("Embedder in torch, bfloat16: %s", half)
                self._opened = model, cutting
            return self._opened


def _cores() -> int:
    """Cores that this process may use, which a container may hold below the machine's."""
    if hasattr(os, "sched_getaffinity"):
        return max(1, len(os.sched_getaffinity(0)))
    return max(1, os.cpu_count() or 1)


def _has_bfloat16() -> bool:
    """Whether the processor computes in bfloat16; without that it would be slower."""
    try:
        flags = Path("/proc/cpuinfo").read_text(encoding="ascii", errors="ignore")
    except OSError:
        return False
    return "avx512_bf16" in flags or "amx_bf16" in flags


class _MiniLMFamily:
    def matches(self, folder: Path) -> bool:
        """A BERT in a folder of sentence-transformers that was made for texts of this length and
        wants no words before them."""
        if not (folder / "modules.json").is_file():
            return False
        length, more = (
            read_json(folder / f"{name}.json")
            for name in ("sentence_bert_config", "config_sentence_transformers")
        )
        longest = length.get("max_seq_length")
        short = isinstance(longest, int) and longest <= _LIMIT
        return fits(folder) and short and not more.get("prompts")

    def open(self, folder: Path) -> Embedder:
        """Errors: NoEmbedder."""
        return MiniLM(folder)


EMBEDDER = _MiniLMFamily()
