"""Kills, damage, locks and limits: what was called ready stays, and searches go on."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.core.errors import ChildDied, NoEmbedder, ProfileBusy, StoreBroken
from app.core.messages import (
    AddPaths,
    CollectionList,
    FileChanged,
    Health,
    Indexed,
    ListCollections,
    ResumeIndexing,
    Search,
    Warned,
)
from app.core.process import Cancel, WorkerProcess
from app.core.types import FileState
from app.retrieval.config import WORKER, RetrievalConfig
from tests import patience
from tests.retrieval import held
from tests.retrieval.conftest import SAMPLES, Library

Open = Callable[..., Library]

TOWNS = [
    f"{start}{end}"
    for start in ("Ald", "Bren", "Cor", "Dun", "Esk")
    for end in ("ford", "by", "mere")
]


def many(folder: Path, copies: int = 10) -> Path:
    """Files that each name a word that no other has."""
    folder.mkdir()
    for number in range(copies):
        for town in TOWNS:
            words = " ".join(f"{town} has a market with {i} stalls." for i in range(3))
            name = f"{town.lower()}{number}"
            (folder / f"{name}.txt").write_text(f"Town {name}unique. {words}", "utf-8")
    return folder


def wait_ready(library: Library, seconds: float = patience.SECONDS) -> None:
    deadline = time.monotonic() + seconds
    while library.ask(Health()).dense_index != "ready":
        assert time.monotonic() < deadline, "the dense index did not become ready"
        time.sleep(0.1)


def test_killed_while_indexing_nothing_ready_is_lost(open_library: Open, tmp_path: Path) -> None:
    library = open_library(entry=held.ENTRY)
    collection = library.create()
    ready: list[str] = []
    # A few dozen are committed together; the rest waits.
    hold = tmp_path / "hold.commits"
    hold.write_text("1")

    def index_until_killed() -> None:
        for event in library.worker.stream(AddPaths(collection, (str(many(tmp_path / "files")),))):
            if isinstance(event, FileChanged) and event.file.state == FileState.READY:
                ready.append(event.file.name)
                if len(ready) == 1:
                    assert library.worker.pid is not None
                    os.kill(library.worker.pid, signal.SIGKILL)

    with pytest.raises(ChildDied):
        index_until_killed()
    hold.unlink()
    assert ready
    files = library.files(collection)
    assert all(files[name].state == FileState.READY for name in ready)
    assert any(file.state == FileState.WAITING for file in files.values())
    for name in ready[::9]:
        stem = name.removesuffix(".txt")
        best = library.search(f"{stem}unique", collection, top=1).hits[0]
        assert Path(best.passage.path).stem == stem
        assert best.keyword > 0

    resumed = list(library.worker.stream(ResumeIndexing()))
    assert isinstance(resumed[-1], Indexed)
    assert resumed[-1].ready == len(files) - sum(
        file.state == FileState.READY for file in files.values()
    )
    assert all(file.state == FileState.READY for file in library.files(collection).values())
    wait_ready(library)
    found = library.search("market stalls", collection, top=200).hits
    assert len({hit.passage.path for hit in found}) > 90


def test_stop_keeps_what_is_done_and_resume_goes_on(open_library: Open, tmp_path: Path) -> None:
    library = open_library(entry=held.ENTRY)
    collection = library.create()
    cancel = Cancel()
    events: list[Any] = []
    # It goes on from its second commit when it is told to stop.
    (tmp_path / "hold.commits").write_text("1")
    # Two commits take up to 190 files.
    folder = many(tmp_path / "files", copies=14)
    for event in library.worker.stream(AddPaths(collection, (str(folder),)), cancel):
        events.append(event)
        if isinstance(event, FileChanged) and event.file.state == FileState.READY:
            cancel.set()
    last = events[-1]
    assert isinstance(last, Indexed)
    assert last.stopped
    states = [file.state for file in library.files(collection).values()]
    assert states.count(FileState.READY) == last.ready > 0
    assert states.count(FileState.WAITING) == len(states) - last.ready > 0
    library.worker.close()

    again = open_library()
    done = list(again.worker.stream(ResumeIndexing()))[-1]
    assert done == Indexed(len(states) - last.ready, 0, 0, False)


def test_searches_are_answered_while_indexing(open_library: Open, tmp_path: Path) -> None:
    library = open_library()
    collection = library.create()
    library.add(collection, SAMPLES)
    enough, over = Cancel(), 0

    def index() -> None:
        nonlocal over
        while not enough.is_set():
            folder = str(many(tmp_path / f"files{over}"))
            list(library.worker.stream(AddPaths(collection, (folder,)), enough))
            over += 1

    thread = threading.Thread(target=index)
    thread.start()
    within = 0
    try:
        # Searches that wait for indexing would end only when a run does.
        while within < 3:
            assert over < 10, "searches were answered only after a run"
            before = over
            hits = library.search("Who leads the repair team?", collection).hits
            within += over == before
            assert "Bruno Castell" in hits[0].passage.text
    finally:
        enough.set()
        thread.join()


def test_broken_dense_index_is_made_again(open_library: Open) -> None:
    library = open_library()
    collection = library.create()
    library.add(collection, SAMPLES)
    wait_ready(library)
    before = library.search("Who leads the repair team?", collection).hits
    library.worker.close()
    (folder,) = library.folder.glob("chroma-*")
    damaged = [path for path in folder.rglob("*") if path.is_file()]
    assert damaged
    for path in damaged:
        path.write_bytes(b"not what it was " * 64)

    again = open_library()
    hits = again.search("Who leads the repair team?", collection).hits
    assert [hit.passage for hit in hits] == [hit.passage for hit in before]
    wait_ready(again)
    hits = again.search("Who leads the repair team?", collection).hits
    assert [hit.passage for hit in hits] == [hit.passage for hit in before]
    assert not folder.exists()


def test_dense_index_that_took_the_process_down_is_not_opened_again(open_library: Open) -> None:
    library = open_library()
    collection = library.create()
    library.add(collection, SAMPLES)
    wait_ready(library)
    library.worker.close()
    (folder,) = library.folder.glob("chroma-*")
    # Opening leaves this mark until all collections have answered.
    (folder / "void").touch()
    again = open_library()
    assert again.search("repair", collection).hits
    wait_ready(again)
    assert not folder.exists()
    assert again.search("repair", collection).hits


def test_damaged_library_is_put_aside_and_said(open_library: Open) -> None:
    library = open_library()
    library.add(library.create("all"), SAMPLES)
    library.worker.close()
    path = library.folder / "library.sqlite3"
    for suffix in ("-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    data = path.read_bytes()
    path.write_bytes(data[:100] + b"\xa5" * (len(data) - 100))

    again = open_library()
    events = list(again.worker.stream(ListCollections()))
    assert [type(event.error) for event in events[:-1] if isinstance(event, Warned)] == [
        StoreBroken
    ]
    last: CollectionList = events[-1]
    assert last.collections == ()
    assert list(again.folder.glob("library.sqlite3.damaged-*"))
    collection = again.create("new")
    assert again.add(collection, SAMPLES)[-1] == Indexed(len(list(SAMPLES.iterdir())), 0, 0, False)
    wait_ready(again)
    hits = again.search("Who leads the repair team?", collection).hits
    assert "Bruno Castell" in hits[0].passage.text


def test_second_process_is_turned_away(open_library: Open) -> None:
    first, second = open_library(), open_library()
    first.ask(ListCollections())
    with pytest.raises(ProfileBusy):
        second.ask(ListCollections())


def test_missing_embedder_is_named(tmp_path: Path) -> None:
    config = RetrievalConfig(tmp_path / "library", tmp_path / "nowhere", tmp_path / "logs")
    worker = WorkerProcess("The index", WORKER, config, tmp_path / "logs")
    try:
        with pytest.raises(NoEmbedder):
            worker.ask(Search("x"))
        assert worker.ask(ListCollections()) == CollectionList(())
    finally:
        worker.close()


def test_reading_that_takes_too_long_costs_one_file(open_library: Open, tmp_path: Path) -> None:
    library = open_library(seconds=5.0, entry=held.ENTRY)
    collection = library.create()
    slow = tmp_path / "files" / "slow.txt"
    slow.parent.mkdir()
    os.mkfifo(slow)
    (tmp_path / "files" / "antelope.txt").write_text("It is here when the reader is.", "utf-8")
    (tmp_path / "files" / "zebra.txt").write_text("The zebra is called Otto.", "utf-8")
    # A pipe without a writer would keep its reader waiting, like a hung network drive.
    big = tmp_path / "files" / "big.txt"
    big.write_text("It takes for ever.", "utf-8")
    (big.parent / "big.txt.stuck").touch()
    last = library.add(collection, big.parent)[-1]
    files = library.files(collection)
    assert files["big.txt"].state == FileState.FAILED
    assert files["zebra.txt"].state == FileState.READY
    assert last == Indexed(2, 0, 1, False)
    assert "slow.txt" not in files
    assert library.search("zebra", collection).hits[0].passage.text == "The zebra is called Otto."


def test_memory_cap_costs_one_file(open_library: Open, tmp_path: Path) -> None:
    library = open_library(memory=256 << 20)
    collection = library.create()
    (tmp_path / "huge.txt").write_text("word " * 20_000_000, "utf-8")
    (tmp_path / "small.txt").write_text("The yak is called Ida.", "utf-8")
    last = library.add(collection, tmp_path / "huge.txt", tmp_path / "small.txt")[-1]
    assert last == Indexed(1, 0, 1, False)
    files = library.files(collection)
    assert files["huge.txt"].state == FileState.FAILED
    assert "large" in files["huge.txt"].detail or "memory" in files["huge.txt"].detail
