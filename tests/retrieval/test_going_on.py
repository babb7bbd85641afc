"""What goes on by itself: following after the index died; files that failed and are left out."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from app.core.errors import ChildDied
from app.core.messages import ExcludeFiles, FileList, ListCollections
from app.core.process import Cancel
from app.core.types import FileState
from app.services import following
from app.services.library import LibraryService
from tests import patience
from tests.retrieval.conftest import Library
from tests.retrieval.test_following import until, watch, write


def kill(library: Library) -> None:
    pid = library.worker.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)


def test_folders_are_followed_on_when_the_index_died(
    open_library: Callable[..., Library], tmp_path: Path
) -> None:
    library = open_library()
    collection = library.create()
    folder = tmp_path / "papers"
    write(folder / "fox.txt", "The fox is called Rosa.")
    watch(library, collection, folder)
    service, cancel = LibraryService(library.worker), Cancel()
    thread = threading.Thread(target=lambda: list(service.follow(cancel)))
    thread.start()
    try:
        until(lambda: library.search("animal called", collection).hits, "the first look")
        before = library.worker.pid
        kill(library)
        until(lambda: library.worker.pid not in (None, before), "another process")
        write(folder / "yak.md", "The yak is called Ida.")
        until(lambda: "yak.md" in library.files(collection), "the file of after the death")
        until(lambda: len(library.search("animal called", collection).hits) == 2, "its passage")
    finally:
        cancel.set()
        thread.join(patience.SECONDS)
    assert not thread.is_alive()


def test_one_that_dies_again_and_again_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    starts = []

    class Dying:
        def stream(self, _request: object, _cancel: object) -> object:
            starts.append(1)
            raise ChildDied(name="The document index", reason="it crashed")

    monkeypatch.setattr(following, "_AFTER_DEATH_S", 0.0)
    with pytest.raises(ChildDied):
        list(LibraryService(Dying()).follow())  # type: ignore[arg-type]
    assert len(starts) == 4


def test_a_file_that_failed_can_be_left_out_and_counts_no_longer(
    shared: Library, tmp_path: Path
) -> None:
    collection = shared.create("with a broken one")
    broken = tmp_path / "broken.pdf"
    broken.write_bytes(b"%PDF-1.7 nonsense")
    shared.add(collection, broken)
    file = shared.files(collection)["broken.pdf"]

    def troubled() -> int:
        listed = shared.ask(ListCollections()).collections
        return next(int(each.troubled) for each in listed if each.id == collection)

    assert (file.state, troubled()) == (FileState.FAILED, 1)
    left: FileList = shared.ask(ExcludeFiles(collection, (file.id,)))
    assert left.files[0].state is FileState.EXCLUDED
    assert left.files[0].detail == file.detail
    assert troubled() == 0
    back: FileList = shared.ask(ExcludeFiles(collection, (file.id,), False))
    assert (back.files[0].state, troubled()) == (FileState.FAILED, 1)
