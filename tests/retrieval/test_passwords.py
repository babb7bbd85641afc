"""Encrypted documents: asked for, read, kept out of every file, forgotten with the process."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from app.core.errors import DocumentError, PasswordNeeded, WrongPassword
from app.core.messages import ExcludeFiles, FileList, Indexed, Locate, Located, ReadAgain, Warned
from app.core.types import FileState
from app.retrieval.loaders import pdf
from app.retrieval.loaders._base import Reading
from tests.retrieval.conftest import Library
from tests.retrieval.making import text_pdf

SECRET = "quagga-heliotrope-9"


def make(path: Path) -> Path:
    return text_pdf(path, [[(72, 700, "The lighthouse keeper is called Ada.")]], SECRET)


def test_password_opens_and_wrong_one_is_named(tmp_path: Path) -> None:
    path = make(tmp_path / "locked.pdf")
    parsed = pdf.load(path, Reading(password=SECRET))
    assert parsed.pages[0].text == "The lighthouse keeper is called Ada."
    with pytest.raises(WrongPassword):
        pdf.load(path, Reading(password="something else"))


def test_real_file(real: Callable[[str], Path]) -> None:
    path = real("libreoffice-writer-password.pdf")
    assert pdf.load(path, Reading(password="openpassword")).pages[0].text


def test_locked_and_excluded_files_after_a_restart(
    open_library: Callable[..., Library], tmp_path: Path
) -> None:
    library = open_library()
    collection = library.create()
    fox = tmp_path / "fox.txt"
    fox.write_text("The fox is called Rosa.", "utf-8")
    last = library.add(collection, make(tmp_path / "locked.pdf"), fox)[-1]
    assert last == Indexed(1, 0, 1, False)
    file = library.files(collection)["locked.pdf"]
    assert file.state == FileState.PASSWORD

    def read(password: str) -> list[object]:
        return list(library.worker.stream(ReadAgain(collection, (file.id,), password)))

    assert read("wrong")[-1] == Indexed(0, 0, 1, False)
    assert "not right" in library.files(collection)["locked.pdf"].detail
    assert read(SECRET)[-1] == Indexed(1, 0, 0, False)
    hit = library.search("Who keeps the lighthouse?", collection).hits[0]
    located: Located = library.ask(Locate(file.id, hit.passage.start, hit.passage.end))
    assert located.pages[0].boxes
    # The process knows the password by now.
    assert read("")[-1] == Indexed(1, 0, 0, False)

    left_out = library.files(collection)["fox.txt"]
    answer: FileList = library.ask(ExcludeFiles(collection, (left_out.id,)))
    assert {one.name: one.state for one in answer.files} == {
        "fox.txt": FileState.EXCLUDED,
        "locked.pdf": FileState.READY,
    }
    assert library.files(collection)["fox.txt"].passages == 1
    assert [h.passage.title for h in library.search("fox", collection).hits] == ["locked"]
    # It stays left out when it changes, and when the index is opened anew.
    fox.write_text("The fox is called Rosa, as everybody knows.", "utf-8")
    assert library.add(collection, fox)[-1] == Indexed(1, 0, 0, False)
    assert len(library.search("fox", collection).hits) == 1
    library.worker.close()
    for path in tmp_path.rglob("*"):
        assert not path.is_file() or SECRET.encode() not in path.read_bytes(), path

    library = open_library()
    assert [h.passage.title for h in library.search("fox", collection).hits] == ["locked"]
    library.ask(ExcludeFiles(collection, (left_out.id,), False))
    found = library.search("What is the fox called?", collection).hits[0].passage
    assert found.text == "The fox is called Rosa, as everybody knows."
    with pytest.raises(DocumentError, match="password"):
        library.ask(Locate(file.id, hit.passage.start, hit.passage.end))
    # What was read once stays, though it can't be read again.
    events = read("")
    assert [type(event.error) for event in events if isinstance(event, Warned)] == [PasswordNeeded]
    assert library.files(collection)["locked.pdf"].state == FileState.READY
    assert library.search("Who keeps the lighthouse?", collection).hits
