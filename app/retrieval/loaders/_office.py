"""Office formats by way of xberg: its document structure becomes plain text with headings.

Each format's module names its media type; detection by content is not used, since it takes some
HTML for XML. Nothing is cached, recognised by OCR or fetched. Limits: page headers, footers and
pictures are left out; pages of text documents are not kept, as they depend on the program that
shows them.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from app.core.errors import DocumentError, NoWords, TooBig
from app.core.messages import Parsed, ParsedPage, ParsedTable
from app.retrieval.loaders import _locked, _tables
from app.retrieval.loaders._base import MAX_CHARACTERS, PLAIN, Reading

_IMAGE = re.compile(r"!\[[^\]]*\]\([^)\s]*\)")
_LINK = re.compile(r"\[([^\]]*)\]\((?:https?:|mailto:|#|/|\.)[^)]*\)")
_SPACES = re.compile(r"[ \t\u00a0\u200b]+")


def extract(path: Path, media_type: str, reading: Reading = PLAIN, output: str = "plain") -> Any:
    """xberg's ExtractedDocument of a file. Errors: DocumentError, as `_locked.opened`, OSError, and
    what xberg raises on damaged files."""
    return from_bytes(path, media_type, read(path, reading), output)


def read(path: Path, reading: Reading) -> bytes:
    """A file's bytes, unlocked. Errors: as `_locked.opened`, OSError."""
    return _locked.opened(path.name, path.read_bytes(), reading.password)


def from_bytes(path: Path, media_type: str, raw: bytes, output: str = "plain") -> Any:
    """As `extract`, with bytes in place of what is in the file."""
    import xberg

    given = xberg.ExtractInput(
        kind=xberg.ExtractInputKind.BYTES, bytes=raw, mime_type=media_type, filename=path.name
    )
    wanted = xberg.ExtractionConfig(
        use_cache=False,
        disable_ocr=True,
        escape_markdown=False,
        include_document_structure=True,
        output_format=output,
        pages=xberg.PageConfig(extract_pages=True),
    )
    found = asyncio.run(xberg.extract(given, wanted))
    if not found.results:
        raise DocumentError(path=path.name, reason="nothing could be extracted")
    return found.results[0]


def extract_old(path: Path, media_type: str, newer: str, reading: Reading) -> Any:
    """As `extract` for a format of before 2007, whose name is often given to files of the newer
    format, or to RTF."""
    data = read(path, reading)
    if data.startswith(b"PK"):
        media_type = newer
    elif data.startswith(b"{\\rtf"):
        media_type = "application/rtf"
    return from_bytes(path, media_type, data)


def parsed(path: Path, kind: str, document: Any) -> Parsed:
    """One page without a number, from the document's structure. Errors: NoWords, TooBig."""
    text, headings, tables = flowing(document.document.nodes if document.document else ())
    found = page(path, None, text, headings, tables)
    return Parsed(kind, title_of(path, document, headings), (found,))


def fields(node: Any) -> dict[str, Any]:
    """What a node of xberg's structure holds; the native object shows it only as JSON."""
    found: dict[str, Any] = json.loads(str(node.content))
    return found


def flowing(
    nodes: Iterable[Any],
) -> tuple[str, list[tuple[int, int, str]], list[ParsedTable]]:
    """Text of the nodes, (offset, level, heading) of those that are headings, and the tables."""
    parts: list[str] = []
    headings: list[tuple[int, int, str]] = []
    tables: list[ParsedTable] = []
    length = 0
    after_item = False
    for node in nodes:
        if str(node.content_layer).lower() not in ("body", "footnote"):
            continue
        content = fields(node)
        node_type, table = content["node_type"], None
        if node_type == "table":
            text, table = _tables.text_of(_cells(content["grid"]))
        else:
            text = _text_of(content)
        if not text:
            continue
        is_item = node_type == "list_item"
        if parts:
            gap = "\n" if is_item and after_item else "\n\n"
            parts.append(gap)
            length += len(gap)
        if node_type in ("heading", "title"):
            headings.append((length, content.get("level") or 1, " ".join(text.split())))
        if table is not None:
            tables.append(_tables.moved(table, length))
        parts.append(text)
        length += len(text)
        after_item = is_item
    return "".join(parts), headings, tables


def page(
    path: Path,
    number: int | None,
    text: str,
    headings: list[tuple[int, int, str]],
    tables: list[ParsedTable] | None = None,
) -> ParsedPage:
    """A page that is known to hold text of a bearable length. Errors: NoWords, TooBig."""
    if len(text) > MAX_CHARACTERS:
        raise TooBig(path=path.name, reason="more than 30 million characters")
    if not any(character.isalnum() for character in text):
        raise NoWords(path=path.name)
    return ParsedPage(number, text, tuple(headings), tables=tuple(tables or ()))


def title_of(path: Path, document: Any, headings: list[tuple[int, int, str]]) -> str:
    """The document's own title, else its first top heading, else the file's name."""
    own = _clean(document.metadata.title or "")
    if own and own.lower() not in ("powerpoint presentation", "untitled", "document"):
        return own[:200]
    return next((words for _, level, words in headings if level == 1), path.stem)[:200]


def _text_of(content: dict[str, Any]) -> str:
    """The words of one node; a group, list or quote has only its children's."""
    match content["node_type"]:
        case "metadata_block":
            return "\n".join(f"{e['key']}: {_clean(e['value'])}" for e in content["entries"])
        case "definition_item":
            return _clean(f"{content['term']}: {content['definition']}")
        case "code":
            return plain(content["text"]).rstrip()
        case "list_item":
            words = _clean(content["text"])
            return f"- {words}" if words else ""
        case "raw_block" | "image" | "slide" | "group":
            return ""
    return _clean(content.get("text") or "")


def _cells(grid: dict[str, Any]) -> list[list[str]]:
    """A table's rows of cells, each on one line."""
    rows: list[list[str]] = [[] for _ in range(grid["rows"])]
    for cell in grid["cells"]:
        if cell["row"] < len(rows):
            row = rows[cell["row"]]
            row += [""] * (cell["col"] - len(row))
            row.append(_clean(cell["content"]).replace("\n", " "))
    return rows


def plain(text: str) -> str:
    """Without pictures, link targets and characters that stand for nothing."""
    text = _LINK.sub(r"\1", _IMAGE.sub("", text.replace("\r\n", "\n").replace("\r", "\n")))
    return text.replace("\0", "").replace("\ufeff", "")


def _clean(text: str) -> str:
    lines = (_SPACES.sub(" ", line).strip() for line in plain(text).split("\n"))
    return "\n".join(line for line in lines if line)
