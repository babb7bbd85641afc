"""New vectors for a whole library, from the texts it holds, while the old ones answer.

Each vector is kept by the hash of model and text as soon as it is made (kept.py), so what was
stopped or killed goes on where it was. At the end one transaction puts them in the place of the
old ones. A passage that the new model can't see whole is cut anew; others stay what they are.
Limits: passages are not joined where the new model would take more.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from app.core.errors import Cancelled, StoreError
from app.core.messages import Progress
from app.core.types import Heading, PageText
from app.retrieval.chunker import Chunk, Document
from app.retrieval.embedders._base import Embedder
from app.retrieval.entries import Entry, Fingerprint, clear, fill
from app.retrieval.kept import KeptVectors, keep_those_of, number_of
from app.retrieval.runs import key_of
from app.retrieval.splitting import splitter
from app.retrieval.store import Store

Cancel = Callable[[], bool]

_WINDOW = 256
_BATCH = 16
_COMMIT_S = 2.0
_LEAST = 32


@dataclass(frozen=True, slots=True)
class Piece:
    """A passage, or a part of one: what stands before it, and text[start:end] of its document."""

    prefix: str
    start: int
    end: int
    key: bytes


class Rebuild:
    """One library's way to one embedder; made anew after a stop."""

    def __init__(self, store: Store, embedder: Embedder) -> None:
        self._store = store
        self._embedder = embedder
        self._kept = KeptVectors(store.database)
        self._tokenizer: Any = embedder.tokenizer()
        # By passage: its only piece, or the pieces that it becomes.
        self._pieces: dict[int, tuple[Piece, ...]] = {}

    def prepare(self, cancelled: Cancel) -> Iterator[Progress]:
        """Make the vectors that are missing. Errors: Cancelled, NoEmbedder, StoreError."""
        total = self._count()
        yield Progress("", min(len(self._pieces), total), total, "passages")
        # Until nothing came meanwhile.
        while todo := self._unseen():
            for first in range(0, len(todo), _WINDOW):
                rows = self._rows(todo[first : first + _WINDOW])
                yield from self._window(rows, cancelled)

    def switch(self, w: sqlite3.Connection, place: str) -> None:
        """Put the new vectors in the place of the old ones, inside a caller's transaction; no
        file may be read meanwhile. Errors: StoreError when one is missing, which undoes all."""
        split = [one for one, pieces in self._pieces.items() if len(pieces) != 1]
        marks = json.dumps(split)
        files = w.execute(
            """SELECT DISTINCT file_id, collection_id FROM chunks
            WHERE id IN (SELECT value FROM json_each(?))""",
            (marks,),
        ).fetchall()
        keep_those_of(w, "id > ?", (0,))
        for file_id, collection_id in files:
            self._fill_anew(w, file_id, collection_id)
        w.execute("CREATE TEMP TABLE coming (id INTEGER PRIMARY KEY, key BLOB NOT NULL)")
        try:
            w.executemany(
                "INSERT INTO coming VALUES (?, ?)",
                ((one, found[0].key) for one, found in self._pieces.items() if len(found) == 1),
            )
            w.execute(
                """UPDATE chunks SET key = c.key, vector = k.vector
                FROM coming c JOIN kept k ON k.key = c.key WHERE c.id = chunks.id"""
            )
        finally:
            w.execute("DROP TABLE coming")
        size = 2 * self._embedder.dimension
        wrong = w.execute(
            "SELECT count(*) FROM chunks WHERE length(vector) != ? OR length(key) = 0", (size,)
        ).fetchone()[0]
        if wrong:
            reason = f"{wrong} passages have no vector of the new model"
            raise StoreError(reason=reason, path=self._store.database.path)
        number = number_of(w, self._embedder.id)
        w.execute("DELETE FROM kept WHERE embedder = ?", (number,))
        for name, value in (("embedder", self._embedder.id), ("embedder place", place)):
            w.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, value))

    def _count(self) -> int:
        return int(self._store.database.read("SELECT count(*) FROM chunks")[0][0])

    def _unseen(self) -> list[int]:
        """Passages that were not looked at yet; by file, so that a text is read once."""
        rows = self._store.database.read("SELECT id FROM chunks ORDER BY file_id, start")
        alive = {row[0] for row in rows}
        self._pieces = {one: found for one, found in self._pieces.items() if one in alive}
        return [row[0] for row in rows if row[0] not in self._pieces]

    def _rows(self, ids: Sequence[int]) -> list[sqlite3.Row]:
        return self._store.database.read(
            """SELECT id, file_id, collection_id, prefix, start, "end" FROM chunks
            WHERE id IN (SELECT value FROM json_each(?)) ORDER BY file_id, start""",
            (json.dumps(ids),),
        )

    def _window(self, rows: Sequence[sqlite3.Row], cancelled: Cancel) -> Iterator[Progress]:
        texts: dict[int, str] = {}
        for file_id in {row["file_id"] for row in rows}:
            held = self._store.database.read("SELECT text FROM texts WHERE file_id = ?", (file_id,))
            texts[file_id] = str(held[0][0]) if held else ""
        keys = {}
        for row in rows:
            body = texts[row["file_id"]][row["start"] : row["end"]]
            keys[row["id"]] = key_of(self._embedder.id, embedded(row["prefix"], body))
        # What there is a vector for was seen whole.
        known = self._kept.which(keys.values())
        found: dict[int, tuple[Piece, ...]] = {}
        todo: dict[bytes, tuple[str, int]] = {}
        for row in rows:
            key, text = keys[row["id"]], texts[row["file_id"]]
            place = (row["prefix"], row["start"], row["end"])
            pieces = (Piece(*place, key),) if key in known else self._cut(text, *place)
            found[row["id"]] = pieces
            for piece in pieces:
                said = embedded(piece.prefix, text[piece.start : piece.end])
                todo[piece.key] = (said, row["collection_id"])
        for key in self._kept.which(todo):
            del todo[key]
        yield from self._embed(todo, len(rows), cancelled)
        self._pieces.update(found)

    def _embed(
        self, texts: dict[bytes, tuple[str, int]], count: int, cancelled: Cancel
    ) -> Iterator[Progress]:
        # Texts of like length share a batch, which is padded to its longest.
        todo = sorted(texts.items(), key=lambda item: len(item[1][0]), reverse=True)
        made: list[tuple[bytes, int, bytes]] = []
        committed = time.monotonic()
        total = self._count()
        for first in range(0, len(todo), _BATCH):
            if cancelled():
                self._kept.keep(self._embedder.id, made)
                raise Cancelled
            some = todo[first : first + _BATCH]
            rows = self._embedder.encode([text for _, (text, _) in some]).astype(np.float16)
            made.extend(
                (key, collection, row.tobytes())
                for (key, (_, collection)), row in zip(some, rows, strict=True)
            )
            if time.monotonic() - committed > _COMMIT_S:
                self._kept.keep(self._embedder.id, made)
                made, committed = [], time.monotonic()
            part = count * min(1.0, (first + len(some)) / len(todo))
            yield Progress("", min(len(self._pieces) + int(part), total), total, "passages")
        self._kept.keep(self._embedder.id, made)
        if cancelled():
            raise Cancelled

    def _cut(self, text: str, prefix: str, start: int, end: int) -> tuple[Piece, ...]:
        """The passage as it is, when the model sees it whole, else in parts."""
        whole = embedded(prefix, text[start:end])
        limit = self._embedder.limit
        if self._tokens(whole) <= limit:
            return (Piece(prefix, start, end, key_of(self._embedder.id, whole)),)
        before = prefix
        while before and self._tokens(before) > limit // 3:
            before = before[: len(before) // 2]
        room = max(limit - self._tokens(before) - 2, _LEAST)
        pieces = []
        for offset, words in splitter(self._tokenizer, room).chunk_indices(text[start:end]):
            if any(letter.isalnum() for letter in words):
                first = start + offset
                key = key_of(self._embedder.id, embedded(before, words))
                pieces.append(Piece(before, first, first + len(words), key))
        return tuple(pieces)

    def _tokens(self, text: str) -> int:
        return len(self._tokenizer.encode(text, add_special_tokens=False))

    def _fill_anew(self, w: sqlite3.Connection, file_id: int, collection_id: int) -> None:
        """Replace the passages of a file of which one was cut."""
        file = w.execute("SELECT kind, title FROM files WHERE id = ?", (file_id,)).fetchone()
        text = w.execute("SELECT text FROM texts WHERE file_id = ?", (file_id,)).fetchone()[0]
        pages = w.execute(
            """SELECT number, start, "end", recognised FROM pages WHERE file_id = ?
            ORDER BY position""",
            (file_id,),
        ).fetchall()
        headings = w.execute(
            "SELECT start, level FROM headings WHERE file_id = ? ORDER BY start", (file_id,)
        ).fetchall()
        chunks: list[Chunk] = []
        pieces: list[Piece] = []
        for row in w.execute(
            "SELECT id, page, heading FROM chunks WHERE file_id = ? ORDER BY start", (file_id,)
        ).fetchall():
            for piece in self._pieces.get(row["id"], ()):
                heading = tuple(json.loads(row["heading"]))
                chunks.append(Chunk(piece.start, piece.end, row["page"], heading))
                pieces.append(piece)
        vectors = []
        for piece in pieces:
            kept = w.execute("SELECT vector FROM kept WHERE key = ?", (piece.key,)).fetchone()
            vectors.append(kept[0] if kept else b"")
        document = Document(
            file["kind"],
            file["title"],
            text,
            tuple(PageText(row[0], row[1], row[2], bool(row[3])) for row in pages),
            tuple(chunks),
            tuple(Heading(*row) for row in headings),
        )
        clear(w, file_id)
        entry = Entry(
            file_id,
            Fingerprint(0, 0, ""),  # not stored here
            document,
            tuple(piece.prefix for piece in pieces),
            tuple(piece.key for piece in pieces),
            tuple(vectors),
        )
        fill(w, entry, collection_id)


def embedded(prefix: str, passage: str) -> str:
    """The text that stands for a passage in the dense index."""
    return f"{prefix}\n{passage}" if prefix else passage
