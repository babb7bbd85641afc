"""A file that moves while its watched folder is looked at."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.core.messages import FileChanged, FilesRemoved, Indexed
from app.retrieval import formats
from app.retrieval.config import RetrievalConfig
from app.retrieval.embedders.minilm import MiniLM
from app.retrieval.following import Follower
from app.retrieval.index import DenseIndex
from app.retrieval.indexing import Indexer
from app.retrieval.passages import Passages
from app.retrieval.reader import SCRATCH, Reader, Wanted
from app.retrieval.store import Store
from app.retrieval.watches import Watches


def test_it_is_not_taken_for_a_second_file(
    weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = RetrievalConfig(tmp_path / "library", weights, tmp_path / "logs")
    (config.folder / SCRATCH).mkdir(parents=True)
    folder = tmp_path / "papers"
    (folder / "deep").mkdir(parents=True)
    fox = folder / "fox.txt"
    fox.write_text("The fox is called Rosa.", "utf-8")
    os.utime(fox, (1_600_000_000, 1_600_000_000))
    store, reader = Store(config.folder / "library.sqlite3"), Reader(config)
    store.create_collection("all")
    passages, watches = Passages(store.database), Watches(store.database)
    index = DenseIndex(config.folder, store.fact("identity"), passages)
    indexer = Indexer(store, passages, index, MiniLM(weights), reader, {})
    follower = Follower(store, watches, index, lambda: indexer)

    def followed() -> list[object]:
        return list(follower.follow(Wanted(), True, lambda: False))

    real = formats.documents

    def moving(path: Path, failed: Callable[[OSError], None]) -> Iterator[Path]:
        for found in real(path, failed):
            yield found
            # It was seen, and the folder where it goes was not yet.
            if found == fox:
                fox.rename(folder / "deep" / "vixen.txt")

    try:
        watches.add(1, str(folder))
        assert [event for event in followed() if isinstance(event, Indexed)] == [
            Indexed(1, 0, 0, False)
        ]
        (before,) = store.files(1)
        monkeypatch.setattr(formats, "documents", moving)
        events = followed()
        (after,) = store.files(1)
        assert (after.id, after.name) == (before.id, "vixen.txt")
        assert [event.file for event in events if isinstance(event, FileChanged)] == [after]
        assert not any(isinstance(event, (FilesRemoved, Indexed)) for event in events)
    finally:
        reader.close()
        store.close()
