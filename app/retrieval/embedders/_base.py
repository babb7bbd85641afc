"""What an embedding model family is: the thing that each module of this package defines as
EMBEDDER, and what it opens."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np

if TYPE_CHECKING:
    from tokenizers import Tokenizer

Vectors = np.ndarray[tuple[int, int], np.dtype[np.float32]]


class Embedder(Protocol):
    """An open embedding model: texts to unit vectors.

    id names the very weights, so that vectors of different ones are never mixed; limit is the
    longest text in tokens, what is beyond is not seen. Safe from any thread.
    """

    dimension: int
    limit: int

    @property
    def id(self) -> str: ...

    def tokenizer(self) -> Tokenizer:
        """A tokenizer without truncation and padding, or what can be used in its place
        (_words.py)."""
        ...

    def encode(self, texts: list[str]) -> Vectors:
        """(n, dimension) rows of length 1; all of `texts` in one batch. Errors: NoEmbedder."""
        ...


def of_questions(embedder: Embedder, texts: list[str]) -> Vectors:
    """As `encode`, for what is asked: some models want to be told which side a text is on, and
    have `encode_questions` for it. Errors: NoEmbedder."""
    encode: Callable[[list[str]], Vectors]
    encode = getattr(embedder, "encode_questions", embedder.encode)
    return encode(texts)


class Family(Protocol):
    """A kind of embedding model that can be opened from a folder of files, or from one file."""

    def matches(self, folder: Path) -> bool:
        """Whether that is such a model."""
        ...

    def open(self, folder: Path) -> Embedder:
        """Open it, cheaply: weights load when they are used. Errors: NoEmbedder."""
        ...
