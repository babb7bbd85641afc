"""Taking files into the library: read, cut, embed, store, a few small files at a time.

A run embeds in small batches and looks up between them, so that searches are answered and Stop is
heard. What was announced as READY is committed. Limits: one run at a time, others wait for it.
"""

from __future__ import annotations

import contextlib
import ctypes
import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from app.core.errors import (
    Cancelled,
    DocumentError,
    MissingFile,
    NoText,
    NotFound,
    PasswordNeeded,
    WrongPassword,
)
from app.core.messages import FileChanged, Indexed, Parsed, Progress, Warned
from app.core.types import DocumentFile, FileState
from app.retrieval import formats
from app.retrieval.chunker import BEFORE_TOKENS, PASSAGE_TOKENS, Chunker, Document
from app.retrieval.embedders._base import Embedder
from app.retrieval.entries import Entry, Fingerprint
from app.retrieval.index import DenseIndex
from app.retrieval.passages import Passages
from app.retrieval.reader import Reader, Wanted
from app.retrieval.runs import Draft, Run, fingerprint_of, key_of, reason_of, state_after
from app.retrieval.store import Store

_BATCH = 32
# Small files are embedded and committed together once they have so many new passages.
_GATHER = 64
_GATHER_FILES = 64
_OPENING = 4096  # bytes that opening a file counts for

Cancel = Callable[[], bool]


class Indexer:
    """Indexing runs over one library. passwords: by file, shared, kept in memory only."""

    def __init__(
        self,
        store: Store,
        passages: Passages,
        index: DenseIndex,
        embedder: Embedder,
        reader: Reader,
        passwords: dict[int, str],
    ) -> None:
        self._store = store
        self._passages = passages
        self._index = index
        self._embedder = embedder
        self._reader = reader
        self._passwords = passwords
        self._chunker = _chunker_of(embedder)
        self._turn = threading.Lock()
        self.reading: set[int] = set()

    @contextlib.contextmanager
    def held(self, cancelled: Cancel) -> Iterator[None]:
        """No run goes on or begins meanwhile. Errors: Cancelled while waiting for one to end."""
        while not self._turn.acquire(timeout=0.1):
            if cancelled():
                raise Cancelled
        try:
            yield
        finally:
            self._turn.release()

    def use(self, embedder: Embedder) -> None:
        """Embed with another model from the next run on. While held only."""
        self._embedder, self._chunker = embedder, _chunker_of(embedder)

    def add(
        self, collection_id: int, paths: Sequence[str], cancelled: Cancel, wanted: Wanted
    ) -> Iterator[object]:
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
        yield from self.run(list(dict.fromkeys(ids)), cancelled, wanted)

    def resume(self, cancelled: Cancel, wanted: Wanted) -> Iterator[object]:
        """As ResumeIndexing."""
        yield from self.run(self._store.waiting(), cancelled, wanted)

    def again(
        self, collection_id: int, file_ids: Sequence[int], cancelled: Cancel, wanted: Wanted
    ) -> Iterator[object]:
        """As ReadAgain. Errors: NotFound."""
        known = {file.id for file in self._store.files(collection_id)}
        ids = [one for one in dict.fromkeys(file_ids) if one in known]
        yield from self.run(ids, cancelled, wanted, anew=True)

    def run(
        self, ids: Sequence[int], cancelled: Cancel, wanted: Wanted, anew: bool = False
    ) -> Iterator[object]:
        """Read files that are registered; events as AddPaths. anew: unchanged ones too."""
        run = Run({file_id: self._weight(file_id) for file_id in ids}, wanted, anew)
        while not self._turn.acquire(timeout=0.1):
            if cancelled():
                yield Indexed(0, 0, 0, True)
                return
        stopped = False
        try:
            yield run.progress()
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

    def _one(self, run: Run, file_id: int, cancelled: Cancel) -> Iterator[object]:
        """Read one file and draft it, or note why not. Errors: Cancelled."""
        try:
            file, before = self._store.file(file_id), self._store.fingerprint(file_id)
        except NotFound:
            run.finish(file_id)
            return
        path = Path(file.path)
        fingerprint: Fingerprint | None = None
        try:
            fingerprint = fingerprint_of(path)
            settled = file.state not in (FileState.WAITING, FileState.READING)
            if settled and before.sha256 == fingerprint.sha256 and not run.anew:
                if before != fingerprint:
                    self._store.seen(file_id, fingerprint)
                run.unchanged += 1
                run.finish(file_id)
                yield FileChanged(file)
                yield run.progress(path.name)
                return
            self.reading.add(file_id)
            yield FileChanged(replace(file, state=FileState.READING))
            parsed = yield from self._read(run, file, cancelled)
            document = self._chunker.document(parsed)
            if not document.chunks:
                raise NoText(path=path.name)
        except PasswordNeeded as error:
            kept = file.passages and file.state in (FileState.READY, FileState.EXCLUDED)
            if kept and fingerprint is not None and before.sha256 == fingerprint.sha256:
                # What was read with the password once is still true.
                yield Warned(error)
                yield from self._keep(run, file)
            else:
                yield from self._reject(run, file_id, error, fingerprint)
            return
        except DocumentError as error:
            yield from self._reject(run, file_id, error, fingerprint)
            return
        recognised = any(page.recognised for page in document.pages)
        languages = "+".join(run.wanted.languages) if recognised else ""
        self._draft(run, file, fingerprint, document, languages)

    def _read(
        self, run: Run, file: DocumentFile, cancelled: Cancel
    ) -> Generator[object, None, Parsed]:
        """Say how far the pages are, then give the text. Errors: DocumentError tree, Cancelled."""
        password = run.wanted.password or self._passwords.get(file.id, "")
        wanted = replace(run.wanted, password=password)
        try:
            for event in self._reader.read(Path(file.path), cancelled, wanted):
                if isinstance(event, Progress):
                    within = event.fraction * run.sizes.get(file.id, 0)
                    yield run.progress(file.name, within=within)
                    reading = replace(file, state=FileState.READING)
                    yield FileChanged(reading, event.fraction)
                else:
                    parsed = event
        except WrongPassword:
            self._passwords.pop(file.id, None)
            raise
        if password:
            self._passwords[file.id] = password
        return parsed

    def _keep(self, run: Run, file: DocumentFile) -> Iterator[object]:
        """The file stays as it was, though it could not be read again."""
        self.reading.discard(file.id)
        run.failed += 1
        run.finish(file.id)
        yield FileChanged(file)
        yield run.progress(file.name)

    def _draft(
        self,
        run: Run,
        file: DocumentFile,
        fingerprint: Fingerprint,
        document: Document,
        languages: str,
    ) -> None:
        prefixes, keys = [], []
        for chunk in document.chunks:
            prefix = self._chunker.prefix(document.title, chunk)
            passage = document.text[chunk.start : chunk.end]
            text = f"{prefix}\n{passage}" if prefix else passage
            key = key_of(self._embedder.id, text)
            prefixes.append(prefix)
            keys.append(key)
            run.texts.setdefault(key, text)
        # What was embedded before, in this file or another, is not embedded again.
        for key, vector in self._passages.known(keys).items():
            run.texts.pop(key, None)
            run.vectors[key] = vector
        run.drafts.append(
            Draft(file, fingerprint, document, tuple(prefixes), tuple(keys), languages)
        )

    def _flush(self, run: Run, cancelled: Cancel) -> Iterator[object]:
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
                draft.languages,
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
            yield run.progress(draft.file.name)

    def _embed(self, run: Run, cancelled: Cancel) -> Iterator[object]:
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
                yield run.progress(run.drafts[0].file.name, part)
                # What is short beside a batch is over before anybody could read how far it is.
                for draft in (each for each in run.drafts if len(each.keys) > _BATCH):
                    yield FileChanged(replace(draft.file, state=FileState.READING), part)
            rows = self._embedder.encode([text for _, text in some]).astype(np.float16)
            for (key, _), row in zip(some, rows, strict=True):
                run.vectors[key] = row.tobytes()
            _trim()

    def _reject(
        self, run: Run, file_id: int, error: DocumentError, fingerprint: Fingerprint | None
    ) -> Iterator[object]:
        change = self._store.reject(file_id, state_after(error), reason_of(error), fingerprint)
        if change is not None:
            self._index.change(change)
        self.reading.discard(file_id)
        run.failed += 1
        run.finish(file_id)
        with contextlib.suppress(NotFound):
            yield FileChanged(self._store.file(file_id))
        yield run.progress()

    def _weight(self, file_id: int) -> int:
        """How much work a file is, next to others: its size, and something for opening it."""
        with contextlib.suppress(NotFound):
            return self._store.file(file_id).size_bytes + _OPENING
        return 0


def _chunker_of(embedder: Embedder) -> Chunker:
    return Chunker(embedder.tokenizer(), min(PASSAGE_TOKENS, embedder.limit - BEFORE_TOKENS))


def _trim() -> None:
    """Give freed memory back to the system, where the C library can: batches of changing size
    leave gaps that grew to 1.4 GB within 6,000 passages."""
    with contextlib.suppress(AttributeError, OSError):
        ctypes.CDLL(None).malloc_trim(0)
