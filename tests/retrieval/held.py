"""A retrieval child that tells how many texts each model was given, and waits where it is told to:
beside the library's folder `calls` gets a line a batch, and while `hold` is there a model that was
chosen stops after its first batch."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from app.retrieval import meaning
from app.retrieval.config import RetrievalConfig
from app.retrieval.embedders._base import Embedder, Vectors
from app.retrieval.worker import Worker as Plain

ENTRY = "tests.retrieval.held:Worker"


class Held:
    """A real embedder, watched."""

    def __init__(self, inner: Embedder, folder: Path, stops: bool) -> None:
        self._inner: Any = inner
        self._folder = folder
        self._stops = stops
        self._batches = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def encode(self, texts: list[str]) -> Vectors:
        self._batches += 1
        while self._stops and self._batches > 1 and (self._folder / "hold").exists():
            time.sleep(0.02)
        with (self._folder / "calls").open("a", encoding="utf-8") as calls:
            calls.write(f"{self._inner.id} {len(texts)}\n")
        found: Vectors = self._inner.encode(texts)
        return found


class Worker(Plain):
    def __init__(self, config: RetrievalConfig) -> None:
        module: Any = meaning
        real, beside = module.open_embedder, config.folder.parent

        def watched(place: str, default: Path) -> Embedder:
            held: Any = Held(real(place, default), beside, bool(place))
            return held  # type: ignore[no-any-return]

        module.open_embedder = watched
        super().__init__(config)
