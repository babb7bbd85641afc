"""The embedding model that a library is searched with, and the change to another.

It opens with the first search or document. While a library is built for another model, the one
before answers; then both change places in one step, and a search that was under way is done again.
Where the vectors fit no model that is there (it was replaced), only words are searched until they
are made anew.
"""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from app.core.errors import BadEmbedder, BadInput, Cancelled, LoamError, NoEmbedder, NotFound
from app.core.messages import EmbedderSeen
from app.core.types import EmbedderFacts, EmbedderState
from app.retrieval.choosing import facts, open_embedder, seconds_each
from app.retrieval.config import RetrievalConfig
from app.retrieval.embedders._base import Embedder
from app.retrieval.index import DenseIndex
from app.retrieval.indexing import Indexer
from app.retrieval.kept import KeptVectors
from app.retrieval.passages import Passages
from app.retrieval.reader import Reader
from app.retrieval.rebuild import Rebuild
from app.retrieval.relevance import Scale
from app.retrieval.search import Searcher
from app.retrieval.store import Store

_log = logging.getLogger(__name__)
_PRELOAD_AFTER_S = 1.0
_PLACE = "embedder place"
_TRIES = "embedder tries"
_SAMPLE = 8

Cancel = Callable[[], bool]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Engine:
    """An embedding model and what stands on it. place: where it is from, '' for the default."""

    place: str
    embedder: Embedder
    scale: Scale
    searcher: Searcher
    indexer: Indexer


class Meaning:
    """Of one library. Thread-safe."""

    def __init__(
        self,
        config: RetrievalConfig,
        store: Store,
        passages: Passages,
        index: DenseIndex,
        reader: Reader,
        passwords: dict[int, str],
    ) -> None:
        self._default = config.embedder
        self._store = store
        self._passages = passages
        self._index = index
        self._reader = reader
        self._passwords = passwords
        self._kept = KeptVectors(store.database)
        self._opening = threading.Lock()
        self._building = threading.Lock()
        self._counting = threading.Lock()
        self._running = False
        self._preload: threading.Timer | None = None
        self.opened: Engine | None = None

    def engine(self) -> Engine:
        """Errors: NoEmbedder, BadEmbedder."""
        with self._opening:
            if self.opened is None:
                place = self._store.note(_PLACE)
                embedder = open_embedder(place, self._default)
                if self._store.use_embedder(embedder.id, embedder.dimension):
                    _log.warning("Vectors of another embedding model: only words are searched")
                    self._index.discard()
                if not self._only_words():
                    self._index.start()
                # Loads its weights while the request's first steps run.
                threading.Thread(
                    target=_warm, args=(embedder,), name="embedder", daemon=True
                ).start()
                self.opened = self._stand_on(place, embedder, None)
            return self.opened

    def answered(self, ask: Callable[[Engine], T]) -> T:
        """What `ask` gives, from one model and its vectors throughout. Errors: those of `ask`,
        NoEmbedder."""
        while True:
            engine = self.engine()
            try:
                found = ask(engine)
            except Exception:
                if engine is self.opened:
                    raise
            else:
                if engine is self.opened:
                    return found

    def known_as(self) -> str:
        """The id of what answers, or why it can't be opened."""
        try:
            opened = self.opened
            place = self._store.note(_PLACE)
            return (opened.embedder if opened else open_embedder(place, self._default)).id
        except LoamError as error:
            return str(error)

    def look(self, place: str, measured: bool = False) -> EmbedderState:
        """As LookAtEmbedder. Errors: StoreError."""
        wanted: EmbedderFacts | None = None
        problem = ""
        seconds = -1.0
        ready = count = self._passages.count()
        current = self._current()
        try:
            if place == current.place and current.dimension:
                wanted = current
            else:
                embedder = open_embedder(place, self._default)
                wanted = facts(place, embedder)
                if wanted.id != current.id:
                    ready = min(self._kept.count(wanted.id), count)
                if measured:
                    seconds = seconds_each(embedder, self._sample()) * (count - ready)
        except NoEmbedder as error:
            wanted, problem = None, str(error)
        words = self._only_words()
        with self._counting:
            running = self._running
            deaths = 0 if running or wanted is None else self._tries_of(wanted.id)
        return EmbedderState(
            current, wanted, problem, count, ready, running, words, seconds, deaths
        )

    def use(self, place: str, cancelled: Cancel) -> Iterator[object]:
        """As UseEmbedder."""
        if not self._building.acquire(blocking=False):
            raise BadInput(problem="The documents are being prepared for a model already.")
        try:
            if self._is_there(place):
                yield EmbedderSeen(self.look(place))
                return
            embedder = open_embedder(place, self._default)
            engine = self._answering(place, embedder)
            same = embedder.id == engine.embedder.id
            if same and not self._only_words():
                self._store.keep_note(_PLACE, place)
            else:
                embedder = engine.embedder if same else embedder
                with self._counted(embedder.id), contextlib.suppress(Cancelled):
                    yield from self._build(place, embedder, engine, cancelled)
        except MemoryError as error:
            reason = "there is not enough memory for it"
            raise BadEmbedder(repr(error), path=place or self._default, reason=reason) from error
        finally:
            self._building.release()
        yield EmbedderSeen(self.look(place))

    def preload_soon(self) -> None:
        """A library in use is about to be searched; a window that starts is not slowed."""
        if self.opened is None and self._preload is None and self._passages.count():
            self._preload = threading.Timer(_PRELOAD_AFTER_S, self._preload_now)
            self._preload.daemon = True
            self._preload.start()

    def close(self) -> None:
        """Begin nothing more."""
        if self._preload is not None:
            self._preload.cancel()

    def _is_there(self, place: str) -> bool:
        """Whether the library is built with what is at a place; cheap, where it was all along."""
        if self._store.note(_PLACE) != place:
            return False
        engine = self.engine()
        return engine.place == place and not self._only_words()

    def _answering(self, place: str, wanted: Embedder) -> Engine:
        """What answers until `wanted` does: the model before, or `wanted` itself, by words only,
        where that one can't be opened any more."""
        try:
            return self.engine()
        except NoEmbedder as error:
            _log.warning("The embedding model before can't be used: %s", error)
        with self._opening:
            self._store.use_embedder(wanted.id, wanted.dimension)
            self._store.keep_note(_PLACE, place)
        return self.engine()

    def _build(
        self, place: str, embedder: Embedder, engine: Engine, cancelled: Cancel
    ) -> Iterator[object]:
        """Errors: Cancelled, NoEmbedder, StoreError; then nothing has changed but what is kept."""
        rebuild = Rebuild(self._store, embedder)
        yield from rebuild.prepare(cancelled)
        with engine.indexer.held(cancelled):
            # What was read meanwhile.
            yield from rebuild.prepare(cancelled)
            self._switch(rebuild, place, embedder, engine)
        self._kept.trim()

    def _switch(self, rebuild: Rebuild, place: str, embedder: Embedder, engine: Engine) -> None:
        with contextlib.ExitStack() as stack:
            try:
                with self._store.database.write() as w:
                    rebuild.switch(w, place)
                    # From here on nobody begins a search, and those under way are done again.
                    stack.enter_context(self._opening)
                    self.opened = None
                    self._index.void()
            except BaseException:
                self.opened = engine
                raise
            self._index.renew()
            self._index.start()
            engine.indexer.use(embedder)
            self.opened = self._stand_on(place, embedder, engine.indexer)
        _log.info("The library is searched with %s", embedder.id)

    def _stand_on(self, place: str, embedder: Embedder, indexer: Indexer | None) -> Engine:
        scale = Scale(embedder, self._store)
        indexer = indexer or Indexer(
            self._store, self._passages, self._index, embedder, self._reader, self._passwords
        )
        searcher = Searcher(embedder, scale, self._index, self._passages)
        return Engine(place, embedder, scale, searcher, indexer)

    def _current(self) -> EmbedderFacts:
        """What answers now, also when it can't be opened."""
        if self.opened is not None:
            return facts(self.opened.place, self.opened.embedder)
        place, known = self._store.note(_PLACE), self._store.fact("embedder")
        try:
            found = facts(place, open_embedder(place, self._default))
        except NoEmbedder:
            return EmbedderFacts(place, known, known.rpartition("@")[0], 0, 0)
        return found if known in ("", found.id) else EmbedderFacts(place, known, found.name, 0, 0)

    def _tries_of(self, embedder_id: str) -> int:
        """How often in a row this process ended while it built the library for a model."""
        count, _, of = self._store.note(_TRIES).partition(" ")
        return int(count) if of == embedder_id and count.isdecimal() else 0

    @contextlib.contextmanager
    def _counted(self, embedder_id: str) -> Iterator[None]:
        """One try to build. Nobody is told that it runs before it is on disk: what is still noted
        at the next start has ended this process."""
        with self._counting:
            self._store.keep_note(_TRIES, f"{self._tries_of(embedder_id) + 1} {embedder_id}")
            self._running = True
        try:
            yield
        finally:
            with self._counting:
                self._running = False
                self._store.keep_note(_TRIES, "")

    def _only_words(self) -> bool:
        """Whether passages wait for vectors."""
        return bool(self._store.database.read("SELECT 1 FROM chunks WHERE key = x'' LIMIT 1"))

    def _sample(self) -> list[str]:
        rows = self._store.database.read("SELECT id FROM chunks LIMIT ?", (_SAMPLE,))
        return [one.text for one in self._passages.passages([row[0] for row in rows]).values()]

    def _preload_now(self) -> None:
        try:
            self.engine()
        except (LoamError, NotFound) as error:
            _log.warning("Could not load ahead: %s", error)


def _warm(embedder: Embedder) -> None:
    try:
        embedder.encode(["warm"])
    except LoamError as error:
        _log.warning("The embedder could not be loaded: %s", error)
