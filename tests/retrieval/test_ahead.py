"""Reading ahead of the embedder: what is stuck holds up nobody, what waits is bounded."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from app.core.messages import (
    AddPaths,
    FileChanged,
    Indexed,
    Progress,
    ReadAgain,
)
from app.core.process import Cancel
from app.core.types import FileState
from app.retrieval import pipeline
from app.retrieval.config import RetrievalConfig
from app.retrieval.embedders.minilm import MiniLM
from app.retrieval.entries import Change, merged
from app.retrieval.index import DenseIndex
from app.retrieval.indexing import Indexer
from app.retrieval.passages import Passages
from app.retrieval.reader import SCRATCH, Reader, Wanted
from app.retrieval.store import Store
from tests import patience
from tests.retrieval import held as standing
from tests.retrieval.conftest import Library

Open = Callable[..., Library]


def write(folder: Path, names: list[str]) -> Path:
    """Small files whose first word no other has."""
    folder.mkdir()
    for name in names:
        (folder / f"{name}.txt").write_text(f"{name} has a market with a stall.", "utf-8")
    return folder


def test_others_are_read_while_one_file_is_stuck(open_library: Open, tmp_path: Path) -> None:
    library = open_library(entry=standing.ENTRY)
    collection = library.create()
    folder = write(tmp_path / "files", ["a", "big", *(f"z{number}" for number in range(6))])
    (folder / "big.txt.stuck").touch()
    ready: list[str] = []
    cancel = Cancel()
    for event in library.worker.stream(AddPaths(collection, (str(folder),)), cancel):
        if isinstance(event, FileChanged) and event.file.state is FileState.READY:
            ready.append(event.file.name)
            if len(ready) == 7:
                assert len(patience.spawned_by(library.worker.pid or 0)) > 1
                cancel.set()
    assert "big.txt" not in ready
    states = {name: file.state for name, file in library.files(collection).items()}
    assert states.pop("big.txt") is FileState.WAITING
    assert set(states.values()) == {FileState.READY}
    # Only one reader is kept, and the next run finds one that answers.
    assert library.add(collection, folder / "a.txt", write(tmp_path / "more", ["y"]))[-1] == (
        Indexed(1, 1, 0, False)
    )


def test_progress_only_grows_and_ends_whole(shared: Library, tmp_path: Path) -> None:
    collection = shared.create("progress")
    folder = write(tmp_path / "files", [f"town{number}" for number in range(90)])
    (folder / "long.txt").write_text(
        "\n\n".join(f"The mill {n} grinds flour of the kind {n}. " * 12 for n in range(45)), "utf-8"
    )
    (folder / "broken.pdf").write_bytes(b"%PDF-1.7 nonsense")
    events = shared.add(collection, folder)
    assert events[-1] == Indexed(91, 0, 1, False)
    said = [event for event in events if isinstance(event, Progress)]
    assert [one.done for one in said] == sorted(one.done for one in said)
    shares = [one.share for one in said]
    assert shares == sorted(shares)
    assert (said[-1].done, said[-1].total) == (92, 92)
    assert shares[-1] == pytest.approx(1)
    assert any(0 < one < 1 for one in shares)


def test_what_has_the_same_date_and_size_is_not_read(shared: Library, tmp_path: Path) -> None:
    collection = shared.create("dates")
    path = tmp_path / "owl.txt"
    path.write_text("The owl is called Emma.", "utf-8")
    assert shared.add(collection, path)[-1] == Indexed(1, 0, 0, False)
    facts = path.stat()
    path.write_text("The owl is called Otto.", "utf-8")
    os.utime(path, ns=(facts.st_atime_ns, facts.st_mtime_ns))
    assert shared.add(collection, path)[-1] == Indexed(0, 1, 0, False)
    # Who asks for it has it read all the same.
    file = shared.files(collection)["owl.txt"]
    again = list(shared.worker.stream(ReadAgain(collection, (file.id,))))
    assert again[-1] == Indexed(1, 0, 0, False)
    assert "Otto" in shared.search("owl called", collection, top=1).hits[0].passage.text
    # Another date alone is noted: the words are the same.
    os.utime(path, ns=(facts.st_atime_ns, facts.st_mtime_ns + 10**9))
    assert shared.add(collection, path)[-1] == Indexed(0, 1, 0, False)


class Held(MiniLM):
    """The default model, which embeds only while it may. seen: how many texts."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.may = threading.Event()
        self.seen = 0

    def encode(self, texts: list[str]) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
        assert self.may.wait(patience.SECONDS)
        self.seen += len(texts)
        return super().encode(texts)


@pytest.fixture
def held(weights: Path, tmp_path: Path) -> Iterator[tuple[Indexer, Held, Store]]:
    """An indexer in this process over an empty library, and its embedder."""
    config = RetrievalConfig(tmp_path / "library", weights, tmp_path / "logs")
    (config.folder / SCRATCH).mkdir(parents=True)
    store = Store(config.folder / "library.sqlite3")
    store.create_collection("all")
    passages = Passages(store.database)
    # Never started: what is stored is asked of the database here.
    index = DenseIndex(config.folder, store.fact("identity"), passages)
    embedder, reader = Held(weights), Reader(config)
    yield Indexer(store, passages, index, embedder, reader, {}), embedder, store
    embedder.may.set()
    reader.close()
    store.close()


def test_files_are_read_while_others_are_embedded_but_not_too_many(
    held: tuple[Indexer, Held, Store], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipeline, "_AHEAD_TEXTS", 10)
    indexer, embedder, store = held
    folder = write(tmp_path / "files", [f"town{number}" for number in range(40)])
    events: list[object] = []
    stop = threading.Event()

    def run() -> None:
        events.extend(indexer.add(1, [str(folder)], stop.is_set, Wanted()))

    def states(state: FileState) -> int:
        return sum(file.state is state for file in store.files(1))

    thread = threading.Thread(target=run)
    thread.start()
    full = threading.Event()
    begun = 0
    for _ in range(int(patience.SECONDS / 0.05)):
        begun = len(indexer.reading)
        if begun >= 10:
            break
        full.wait(0.05)
    # Nothing was embedded, so nothing is stored; the rest of the files has not been opened.
    full.wait(0.5)
    assert 10 <= len(indexer.reading) <= 14
    assert (embedder.seen, states(FileState.READY)) == (0, 0)
    embedder.may.set()
    thread.join(patience.SECONDS)
    assert events[-1] == Indexed(40, 0, 0, False)
    assert (embedder.seen, states(FileState.READY)) == (40, 40)
    assert not indexer.reading


def test_stop_is_heard_while_a_batch_is_embedded(
    held: tuple[Indexer, Held, Store], tmp_path: Path
) -> None:
    indexer, embedder, store = held
    folder = write(tmp_path / "files", [f"town{number}" for number in range(5)])
    stop = threading.Event()
    events = indexer.add(1, [str(folder)], stop.is_set, Wanted())
    seen = [next(event for event in events if isinstance(event, FileChanged))]
    stop.set()
    # The embedder is still held.
    assert list(events)[-1] == Indexed(0, 0, 0, True)
    assert seen[0].file.state is FileState.READING
    assert {file.state for file in store.files(1)} == {FileState.WAITING}
    # What is embedded later is nobody's any more; the next run does it all.
    embedder.may.set()
    last = list(indexer.resume(lambda: False, Wanted()))[-1]
    assert last == Indexed(5, 0, 0, False)


def test_changes_of_one_collection_become_one() -> None:
    some = [Change(1, (3,), (7,), (b"a",)), Change(2, (4,)), Change(1, (5,), (8, 9), (b"b", b"c"))]
    assert merged(some) == [Change(1, (3, 5), (7, 8, 9), (b"a", b"b", b"c")), Change(2, (4,))]
