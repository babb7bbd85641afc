"""Outlook messages (.msg): sender, receivers, subject, date, body, and the attachments.

The body is xberg's work, the attachments are taken out with olefile. Limits: as `_mail`; attached
Outlook items (mails, meetings) are named, not read.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from app.core.messages import Parsed
from app.retrieval.loaders import _mail
from app.retrieval.loaders._base import PLAIN, Loader, Reading

_MEDIA_TYPE = "application/vnd.ms-outlook"
# Property streams as [MS-OXMSG] numbers them: long name, short name, shown name; then the bytes.
_NAMES = ("3707", "3704", "3001")
_DATA = "__substg1.0_37010102"
_CONTENT_ID = "__substg1.0_3712001F"


def load(path: Path, reading: Reading = PLAIN) -> Parsed:
    """One page without a number. Errors: as `_mail.load`."""
    import olefile

    with olefile.OleFileIO(path) as file:
        return _mail.load(path, _MEDIA_TYPE, list(_attachments(file)), reading)


def _attachments(file: Any) -> Iterator[tuple[str, bytes]]:
    folders = {
        entry[0]
        for entry in file.listdir(streams=True, storages=True)
        if entry[0].startswith("__attach_version1.0_")
    }
    for folder in sorted(folders):
        name = _name(file, folder)
        data = file.openstream([folder, _DATA]).read() if file.exists([folder, _DATA]) else b""
        is_decoration = file.exists([folder, _CONTENT_ID]) and name.lower().endswith(
            (".png", ".jpg", ".jpeg", ".gif")
        )
        if not is_decoration:
            yield name, data


def _name(file: Any, folder: str) -> str:
    kinds = (("001F", "utf-16-le"), ("001E", "cp1252"))
    for number, (kind, encoding) in itertools.product(_NAMES, kinds):
        stream = [folder, f"__substg1.0_{number}{kind}"]
        if file.exists(stream):
            found = str(file.openstream(stream).read().decode(encoding, "replace")).strip("\0 ")
            if found:
                return found
    return "attachment"


LOADER = Loader((".msg",), "email", load, read=load)
