"""Collections and files through the child: adding, changing, removing, locating."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from app.core.errors import BadInput, DocumentError, MissingFile, NotFound
from app.core.messages import (
    CollectionList,
    CreateCollection,
    DeleteCollection,
    FileChanged,
    FileList,
    Indexed,
    ListCollections,
    Locate,
    Located,
    OpenDocument,
    Opened,
    Progress,
    RemoveFiles,
    RenameCollection,
    ResumeIndexing,
    Warned,
)
from app.core.types import FileState
from tests.retrieval.conftest import SAMPLES, Library

Open = Callable[..., Library]


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path


def test_collections(open_library: Open) -> None:
    library = open_library()
    first = library.create("Bees")
    with pytest.raises(BadInput, match="already"):
        library.ask(CreateCollection("bees"))
    with pytest.raises(BadInput, match="name"):
        library.ask(CreateCollection("  "))
    library.ask(RenameCollection(first, "Ants"))
    listed: CollectionList = library.ask(ListCollections())
    assert [one.name for one in listed.collections] == ["Ants"]
    with pytest.raises(NotFound):
        library.ask(RenameCollection(77, "x"))
    with pytest.raises(NotFound):
        library.add(77, SAMPLES)
    listed = library.ask(DeleteCollection(first))
    assert listed.collections == ()
    assert library.ask(ResumeIndexing()) == Indexed(0, 0, 0, False)


def test_adding_again_reads_only_what_changed(open_library: Open, tmp_path: Path) -> None:
    library = open_library()
    collection = library.create()
    folder = tmp_path / "files"
    old = write(folder / "old.txt", "The old mill stands by the river.")
    write(folder / "same.md", "# Same\n\nThe bridge is made of stone.")
    events = library.add(collection, folder)
    assert events[-1] == Indexed(2, 0, 0, False)
    progress = [event for event in events if isinstance(event, Progress)]
    assert progress[0].done == 0
    assert (progress[-1].done, progress[-1].total, progress[-1].unit) == (2, 2, "files")
    assert [p.done for p in progress] == sorted(p.done for p in progress)
    states = [event.file.state for event in events if isinstance(event, FileChanged)]
    assert sorted(set(states)) == [FileState.READING, FileState.READY]

    assert library.add(collection, folder)[-1] == Indexed(0, 2, 0, False)
    write(old, "The new mill stands on the hill.")
    assert library.add(collection, folder)[-1] == Indexed(1, 1, 0, False)
    texts = [hit.passage.text for hit in library.search("mill", collection).hits]
    assert "The new mill stands on the hill." in texts
    assert not any("old mill" in text for text in texts)


def test_bad_files_do_not_stop_the_others(open_library: Open, tmp_path: Path) -> None:
    library = open_library()
    collection = library.create()
    folder = tmp_path / "files"
    write(folder / "good.txt", "The lighthouse keeper is called Ada.")
    (folder / "damaged.docx").write_bytes(b"PK\x03\x04 this is no archive")
    (folder / "damaged.pdf").write_bytes(b"%PDF-1.7 and nothing more")
    (folder / "blank.txt").write_text(" \n\n ", "utf-8")
    unknown = write(folder / "thing.xyz", "?")
    absent = tmp_path / "absent.txt"
    events = library.add(collection, folder, unknown, absent)
    assert events[-1] == Indexed(1, 0, 4, False)
    assert [type(event.error) for event in events if isinstance(event, Warned)] == [MissingFile]
    files = library.files(collection)
    assert {name: file.state for name, file in files.items()} == {
        "good.txt": FileState.READY,
        "damaged.docx": FileState.FAILED,
        "damaged.pdf": FileState.FAILED,
        "blank.txt": FileState.EMPTY,
        "thing.xyz": FileState.FAILED,
    }
    assert files["damaged.pdf"].detail == "it is damaged", "the row says which file it is"
    assert "damaged" in files["damaged.docx"].detail
    assert "thing.xyz" in files["thing.xyz"].detail
    assert library.search("Who keeps the lighthouse?").hits[0].passage.title == "good"
    with pytest.raises(MissingFile):
        library.add(collection, absent)


def test_removing_really_deletes(open_library: Open, tmp_path: Path) -> None:
    library = open_library()
    collection, other = library.create("one"), library.create("two")
    secret = write(tmp_path / "secret.txt", "The passphrase is heliotrope-quagga.")
    rest = write(tmp_path / "rest.txt", "The weather was fine.")
    library.add(collection, secret, rest)
    library.add(other, secret)
    file = library.files(collection)["secret.txt"]
    left: FileList = library.ask(RemoveFiles(collection, (file.id,)))
    assert [one.name for one in left.files] == ["rest.txt"]
    assert all("heliotrope" not in h.passage.text for h in library.search("x", collection).hits)
    assert library.search("heliotrope", other).hits[0].keyword > 0
    with pytest.raises(NotFound):
        library.ask(OpenDocument(file.id))
    library.ask(DeleteCollection(other))
    assert all("heliotrope" not in hit.passage.text for hit in library.search("heliotrope").hits)
    assert all(hit.keyword == 0 for hit in library.search("heliotrope").hits)


def test_locate_marks_the_passage_on_its_page(samples: Library) -> None:
    hit = next(
        hit for hit in samples.search("late fee for a power tool", 1).hits if hit.passage.page == 3
    )
    passage = hit.passage
    located: Located = samples.ask(Locate(passage.file_id, passage.start, passage.end))
    (page,) = located.pages
    assert page.page == 3
    assert len(page.boxes) > 2
    assert all(0 < box.x < 595 and 0 < box.y < 842 for box in page.boxes)


def test_locate_over_two_pages_and_without_pages(samples: Library) -> None:
    files = samples.files(1)
    handbook = files["member-handbook.pdf"]
    opened: Opened = samples.ask(OpenDocument(handbook.id))
    border = opened.document.pages[0].end
    located: Located = samples.ask(Locate(handbook.id, border - 30, border + 40))
    assert [page.page for page in located.pages] == [1, 2]
    assert all(page.boxes for page in located.pages)
    located = samples.ask(Locate(files["workshops.md"].id, 0, 10))
    assert located.pages == ()
    with pytest.raises(NotFound):
        samples.ask(Locate(999, 0, 1))


def test_locate_says_when_the_file_changed_or_went(open_library: Open, tmp_path: Path) -> None:
    library = open_library()
    collection = library.create()
    path = tmp_path / "handbook.pdf"
    shutil.copy(SAMPLES / "member-handbook.pdf", path)
    library.add(collection, path)
    file = library.files(collection)["handbook.pdf"]
    with path.open("ab") as end:
        end.write(b"\n% more")
    with pytest.raises(DocumentError, match="changed"):
        library.ask(Locate(file.id, 0, 20))
    path.unlink()
    with pytest.raises(DocumentError, match="no longer"):
        library.ask(Locate(file.id, 0, 20))
    opened: Opened = library.ask(OpenDocument(file.id))
    assert "Member handbook" in opened.document.text
