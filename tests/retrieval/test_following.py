"""Watched folders: new, changed, renamed and deleted files, folders that go away, catching up."""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from app.core.errors import BadInput, NotFound
from app.core.messages import (
    AddPaths,
    FileChanged,
    FilesRemoved,
    FollowFolders,
    Indexed,
    ListWatches,
    UnwatchFolder,
    WatchChanged,
    WatchFolder,
    WatchList,
)
from app.core.process import Cancel
from app.core.types import FileState, WatchedFolder, WatchState
from app.retrieval.alarm import Alarm
from tests import patience
from tests.retrieval.conftest import SAMPLES, Library


def until(true: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + patience.SECONDS
    while not true():
        assert time.monotonic() < deadline, f"still not: {what}"
        time.sleep(0.05)


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path


def watch(library: Library, collection: int, folder: Path) -> WatchedFolder:
    listed: WatchList = library.ask(WatchFolder(collection, str(folder)))
    return next(one for one in listed.folders if one.path == str(folder))


@contextmanager
def followed(library: Library) -> Iterator[list[object]]:
    """Follows in a thread; gives the list that events are put into."""
    events: list[object] = []
    cancel = Cancel()

    def follow() -> None:
        for event in library.worker.stream(FollowFolders(), cancel):
            events.append(event)

    thread = threading.Thread(target=follow)
    thread.start()
    try:
        yield events
    finally:
        cancel.set()
        thread.join(patience.SECONDS)
        assert not thread.is_alive()


def once(library: Library) -> list[object]:
    return list(library.worker.stream(FollowFolders(once=True)))


def test_changes_are_followed_while_they_happen(shared: Library, tmp_path: Path) -> None:
    collection = shared.create("followed")
    folder = tmp_path / "papers"
    fox = write(folder / "fox.txt", "The fox is called Rosa.")
    watched = watch(shared, collection, folder)

    def texts() -> list[str]:
        return [hit.passage.text for hit in shared.search("animal called", collection).hits]

    def names() -> dict[str, int]:
        return {name: file.id for name, file in shared.files(collection).items()}

    with followed(shared) as events:
        until(lambda: texts() == ["The fox is called Rosa."], "the first look")
        write(folder / "deep" / "yak.md", "The yak is called Ida.")
        until(lambda: len(texts()) == 2, "a new file")
        write(fox, "The fox is called Vera.")
        until(lambda: "The fox is called Vera." in texts(), "a change")
        assert "The fox is called Rosa." not in texts()

        before = names()
        passage = shared.search("fox", collection).hits[0].passage.chunk_id

        def read_twice() -> bool:
            """All of the run that read the change was told."""
            changes = [each.file for each in list(events) if isinstance(each, FileChanged)]
            ready = [each for each in changes if each.state is FileState.READY]
            return [each.name for each in ready].count("fox.txt") == 2 and isinstance(
                events[-1], Indexed
            )

        until(read_twice, "the end of the run")
        reads = sum(isinstance(event, Indexed) for event in events)
        fox.rename(folder / "deep" / "vixen.txt")
        until(lambda: "vixen.txt" in names(), "a rename")
        assert names() == {"vixen.txt": before["fox.txt"], "yak.md": before["yak.md"]}
        found = shared.search("fox", collection).hits[0].passage
        assert (found.chunk_id, found.title) == (passage, "vixen")
        assert found.path == str(folder / "deep" / "vixen.txt")
        assert sum(isinstance(event, Indexed) for event in events) == reads

        (folder / "deep" / "yak.md").unlink()
        until(lambda: list(names()) == ["vixen.txt"], "a deletion")
        until(
            lambda: FilesRemoved(collection, (before["yak.md"],)) in events, "word of the deletion"
        )
        assert len(texts()) == 1

        # A drive that is taken off takes nothing with it.
        folder.rename(tmp_path / "elsewhere")
        away = WatchedFolder(watched.id, collection, str(folder), WatchState.AWAY)
        until(lambda: WatchChanged(away) in events, "the folder being away")
        assert list(names()) == ["vixen.txt"]
        (tmp_path / "elsewhere").rename(folder)
        until(lambda: WatchChanged(watched) in events, "the folder being back")
        write(folder / "owl.txt", "The owl is called Pia.")
        until(lambda: len(texts()) == 2, "a new file after it came back")

        with pytest.raises(BadInput, match="already"):
            once(shared)
    shared.ask(UnwatchFolder(watched.id))
    assert list(names()) == ["owl.txt", "vixen.txt"]
    assert once(shared) == []


def test_catches_up_with_what_happened_meanwhile(shared: Library, tmp_path: Path) -> None:
    collection = shared.create("caught up")
    folder = tmp_path / "papers"
    for name in ("ant", "bee", "cat"):
        # Old enough to be read in one go.
        path = write(folder / f"{name}.txt", f"The {name} is small.")
        os.utime(path, (1_600_000_000, 1_600_000_000))
    watched = watch(shared, collection, folder)
    events = once(shared)
    assert [event for event in events if isinstance(event, Indexed)] == [Indexed(3, 0, 0, False)]
    assert once(shared) == []
    before = {name: file.id for name, file in shared.files(collection).items()}

    (folder / "ant.txt").unlink()
    (folder / "bee.txt").rename(folder / "wasp.txt")
    write(folder / "cat.txt", "The cat is large by now.")
    write(folder / "dog.txt", "The dog is loud.")
    write(folder / ".hidden.txt", "x y z")
    events = once(shared)
    files = shared.files(collection)
    assert {name: file.state for name, file in files.items()} == dict.fromkeys(
        ["cat.txt", "dog.txt", "wasp.txt"], FileState.READY
    )
    assert files["wasp.txt"].id == before["bee.txt"]
    assert FilesRemoved(collection, (before["ant.txt"],)) in events
    assert sum(event.ready for event in events if isinstance(event, Indexed)) == 2
    renamed = [event.file.name for event in events if isinstance(event, FileChanged)]
    assert renamed[0] == "wasp.txt"

    # A new date alone costs a look at the content, once.
    os.utime(folder / "dog.txt", (1_700_000_000, 1_700_000_000))
    assert [e for e in once(shared) if isinstance(e, Indexed)] == [Indexed(0, 1, 0, False)]
    assert once(shared) == []

    # A file that can't be read is tried once.
    (folder / "bad.docx").write_bytes(b"PK\x03\x04 no archive")
    assert [e for e in once(shared) if isinstance(e, Indexed)] == [Indexed(0, 0, 1, False)]
    assert once(shared) == []

    shutil.rmtree(folder)
    assert [type(event) for event in once(shared)] == [WatchChanged]
    assert len(shared.files(collection)) == 4
    folder.mkdir()
    events = once(shared)
    assert any(isinstance(event, FilesRemoved) for event in events)
    assert shared.files(collection) == {}
    shared.ask(UnwatchFolder(watched.id, remove_files=True))


def test_a_folder_of_copies_that_is_renamed_keeps_each_name(
    shared: Library, tmp_path: Path
) -> None:
    collection = shared.create("copies")
    folder = tmp_path / "papers"
    for name in ("c.txt", "a.txt", "b.txt"):
        write(folder / "old" / name, "The heron is called Mia.")
    # A PDF by another name is one format to the library and another one by its suffix.
    report = folder / "old" / "report.txt"
    report.write_bytes((SAMPLES / "member-handbook.pdf").read_bytes())
    watched = watch(shared, collection, folder)
    once(shared)
    before = {name: file.id for name, file in shared.files(collection).items()}
    (folder / "old").rename(folder / "new")
    events = once(shared)
    assert {type(event) for event in events} == {FileChanged}
    after = shared.files(collection)
    assert {name: file.id for name, file in after.items()} == before
    assert {Path(file.path).parent for file in after.values()} == {folder / "new"}
    shared.ask(UnwatchFolder(watched.id))


def test_folders_are_listed_and_checked(shared: Library, tmp_path: Path) -> None:
    collection, other = shared.create("listed"), shared.create("another")
    folder = tmp_path / "papers"
    write(folder / "inner" / "a.txt", "The ant is small.")
    first = watch(shared, collection, folder)
    assert watch(shared, collection, folder) == first
    second = watch(shared, other, folder / "inner")
    with pytest.raises(BadInput, match="overlaps"):
        watch(shared, collection, folder / "inner")
    with pytest.raises(BadInput, match="not a folder"):
        watch(shared, collection, tmp_path / "nowhere")
    with pytest.raises(NotFound):
        watch(shared, 9999, folder)
    listed: WatchList = shared.ask(ListWatches())
    assert listed.folders == (first, second)
    list(shared.worker.stream(AddPaths(collection, (str(folder),))))
    shared.ask(UnwatchFolder(first.id, remove_files=True))
    assert shared.files(collection) == {}
    with pytest.raises(NotFound):
        shared.ask(UnwatchFolder(first.id))
    shared.ask(UnwatchFolder(second.id))


def test_alarm_rings_for_a_change_and_for_a_folder_that_goes(tmp_path: Path) -> None:
    alarm = Alarm()
    folder = tmp_path / "papers"
    folder.mkdir()
    deadline = time.monotonic() + patience.SECONDS

    def late() -> bool:
        return time.monotonic() > deadline

    try:
        # It rings when it hears, since what changed before that would be noticed late.
        alarm.wait([str(folder)], 600, late)
        assert not late()
        (folder / "1.txt").touch()
        alarm.wait([str(folder)], 600, late)
        assert not late()
        folder.rename(tmp_path / "elsewhere")
        for _ in range(2):
            # What the system still reports of the changes before may wake it once more.
            alarm.wait([str(folder)], 2, late)
        assert time.monotonic() < deadline
    finally:
        alarm.close()
