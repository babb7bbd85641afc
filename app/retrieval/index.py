"""The dense index: Chroma beside SQLite, and the only module that knows it.

Chroma is a cache of the library's vectors. It opens in a background thread, is checked, brought
level with SQLite, and thrown away and made again when it fails or when opening it once took the
process down. Until it is ready NumPy looks through the stored vectors, with the same results.
Limits: one process a folder; one Chroma collection a collection; no documents, no metadata.
"""

from __future__ import annotations

import contextlib
import logging
import shutil
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from app.retrieval.entries import Change
from app.retrieval.passages import Passages

_log = logging.getLogger(__name__)
_BATCH = 250
_SETTINGS = {"space": "cosine", "sync_threshold": 20_000, "ef_search": 200}
_BLOCK = 20_000
_VOID = "void"

Vector = np.ndarray[tuple[int], np.dtype[np.float32]]


class DenseIndex:
    """Nearest passages by meaning. Thread-safe.

    folder: where Chroma's folders may be; identity: the library's, so that a Chroma made from
    another library is never used. `status` is 'starting', 'ready', 'rebuilding', or
    'off' when Chroma can't be used at all.
    """

    def __init__(self, folder: Path, identity: str, passages: Passages) -> None:
        self._folder = folder
        self._prefix = f"chroma-{identity}-"
        self._passages = passages
        self._client: Any = None
        self._collections: dict[int, Any] = {}
        self._lock = threading.RLock()
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None
        self._scan = _Scan(passages)
        self.status = "starting"

    def start(self) -> None:
        """Open Chroma in the background; safe to repeat."""
        with self._lock:
            if self._thread is None and not self._closing.is_set():
                self._thread = threading.Thread(target=self._prepare, daemon=True)
                self._thread.start()

    def nearest(
        self, collections: Sequence[int], vector: Vector, count: int
    ) -> list[tuple[int, float]]:
        """(passage id, cosine), nearest first. Errors: StoreError."""
        if self.status == "ready":
            try:
                return self._ask_chroma(collections, vector, count)
            except Exception as error:
                # Any failure in there means the same: it can't be relied on.
                self._failed(error)
        return self._scan.nearest(collections, vector, count)

    def nearest_in(
        self, files: Sequence[int], vector: Vector, count: int
    ) -> list[tuple[int, float]]:
        """As `nearest`, among the passages of some files. Chroma's filters are slower than looking
        at all of them, up to 100,000 passages at least."""
        return _nearest(*self._passages.matrix_of(files), vector, count)

    def change(self, change: Change) -> None:
        """Follow a change that SQLite has committed."""
        self._scan.forget()
        # The lock first: while the index is brought level, this change may already be seen there.
        with self._lock:
            if self.status != "ready":
                return
            try:
                found = self._collection(change.collection_id)
                for first in range(0, len(change.removed), _BATCH):
                    found.delete(ids=_names(change.removed[first : first + _BATCH]))
                for first in range(0, len(change.added), _BATCH):
                    part = slice(first, first + _BATCH)
                    rows = np.frombuffer(b"".join(change.vectors[part]), np.float16)
                    ids = change.added[part]
                    found.upsert(
                        ids=_names(ids), embeddings=rows.reshape(len(ids), -1).astype(np.float32)
                    )
            except Exception as error:
                self._failed(error)

    def drop(self, collection_id: int) -> None:
        """Forget a collection."""
        self._scan.forget()
        with self._lock:
            if self.status != "ready":
                return
            try:
                self._collections.pop(collection_id, None)
                if _name(collection_id) in {c.name for c in self._client.list_collections()}:
                    self._client.delete_collection(_name(collection_id))
            except Exception as error:
                self._failed(error)

    def discard(self) -> None:
        """All vectors are void: begin with an empty index. Before `start` only."""
        self._void()

    def wait(self, seconds: float) -> bool:
        """Wait until it is ready; False when it isn't by then."""
        deadline = time.monotonic() + seconds
        while self.status != "ready" and time.monotonic() < deadline:
            time.sleep(0.02)
        return self.status == "ready"

    def close(self) -> None:
        """Stop the background work and close Chroma."""
        self._closing.set()
        if self._thread is not None:
            self._thread.join(0.5)
        with contextlib.suppress(Exception):
            if self._client is not None:
                self._client.close()

    # --- Chroma --------------------------------------------------------------------------------

    def _ask_chroma(
        self, collections: Sequence[int], vector: Vector, count: int
    ) -> list[tuple[int, float]]:
        found: list[tuple[int, float]] = []
        for collection_id in collections:
            answer = self._collection(collection_id).query(
                query_embeddings=vector[None, :], n_results=count, include=["distances"]
            )
            ids, distances = answer["ids"][0], answer["distances"][0]
            found.extend(
                (int(name), 1.0 - float(distance))
                for name, distance in zip(ids, distances, strict=True)
            )
        return sorted(found, key=lambda hit: (-hit[1], hit[0]))[:count]

    def _collection(self, collection_id: int) -> Any:
        with self._lock:
            if collection_id not in self._collections:
                self._collections[collection_id] = self._client.get_or_create_collection(
                    _name(collection_id), configuration={"hnsw": _SETTINGS}, embedding_function=None
                )
            return self._collections[collection_id]

    def _failed(self, error: Exception) -> None:
        """Make a new Chroma in the background."""
        with self._lock:
            if self.status != "ready":
                return
            _log.warning("The dense index failed and is made again: %r", error)
            self.status = "rebuilding"
            self._client, self._collections = None, {}
            self._void()
            self._thread = threading.Thread(target=self._prepare, daemon=True)
            self._thread.start()

    def _folders(self) -> list[Path]:
        return sorted(self._folder.glob("chroma-*"))

    def _void(self) -> None:
        for old in self._folders():
            (old / _VOID).touch()

    def _prepare(self) -> None:
        """Open, check and level; a folder that fails is replaced by a new one, once."""
        for attempt in (1, 2):
            try:
                self._level(self._open())
            except InterruptedError:
                return
            except Exception as error:
                _log.warning("The dense index could not be used (%d): %r", attempt, error)
                self._void()
            else:
                return
        self.status = "off"

    def _open(self) -> Any:
        """A client whose collections all answer. Errors: whatever Chroma raises."""
        import chromadb
        from chromadb.config import Settings

        folder = None
        for old in self._folders():
            if not old.name.startswith(self._prefix) or (old / _VOID).exists() or folder:
                shutil.rmtree(old, ignore_errors=True)
            else:
                folder = old
        if folder is None:
            folder = self._folder / f"{self._prefix}{time.time_ns()}"
            folder.mkdir(mode=0o700)
            self.status = "rebuilding" if self._passages.count() else self.status
        # Should opening take the process down, the next start finds this mark and begins anew.
        (folder / _VOID).touch()
        client = chromadb.PersistentClient(folder, Settings(anonymized_telemetry=False))
        for known in client.list_collections():
            found = client.get_collection(known.name, embedding_function=None)
            if found.count():
                any_vector = found.get(limit=1, include=["embeddings"])["embeddings"]
                found.query(query_embeddings=any_vector, n_results=1, include=["distances"])
        (folder / _VOID).unlink()
        return client

    def _level(self, client: Any) -> None:
        """Give Chroma what it lacks and take what it has too much, then let it answer."""
        with self._lock:
            self._client, self._collections = client, {}
        wanted = {_name(collection_id) for collection_id in self._passages.collections()}
        for known in client.list_collections():
            if known.name not in wanted:
                client.delete_collection(known.name)
        for round_ in range(3):
            # Files may come and go meanwhile; the last round runs with changes held back.
            with self._lock if round_ == 2 else contextlib.nullcontext():
                for collection_id in self._passages.collections():
                    self._level_one(collection_id)
                if round_ == 2:
                    self.status = "ready"

    def _level_one(self, collection_id: int) -> None:
        found = self._collection(collection_id)
        have = {int(name) for name in found.get(include=[])["ids"]}
        want = self._passages.ids(collection_id)
        extra = sorted(have.difference(want))
        for first in range(0, len(extra), _BATCH):
            found.delete(ids=_names(extra[first : first + _BATCH]))
        lacking = [passage for passage in want if passage not in have]
        for ids, rows in self._passages.batches(lacking):
            if self._closing.is_set():
                raise InterruptedError
            found.upsert(ids=_names(ids), embeddings=rows)
            # Chroma holds the interpreter while it inserts: let searches have their turn.
            time.sleep(0.005)


class _Scan:
    """Exact search over the stored vectors, kept in memory until they change."""

    def __init__(self, passages: Passages) -> None:
        self._passages = passages
        self._lock = threading.Lock()
        self._key: tuple[int, ...] | None = None
        self._ids: list[int] = []
        self._rows: Any = None

    def forget(self) -> None:
        """Read the vectors again with the next search."""
        with self._lock:
            self._key = None

    def nearest(
        self, collections: Sequence[int], vector: Vector, count: int
    ) -> list[tuple[int, float]]:
        """As DenseIndex.nearest."""
        with self._lock:
            if self._key != tuple(collections):
                self._ids, self._rows = self._passages.matrix(collections)
                self._key = tuple(collections)
            ids, rows = self._ids, self._rows
        return _nearest(ids, rows, vector, count)


def _nearest(ids: list[int], rows: Any, vector: Vector, count: int) -> list[tuple[int, float]]:
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


def _names(ids: Sequence[int]) -> list[str]:
    return [str(one) for one in ids]


def _name(collection_id: int) -> str:
    """Chroma wants three characters at least."""
    return f"collection-{collection_id}"
