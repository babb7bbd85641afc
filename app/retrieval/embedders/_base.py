"""What an embedding model family is: the thing that each module of this package defines as
EMBEDDER, and what it opens."""

from __future__ import annotations

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
        """A tokenizer without truncation and padding."""
        ...

    def encode(self, texts: list[str]) -> Vectors:
        """(n, dimension) rows of length 1; all of `texts` in one batch. Errors: NoEmbedder."""
        ...


class Family(Protocol):
    """A kind of embedding model that can be opened from a folder of files."""

    def matches(self, folder: Path) -> bool:
        """Whether the folder holds such a model."""
        ...

    def open(self, folder: Path) -> Embedder:
        """Open it, cheaply: weights load when they are used. Errors: NoEmbedder."""
        ...
