"""Web pages saved as files (.html): headings, lists and tables; scripts and pictures left out."""

from __future__ import annotations

import re
from pathlib import Path

from app.core.messages import Parsed
from app.retrieval.loaders import _decode, _office
from app.retrieval.loaders._base import Loader

_CHARSET = re.compile(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?\s*([\w-]+)", re.IGNORECASE)


def load(path: Path) -> Parsed:
    """One page without a number. Errors: as `_office.extract` and `_office.parsed`."""
    text = _text(path.read_bytes(), path.name)
    document = _office.from_bytes(path, "text/html", text.encode("utf-8"))
    return _office.parsed(path, "html", document)


def _text(data: bytes, name: str) -> str:
    """Decoded as the page itself declares, when that holds; else as any text."""
    declared = _CHARSET.search(data[:4096])
    if declared and not data.startswith((b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf")):
        try:
            return data.decode(declared[1].decode("ascii"))
        except (UnicodeDecodeError, LookupError):
            pass
    return _decode.decode(data, name)


LOADER = Loader((".html", ".htm", ".xhtml"), "html", load)
