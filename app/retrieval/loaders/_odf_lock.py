"""OpenDocument packages behind a password, as version 1.2 of the format and LibreOffice since 3.5
have it: AES in CBC mode, a key by PBKDF2.

Limits: files of OpenOffice before 2012 (Blowfish), and those that the newest LibreOffice locks as a
whole (Argon2), are told, not opened. What is unpacked is bounded.
"""

from __future__ import annotations

import base64
import hashlib
import io
import zipfile
import zlib
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree

from app.core.errors import CannotUnlock, PasswordNeeded, TooBig, WrongPassword

_MANIFEST = "META-INF/manifest.xml"
_CBC = {"aes128-cbc": 16, "aes192-cbc": 24, "aes256-cbc": 32}
_MOST_BYTES = 400 << 20
_MOST_ROUNDS = 10_000_000
_CHECKED = 1024
_BLOCK = 16


@dataclass(frozen=True, slots=True)
class _Lock:
    """How one part is locked. start: names the hash that the password goes through first."""

    size: int
    iv: bytes
    salt: bytes
    rounds: int
    start: str
    check: str
    checksum: bytes


def opened(name: str, data: bytes, password: str) -> bytes:
    """The package without its locks. Errors: PasswordNeeded, WrongPassword, CannotUnlock, TooBig,
    and what is raised on damaged files."""
    made = io.BytesIO()
    room = _MOST_BYTES
    with zipfile.ZipFile(io.BytesIO(data)) as package, zipfile.ZipFile(made, "w") as plain:
        locks = _locks(name, package.read(_MANIFEST))
        if "encrypted-package" in package.namelist():
            raise CannotUnlock(path=name)
        if not password:
            raise PasswordNeeded(path=name)
        for part in package.infolist():
            if part.filename == _MANIFEST or part.is_dir():
                continue
            room -= part.file_size
            if room < 0:
                raise TooBig(path=name, reason="more than 400 MB when it is unpacked")
            held = package.read(part)
            if part.filename in locks:
                held = _unlocked(name, held, locks[part.filename], password, room)
                room -= len(held)
            plain.writestr(part.filename, held)
    return made.getvalue()


def _locks(name: str, manifest: bytes) -> dict[str, _Lock]:
    # Bounds of expat hold against what entities grow to.
    root = ElementTree.fromstring(manifest)  # noqa: S314
    found = {}
    for entry in root:
        for locked in entry:
            if _local(locked.tag) == "encryption-data":
                said = {_local(key): value for key, value in entry.attrib.items()}
                found[said.get("full-path", "")] = _lock(name, locked)
    return found


def _lock(name: str, element: Any) -> _Lock:
    said = {_local(key): value for key, value in element.attrib.items()}
    for child in element:
        for key, value in child.attrib.items():
            # Of two parts that each have a size the key's own comes last.
            said[f"{_local(child.tag)} {_local(key)}"] = value
    algorithm = said.get("algorithm algorithm-name", "").rpartition("#")[2].lower()
    derived = said.get("key-derivation key-derivation-name", "PBKDF2").rpartition("#")[2]
    rounds = int(said.get("key-derivation iteration-count", "1024"))
    if algorithm not in _CBC or derived.upper() != "PBKDF2" or rounds > _MOST_ROUNDS:
        raise CannotUnlock(path=name)
    return _Lock(
        int(said.get("key-derivation key-size", _CBC[algorithm])),
        base64.b64decode(said["algorithm initialisation-vector"]),
        base64.b64decode(said["key-derivation salt"]),
        rounds,
        "sha256"
        if "256" in said.get("start-key-generation start-key-generation-name", "")
        else "sha1",
        "sha256" if "256" in said.get("checksum-type", "") else "sha1",
        base64.b64decode(said.get("checksum", "")),
    )


def _unlocked(name: str, held: bytes, lock: _Lock, password: str, room: int) -> bytes:
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    start = hashlib.new(lock.start, password.encode("utf-8")).digest()
    key = hashlib.pbkdf2_hmac("sha1", start, lock.salt, lock.rounds, lock.size)
    if not held or len(held) % _BLOCK:
        raise WrongPassword(path=name)
    reading = Cipher(algorithms.AES(key), modes.CBC(lock.iv)).decryptor()
    packed = reading.update(held) + reading.finalize()
    if not 1 <= packed[-1] <= _BLOCK:
        raise WrongPassword(path=name)
    packed = packed[: -packed[-1]]
    if lock.checksum and hashlib.new(lock.check, packed[:_CHECKED]).digest() != lock.checksum:
        raise WrongPassword(path=name)
    unpacking = zlib.decompressobj(-zlib.MAX_WBITS)
    plain = unpacking.decompress(packed, max(room, 1))
    if unpacking.unconsumed_tail:
        raise TooBig(path=name, reason="more than 400 MB when it is unpacked")
    return plain


def _local(name: str) -> str:
    return name.rpartition("}")[2]
