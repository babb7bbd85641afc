"""Exact search by looking at every stored vector: what answers while there is no dense index."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

import numpy as np

from app.retrieval.passages import Passages

_BLOCK = 20_000

Vector = np.ndarray[tuple[int], np.dtype[np.float32]]


class Scan:
    """Over the vectors of a library, kept in memory until they change. Thread-safe."""

    def __init__(self, passages: Passages) -> None:
        self._passages = passages
        self._lock = threading.Lock()
        self._key: tuple[int, ...] | None = None
        self._ids: list[int] = []
        self._rows: Any = None

    def forget(self) -> None:
        """Read the vectors again with the next search."""
        with self._lock:
            self._key, self._ids, self._rows = None, [], None

    def nearest(
        self, collections: Sequence[int], vector: Vector, count: int
    ) -> list[tuple[int, float]]:
        """As DenseIndex.nearest."""
        with self._lock:
            if self._key != tuple(collections):
                self._ids, self._rows = self._passages.matrix(collections)
                self._key = tuple(collections)
            ids, rows = self._ids, self._rows
        return nearest(ids, rows, vector, count)


def nearest(ids: list[int], rows: Any, vector: Vector, count: int) -> list[tuple[int, float]]:
    """(id, cosine) of the rows nearest to a vector, nearest first."""
    if not ids:
        return []
    cosines = np.concatenate(
        [
            rows[first : first + _BLOCK].astype(np.float32) @ vector
            for first in range(0, len(ids), _BLOCK)
        ]
    )
    count = min(count, len(ids))
    best = np.argpartition(-cosines, count - 1)[:count]
    return sorted(((ids[i], float(cosines[i])) for i in best), key=lambda hit: (-hit[1], hit[0]))
