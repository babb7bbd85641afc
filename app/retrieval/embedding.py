"""Embedding in the background: texts in, vectors told, in batches of texts of like length.

Two batches are under way at once, so that no core waits while one is prepared or put away.
Limits: holds all texts that it is given; a batch that has begun is finished.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from app.retrieval.embedders._base import Embedder

BATCH = 32
_WINDOW = 4 * BATCH
_AT_ONCE = 2


@dataclass(frozen=True, slots=True)
class Embedded:
    """Vectors (float16 bytes) by the key of their text."""

    vectors: dict[bytes, bytes]


class Embedding:
    """The embedding of one run. tell: called in its threads, with Embedded or what was raised.

    `left` counts texts that were given and not told yet; the caller counts them down.
    """

    def __init__(self, embedder: Embedder, tell: Callable[[Embedded | Exception], None]) -> None:
        self._embedder = embedder
        self._tell = tell
        self._change = threading.Condition()
        self._texts: dict[bytes, str] = {}
        self._batches: deque[list[tuple[bytes, str]]] = deque()
        self._closed = False
        self._started = False
        self.left = 0

    def add(self, texts: dict[bytes, str]) -> None:
        """Embed texts, by key."""
        if not texts:
            return
        self.left += len(texts)
        with self._change:
            self._texts.update(texts)
            self._change.notify_all()
        if not self._started:
            self._started = True
            for _ in range(_AT_ONCE):
                threading.Thread(target=self._work, name="batches", daemon=True).start()

    def close(self) -> None:
        """Embed no more; doesn't wait for the batches that are under way."""
        with self._change:
            self._closed = True
            self._change.notify_all()

    def _work(self) -> None:
        while batch := self._next():
            try:
                rows = self._embedder.encode([text for _, text in batch]).astype(np.float16)
            except Exception as error:
                self._tell(error)
                return
            keys = (key for key, _ in batch)
            self._tell(Embedded({key: row.tobytes() for key, row in zip(keys, rows, strict=True)}))

    def _next(self) -> list[tuple[bytes, str]]:
        """A batch once there is one, in the order that texts came in but for their length: some
        models pad a batch to its longest. Empty when all is over."""
        with self._change:
            while not self._closed:
                if self._batches:
                    return self._batches.popleft()
                if self._texts:
                    some = [(key, self._texts.pop(key)) for key in list(self._texts)[:_WINDOW]]
                    some.sort(key=lambda item: len(item[1]), reverse=True)
                    self._batches.extend(
                        some[first : first + BATCH] for first in range(0, len(some), BATCH)
                    )
                else:
                    self._change.wait()
            return []
