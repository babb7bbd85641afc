"""Taking files into the library: which files a request means, one run after the other.

Limits: one run at a time, others wait for it.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from app.core.errors import Cancelled, MissingFile, NotFound
from app.core.messages import Indexed, Warned
from app.retrieval import formats
from app.retrieval.ahead import Readers
from app.retrieval.chunker import BEFORE_TOKENS, PASSAGE_TOKENS, Chunker
from app.retrieval.embedders._base import Embedder
from app.retrieval.index import DenseIndex
from app.retrieval.passages import Passages
from app.retrieval.pipeline import Parts, Pipeline
from app.retrieval.reader import Reader, Wanted
from app.retrieval.runs import Run
from app.retrieval.store import Store

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
        self._embedder = embedder
        self._chunker = _chunker_of(embedder)
        self._parts = Parts(store, passages, index, Readers(reader), passwords)
        self._turn = threading.Lock()

    @property
    def reading(self) -> set[int]:
        """Ids of files that are being read."""
        return self._parts.reading

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
            pipeline = Pipeline(run, self._parts, self._chunker, self._embedder)
            yield from pipeline.go(ids, cancelled)
        except Cancelled:
            stopped = True
        finally:
            self._turn.release()
        yield Indexed(run.ready, run.unchanged, run.failed, stopped)

    def _weight(self, file_id: int) -> int:
        """How much work a file is, next to others: its size, and something for opening it."""
        with contextlib.suppress(NotFound):
            return self._store.file(file_id).size_bytes + _OPENING
        return 0


def _chunker_of(embedder: Embedder) -> Chunker:
    return Chunker(embedder.tokenizer(), min(PASSAGE_TOKENS, embedder.limit - BEFORE_TOKENS))
