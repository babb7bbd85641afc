"""The dense index: Chroma beside SQLite, in a folder here or on a server.

Chroma is a cache of the library's vectors. It opens in a background thread, is checked, and brought
level with SQLite. In a folder it is thrown away and made again when it fails or when opening it
once took the process down; a server that fails is asked again after a while. Until it is ready
NumPy looks through the stored vectors, with the same results.
"""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from app.core.errors import LoamError
from app.core.types import IndexServer
from app.retrieval.chroma import Chroma, Lacking
from app.retrieval.chroma_here import Here
from app.retrieval.chroma_server import There, forgotten, said_of
from app.retrieval.entries import Change
from app.retrieval.passages import Passages
from app.retrieval.scan import Scan, Vector, nearest

_log = logging.getLogger(__name__)
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 2.0, 60.0


class Told:
    """What one background thread is told: to end, to ask a server again now, that it broke."""

    def __init__(self) -> None:
        self.stop, self.again, self.broken = (threading.Event() for _ in range(3))

    def end(self) -> None:
        """Whatever it waits for."""
        for event in (self.stop, self.again, self.broken):
            event.set()


class DenseIndex:
    """Nearest passages by meaning. Thread-safe.

    folder: where Chroma's folders may be; identity: the library's; model: what its vectors were
    made by, as it is now; server: where the index lives instead of here. `status` is as
    HealthReport has it; `trouble` says why a server is away.
    """

    def __init__(
        self,
        folder: Path,
        identity: str,
        passages: Passages,
        server: IndexServer | None = None,
        model: Callable[[], str] = str,
    ) -> None:
        self._folder = folder
        self._identity = identity
        self._model = model
        self._passages = passages
        self._open: Chroma | None = None
        self._lock = threading.RLock()
        self._told = Told()
        self._thread: threading.Thread | None = None
        self._scan = Scan(passages)
        self._home = self._home_at(server)
        self.status = "starting"
        self.trouble: LoamError | None = None

    @property
    def server(self) -> IndexServer | None:
        """Where it lives; None: here."""
        return self._home.server if isinstance(self._home, There) else None

    def start(self) -> None:
        """Open Chroma in the background; safe to repeat."""
        with self._lock:
            if self._thread is None and not self._told.stop.is_set():
                self._prepare_soon()

    def use(self, server: IndexServer | None, forget: bool = False) -> LoamError | None:
        """Keep it there from now on; None: here. forget: delete what the server before has of this
        library. Gives why that could not be done."""
        with self._lock:
            before, chroma, started = self._home, self._open, self._thread is not None
            if server == self.server:
                return None
            self._told.end()
            self._told = Told()
            self._home, self._open, self._thread = self._home_at(server), None, None
            self.status, self.trouble = "starting", None
        problem: LoamError | None = None
        try:
            if forget and isinstance(before, There):
                problem = forgotten(before, self._passages, chroma)
        finally:
            if chroma is not None:
                chroma.close()
            if isinstance(before, Here):
                before.remove()
        if started:
            self.start()
        return problem

    def renew(self) -> None:
        """All vectors were replaced: begin with an empty index; until it is full again, all of
        them are looked at."""
        with self._lock:
            home, chroma, started = self._home, self._open, self._thread is not None
            self._told.end()
            self._told = Told()
            if isinstance(home, Here):
                home.void()
            self._home, self._open, self._thread = self._home_at(self.server), None, None
            self.status = "rebuilding"
        self._scan.forget()
        if chroma is not None:
            chroma.close()
        if started:
            self.start()

    def void(self) -> None:
        """What is on this disk must not be used by the next start."""
        if isinstance(self._home, Here):
            self._home.void()

    def check(self) -> None:
        """See whether a server answers; one that was away is asked again now."""
        chroma = self._open
        if self.server is None:
            return
        if self.status == "ready" and chroma is not None:
            try:
                with self._lock:
                    chroma.check()
            except Exception as error:
                self._failed(error, chroma)
        else:
            self._told.again.set()

    def nearest(
        self, collections: Sequence[int], vector: Vector, count: int
    ) -> list[tuple[int, float]]:
        """(passage id, cosine), nearest first. Errors: StoreError."""
        chroma = self._open
        if self.status == "ready" and chroma is not None:
            try:
                return chroma.nearest(collections, vector, count)
            except Exception as error:
                # Any failure in there means the same: it can't be relied on.
                self._failed(error, chroma)
        return self._scan.nearest(collections, vector, count)

    def nearest_in(
        self, files: Sequence[int], vector: Vector, count: int
    ) -> list[tuple[int, float]]:
        """As `nearest`, among the passages of some files. Chroma's filters are slower than looking
        at all of them, up to 100,000 passages at least."""
        return nearest(*self._passages.matrix_of(files), vector, count)

    def change(self, change: Change) -> None:
        """Follow a change that SQLite has committed."""
        self._scan.forget()
        self._follow(lambda chroma: chroma.change(change))

    def drop(self, collection_id: int) -> None:
        """Forget a collection."""
        self._scan.forget()
        self._follow(lambda chroma: chroma.drop(collection_id))

    def discard(self) -> None:
        """All vectors are void: begin with an empty index. Before `start` only."""
        self._home.void()

    def wait(self, seconds: float) -> bool:
        """Wait until it is ready; False when it isn't by then."""
        deadline = time.monotonic() + seconds
        while self.status != "ready" and time.monotonic() < deadline:
            time.sleep(0.02)
        return self.status == "ready"

    def close(self) -> None:
        """Stop the background work and close Chroma."""
        self._told.end()
        if self._thread is not None:
            self._thread.join(0.5)
        if self._open is not None:
            self._open.close()

    # --- where it lives ------------------------------------------------------------------------

    def _home_at(self, server: IndexServer | None) -> Here | There:
        if server is None:
            return Here(self._folder, self._identity, self._model)
        return There(server, self._identity, self._folder, self._model)

    def _follow(self, step: Callable[[Chroma], None]) -> None:
        # The lock first: while the index is brought level, this change may already be seen there.
        with self._lock:
            chroma = self._open
            if self.status != "ready" or chroma is None:
                return
            try:
                step(chroma)
            except Exception as error:
                self._failed(error, chroma)

    def _failed(self, error: Exception, chroma: Chroma) -> None:
        """Make or look for another Chroma in the background."""
        with self._lock:
            if self.status != "ready" or self._open is not chroma:
                return
            _log.warning("The dense index failed and is made again: %r", error)
            self._open = None
            if isinstance(self._home, There):
                lacks = isinstance(error, Lacking)
                # First why: who sees that it is away finds it.
                self.trouble = None if lacks else said_of(self._home.server, error)
                self.status = "rebuilding" if lacks else "away"
                self._told.broken.set()
            else:
                self.status = "rebuilding"
                self._home.void()
                self._prepare_soon()

    def _prepare_soon(self) -> None:
        home, told = self._home, self._told

        def run() -> None:
            if isinstance(home, There):
                self._keep_there(home, told)
            else:
                self._prepare_here(home, told.stop)

        self._thread = threading.Thread(target=run, name="dense index", daemon=True)
        self._thread.start()

    def _prepare_here(self, home: Here, stop: threading.Event) -> None:
        """Open, check and level; a folder that fails is replaced by a new one, once."""
        for attempt in (1, 2):
            if home.is_new() and self._passages.count():
                self._say("rebuilding", stop)
            try:
                self._level(Chroma(home, self._passages), stop)
            except InterruptedError:
                return
            except Exception as error:
                _log.warning("The dense index could not be used (%d): %r", attempt, error)
                home.void()
            else:
                return
        self._say("off", stop)

    def _keep_there(self, home: There, told: Told) -> None:
        """Open and level, as often as it takes, and once more whenever it broke."""
        pause = 0.0
        while not told.stop.is_set():
            # The first time and after a break at once; then at growing intervals.
            told.again.wait(pause)
            told.again.clear()
            told.broken.clear()
            pause = min(max(2 * pause, _FIRST_PAUSE_S), _LONGEST_PAUSE_S)
            try:
                chroma = Chroma(home, self._passages)
                self._level(chroma, told.stop)
            except InterruptedError:
                return
            except Exception as error:
                _log.info("The index server does not answer: %r", error)
                self._say("away", told.stop, said_of(home.server, error))
            else:
                told.broken.wait()
                if not told.stop.is_set():
                    chroma.close()
                pause = _FIRST_PAUSE_S

    def _level(self, chroma: Chroma, stop: threading.Event) -> None:
        """Bring it level with SQLite, then let it answer."""
        try:
            chroma.tidy()
            for round_ in range(3):
                # Files may come and go meanwhile; the last round runs with changes held back.
                with self._lock if round_ == 2 else contextlib.nullcontext():
                    chroma.level(stop)
                    if stop.is_set():
                        raise InterruptedError
                    if round_ == 2:
                        self._open = chroma
                        self.status, self.trouble = "ready", None
        except BaseException:
            chroma.close()
            raise

    def _say(self, status: str, stop: threading.Event, trouble: LoamError | None = None) -> None:
        with self._lock:
            if not stop.is_set():
                self.trouble, self.status = trouble, status
