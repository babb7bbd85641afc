"""Which loader reads a file when its name and its first bytes are both heard.

The bytes win: a PDF that is called .txt is read as a PDF, and its row says so; an archive that is
called .docx is told to be one. Limits: kinds of text are told apart by name alone, but for web
pages and RTF under the names of office files.
"""

from __future__ import annotations

import contextlib
import zipfile
from pathlib import Path

from app.core.errors import DocumentError, EmptyFile, TooBig, UnknownFormat
from app.retrieval import formats
from app.retrieval.loaders import _decode
from app.retrieval.loaders._base import Loader

_HEAD = 4096
_OLE = bytes.fromhex("d0cf11e0a1b11ae1")
_MAGIC = (
    (b"{\\rtf", ".rtf"),
    (b"\x89PNG\r\n\x1a\n", ".png"),
    (b"\xff\xd8\xff", ".jpg"),
    (b"II*\0", ".tif"),
    (b"MM\0*", ".tif"),
)
_ARCHIVES = (
    (b"\x1f\x8b\x08", "a gzip archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"Rar!\x1a\x07", "a RAR archive"),
    (b"\xfd7zXZ\0", "an XZ archive"),
    (b"BZh", "a bzip2 archive"),
)
_HEIF = (b"heic", b"heix", b"hevc", b"hevx", b"mif1", b"msf1")
_PARTS = (
    ("word/", ".docx"),
    ("xl/", ".xlsx"),
    ("ppt/", ".pptx"),
)
_TYPES = {
    "application/vnd.oasis.opendocument.text": ".odt",
    "application/vnd.oasis.opendocument.spreadsheet": ".ods",
    "application/epub+zip": ".epub",
}
_STREAMS = (
    ("WordDocument", ".doc"),
    ("Workbook", ".xls"),
    ("Book", ".xls"),
    ("PowerPoint Document", ".ppt"),
    ("__properties_version1.0", ".msg"),
)
# Of formats that are always packed; what is not is something else under their name.
_PACKED = {".docx", ".xlsx", ".xlsm", ".pptx", ".odt", ".ods", ".epub"}
_OLD = {".doc", ".xls", ".ppt"}
_NAMES = {
    "pdf": "a PDF",
    "docx": "a Word document",
    "sheet": "a spreadsheet",
    "slides": "a presentation",
    "odt": "an OpenDocument text",
    "epub": "a book (EPUB)",
    "rtf": "a rich text document",
    "image": "a picture",
    "email": "an e-mail",
    "html": "a web page",
    "text": "plain text",
}
# Far more than any document; what unpacks to this is meant to do harm.
_MOST_UNPACKED = 2 << 30


def loader_of(path: Path) -> tuple[Loader, str]:
    """The loader, and a note for a person when the name says something else. Errors: OSError,
    EmptyFile, UnknownFormat, TooBig, DocumentError for archives and what is not as it is called."""
    with path.open("rb") as file:
        head = file.read(_HEAD)
    if not head:
        raise EmptyFile(path=path.name)
    named = formats.loader_for(path)
    suffix = _by_bytes(path, head) or _by_text(path, head)
    found = formats.loader_for(Path(f"a{suffix}")) if suffix else None
    if found is None or found is named:
        if named is None:
            raise UnknownFormat(path=path.name)
        return named, ""
    if named is not None and named.kind == found.kind:
        return found, ""
    said = _NAMES.get(found.kind, found.kind)
    ending = path.suffix.lower()
    if not ending:
        return found, ""
    return found, f"Its name ends in {ending}, but it is {said}, and was read as such."


def _by_bytes(path: Path, head: bytes) -> str:
    """The suffix that a file should have; empty when its first bytes don't tell."""
    if b"%PDF-" in head[:1024]:
        return ".pdf"
    for magic, suffix in _MAGIC:
        if head.startswith(magic):
            return suffix
    if head[4:8] == b"ftyp" and head[8:12] in _HEIF:
        return ".heic"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return ".webp"
    for magic, said in _ARCHIVES:
        if head.startswith(magic):
            raise DocumentError(path=path.name, reason=f"it is {said}; unpack it first")
    if head.startswith((b"PK\3\4", b"PK\5\6")):
        return _by_package(path)
    return _by_streams(path) if head.startswith(_OLE) else ""


def _by_package(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as package:
            parts = package.infolist()
            if sum(part.file_size for part in parts) > _MOST_UNPACKED:
                raise TooBig(path=path.name, reason="more than 2 GB when it is unpacked")
            names = {part.filename for part in parts}
            if "mimetype" in names:
                with package.open("mimetype") as part:
                    said = part.read(100).decode("ascii", "replace").strip()
                if said in _TYPES:
                    return _TYPES[said]
            for folder, suffix in _PARTS:
                if any(name.startswith(folder) for name in names):
                    return suffix
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError):
        # A damaged package is its loader's to tell, when the name has one.
        if path.suffix.lower() in _PACKED:
            return path.suffix.lower()
        raise DocumentError(path=path.name, reason="it is a damaged ZIP archive") from None
    raise DocumentError(path=path.name, reason="it is a ZIP archive; unpack it first")


def _by_streams(path: Path) -> str:
    """Of files of before 2007. Locked new ones are in such a file too and keep their name."""
    import olefile

    with contextlib.suppress(OSError), olefile.OleFileIO(path) as file:
        for stream, suffix in _STREAMS:
            if file.exists(stream):
                return suffix
    return ""


def _by_text(path: Path, head: bytes) -> str:
    """What text is that stands under the name of something else, or under none; what is neither
    text nor what it is called is told."""
    suffix = path.suffix.lower()
    if suffix and suffix not in _PACKED | _OLD | {".pdf"}:
        return ""
    if head.startswith(_OLE) or (suffix in _OLD and not _is_text(head)):
        return ""
    if _is_text(head):
        start = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:200].lower()
        is_page = start.startswith((b"<!doctype html", b"<html")) or b"<html" in start
        return ".html" if is_page else ".txt"
    if not suffix:
        return ""
    loader = formats.loader_for(path)
    said = _NAMES.get(loader.kind, "what its name says") if loader else "what its name says"
    raise DocumentError(path=path.name, reason=f"it is not {said}, or damaged at its beginning")


def _is_text(head: bytes) -> bool:
    try:
        text = _decode.decode(head[: len(head) // 4 * 4] or head, "")
    except DocumentError:
        return False
    odd = sum(not (letter.isprintable() or letter in "\n\t\f") for letter in text)
    return odd <= len(text) // 50
