"""Reading the next files while passages of the last ones are embedded.

Each thread waits for a parser child of its own, hashes, and cuts what it is given; it touches no
database. There is one, and others only once embedding waits for texts. Limits: what was told
isn't held back here, so the caller asks for as much as it wants to keep.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from app.core.errors import DocumentError, NoText
from app.core.messages import Parsed, Progress
from app.core.types import DocumentFile, FileState
from app.retrieval.chunker import Chunker
from app.retrieval.entries import Fingerprint
from app.retrieval.reader import Reader, Wanted
from app.retrieval.runs import Draft, fingerprint_of, key_of

_SOON_S = 1.0
_MOST = 8


@dataclass(frozen=True, slots=True)
class Asked:
    """A file to read. before: as it was read last; anew: even when it is the same."""

    file: DocumentFile
    before: Fingerprint
    wanted: Wanted
    anew: bool

    @property
    def known(self) -> bool:
        """Whether it need not be read again while it is the same."""
        return not self.anew and self.file.state not in (FileState.WAITING, FileState.READING)


@dataclass(frozen=True, slots=True)
class Begun:
    """Its turn has come; fraction: how far its pages are, below 0 when nothing is said of it."""

    asked: Asked
    fraction: float = -1.0


@dataclass(frozen=True, slots=True)
class Same:
    """It holds what it held, whatever its date says."""

    asked: Asked
    fingerprint: Fingerprint


@dataclass(frozen=True, slots=True)
class Read:
    """Its text, cut."""

    asked: Asked
    draft: Draft


@dataclass(frozen=True, slots=True)
class Unread:
    """Why it could not be read. fingerprint: None when it could not even be opened."""

    asked: Asked
    error: DocumentError
    fingerprint: Fingerprint | None


@dataclass(frozen=True, slots=True)
class Broken:
    """The run can't go on."""

    error: BaseException


Told = Begun | Same | Read | Unread | Broken


class Readers:
    """Parser children that nobody uses now. reader: the one that is kept between runs."""

    def __init__(self, reader: Reader) -> None:
        self._kind = reader
        self._idle = [reader]

    def take(self) -> Reader:
        """One for oneself; it starts when it is used."""
        try:
            return self._idle.pop()
        except IndexError:
            return self._kind.another()

    def give(self, reader: Reader) -> None:
        """It is not used any more."""
        if self._idle:
            reader.close()
        else:
            self._idle.append(reader)


class Ahead:
    """The reading of one run. tell: called in the reading threads; most: how many of them.

    `busy` counts files that were asked for and are not over yet; the caller counts them down.
    """

    def __init__(
        self,
        readers: Readers,
        chunker: Chunker,
        embedder_id: str,
        most: int,
        tell: Callable[[Told], None],
    ) -> None:
        self._readers = readers
        self._chunker = chunker
        self._embedder_id = embedder_id
        self._most = min(most, _MOST)
        self._tell = tell
        self._asked: queue.SimpleQueue[Asked | None] = queue.SimpleQueue()
        self._using: list[Reader] = []
        self._over = threading.Event()
        self.busy = 0

    @property
    def has_room(self) -> bool:
        """Whether to ask for one more: a reader that is done must find the next file."""
        return self.busy < len(self._using) + 1

    def ask(self, asked: Asked) -> None:
        """Read a file."""
        self.busy += 1
        self._asked.put(asked)
        if not self._using:
            self._add()

    def hurry(self) -> None:
        """Embedding waits: read more files at once, once those that read have had a moment."""
        ups = [reader.up_since for reader in self._using]
        newest = max((up or time.monotonic() for up in ups), default=0.0)
        if self.busy > len(ups) < self._most and time.monotonic() - newest > _SOON_S:
            self._add()

    def close(self) -> None:
        """Stop reading; doesn't wait for it."""
        self._over.set()
        for _ in self._using:
            self._asked.put(None)

    def _add(self) -> None:
        reader = self._readers.take()
        self._using.append(reader)
        threading.Thread(target=self._work, args=(reader,), name="reading", daemon=True).start()

    def _work(self, reader: Reader) -> None:
        try:
            while (asked := self._asked.get()) is not None and not self._over.is_set():
                self._tell(self._one(reader, asked))
        except BaseException as error:
            self._tell(Broken(error))
        finally:
            self._readers.give(reader)

    def _one(self, reader: Reader, asked: Asked) -> Same | Read | Unread:
        """Errors: Cancelled."""
        path = Path(asked.file.path)
        fingerprint: Fingerprint | None = None
        try:
            fingerprint = fingerprint_of(path)
            if asked.known and fingerprint.sha256 == asked.before.sha256:
                return Same(asked, fingerprint)
            self._tell(Begun(asked))
            parsed: Progress | Parsed | None = None
            for parsed in reader.read(path, self._over.is_set, asked.wanted):
                if isinstance(parsed, Progress):
                    self._tell(Begun(asked, parsed.fraction))
            assert isinstance(parsed, Parsed)
            draft = self._draft(asked, fingerprint, parsed)
        except DocumentError as error:
            return Unread(asked, error, fingerprint)
        return Read(asked, draft)

    def _draft(self, asked: Asked, fingerprint: Fingerprint, parsed: Parsed) -> Draft:
        """Errors: NoText."""
        document = self._chunker.document(parsed)
        if not document.chunks:
            raise NoText(path=asked.file.name)
        prefixes, keys, texts = [], [], {}
        for chunk in document.chunks:
            prefix = self._chunker.prefix(document.title, chunk)
            passage = document.text[chunk.start : chunk.end]
            text = f"{prefix}\n{passage}" if prefix else passage
            key = key_of(self._embedder_id, text)
            prefixes.append(prefix)
            keys.append(key)
            texts[key] = text
        recognised = any(page.recognised for page in document.pages)
        languages = "+".join(asked.wanted.languages) if recognised else ""
        return Draft(
            asked.file, fingerprint, document, tuple(prefixes), tuple(keys), languages, texts
        )
