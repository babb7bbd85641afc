"""Taking files into the library: read, cut, embed, store, a few small files at a time.

A run embeds in small batches and looks up between them, so that searches are answered and Stop is
heard. What was announced as READY is committed. Limits: one run at a time, others wait for it.
"""

from __future__ import annotations

import contextlib
import ctypes
import hashlib
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from app.core.errors import (
    Cancelled,
    DocumentError,
    MissingFile,
    NoText,
    NotFound,
    PasswordNeeded,
)
from app.core.files import sha256
from app.core.messages import FileChanged, Indexed, Progress, Warned
from app.core.types import DocumentFile, FileState
from app.retrieval import formats
from app.retrieval.chunker import Chunker, Document
from app.retrieval.embedders._base import Embedder
from app.retrieval.entries import Entry, Fingerprint
from app.retrieval.index import DenseIndex
from app.retrieval.passages import Passages
from app.retrieval.reader import Reader
from app.retrieval.store import Store

_BATCH = 32
# Small files are embedded and committed together once they have so many new passages.
_GATHER = 64
_GATHER_FILES = 64
_OPENING = 4096  # bytes that opening a file counts for

Cancel = Callable[[], bool]


@dataclass(slots=True)
class _Draft:
    """A file that was read and waits to be embedded."""

    file: DocumentFile
    fingerprint: Fingerprint
    document: Document
    prefixes: tuple[str, ...]
    keys: tuple[bytes, ...]


@dataclass(slots=True)
class _Run:
    """Counts of one run and what it holds back."""

    sizes: dict[int, int]
    done: int = 0
    weight_done: int = 0
    shown: float = 0.0
    ready: int = 0
    unchanged: int = 0
    failed: int = 0
    drafts: list[_Draft] = field(default_factory=list)
    texts: dict[bytes, str] = field(default_factory=dict)
    vectors: dict[bytes, bytes] = field(default_factory=dict)

    def finish(self, file_id: int) -> None:
        """A file is over, one way or another."""
        self.done += 1
        self.weight_done += self.sizes.get(file_id, 0)


class Indexer:
    """Indexing runs over one library."""

    def __init__(
        self,
        store: Store,
        passages: Passages,
        index: DenseIndex,
        embedder: Embedder,
        reader: Reader,
    ) -> None:
        self._store = store
        self._passages = passages
        self._index = index
        self._embedder = embedder
        self._reader = reader
        self._chunker = Chunker(embedder.tokenizer())
        self._turn = threading.Lock()
        self.reading: set[int] = set()

    def add(self, collection_id: int, paths: Sequence[str], cancelled: Cancel) -> Iterator[object]:
        """As AddPaths. Errors: NotFound, MissingFile when none of the paths is there."""
        missing = [path for path in paths if not Path(path).exists()]
        if missing and len(missing) == len(paths):
            raise MissingFile(path=missing[0])
        for path in missing:
            yield Warned(MissingFile(path=path))
        self._store.need_collection(collection_id)
        files = []
        for path in paths:
            for file in formats.walk(Path(path).absolute()):
                with contextlib.suppress(OSError):
                    files.append((str(file), formats.kind_of(file), file.stat().st_size))
                if cancelled():
                    yield Indexed(0, 0, 0, True)
                    return
        ids = self._store.register(collection_id, list(dict.fromkeys(files)))
        yield from self._run(list(dict.fromkeys(ids)), cancelled)

    def resume(self, cancelled: Cancel) -> Iterator[object]:
        """As ResumeIndexing."""
        yield from self._run(self._store.waiting(), cancelled)

    def _run(self, ids: list[int], cancelled: Cancel) -> Iterator[object]:
        run = _Run({file_id: self._weight(file_id) for file_id in ids})
        while not self._turn.acquire(timeout=0.1):
            if cancelled():
                yield Indexed(0, 0, 0, True)
                return
        stopped = False
        try:
            yield self._progress(run)
            for file_id in ids:
                if cancelled():
                    stopped = True
                    break
                yield from self._one(run, file_id, cancelled)
                if len(run.texts) >= _GATHER or len(run.drafts) >= _GATHER_FILES:
                    yield from self._flush(run, cancelled)
            yield from self._flush(run, cancelled)
        except Cancelled:
            stopped = True
        finally:
            self.reading.clear()
            self._turn.release()
        yield Indexed(run.ready, run.unchanged, run.failed, stopped)

    def _one(self, run: _Run, file_id: int, cancelled: Cancel) -> Iterator[object]:
        """Read one file and draft it, or note why not. Errors: Cancelled."""
        try:
            file, before = self._store.file(file_id), self._store.fingerprint(file_id)
        except NotFound:
            run.finish(file_id)
            return
        path = Path(file.path)
        fingerprint: Fingerprint | None = None
        try:
            fingerprint = _fingerprint(path)
            settled = file.state not in (FileState.WAITING, FileState.READING)
            if settled and before.sha256 == fingerprint.sha256:
                run.unchanged += 1
                run.finish(file_id)
                yield FileChanged(file)
                yield self._progress(run, path.name)
                return
            self.reading.add(file_id)
            yield FileChanged(replace(file, state=FileState.READING))
            document = self._chunker.document(self._reader.read(path, cancelled))
            if not document.chunks:
                raise NoText(path=path.name)
        except DocumentError as error:
            yield from self._reject(run, file_id, error, fingerprint)
            return
        self._draft(run, file, fingerprint, document)

    def _draft(
        self, run: _Run, file: DocumentFile, fingerprint: Fingerprint, document: Document
    ) -> None:
        prefixes, keys = [], []
        for chunk in document.chunks:
            prefix = self._chunker.prefix(document.title, chunk.heading)
            passage = document.text[chunk.start : chunk.end]
            text = f"{prefix}\n{passage}" if prefix else passage
            key = _key(self._embedder.id, text)
            prefixes.append(prefix)
            keys.append(key)
            run.texts.setdefault(key, text)
        # What was embedded before, in this file or another, is not embedded again.
        for key, vector in self._passages.known(keys).items():
            run.texts.pop(key, None)
            run.vectors[key] = vector
        run.drafts.append(_Draft(file, fingerprint, document, tuple(prefixes), tuple(keys)))

    def _flush(self, run: _Run, cancelled: Cancel) -> Iterator[object]:
        """Embed what was drafted and commit it. Errors: Cancelled, which leaves it waiting."""
        yield from self._embed(run, cancelled)
        if cancelled():
            raise Cancelled
        entries = [
            Entry(
                draft.file.id,
                draft.fingerprint,
                draft.document,
                draft.prefixes,
                draft.keys,
                tuple(run.vectors[key] for key in draft.keys),
            )
            for draft in run.drafts
        ]
        for change in self._store.put(entries):
            self._index.change(change)
        drafts, run.drafts = run.drafts, []
        run.texts.clear()
        run.vectors.clear()
        for draft in drafts:
            self.reading.discard(draft.file.id)
            run.finish(draft.file.id)
            with contextlib.suppress(NotFound):
                yield FileChanged(self._store.file(draft.file.id))
                run.ready += 1
            yield self._progress(run, draft.file.name)

    def _embed(self, run: _Run, cancelled: Cancel) -> Iterator[object]:
        """Fill run.vectors; says how far it is in parts of a file. Errors: Cancelled."""
        # Texts of like length share a batch, which is padded to its longest.
        todo = sorted(
            (item for item in run.texts.items() if item[0] not in run.vectors),
            key=lambda item: len(item[1]),
            reverse=True,
        )
        for first in range(0, len(todo), _BATCH):
            if cancelled():
                raise Cancelled
            some = todo[first : first + _BATCH]
            if first:
                part = first / len(todo)
                yield self._progress(run, run.drafts[0].file.name, part)
                # What is short beside a batch is over before anybody could read how far it is.
                for draft in (each for each in run.drafts if len(each.keys) > _BATCH):
                    yield FileChanged(replace(draft.file, state=FileState.READING), part)
            rows = self._embedder.encode([text for _, text in some]).astype(np.float16)
            for (key, _), row in zip(some, rows, strict=True):
                run.vectors[key] = row.tobytes()
            _trim()

    def _reject(
        self, run: _Run, file_id: int, error: DocumentError, fingerprint: Fingerprint | None
    ) -> Iterator[object]:
        state = FileState.FAILED
        if isinstance(error, PasswordNeeded):
            state = FileState.PASSWORD
        elif isinstance(error, NoText):
            state = FileState.EMPTY
        change = self._store.reject(file_id, state, str(error), fingerprint)
        if change is not None:
            self._index.change(change)
        self.reading.discard(file_id)
        run.failed += 1
        run.finish(file_id)
        with contextlib.suppress(NotFound):
            yield FileChanged(self._store.file(file_id))
        yield self._progress(run)

    def _progress(self, run: _Run, what: str = "", part: float = 0.0) -> Progress:
        """Never less than was shown before. part: of the files that are held back, 0 to 1."""
        run.shown = max(run.shown, run.done + part * len(run.drafts))
        held = sum(run.sizes.get(draft.file.id, 0) for draft in run.drafts)
        whole = sum(run.sizes.values()) or 1
        share = (run.weight_done + part * held) / whole
        return Progress(what, run.shown, len(run.sizes), "files", share)

    def _weight(self, file_id: int) -> int:
        """How much work a file is, next to others: its size, and something for opening it."""
        with contextlib.suppress(NotFound):
            return self._store.file(file_id).size_bytes + _OPENING
        return 0


def _fingerprint(path: Path) -> Fingerprint:
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


def _trim() -> None:
    """Give freed memory back to the system, where the C library can: batches of changing size
    leave gaps that grew to 1.4 GB within 6,000 passages."""
    with contextlib.suppress(AttributeError, OSError):
        ctypes.CDLL(None).malloc_trim(0)


def _key(embedder_id: str, text: str) -> bytes:
    """Names a vector by what it was made from."""
    return hashlib.sha256(f"{embedder_id}\0{text}".encode()).digest()[:16]
