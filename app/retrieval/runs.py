"""One indexing run: which files, what is held back until it is embedded, and how far it is."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from app.core.errors import DocumentError, NoText, PasswordNeeded, Scanned, TooBig
from app.core.files import sha256
from app.core.messages import Progress
from app.core.types import DocumentFile, FileState
from app.retrieval.chunker import Document
from app.retrieval.entries import Entry, Fingerprint
from app.retrieval.reader import Wanted

READING = 0.9
"""Of a file whose pages take long: what is done of it once they are read."""
_GATHER = 64
_GATHER_FILES = 64


@dataclass(slots=True)
class Draft:
    """A file that was read and waits to be embedded. texts: by key, what is embedded; vectors:
    float16 bytes by key, as they come."""

    file: DocumentFile
    fingerprint: Fingerprint
    document: Document
    prefixes: tuple[str, ...]
    keys: tuple[bytes, ...]
    languages: str
    texts: dict[bytes, str]
    vectors: dict[bytes, bytes] = field(default_factory=dict)

    def entry(self) -> Entry:
        """As it is stored, once no vector is missing."""
        return Entry(
            self.file.id,
            self.fingerprint,
            self.document,
            self.prefixes,
            self.keys,
            tuple(self.vectors[key] for key in self.keys),
            self.languages,
        )

    @property
    def part(self) -> float:
        """How much of it is embedded, 0 to 1."""
        return len(self.vectors) / len(self.texts)


@dataclass(slots=True)
class Run:
    """Counts of one run and what it holds back. anew: files are read even when unchanged.

    drafts: all that wait, in order; wanting: those that lack a vector, by its key; begun: how much
    of each file that is not over is done, 0 to 1; read: how much was when it was read;
    whole: all sizes.
    """

    sizes: dict[int, int]
    wanted: Wanted
    anew: bool
    done: int = 0
    weight_done: int = 0
    shown: float = 0.0
    shown_share: float = 0.0
    ready: int = 0
    unchanged: int = 0
    failed: int = 0
    drafts: list[Draft] = field(default_factory=list)
    wanting: dict[bytes, list[Draft]] = field(default_factory=dict)
    fresh: dict[bytes, bytes] = field(default_factory=dict)
    begun: dict[int, float] = field(default_factory=dict)
    read: dict[int, float] = field(default_factory=dict)
    whole: int = field(init=False)

    def __post_init__(self) -> None:
        self.whole = sum(self.sizes.values()) or 1

    def hold(self, draft: Draft, known: Mapping[bytes, bytes]) -> dict[bytes, str]:
        """Take a draft in; gives those of its texts that nobody has embedded or waits for."""
        self.drafts.append(draft)
        lacking = {}
        for key, text in draft.texts.items():
            vector = known.get(key) or self.fresh.get(key)
            if vector is not None:
                draft.vectors[key] = vector
                continue
            if key not in self.wanting:
                lacking[key] = text
            self.wanting.setdefault(key, []).append(draft)
        return lacking

    def embedded(self, vectors: Mapping[bytes, bytes]) -> list[Draft]:
        """Put vectors where they are wanted; gives the drafts that got some."""
        touched: dict[int, Draft] = {}
        for key, vector in vectors.items():
            self.fresh[key] = vector
            for draft in self.wanting.pop(key, ()):
                draft.vectors[key] = vector
                touched[draft.file.id] = draft
        for draft in touched.values():
            read = self.read.setdefault(draft.file.id, self.begun.get(draft.file.id, 0.0))
            self.goes_on(draft.file.id, read + (1 - read) * draft.part)
        return list(touched.values())

    def has_much(self) -> bool:
        """Whether it is worth a transaction to store what has all of its vectors."""
        whole = [len(draft.keys) for draft in self.drafts if draft.part == 1]
        return sum(whole) >= _GATHER or len(whole) >= _GATHER_FILES

    def take_whole(self) -> list[Draft]:
        """The drafts that have all of their vectors are held no longer."""
        whole = [draft for draft in self.drafts if draft.part == 1]
        self.drafts = [draft for draft in self.drafts if draft.part < 1]
        self.fresh.clear()
        return whole

    def goes_on(self, file_id: int, part: float) -> float:
        """How much of a file is done; never less than was said before."""
        self.begun[file_id] = max(part, self.begun.get(file_id, 0.0))
        return self.begun[file_id]

    def finish(self, file_id: int) -> None:
        """A file is over, one way or another."""
        self.done += 1
        self.weight_done += self.sizes.get(file_id, 0)
        self.begun.pop(file_id, None)
        self.read.pop(file_id, None)

    def progress(self, what: str = "") -> Progress:
        """Never less than was shown before."""
        self.shown = max(self.shown, self.done + sum(draft.part for draft in self.drafts))
        within = sum(self.sizes.get(one, 0) * part for one, part in self.begun.items())
        self.shown_share = max(self.shown_share, (self.weight_done + within) / self.whole)
        return Progress(what, self.shown, len(self.sizes), "files", self.shown_share)


def fingerprint_of(path: Path) -> Fingerprint:
    """Errors: DocumentError when the file can't be opened."""
    try:
        facts = path.stat()
        if not path.is_file():
            # Opening a pipe would wait for its other end.
            raise DocumentError(path=path.name, reason="it is not a file")
        return Fingerprint(facts.st_size, facts.st_mtime_ns, sha256(path))
    except FileNotFoundError:
        raise DocumentError(path=path.name, reason="it is no longer there") from None
    except PermissionError:
        raise DocumentError(path=path.name, reason="you may not open it") from None
    except OSError as error:
        raise DocumentError(repr(error), path=path.name, reason="the disk failed") from error


def has_facts(path: Path, before: Fingerprint) -> bool:
    """Whether a file has the size and the date that it had: then its words need not be hashed."""
    try:
        facts = path.stat()
    except OSError:
        return False
    return path.is_file() and (facts.st_size, facts.st_mtime_ns) == (before.size, before.modified)


def state_after(error: DocumentError) -> FileState:
    """Where a file stands that could not be read."""
    if isinstance(error, PasswordNeeded):
        return FileState.PASSWORD
    if isinstance(error, Scanned):
        return FileState.SCANNED
    return FileState.EMPTY if isinstance(error, NoText) else FileState.FAILED


def reason_of(error: DocumentError) -> str:
    """Why, as it is kept: of a file that failed only the reason ('it is damaged'), since its row
    says 'Failed' and names it already; of others what happened and what to do."""
    if state_after(error) is not FileState.FAILED:
        return str(error)
    reason = error.params.get("reason", "")
    if isinstance(error, TooBig):
        return f"it is too large ({reason})"
    return reason or error.what_text.rstrip(".")


def key_of(embedder_id: str, text: str) -> bytes:
    """Names a vector by what it was made from."""
    return hashlib.sha256(f"{embedder_id}\0{text}".encode()).digest()[:16]
