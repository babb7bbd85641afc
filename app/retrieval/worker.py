"""The retrieval child: owns the library's database, its dense index and the embedder.

Everything that costs waits until it is needed: the embedder and Chroma load with the first search
or the first document, or in the background soon after a library with passages was looked at.
"""

from __future__ import annotations

import contextlib
import logging
import shutil
import time
from collections.abc import Callable, Iterator
from typing import Any

from app.core.errors import LoamError, ProfileBusy
from app.core.lock import FileLock
from app.core.messages import (
    AddPaths,
    Attribute,
    Attributed,
    EmbedderSeen,
    FindText,
    FollowFolders,
    Found,
    Health,
    HealthReport,
    Indexed,
    Locate,
    LocateWords,
    LookAtEmbedder,
    Neighbours,
    OpenDocument,
    Opened,
    PassageList,
    Rank,
    ReadAgain,
    ReadPassages,
    ResumeIndexing,
    Search,
    ShowPages,
    TryIndexServer,
    TryReranker,
    UseEmbedder,
    UseIndexServer,
    Warned,
)
from app.core.messages.everything import Near, ReadThrough, Scan, Survey
from app.retrieval import search
from app.retrieval.chroma_server import seen
from app.retrieval.config import RetrievalConfig
from app.retrieval.everything import Everything
from app.retrieval.following import Follower
from app.retrieval.index import DenseIndex
from app.retrieval.locating import Locator
from app.retrieval.looks import Looks
from app.retrieval.meaning import Meaning
from app.retrieval.own_files import OwnFiles
from app.retrieval.passages import Passages
from app.retrieval.reader import SCRATCH, Reader, Wanted
from app.retrieval.reranking import Reranking
from app.retrieval.shelves import Shelves
from app.retrieval.store import Store
from app.retrieval.watches import Watches
from app.retrieval.whereabouts import Whereabouts

_log = logging.getLogger(__name__)
# A worker that was just killed may need a moment to let go of the folder.
_LOCK_PATIENCE_S = 4.0
_PRELOAD_AFTER_S = 1.0


class Worker:
    """Handler of all retrieval requests.

    Errors of the constructor: ProfileBusy, StoreError, StoreTooNew.
    """

    # Indexing runs wait for each other; enough threads remain for searches.
    parallel = 8

    def __init__(self, config: RetrievalConfig) -> None:
        self._config = config
        config.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._lock = FileLock(config.folder / "library.lock")
        deadline = time.monotonic() + _LOCK_PATIENCE_S
        while not self._lock.acquire():
            if time.monotonic() > deadline:
                raise ProfileBusy(path=config.folder)
            time.sleep(0.1)
        self._store = Store(config.folder / "library.sqlite3")
        self._problems = list(self._store.problems)
        self._passages = Passages(self._store.database)
        self._index = DenseIndex(
            config.folder,
            self._store.fact("identity"),
            self._passages,
            config.server,
            lambda: self._store.fact("embedder"),
        )
        scratch = config.folder / SCRATCH
        # A parser that was killed leaves what it had unpacked.
        shutil.rmtree(scratch, ignore_errors=True)
        scratch.mkdir(mode=0o700)
        self._passwords: dict[int, str] = {}
        self._reader = Reader(config)
        self._finder = Reader(config)
        self._painter = Reader(config)
        self._locator = Locator(self._store, self._finder, self._passwords)
        own_files = OwnFiles(config.folder, self._store.database)
        self._looks = Looks(config.folder, self._store, self._painter, self._locator.locate)
        self._meaning = Meaning(
            config, self._store, self._passages, self._index, self._reader, self._passwords
        )
        self._reranking = Reranking()
        watches = Watches(self._store.database)
        self._follower = Follower(
            self._store, watches, self._index, lambda: self._meaning.engine().indexer
        )
        self._shelves = Shelves(
            self._store,
            self._index,
            own_files,
            self._looks,
            watches,
            self._follower,
            self._meaning,
        )

    def handle(self, request: Any, cancelled: Callable[[], bool]) -> Iterator[Any]:
        """Yield the events of one request. Errors: as messages.py says, and StoreError."""
        while self._problems:
            yield Warned(self._problems.pop())
        match request:
            case Search():
                yield self._reranking.found(request, self._search, cancelled)
            case TryReranker(path=path):
                yield self._reranking.tried(path)
            case Rank():
                yield self._meaning.answered(lambda engine: engine.searcher.rank(request))
            case FindText():
                yield Whereabouts(self._store, self._passages).find(request)
            case ReadPassages(collections=collections, only=only, most_characters=most):
                ids = self._passages.whole(self._passages.files(collections, only), most)
                yield PassageList(self._passages.in_order(ids))
            case Survey() | ReadThrough() | Scan() | Near():
                yield from self._gone_through(request, cancelled)
            case Neighbours(passages=ids, each_side=each_side):
                around = self._passages.around(ids, each_side)
                yield PassageList(self._passages.in_order(around))
            case FollowFolders(languages=languages, once=once):
                wanted = Wanted(languages=languages)
                yield from self._follower.follow(wanted, once, cancelled)
            case AddPaths() | ResumeIndexing() | ReadAgain():
                yield from self._indexed(request, cancelled)
            case Attribute(sentences=sentences, passages=passages):
                yield self._meaning.answered(
                    lambda engine: Attributed(
                        search.attribute(engine.embedder, engine.scale, sentences, passages)
                    )
                )
            case OpenDocument(file_id=file_id):
                yield Opened(self._store.document(file_id))
            case ShowPages(file_id=file_id, start=start, end=end):
                yield self._looks.show(file_id, start, end, cancelled)
            case LocateWords(file_id=file_id, page=page):
                yield self._locator.words(file_id, page, cancelled)
            case Locate(file_id=file_id, start=start, end=end):
                yield self._locator.locate(file_id, start, end, cancelled)
            case LookAtEmbedder(place=place, measured=measured):
                yield EmbedderSeen(self._meaning.look(place, measured))
            case UseEmbedder(place=place):
                yield from self._meaning.use(place, cancelled)
            case UseIndexServer(server=server, forget=forget):
                if (problem := self._index.use(server, forget)) is not None:
                    yield Warned(problem)
                yield self._health()
            case TryIndexServer(server=server):
                yield seen(server, self._store.fact("identity"), self._config.folder)
            case Health():
                yield self._health()
            case _:
                yield self._shelves.answer(request)

    def _search(self, request: Search) -> Found:
        return self._meaning.answered(lambda engine: engine.searcher.search(request))

    def close(self) -> None:
        """Put away what is open."""
        self._meaning.close()
        self._reader.close()
        self._finder.close()
        self._painter.close()
        self._index.close()
        self._store.close()
        self._lock.release()

    def _indexed(
        self, request: AddPaths | ResumeIndexing | ReadAgain, cancelled: Callable[[], bool]
    ) -> Iterator[object]:
        """The requests that read files."""
        wanted = Wanted(languages=request.languages)
        if isinstance(request, ResumeIndexing) and not self._store.waiting():
            yield Indexed(0, 0, 0, False)
            return
        indexer = self._meaning.engine().indexer
        match request:
            case AddPaths(collection_id=collection_id, paths=paths):
                yield from indexer.add(collection_id, paths, cancelled, wanted)
            case ReadAgain(collection_id=collection_id, file_ids=ids, password=password):
                wanted = Wanted(password, request.languages)
                yield from indexer.again(collection_id, ids, cancelled, wanted)
            case ResumeIndexing():
                yield from indexer.resume(cancelled, wanted)

    def _gone_through(
        self, request: Survey | ReadThrough | Scan | Near, cancelled: Callable[[], bool]
    ) -> Iterator[object]:
        """The requests that look at all passages."""
        everything = Everything(self._passages)
        match request:
            case Survey(collections=collections, only=only):
                yield everything.survey(collections, only)
            case ReadThrough(file_id=file_id):
                yield PassageList(self._passages.of_file(file_id))
            case Scan(patterns=patterns, collections=collections, only=only, most=most):
                yield from everything.scan(patterns, collections, only, most, cancelled)
            case Near(text=text, collections=collections, only=only):
                yield self._meaning.answered(
                    lambda engine: everything.near(text, collections, only, engine.embedder)
                )

    def _health(self) -> HealthReport:
        embedder = self._meaning.known_as()
        index = self._index
        address = index.server.address if index.server else ""
        if address:
            with contextlib.suppress(LoamError):
                # It starts with the model, when its vectors are of that one.
                self._meaning.engine()
            if not self._passages.count():
                index.start()
            index.check()
        return HealthReport(index.status, self._passages.count(), embedder, address, index.trouble)
