"""Where a passage that was seen before, or words that somebody remembers, stand in the library now.

Text is compared letter by letter, apart from case and spaces. A passage is looked for in the file
with its content, then in the file of its name, then everywhere; one that was edited since is known
by its words. Limits: words in a title only aren't found; of very many places the first are given.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice

from app.core.database import Database
from app.core.messages import FindText, TextPlaces
from app.core.types import DocumentFile, Expected, SearchFilter, TextPlace
from app.retrieval.passages import Passages
from app.retrieval.store import Store

_WORD = re.compile(r"[^\W_]+")
_MOST_FILES = 200
_MOST_IN_A_FILE = 50
_MOST_WORDS = 32
_MOST_LETTERS = 4_000
_SAME = 0.6
"""Share of a passage's words that one of today must have to be the same, edited."""
_UNREAD = ("waiting", "reading", "empty", "scanned", "password", "failed")


class Whereabouts:
    """Queries over one library. All may raise StoreError."""

    def __init__(self, store: Store, passages: Passages) -> None:
        self._store = store
        self._db: Database = store.database
        self._passages = passages

    def find(self, request: FindText) -> TextPlaces:
        """The places, those that the search asked can give first, and files without text."""
        asked = request.collections or tuple(self._passages.collections())
        searched = set(self._passages.files(asked, request.only))
        expected = request.expected
        spans = self._passage(expected) if expected.text else self._words(expected.words)
        spans.sort(key=lambda span: span[0] not in searched)
        found = [self._place(*span, searched) for span in spans[: request.most]]
        return TextPlaces(tuple(found), self._unread(asked, request.only))

    # --- a passage that was seen -----------------------------------------------------------------

    def _passage(self, expected: Expected) -> list[tuple[int, int, int]]:
        """(file id, start, end), of copies of the file as well; an empty range where the file is
        known and has no text."""
        by_content = self._ids("sha256 = ? AND sha256 != ''", expected.sha256)
        by_name = [one for one in self._ids("path = ?", expected.path) if one not in by_content]
        found: list[tuple[int, int, int]] = []
        for some in (by_content, by_name):
            for file_id in [] if found and some is by_name else some:
                if self._slice(file_id, expected.start, expected.end) == expected.text:
                    found.append((file_id, expected.start, expected.end))
                else:
                    found.extend(self._again(file_id, expected.text))
        known = [*by_content, *by_name]
        if not found and not known:
            found = self._literally(expected.text)
        return found or [(one, 0, 0) for one in known if not self._text(one)]

    def _again(self, file_id: int, text: str) -> list[tuple[int, int, int]]:
        """A passage in a file that may have changed."""
        whole = self._text(file_id)
        if match := next(_matches(text, whole), None):
            return [(file_id, *match)]
        wanted = _tokens(text)
        best, span = 0.0, None
        for row in self._db.read(
            'SELECT start, "end" FROM chunks WHERE file_id = ? ORDER BY start', (file_id,)
        ):
            there = _tokens(whole[row[0] : row[1]])
            share = len(wanted & there) / max(1, len(wanted))
            if share > best:
                best, span = share, (file_id, int(row[0]), int(row[1]))
        return [span] if span and best >= _SAME else []

    # --- words -----------------------------------------------------------------------------------

    def _words(self, words: str) -> list[tuple[int, int, int]]:
        """Where the words stand one after the other; else passages that hold all of them."""
        found = self._literally(words)
        if found:
            return found
        wanted = list(dict.fromkeys(_WORD.findall(words.lower())))[:_MOST_WORDS]
        if len(wanted) < 2:
            return []
        rows = self._db.read(
            """SELECT c.file_id, c.start, c."end" FROM words w JOIN chunks c ON c.id = w.rowid
            WHERE words MATCH ? ORDER BY w.rank, w.rowid LIMIT ?""",
            (" AND ".join(f'"{word}"' for word in wanted), _MOST_FILES),
        )
        return [(row[0], row[1], row[2]) for row in rows]

    def _literally(self, text: str) -> list[tuple[int, int, int]]:
        text = text[:_MOST_LETTERS].strip()
        words = _WORD.findall(text.lower())[:_MOST_WORDS]
        if not words:
            return []
        for candidates in (
            self._with_phrase(words),
            self._with_all(words),
            self._with_letters(text),
        ):
            found = [
                (file_id, start, end)
                for file_id in candidates
                for start, end in islice(_matches(text, self._text(file_id)), _MOST_IN_A_FILE)
            ]
            if found:
                return found
        return []

    def _with_phrase(self, words: Sequence[str]) -> list[int]:
        return self._files_matching('"' + " ".join(words) + '"')

    def _with_all(self, words: Sequence[str]) -> list[int]:
        """Files that have all words somewhere: a passage may end between them."""
        left: set[int] | None = None
        for word in dict.fromkeys(words):
            found = set(self._files_matching(f'"{word}"', limit=-1))
            left = found if left is None else left & found
            if not left:
                return []
        return sorted(left or ())[:_MOST_FILES]

    def _with_letters(self, text: str) -> list[int]:
        """Files that have the letters, for scripts that put no spaces between words."""
        escaped = text.split()[0].replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        rows = self._db.read(
            "SELECT file_id FROM texts WHERE text LIKE ? ESCAPE '\\' LIMIT ?",
            (f"%{escaped}%", _MOST_FILES),
        )
        return [row[0] for row in rows]

    def _files_matching(self, match: str, limit: int = _MOST_FILES) -> list[int]:
        rows = self._db.read(
            """SELECT DISTINCT c.file_id FROM words w JOIN chunks c ON c.id = w.rowid
            WHERE words MATCH ? LIMIT ?""",
            (match, limit),
        )
        return [row[0] for row in rows]

    # --- rows ------------------------------------------------------------------------------------

    def _place(self, file_id: int, start: int, end: int, searched: set[int]) -> TextPlace:
        file = self._store.file(file_id)
        chunks = self._db.read(
            'SELECT id FROM chunks WHERE file_id = ? AND start < ? AND "end" > ? ORDER BY start',
            (file_id, end, start),
        )
        pages = self._db.read(
            """SELECT number FROM pages WHERE file_id = ? AND start <= ? AND "end" > ?
            ORDER BY position LIMIT 1""",
            (file_id, start, start),
        )
        (facts,) = self._db.read("SELECT title, sha256 FROM files WHERE id = ?", (file_id,))
        return TextPlace(
            file=file,
            title=facts[0],
            sha256=facts[1],
            page=pages[0][0] if pages else None,
            start=start,
            end=end,
            text=self._slice(file_id, start, end),
            passages=tuple(row[0] for row in chunks),
            searched=file_id in searched,
        )

    def _unread(self, asked: Sequence[int], only: SearchFilter) -> tuple[DocumentFile, ...]:
        """Files whose text is not known; one without a single byte can hold none."""
        marks = ",".join("?" * len(asked))
        rows = self._db.read(
            f"""SELECT id FROM files WHERE collection_id IN ({marks}) AND NOT excluded
            AND state IN ({",".join("?" * len(_UNREAD))})
            AND NOT (state = 'empty' AND size = 0) ORDER BY path LIMIT ?""",
            (*asked, *_UNREAD, _MOST_FILES),
        )
        wanted = [row[0] for row in rows if not only.files or row[0] in only.files]
        return tuple(self._store.file(one) for one in wanted)

    def _ids(self, where: str, value: str) -> list[int]:
        rows = self._db.read(f"SELECT id FROM files WHERE {where} ORDER BY id", (value,))
        return [row[0] for row in rows]

    def _text(self, file_id: int) -> str:
        rows = self._db.read("SELECT text FROM texts WHERE file_id = ?", (file_id,))
        return str(rows[0][0]) if rows else ""

    def _slice(self, file_id: int, start: int, end: int) -> str:
        rows = self._db.read(
            "SELECT substr(text, ?, ?) FROM texts WHERE file_id = ?",
            (start + 1, max(0, end - start), file_id),
        )
        return str(rows[0][0]) if rows else ""


def _tokens(text: str) -> set[str]:
    return set(_WORD.findall(text.lower()))


def _matches(wanted: str, text: str) -> Iterator[tuple[int, int]]:
    """(start, end) where the words of `wanted` stand in order, whatever the spaces and case; not
    inside of other words."""
    pieces = wanted.split()
    if not pieces:
        return
    before = r"(?<!\w)" if pieces[0][0].isalnum() and pieces[0].isascii() else ""
    after = r"(?!\w)" if pieces[-1][-1].isalnum() and pieces[-1].isascii() else ""
    pattern = re.compile(before + r"\s+".join(map(re.escape, pieces)) + after, re.IGNORECASE)
    for match in pattern.finditer(text):
        yield match.start(), match.end()
