"""The keyword side of a search: BM25 by SQLite's FTS5, with its work bounded.

FTS5 scores every passage that holds any word of the query, a third of a large library where one
word is frequent. Here the rarest words choose which passages are scored, by all words; each of
these has exactly the score that FTS5 would give it. What is lost holds only frequent words, which
tell little. Words in more than half of all passages weigh nothing in BM25 and are left out.
Limits: words of scripts without spaces match only as whole runs; a search of some collections or
some files scores all of theirs, since what is frequent in the library may be all they have.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field

from app.core.database import Database
from app.retrieval.passages import SEARCHED, marks

_ENOUGH = 6_000
"""Passages that are scored: what is found among them differs from all by less than is measurable
(docs/DECISIONS.md)."""
_FEW = 600
"""With fewer, one frequent word may choose as well: three times what a search takes."""
_FRESH = 0.05
_MOST_KEPT = 20_000
_MOST_WORDS = 64
_WORD = re.compile(r"[^\W_]+")
_COMMON = frozenset(
    "a about above after again all am an and any are as at be because been before being below "
    "between both but by can could did do does doing down during each few for from further had "
    "has have having he her here hers him his how i if in into is it its itself just me more "
    "most my no nor not now of off on once only or other our out over own please same she should "
    "so some such than that the their them then there these they this those through to too under "
    "until up us very was we were what when where which while who whom why will with would you "
    "your".split()
)

_Found = list[tuple[int, float]]


def words_of(text: str) -> list[str]:
    """What of a query is looked for: its words in lower case, each once. Common words are left out
    while others remain: they cost most of the time and tell least."""
    words = list(dict.fromkeys(word.lower() for word in _WORD.findall(text)))
    telling = [word for word in words if word not in _COMMON]
    return (telling or words)[:_MOST_WORDS]


def any_of(words: Sequence[str]) -> str:
    """An FTS5 expression; '' without words."""
    return " OR ".join(f'"{word}"' for word in words)


@dataclass(frozen=True, slots=True)
class _Library:
    """How many passages there are, and in how many a frequent word is; as of the newest one."""

    newest: int
    passages: int
    frequent: dict[str, int] = field(default_factory=dict)


class Keywords:
    """Passages that hold words of a query. Thread-safe; all may raise StoreError."""

    def __init__(self, database: Database) -> None:
        self._db = database
        self._lock = threading.Lock()
        self._library = _Library(-1, 0)

    def find(
        self,
        words: Sequence[str],
        collections: Sequence[int],
        limit: int,
        files: Sequence[int] | None = None,
    ) -> _Found:
        """(id, BM25, higher is better) of passages that hold any of the words, best first.
        files: only theirs."""
        if not words:
            return []
        if files is not None or not self._is_all(collections):
            return self._of_some(any_of(words), collections, limit, files)
        library = self._now()
        if library.passages <= _ENOUGH:
            return self._of_all(any_of(words), limit)
        choosing, others = self._split(words, library)
        if not choosing:
            return []
        if not others:
            return self._of_all(any_of(choosing), limit)
        # Each passage is in one of the two, so that each is scored once and by all its words.
        both = self._of_all(f"({any_of(choosing)}) AND ({any_of(others)})", limit)
        alone = self._of_all(f"({any_of(choosing)}) NOT ({any_of(others)})", limit)
        return sorted([*both, *alone], key=lambda hit: (-hit[1], hit[0]))[:limit]

    def _split(self, words: Sequence[str], library: _Library) -> tuple[list[str], list[str]]:
        """Words that choose, and the others that only add to the scores."""
        count = {word: self._count(word, library) for word in words}
        rarest = sorted((word for word in words if count[word]), key=lambda word: count[word])
        telling = [word for word in rarest if 2 * count[word] < library.passages] or rarest[:1]
        choosing: list[str] = []
        chosen = 0
        for word in telling:
            if chosen + count[word] > _ENOUGH and chosen >= _FEW:
                break
            choosing.append(word)
            chosen += count[word]
        return choosing, telling[len(choosing) :]

    def _count(self, word: str, library: _Library) -> int:
        """Passages with the word; counting ends where a word says nothing any more."""
        if word in library.frequent:
            return library.frequent[word]
        most = library.passages // 2 + 1
        rows = self._db.read(
            "SELECT count(*) FROM (SELECT 1 FROM words WHERE words MATCH ? LIMIT ?)",
            (f'"{word}"', most),
        )
        count = int(rows[0][0])
        # A rare word may come with the next file; counting it anew costs nothing.
        if count > _FEW and len(library.frequent) < _MOST_KEPT:
            library.frequent[word] = count
        return count

    def _now(self) -> _Library:
        """Counts are kept until the library has grown by a twentieth."""
        newest = int(self._db.read("SELECT coalesce(max(id), 0) FROM chunks")[0][0])
        with self._lock:
            kept = self._library
            grown = newest - kept.newest
            if grown < 0 or grown > _FRESH * kept.passages:
                passages = int(self._db.read("SELECT count(*) FROM chunks")[0][0])
                kept = self._library = _Library(newest, passages)
        return kept

    def _of_all(self, match: str, limit: int) -> _Found:
        """Of the whole library, and of what is left out of searches not."""
        if self._db.read("SELECT EXISTS (SELECT 1 FROM files WHERE excluded)")[0][0]:
            return self._joined(match, SEARCHED, (), limit)
        # FTS5 sorts by itself, in half the time of asking each row whose it is.
        rows = self._db.read(
            "SELECT rowid, -rank FROM words WHERE words MATCH ? ORDER BY rank LIMIT ?",
            (match, limit),
        )
        return sorted(((row[0], row[1]) for row in rows), key=lambda hit: (-hit[1], hit[0]))

    def _of_some(
        self, match: str, collections: Sequence[int], limit: int, files: Sequence[int] | None
    ) -> _Found:
        where = f"c.collection_id IN ({marks(collections)}) AND c.{SEARCHED}"
        if files is None:
            return self._joined(match, where, collections, limit)
        where += " AND c.file_id IN (SELECT value FROM json_each(?))"
        return self._joined(match, where, (*collections, json.dumps(list(files))), limit)

    def _joined(self, match: str, where: str, values: Sequence[object], limit: int) -> _Found:
        rows = self._db.read(
            f"""SELECT w.rowid, -w.rank FROM words w JOIN chunks c ON c.id = w.rowid
            WHERE words MATCH ? AND {where} ORDER BY w.rank, w.rowid LIMIT ?""",
            (match, *values, limit),
        )
        return [(row[0], row[1]) for row in rows]

    def _is_all(self, collections: Sequence[int]) -> bool:
        rows = self._db.read(
            f"SELECT EXISTS (SELECT 1 FROM collections WHERE id NOT IN ({marks(collections)}))",
            tuple(collections),
        )
        return not rows[0][0]
