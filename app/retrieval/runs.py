"""One indexing run: which files, what is held back until it is embedded, and how far it is."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

from app.core.errors import DocumentError, NoText, PasswordNeeded, Scanned, TooBig
from app.core.files import sha256
from app.core.messages import Progress
from app.core.types import DocumentFile, FileState
from app.retrieval.chunker import Document
from app.retrieval.entries import Fingerprint
from app.retrieval.reader import Wanted


@dataclass(slots=True)
class Draft:
    """A file that was read and waits to be embedded."""

    file: DocumentFile
    fingerprint: Fingerprint
    document: Document
    prefixes: tuple[str, ...]
    keys: tuple[bytes, ...]
    languages: str


@dataclass(slots=True)
class Run:
    """Counts of one run and what it holds back. anew: files are read even when unchanged."""

    sizes: dict[int, int]
    wanted: Wanted
    anew: bool
    done: int = 0
    weight_done: int = 0
    shown: float = 0.0
    ready: int = 0
    unchanged: int = 0
    failed: int = 0
    drafts: list[Draft] = field(default_factory=list)
    texts: dict[bytes, str] = field(default_factory=dict)
    vectors: dict[bytes, bytes] = field(default_factory=dict)

    def finish(self, file_id: int) -> None:
        """A file is over, one way or another."""
        self.done += 1
        self.weight_done += self.sizes.get(file_id, 0)

    def progress(self, what: str = "", part: float = 0.0, within: float = 0.0) -> Progress:
        """Never less than was shown before. part: of the files that are held back, 0 to 1;
        within: what of the weight of the file that is being read is done."""
        self.shown = max(self.shown, self.done + part * len(self.drafts))
        held = sum(self.sizes.get(draft.file.id, 0) for draft in self.drafts)
        whole = sum(self.sizes.values()) or 1
        share = (self.weight_done + part * held + within) / whole
        return Progress(what, self.shown, len(self.sizes), "files", share)


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
