"""Office files behind a password: Microsoft's by msoffcrypto-tool (MIT), as Office itself opens
them, OpenDocument's by `_odf_lock`.

Limits: passwords only, no rights management.
"""

from __future__ import annotations

import io
import zipfile
from typing import Any

from app.core.errors import CannotUnlock, PasswordNeeded, WrongPassword

_OLE = bytes.fromhex("d0cf11e0a1b11ae1")
# What Excel itself tries first: such files are locked against writing only.
_OPEN_TO_ALL = "VelvetSweatshop"
_MANIFEST = "META-INF/manifest.xml"


def opened(name: str, data: bytes, password: str) -> bytes:
    """The bytes of an Office file that can be read. Errors: PasswordNeeded, WrongPassword,
    CannotUnlock, and what the library raises on damaged files."""
    if data.startswith(b"PK") and _is_locked_zip(data):
        from app.retrieval.loaders import _odf_lock

        return _odf_lock.opened(name, data, password)
    if not data.startswith(_OLE):
        return data
    import msoffcrypto
    from msoffcrypto import exceptions

    try:
        file = msoffcrypto.OfficeFile(io.BytesIO(data))
        if not file.is_encrypted():
            return data
    except exceptions.FileFormatError:
        return data  # an OLE file of another kind
    try:
        return _decrypted(file, password or _OPEN_TO_ALL)
    except exceptions.InvalidKeyError:
        raise (WrongPassword if password else PasswordNeeded)(path=name) from None
    except exceptions.DecryptionError as error:
        raise CannotUnlock(repr(error), path=name) from error


def _decrypted(file: Any, password: str) -> bytes:
    file.load_key(password=password)
    plain = io.BytesIO()
    file.decrypt(plain)
    return plain.getvalue()


def _is_locked_zip(data: bytes) -> bool:
    """Whether a package says in its list of parts that they are encrypted (OpenDocument)."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            if _MANIFEST not in package.namelist():
                return False
            with package.open(_MANIFEST) as manifest:
                return b"encryption-data" in manifest.read(1 << 20)
    except (zipfile.BadZipFile, OSError, RuntimeError):
        return False
