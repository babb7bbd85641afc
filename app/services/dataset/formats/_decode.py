"""How the bytes of a dataset file are text: a byte order mark, UTF-8, else Windows Western.

Limits: other legacy encodings are read as Windows Western, so their letters come out wrong; the
review shows it.
"""

from __future__ import annotations

import codecs
from pathlib import Path

_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_AT_ONCE = 1 << 20


def marked(path: Path) -> str | None:
    """The encoding that a byte order mark names. Errors: OSError."""
    with path.open("rb") as file:
        start = file.read(4)
    return next((encoding for mark, encoding in _MARKS if start.startswith(mark)), None)


def encoding_of(path: Path) -> str:
    """An encoding for `open(..., errors="replace")`; the whole file is read once. Errors:
    OSError."""
    if found := marked(path):
        return found
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as file:
        try:
            while data := file.read(_AT_ONCE):
                decoder.decode(data)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return "cp1252"
    return "utf-8"
