"""A retrieval child that tells how many texts each model was given, and stands still where it is
told to, so that no test depends on who is faster. Beside the library's folder `calls` gets a line
a batch. While `hold` is there, a model that was chosen waits when it has made as many batches as
the file says; while `hold.commits` is, files wait when so many commits were made; until the work is
told to stop. Its parsers are stuck for ever in a document that has another of the same name and
`.stuck` beside it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from app.core.messages import AddPaths, Parse, UseEmbedder
from app.retrieval import meaning, reader
from app.retrieval.config import RetrievalConfig
from app.retrieval.embedders._base import Embedder, Vectors
from app.retrieval.parser import Worker as PlainParser
from app.retrieval.store import Store
from app.retrieval.worker import Worker as Plain

ENTRY = "tests.retrieval.held:Worker"
_PARSER = "tests.retrieval.held:Parser"


class Held:
    """A real embedder, watched."""

    def __init__(self, inner: Embedder, folder: Path, waits: Callable[[int], bool]) -> None:
        self._inner: Any = inner
        self._folder = folder
        self._waits = waits
        self._batches = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def encode(self, texts: list[str]) -> Vectors:
        while self._waits(self._batches):
            time.sleep(0.02)
        self._batches += 1
        with (self._folder / "calls").open("a", encoding="utf-8") as calls:
            calls.write(f"{self._inner.id} {len(texts)}\n")
        found: Vectors = self._inner.encode(texts)
        return found


class Worker(Plain):
    def __init__(self, config: RetrievalConfig) -> None:
        module: Any = meaning
        real, beside = module.open_embedder, config.folder.parent
        self._stopped: Callable[[], bool] = lambda: False

        def waits(done: int, name: str = "hold") -> bool:
            try:
                most = int((beside / name).read_text("utf-8"))
            except FileNotFoundError:
                return False
            return done >= most and not self._stopped()

        def watched(place: str, default: Path) -> Embedder:
            held: Any = Held(real(place, default), beside, waits if place else _never)
            return held  # type: ignore[no-any-return]

        module.open_embedder = watched
        store: Any = Store
        put, commits = store.put, 0

        def put_held(*arguments: Any) -> Any:
            nonlocal commits
            while waits(commits, "hold.commits"):
                time.sleep(0.02)
            commits += 1
            return put(*arguments)

        store.put = put_held
        kind: Any = reader
        kind.PARSER = _PARSER
        super().__init__(config)

    def handle(self, request: Any, cancelled: Callable[[], bool]) -> Iterator[Any]:
        if isinstance(request, (UseEmbedder, AddPaths)):
            self._stopped = cancelled
        yield from super().handle(request, cancelled)


class Parser(PlainParser):
    def handle(self, request: Any, cancelled: Callable[[], bool]) -> Iterator[Any]:
        if isinstance(request, Parse):
            while Path(f"{request.path}.stuck").exists():
                time.sleep(0.02)
        yield from super().handle(request, cancelled)


def _never(batches: int) -> bool:
    return False
