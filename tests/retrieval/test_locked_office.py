"""Word, Excel and PowerPoint files behind a password: asked for, read, named when wrong."""

from __future__ import annotations

import base64
import hashlib
import io
import os
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from msoffcrypto.format.ooxml import OOXMLFile

from app.core.errors import CannotUnlock, PasswordNeeded, WrongPassword
from app.core.messages import Indexed, ReadAgain
from app.core.paths import resources
from app.core.types import FileState
from app.retrieval import formats
from app.retrieval.loaders import odt
from app.retrieval.loaders._base import Reading
from tests.retrieval.conftest import Library

SECRET = "quagga-heliotrope-9"
SAMPLE = next((resources() / "samples").glob("*.docx"))
_ODF = "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"
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


def lock_odf(source: Path, target: Path, password: str = SECRET) -> Path:
    """The package as the format's version 1.2 says, and LibreOffice writes it."""
    entries = []
    with zipfile.ZipFile(source) as given, zipfile.ZipFile(target, "w") as made:
        made.writestr("mimetype", given.read("mimetype"))
        for name in ("content.xml", "styles.xml", "meta.xml"):
            squeezing = zlib.compressobj(wbits=-15)
            packed = squeezing.compress(given.read(name)) + squeezing.flush()
            salt, iv = os.urandom(16), os.urandom(16)
            start = hashlib.sha256(password.encode()).digest()
            key = hashlib.pbkdf2_hmac("sha1", start, salt, 1000, 32)
            padding = 16 - len(packed) % 16
            writing = Cipher(algorithms.AES(key), modes.CBC(iv)).encryptor()
            held = writing.update(packed + bytes(padding - 1) + bytes([padding]))
            made.writestr(name, held + writing.finalize())
            check = base64.b64encode(hashlib.sha256(packed[:1024]).digest()).decode()
            entries.append(
                f'<m:file-entry m:full-path="{name}" m:size="1"><m:encryption-data '
                f'm:checksum-type="{_ODF}#sha256-1k" m:checksum="{check}"><m:algorithm '
                'm:algorithm-name="http://www.w3.org/2001/04/xmlenc#aes256-cbc" '
                f'm:initialisation-vector="{base64.b64encode(iv).decode()}"/>'
                "<m:start-key-generation m:start-key-generation-name="
                '"http://www.w3.org/2000/09/xmldsig#sha256" m:key-size="32"/>'
                '<m:key-derivation m:key-derivation-name="PBKDF2" m:key-size="32" '
                f'm:iteration-count="1000" m:salt="{base64.b64encode(salt).decode()}"/>'
                "</m:encryption-data></m:file-entry>"
            )
        manifest = f'<m:manifest xmlns:m="{_ODF}">{"".join(entries)}</m:manifest>'
        made.writestr("META-INF/manifest.xml", manifest)
    return target


def test_a_locked_opendocument_opens_with_its_password(
    real: Callable[[str], Path], tmp_path: Path
) -> None:
    plain = real("simple.odt")
    locked = lock_odf(plain, tmp_path / "simple.odt")
    assert odt.load(locked, Reading(SECRET)).pages == odt.load(plain).pages
    with pytest.raises(PasswordNeeded) as needed:
        odt.load(locked)
    assert not isinstance(needed.value, (WrongPassword, CannotUnlock))
    with pytest.raises(WrongPassword):
        odt.load(locked, Reading("something else"))


def test_an_opendocument_that_is_locked_otherwise_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.odt"
    entry = (
        '<m:file-entry m:full-path="content.xml"><m:encryption-data><m:algorithm '
        'm:algorithm-name="Blowfish CFB" m:initialisation-vector=""/></m:encryption-data>'
        "</m:file-entry>"
    )
    with zipfile.ZipFile(path, "w") as made:
        made.writestr("META-INF/manifest.xml", f'<m:manifest xmlns:m="{_ODF}">{entry}</m:manifest>')
        made.writestr("content.xml", b"\x01\x02")
    with pytest.raises(CannotUnlock):
        odt.load(path, Reading(SECRET))
    with pytest.raises(CannotUnlock):
        odt.load(path)


def test_it_is_asked_for_and_then_found(shared: Library, tmp_path: Path) -> None:
    collection = shared.create("locked office")
    locked = lock(SAMPLE, tmp_path / "letter.docx")
    assert shared.add(collection, locked)[-1] == Indexed(0, 0, 1, False)
    file = shared.files(collection)["letter.docx"]
    assert file.state is FileState.PASSWORD
    wanted = ReadAgain(collection, (file.id,), SECRET)
    assert list(shared.worker.stream(wanted))[-1] == Indexed(1, 0, 0, False)
    assert shared.search("board meeting", collection).hits
