"""One run's way: the next files are read while the last are embedded and stored.

Reading (ahead.py) and embedding (embedding.py) have threads of their own and tell what they did;
the thread of the run alone asks the database and writes to it, hears Stop, and says how far all
is. What was announced as READY is committed; nothing of a file is, before all of it is.
"""

from __future__ import annotations

import contextlib
import ctypes
import queue
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from app.core.errors import Cancelled, NotFound, PasswordNeeded, WrongPassword
from app.core.messages import FileChanged, Warned
from app.core.types import DocumentFile, FileState
from app.retrieval.ahead import Ahead, Asked, Begun, Broken, Read, Readers, Same, Told, Unread
from app.retrieval.chunker import Chunker
from app.retrieval.embedders._base import Embedder
from app.retrieval.embedders._llama import cores
from app.retrieval.embedding import BATCH, Embedded, Embedding
from app.retrieval.entries import merged
from app.retrieval.index import DenseIndex
from app.retrieval.passages import Passages
from app.retrieval.runs import READING, Run, has_facts, reason_of, state_after
from app.retrieval.store import Store

# What is read ahead at most, but for one large file.
_AHEAD_TEXTS = 512
_AHEAD_FILES = 256
_TICK_S = 0.1  # after which Stop is looked for
_IDLE_S = 1.0  # that embedding waits before more files are read at once
_TRIM_EVERY = 512  # passages

Cancel = Callable[[], bool]
Heard = Told | Embedded | Exception


@dataclass(slots=True)
class Parts:
    """What all runs share. passwords: by file; reading: ids of files that are being read."""

    store: Store
    passages: Passages
    index: DenseIndex
    readers: Readers
    passwords: dict[int, str]
    reading: set[int] = field(default_factory=set)


class Pipeline:
    """The work of one run."""

    def __init__(self, run: Run, parts: Parts, chunker: Chunker, embedder: Embedder) -> None:
        self._run = run
        self._parts = parts
        self._heard: queue.SimpleQueue[Heard] = queue.SimpleQueue()
        self._ahead = Ahead(parts.readers, chunker, embedder.id, cores(), self._heard.put)
        self._embedding = Embedding(embedder, self._heard.put)
        self._untrimmed = 0

    def go(self, ids: Sequence[int], cancelled: Cancel) -> Iterator[object]:
        """Events of the run, as AddPaths. Errors: Cancelled, which leaves the rest waiting."""
        try:
            yield from self._go(deque(ids), cancelled)
        finally:
            self._ahead.close()
            self._embedding.close()
            self._parts.reading.clear()
            _trim()

    def _go(self, todo: deque[int], cancelled: Cancel) -> Iterator[object]:
        """Ask for files, hear what became of them, store what is whole."""
        run, ahead, embedding = self._run, self._ahead, self._embedding
        idle_since = time.monotonic()
        while todo or ahead.busy or run.drafts:
            if cancelled():
                raise Cancelled
            keen = embedding.left < _AHEAD_TEXTS and len(run.drafts) < _AHEAD_FILES
            if todo and keen and ahead.has_room:
                yield from self._begin(todo.popleft())
                continue
            if embedding.left:
                idle_since = time.monotonic()
            elif time.monotonic() - idle_since > _IDLE_S:
                ahead.hurry()
            quiet = False
            try:
                yield from self._hear(self._heard.get(timeout=_TICK_S))
            except queue.Empty:
                quiet = True
            at_rest = not embedding.left and (quiet or not (todo or ahead.busy))
            if run.drafts and (at_rest or run.has_much()):
                yield from self._store_whole()

    def _begin(self, file_id: int) -> Iterator[object]:
        """Ask for a file, unless it is gone or as it was."""
        try:
            file, before = self._parts.store.file(file_id), self._parts.store.fingerprint(file_id)
        except NotFound:
            self._run.finish(file_id)
            return
        password = self._run.wanted.password or self._parts.passwords.get(file_id, "")
        asked = Asked(file, before, replace(self._run.wanted, password=password), self._run.anew)
        if asked.known and before.sha256 and has_facts(Path(file.path), before):
            yield from self._same(file)
        else:
            self._ahead.ask(asked)

    def _hear(self, told: Heard) -> Iterator[object]:
        """Follow what a thread has told. Errors: what it met."""
        if not isinstance(told, (Begun, Embedded)):
            self._ahead.busy -= 1
        match told:
            case Begun(asked=Asked(file=file), fraction=fraction):
                self._parts.reading.add(file.id)
                part = self._run.goes_on(file.id, READING * fraction) if fraction >= 0 else -1.0
                if fraction >= 0:
                    yield self._run.progress(file.name)
                yield FileChanged(replace(file, state=FileState.READING), part)
            case Same(asked=asked, fingerprint=fingerprint):
                if asked.before != fingerprint:
                    self._parts.store.seen(asked.file.id, fingerprint)
                yield from self._same(asked.file)
            case Read(asked=asked, draft=draft):
                if asked.wanted.password:
                    self._parts.passwords[asked.file.id] = asked.wanted.password
                # What was embedded before, in this file or another, is not embedded again.
                self._embedding.add(self._run.hold(draft, self._parts.passages.known(draft.keys)))
            case Unread():
                yield from self._unread(told)
            case Embedded(vectors=vectors):
                self._embedding.left -= len(vectors)
                touched = self._run.embedded(vectors)
                lacking = [draft for draft in touched if draft.part < 1]
                if lacking:
                    yield self._run.progress(lacking[0].file.name)
                # What is short beside a batch is over before anybody could read how far it is.
                for draft in (each for each in lacking if len(each.texts) > BATCH):
                    reading = replace(draft.file, state=FileState.READING)
                    yield FileChanged(reading, self._run.begun[draft.file.id])
            case Broken(error=error):
                raise error
            case _:
                raise told

    def _same(self, file: DocumentFile) -> Iterator[object]:
        """It is what it was when it was read."""
        self._run.unchanged += 1
        self._run.finish(file.id)
        yield FileChanged(file)
        yield self._run.progress(file.name)

    def _unread(self, told: Unread) -> Iterator[object]:
        """Note why a file could not be read."""
        file, error = told.asked.file, told.error
        if isinstance(error, WrongPassword):
            self._parts.passwords.pop(file.id, None)
        kept = file.passages and file.state in (FileState.READY, FileState.EXCLUDED)
        same = told.fingerprint and told.asked.before.sha256 == told.fingerprint.sha256
        self._parts.reading.discard(file.id)
        self._run.failed += 1
        self._run.finish(file.id)
        if isinstance(error, PasswordNeeded) and kept and same:
            # What was read with the password once is still true.
            yield Warned(error)
            yield FileChanged(file)
        else:
            state, reason = state_after(error), reason_of(error)
            change = self._parts.store.reject(file.id, state, reason, told.fingerprint)
            if change is not None:
                self._parts.index.change(change)
            with contextlib.suppress(NotFound):
                yield FileChanged(self._parts.store.file(file.id))
        yield self._run.progress(file.name)

    def _store_whole(self) -> Iterator[object]:
        """Commit the drafts that have all of their vectors, while others are embedded."""
        drafts = self._run.take_whole()
        if not drafts:
            return
        # One change for all: to Chroma each costs a transaction.
        for change in merged(self._parts.store.put([draft.entry() for draft in drafts])):
            self._parts.index.change(change)
        for draft in drafts:
            self._parts.reading.discard(draft.file.id)
            self._run.finish(draft.file.id)
            with contextlib.suppress(NotFound):
                yield FileChanged(self._parts.store.file(draft.file.id))
                self._run.ready += 1
            yield self._run.progress(draft.file.name)
        self._untrimmed += sum(len(draft.keys) for draft in drafts)
        if self._untrimmed > _TRIM_EVERY:
            self._untrimmed = 0
            _trim()


def _trim() -> None:
    """Give freed memory back to the system, where the C library can: batches of changing size
    leave gaps that grew to 1.4 GB within 6,000 passages."""
    with contextlib.suppress(AttributeError, OSError):
        ctypes.CDLL(None).malloc_trim(0)
