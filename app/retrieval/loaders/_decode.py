"""Bytes of a text file to text: UTF-8 first, then byte order marks, then a guess.

Limits: a short file in a legacy encoding can be guessed wrongly; Latin-1 never fails, so it is
the last resort. Bytes that hold NULs outside UTF-16 and UTF-32 are not text.
"""

from __future__ import annotations

import codecs
from pathlib import Path

from app.core.errors import DocumentError, NoWords, TooBig
from app.retrieval.loaders._base import MAX_CHARACTERS

_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_GUESSED_FROM = 200_000


def read(path: Path) -> str:
    """The file as `Path.read_text` gives it (line ends are \\n), without a byte order mark.
    Errors: OSError; DocumentError, NoWords, TooBig."""
    if path.stat().st_size > 4 * MAX_CHARACTERS:
        raise TooBig(path=path.name, reason="more than 120 MB of text")
    text = decode(path.read_bytes(), path.name)
    if len(text) > MAX_CHARACTERS:
        raise TooBig(path=path.name, reason="more than 30 million characters")
    if not any(character.isalnum() for character in text):
        raise NoWords(path=path.name)
    return text


def decode(data: bytes, name: str) -> str:
    """Text of `data` with \\n line ends. Errors: DocumentError when it is not text."""
    text = _decoded(data, name)
    if "\0" in text:
        raise DocumentError(path=name, reason="it is not a text file")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _decoded(data: bytes, name: str) -> str:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            try:
                return data[len(mark) :].decode(encoding)
            except UnicodeDecodeError:
                break
    # Before UTF-8, which takes NULs for characters.
    for choose in (_utf16_without_mark, _utf8, _guess):
        if chosen := choose(data):
            try:
                return data.decode(chosen)
            except (UnicodeDecodeError, LookupError):
                continue
    return data.decode("latin-1")


def _utf8(_: bytes) -> str | None:
    """What nearly all files are today; others hardly ever pass for it."""
    return "utf-8"


def _utf16_without_mark(data: bytes) -> str | None:
    """Mostly Latin text in UTF-16 has a NUL in every second byte."""
    sample = data[:4000]
    if len(sample) < 4 or len(data) % 2:
        return None
    half = len(sample) // 2
    if sample[1::2].count(0) > 0.7 * half:
        return "utf-16-le"
    if sample[0::2].count(0) > 0.7 * half:
        return "utf-16-be"
    return None


def _guess(data: bytes) -> str | None:
    """Short texts are left to Latin-1's Western superset: a guess needs material."""
    if len(data) < 64:
        return "cp1252"
    from charset_normalizer import from_bytes

    best = from_bytes(data[:_GUESSED_FROM]).best()
    return best.encoding if best else None
