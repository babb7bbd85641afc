"""The retrieval child: owns the library's database, its dense index and the embedder.

Everything that costs waits until it is needed: the embedder and Chroma load with the first search
or the first document, or in the background soon after a library with passages was looked at.
"""

from __future__ import annotations

import logging
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from app.core import plugins
from app.core.errors import DocumentError, LoamError, NoEmbedder, NotFound, ProfileBusy
from app.core.files import sha256
from app.core.lock import FileLock
from app.core.messages import (
    AddPaths,
    Attribute,
    Attributed,
    CollectionList,
    CreateCollection,
    DeleteCollection,
    ExcludeFiles,
    FileList,
    FindText,
    FollowFolders,
    Health,
    HealthReport,
    Indexed,
    ListCollections,
    ListFiles,
    ListWatches,
    Locate,
    Located,
    Neighbours,
    OpenDocument,
    Opened,
    PassageList,
    Rank,
    ReadAgain,
    ReadPassages,
    RemoveFiles,
    RenameCollection,
    ResumeIndexing,
    Search,
    ShowPages,
    TryIndexServer,
    UnwatchFolder,
    UseIndexServer,
    Warned,
    WatchFolder,
    WatchList,
)
from app.core.messages.everything import Near, ReadThrough, Scan, Survey
from app.core.types import DocumentFile, FileState
from app.retrieval import search
from app.retrieval.chroma_server import seen
from app.retrieval.config import RetrievalConfig
from app.retrieval.embedders._base import Embedder, Family
from app.retrieval.everything import Everything
from app.retrieval.following import Follower
from app.retrieval.index import DenseIndex
from app.retrieval.indexing import Indexer
from app.retrieval.looks import Looks
from app.retrieval.passages import Passages
from app.retrieval.reader import SCRATCH, Reader, Wanted
from app.retrieval.relevance import Scale
from app.retrieval.store import Store
from app.retrieval.watches import Watches
from app.retrieval.whereabouts import Whereabouts

_log = logging.getLogger(__name__)
# A worker that was just killed may need a moment to let go of the folder.
_LOCK_PATIENCE_S = 4.0
_PRELOAD_AFTER_S = 1.0


@dataclass(frozen=True, slots=True)
class _Engine:
    """What needs the embedding model."""

    embedder: Embedder
    scale: Scale
    searcher: search.Searcher
    indexer: Indexer


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
        self._locator = Reader(config)
        self._painter = Reader(config)
        self._looks = Looks(config.folder, self._store, self._painter, self._locate)
        self._watches = Watches(self._store.database)
        self._follower = Follower(
            self._store, self._watches, self._index, lambda: self._engine().indexer
        )
        self._locating = threading.Lock()
        self._opening = threading.Lock()
        self._opened: _Engine | None = None
        self._preload: threading.Timer | None = None

    def handle(self, request: Any, cancelled: Callable[[], bool]) -> Iterator[Any]:
        """Yield the events of one request. Errors: as messages.py says, and StoreError."""
        while self._problems:
            yield Warned(self._problems.pop())
        match request:
            case Search(query=query, collections=collections, top=top, only=only, share=share):
                yield self._engine().searcher.search(query, collections, top, only, share)
            case Rank():
                yield self._engine().searcher.rank(request)
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
                engine = self._engine()
                cosines = search.attribute(engine.embedder, engine.scale, sentences, passages)
                yield Attributed(cosines)
            case OpenDocument(file_id=file_id):
                yield Opened(self._store.document(file_id))
            case ShowPages(file_id=file_id, start=start, end=end):
                yield self._looks.show(file_id, start, end, cancelled)
            case Locate(file_id=file_id, start=start, end=end):
                yield self._locate(file_id, start, end, cancelled)
            case UseIndexServer(server=server, forget=forget):
                if (problem := self._index.use(server, forget)) is not None:
                    yield Warned(problem)
                yield self._health()
            case TryIndexServer(server=server):
                yield seen(server, self._store.fact("identity"), self._config.folder)
            case _:
                yield self._managed(request)

    def close(self) -> None:
        """Put away what is open."""
        if self._preload is not None:
            self._preload.cancel()
        self._reader.close()
        self._locator.close()
        self._painter.close()
        self._index.close()
        self._store.close()
        self._lock.release()

    def _indexed(
        self, request: AddPaths | ResumeIndexing | ReadAgain, cancelled: Callable[[], bool]
    ) -> Iterator[object]:
        """The requests that read files."""
        wanted = Wanted(languages=request.languages)
        match request:
            case AddPaths(collection_id=collection_id, paths=paths):
                yield from self._engine().indexer.add(collection_id, paths, cancelled, wanted)
            case ReadAgain(collection_id=collection_id, file_ids=ids, password=password):
                wanted = Wanted(password, request.languages)
                yield from self._engine().indexer.again(collection_id, ids, cancelled, wanted)
            case ResumeIndexing():
                if self._store.waiting():
                    yield from self._engine().indexer.resume(cancelled, wanted)
                else:
                    yield Indexed(0, 0, 0, False)

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
                embedder = self._engine().embedder
                yield everything.near(text, collections, only, embedder)

    def _managed(self, request: Any) -> CollectionList | FileList | HealthReport | WatchList:
        """The requests that look after collections and files."""
        match request:
            case ListCollections():
                self._preload_soon()
            case CreateCollection(name=name):
                self._store.create_collection(name)
            case RenameCollection(collection_id=collection_id, name=name):
                self._store.rename_collection(collection_id, name)
            case DeleteCollection(collection_id=collection_id):
                self._store.delete_collection(collection_id)
                self._index.drop(collection_id)
                self._looks.prune()
            case ListFiles(collection_id=collection_id):
                return FileList(self._files(collection_id))
            case RemoveFiles(collection_id=collection_id, file_ids=file_ids):
                self._index.change(self._store.remove_files(collection_id, file_ids))
                self._looks.prune()
                return FileList(self._files(collection_id))
            case ExcludeFiles(collection_id=collection_id, file_ids=file_ids, excluded=excluded):
                self._index.change(self._store.exclude(collection_id, file_ids, excluded))
                return FileList(self._files(collection_id))
            case WatchFolder() | UnwatchFolder() | ListWatches():
                return self._watched(request)
            case Health():
                return self._health()
            case _:
                raise TypeError(f"not for retrieval: {type(request).__name__}")
        return CollectionList(self._store.collections())

    def _watched(self, request: WatchFolder | UnwatchFolder | ListWatches) -> WatchList:
        """The requests that look after watched folders."""
        collection_id = 0
        match request:
            case WatchFolder(collection_id=collection_id, folder=folder):
                self._store.need_collection(collection_id)
                self._watches.add(collection_id, folder)
                self._follower.look()
            case UnwatchFolder(watch_id=watch_id, remove_files=remove_files):
                watch = self._watches.remove(watch_id)
                if remove_files:
                    ids = [one.id for one in self._watches.files(watch)]
                    self._index.change(self._store.remove_files(watch.collection_id, ids))
                self._follower.look()
            case ListWatches(collection_id=collection_id):
                pass
        return WatchList(self._watches.all(collection_id))

    def _files(self, collection_id: int) -> tuple[DocumentFile, ...]:
        reading = self._opened.indexer.reading if self._opened else set()
        return tuple(
            replace(file, state=FileState.READING) if file.id in reading else file
            for file in self._store.files(collection_id)
        )

    def _health(self) -> HealthReport:
        try:
            opened = self._opened
            embedder = (opened.embedder if opened else _open_embedder(self._config.embedder)).id
        except LoamError as error:
            embedder = str(error)
        index = self._index
        address = index.server.address if index.server else ""
        if address:
            index.start()
            index.check()
        return HealthReport(index.status, self._passages.count(), embedder, address, index.trouble)

    def _locate(self, file_id: int, start: int, end: int, cancelled: Callable[[], bool]) -> Located:
        """Boxes of text[start:end], which may go over several pages. Errors: NotFound,
        DocumentError when the file is not what was read."""
        document = self._store.document(file_id)
        spans = tuple(
            (number, max(start, page.start) - page.start, min(end, page.end) - page.start)
            for page in document.pages
            # The only page of a picture was read without a number.
            if (number := page.number or (1 if document.kind == "image" else None)) is not None
            and start < page.end
            and end > page.start
        )
        if not spans:
            return Located(())
        path = Path(document.path)
        before = self._store.fingerprint(file_id)
        try:
            facts = path.stat()
            same = (facts.st_size, facts.st_mtime_ns) == (before.size, before.modified)
            if not same and sha256(path) != before.sha256:
                raise DocumentError(path=path.name, reason="it changed since it was added")
        except OSError:
            raise DocumentError(path=path.name, reason="it is no longer there") from None
        wanted = Wanted(self._passwords.get(file_id, ""), self._store.languages(file_id))
        with self._locating:
            return self._locator.locate(path, spans, cancelled, wanted)

    # --- the embedder and what stands on it ----------------------------------------------------

    def _engine(self) -> _Engine:
        """Errors: NoEmbedder."""
        with self._opening:
            if self._opened is None:
                embedder = _open_embedder(self._config.embedder)
                if self._store.use_embedder(embedder.id):
                    self._index.discard()
                self._index.start()
                # Loads its weights while the request's first steps run.
                threading.Thread(
                    target=_warm, args=(embedder,), name="embedder", daemon=True
                ).start()
                scale = Scale(embedder, self._store)
                self._opened = _Engine(
                    embedder,
                    scale,
                    search.Searcher(embedder, scale, self._index, self._passages),
                    Indexer(
                        self._store,
                        self._passages,
                        self._index,
                        embedder,
                        self._reader,
                        self._passwords,
                    ),
                )
            return self._opened

    def _preload_soon(self) -> None:
        """A library in use is about to be searched; a window that starts is not slowed."""
        if self._opened is None and self._preload is None and self._passages.count():
            self._preload = threading.Timer(_PRELOAD_AFTER_S, self._preload_now)
            self._preload.daemon = True
            self._preload.start()

    def _preload_now(self) -> None:
        try:
            self._engine()
        except (LoamError, NotFound) as error:
            _log.warning("Could not load ahead: %s", error)


def _open_embedder(folder: Path) -> Embedder:
    """Errors: NoEmbedder."""
    families: list[Family] = plugins.find("app.retrieval.embedders", "EMBEDDER")
    for family in families:
        if family.matches(folder):
            return family.open(folder)
    raise NoEmbedder(path=folder)


def _warm(embedder: Embedder) -> None:
    try:
        embedder.encode(["warm"])
    except LoamError as error:
        _log.warning("The embedder could not be loaded: %s", error)
