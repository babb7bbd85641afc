"""What Loam asks of Chroma, wherever it runs: one collection for each collection of the library, in
which a passage is its id and its vector. No documents, no metadata: text never goes there."""

from __future__ import annotations

import contextlib
import logging
import math
import threading
import time
from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np

from app.retrieval.entries import Change
from app.retrieval.passages import Passages
from app.retrieval.scan import Vector

_log = logging.getLogger(__name__)
_BATCH = 250
_LISTED = 5_000
_ENOUGH = 0.9


class Home(Protocol):
    """Where a Chroma is: a folder here, or a server."""

    checked: bool
    """Whether its answers are held against the library, since others could have changed them."""

    def open(self) -> Any:
        """A client that has answered. Errors: whatever Chroma raises."""

    def close(self, client: Any) -> None:
        """Let go of what `open` gave."""

    def settings(self) -> dict[str, Any]:
        """How its collections are made."""

    def name(self, collection_id: int) -> str:
        """What a collection of the library is called there."""

    def owns(self, name: str) -> bool:
        """Whether a collection there belongs to this library."""

    def void(self) -> None:
        """Nothing of it can be used: the next `open` begins anew."""


class Lacking(Exception):
    """Chroma does not have what it should."""


class Chroma:
    """An open Chroma. All methods raise whatever Chroma does."""

    def __init__(self, home: Home, passages: Passages) -> None:
        self._home = home
        self._passages = passages
        self._client = home.open()
        self._collections: dict[str, Any] = {}
        self._lock = threading.Lock()
        self._odd: list[tuple[int, int, int]] = []

    def nearest(
        self, collections: Sequence[int], vector: Vector, count: int
    ) -> list[tuple[int, float]]:
        """(passage id, cosine), nearest first. Errors: Lacking besides."""
        found: list[tuple[int, float]] = []
        for collection_id in collections:
            answer = self._collection(collection_id).query(
                query_embeddings=vector[None, :], n_results=count, include=["distances"]
            )
            ids, distances = answer["ids"][0], answer["distances"][0]
            hits = [
                (int(name), 1.0 - float(distance))
                for name, distance in zip(ids, distances, strict=True)
            ]
            found += self._true(collection_id, hits, count) if self._home.checked else hits
        return sorted(found, key=lambda hit: (-hit[1], hit[0]))[:count]

    def change(self, change: Change) -> None:
        """Follow a change of the library."""
        found = self._collection(change.collection_id)
        for first in range(0, len(change.removed), _BATCH):
            found.delete(ids=_names(change.removed[first : first + _BATCH]))
        for first in range(0, len(change.added), _BATCH):
            part = slice(first, first + _BATCH)
            rows = np.frombuffer(b"".join(change.vectors[part]), np.float16)
            ids = change.added[part]
            found.upsert(ids=_names(ids), embeddings=rows.reshape(len(ids), -1).astype(np.float32))

    def drop(self, collection_id: int) -> None:
        """Forget a collection of the library."""
        name = self._home.name(collection_id)
        self._collections.pop(name, None)
        if name in self._own():
            self._client.delete_collection(name)

    def forget(self) -> None:
        """Delete all that is there of this library."""
        self._collections.clear()
        for name in self._own():
            self._client.delete_collection(name)

    def tidy(self) -> None:
        """Delete collections that the library has no more."""
        wanted = {self._home.name(one) for one in self._passages.collections()}
        for name in self._own():
            if name not in wanted:
                self._client.delete_collection(name)

    def level(self, stop: threading.Event) -> None:
        """Give Chroma what it lacks and take what it has too much. Errors: InterruptedError when
        told to stop."""
        for collection_id in self._passages.collections():
            found = self._collection(collection_id)
            want = self._passages.ids(collection_id)
            have = self._ids(found, len(want))
            extra = sorted(have.difference(want))
            for first in range(0, len(extra), _BATCH):
                found.delete(ids=_names(extra[first : first + _BATCH]))
            lacking = [passage for passage in want if passage not in have]
            for ids, rows in self._passages.batches(lacking):
                if stop.is_set():
                    raise InterruptedError
                found.upsert(ids=_names(ids), embeddings=rows)
                # Chroma holds the interpreter while it inserts: let searches have their turn.
                time.sleep(0.005)

    def check(self) -> None:
        """Whether it answers and has as many passages as the library. Errors: Lacking besides."""
        self._client.heartbeat()
        odd = []
        for collection_id in self._passages.collections():
            have, want = self._collection(collection_id).count(), self._passages.ids(collection_id)
            if have != len(want):
                odd.append((collection_id, have, len(want)))
        # What SQLite has by now goes there a moment later: only what stays so is a fault.
        before, self._odd = self._odd, odd
        if odd and odd == before:
            raise Lacking(f"(collection, passages there, passages here): {odd}")

    def close(self) -> None:
        """Let go of it."""
        with contextlib.suppress(Exception):
            self._home.close(self._client)

    def _true(
        self, collection_id: int, hits: list[tuple[int, float]], count: int
    ) -> list[tuple[int, float]]:
        """Those that are passages of the collection and searched, once each: the answer of a server
        can't be trusted. Errors: Lacking when there should be more."""
        if not all(math.isfinite(cosine) for _, cosine in hits):
            raise Lacking("distances that are no numbers")
        real = self._passages.among([passage for passage, _ in hits], collection_id)
        kept = {passage: cosine for passage, cosine in hits if passage in real}
        if len(kept) < count:
            there = min(count, len(self._passages.ids(collection_id)))
            if len(kept) < _ENOUGH * there:
                raise Lacking(f"{len(kept)} of {there} passages")
        return list(kept.items())

    def _ids(self, found: Any, expected: int) -> set[int]:
        """Ids in a collection; of one that has far too many only some, the rest comes later."""
        have: set[int] = set()
        while True:
            some = found.get(include=[], limit=_LISTED, offset=len(have))["ids"]
            before = len(have)
            have.update(int(name) for name in some)
            if len(some) < _LISTED or len(have) == before or len(have) > 2 * expected + _LISTED:
                return have

    def _own(self) -> list[str]:
        names: list[str] = []
        while True:
            some = self._client.list_collections(limit=1000, offset=len(names))
            names += [str(each.name) for each in some]
            if len(some) < 1000 or len(names) >= 100_000:
                return [name for name in names if self._home.owns(name)]

    def _collection(self, collection_id: int) -> Any:
        name = self._home.name(collection_id)
        if (known := self._collections.get(name)) is not None:
            return known
        with self._lock:
            if name not in self._collections:
                self._collections[name] = self._client.get_or_create_collection(
                    name,
                    configuration={"hnsw": self._home.settings()},
                    embedding_function=None,
                )
            return self._collections[name]


def _names(ids: Sequence[int]) -> list[str]:
    return [str(one) for one in ids]
