"""Word, Excel and PowerPoint files behind a password: asked for, read, named when wrong."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from msoffcrypto.format.ooxml import OOXMLFile

from app.core.errors import CannotUnlock, PasswordNeeded, WrongPassword
from app.core.messages import Indexed, ReadAgain
from app.core.paths import resources
from app.core.types import FileState
from app.retrieval import formats
from app.retrieval.loaders._base import Reading
from tests.retrieval.conftest import Library

SECRET = "quagga-heliotrope-9"
SAMPLE = next((resources() / "samples").glob("*.docx"))
REAL = ("test.docx", "test.xlsx", "test.pptx")


def lock(source: Path, target: Path, password: str = SECRET) -> Path:
    """The file as Office locks it."""
    with target.open("wb") as out:
        OOXMLFile(io.BytesIO(source.read_bytes())).encrypt(password, out)
    return target


@pytest.mark.parametrize("name", REAL)
def test_real_files_open_with_their_password(
    name: str, real: Callable[[str], Path], tmp_path: Path
) -> None:
    plain = real(name)
    locked = lock(plain, tmp_path / name)
    loader = formats.loader_for(locked)
    assert loader is not None
    assert loader.parse(locked, Reading(SECRET)) == loader.parse(plain, Reading())
    with pytest.raises(PasswordNeeded):
        loader.parse(locked, Reading())
    with pytest.raises(WrongPassword):
        loader.parse(locked, Reading("something else"))


def test_a_file_that_excel_locked(real: Callable[[str], Path]) -> None:
    path = real("password_protected.xlsx")
    loader = formats.loader_for(path)
    assert loader is not None
    with pytest.raises(PasswordNeeded):
        loader.parse(path, Reading())
    with pytest.raises(WrongPassword):
        loader.parse(path, Reading("not this one"))
    assert "Row 1 Column 2" in loader.parse(path, Reading("123")).pages[0].text


def test_a_file_that_is_locked_against_writing_only_is_read(
    real: Callable[[str], Path], tmp_path: Path
) -> None:
    locked = lock(real("test.xlsx"), tmp_path / "a.xlsx", "VelvetSweatshop")
    loader = formats.loader_for(locked)
    assert loader is not None
    assert loader.parse(locked, Reading()).pages[0].text


def test_a_locked_opendocument_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.odt"
    with zipfile.ZipFile(path, "w") as made:
        made.writestr("META-INF/manifest.xml", "<m><manifest:encryption-data/></m>")
        made.writestr("content.xml", b"\x01\x02")
    loader = formats.loader_for(path)
    assert loader is not None
    with pytest.raises(CannotUnlock):
        loader.parse(path, Reading(SECRET))


def test_it_is_asked_for_and_then_found(shared: Library, tmp_path: Path) -> None:
    collection = shared.create("locked office")
    locked = lock(SAMPLE, tmp_path / "letter.docx")
    assert shared.add(collection, locked)[-1] == Indexed(0, 0, 1, False)
    file = shared.files(collection)["letter.docx"]
    assert file.state is FileState.PASSWORD
    wanted = ReadAgain(collection, (file.id,), SECRET)
    assert list(shared.worker.stream(wanted))[-1] == Indexed(1, 0, 0, False)
    assert shared.search("board meeting", collection).hits
