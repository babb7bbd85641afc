"""An e-mail message with its attachments, each read by the loader of its own format.

The message comes first, then each attachment under its name as a heading. What could not be read
is named in the text and in the note. Limits: 200 attachments of 200 MB in all; mails in mails
three deep; pictures that belong to the message's own look are left out.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from app.core.errors import LoamError, NoText, Scanned, UnknownFormat
from app.core.messages import Parsed
from app.retrieval.loaders import _office, _tables
from app.retrieval.loaders._base import Reading

_MOST = 200
_MOST_BYTES = 200 << 20
_DEEPEST = 3
_LONGEST_NOTE = 1000
_GAP = "\n\n"
_LISTED = re.compile(r"\s*.+ \(\d+B\)")
_SUBJECT = re.compile(r"^Subject: (.*\S)", re.MULTILINE)
_UNSAFE = re.compile(r"[\x00-\x1f/\\:*?\"<>|]+")

Attachments = Iterable[tuple[str, bytes]]


def load(path: Path, media_type: str, attachments: Attachments, reading: Reading) -> Parsed:
    """One page without a number. attachments: (name, bytes). Errors: as `_office.extract` and
    `_office.parsed`."""
    document = _office.extract(path, media_type)
    text, headings, tables = _office.flowing(_message_only(document))
    subject = _SUBJECT.search(text[:2000])
    title = subject[1].strip()[:200] if subject else _office.title_of(path, document, headings)
    headings = [(at, level + 1, words) for at, level, words in headings]
    unread: list[str] = []
    notes: list[str] = []
    room = _MOST_BYTES
    for number, (given, data) in enumerate(attachments):
        name = _UNSAFE.sub(" ", given).strip()[-100:].strip(". ") or "attachment"
        room -= len(data)
        if text:
            text += _GAP
        headings.append((len(text), 1, name))
        text += name
        try:
            if number >= _MOST or room < 0:
                raise UnknownFormat("too many attachments", path=name)
            inner = _read(name, data, reading)
        except LoamError as error:
            if isinstance(error, NoText) and not isinstance(error, Scanned):
                continue
            unread.append(f"{name} ({error.what_text})")
            continue
        if inner.note:
            notes.append(inner.note)
        for page in inner.pages:
            text += _GAP
            tables.extend(_tables.moved(table, len(text)) for table in page.tables)
            headings.extend(
                (len(text) + at, level + 1, words) for at, level, words in page.headings
            )
            text += page.text
    if unread:
        notes.insert(0, f"Attachments that were not read: {'; '.join(unread)}")
    note = " ".join(dict.fromkeys(notes))[:_LONGEST_NOTE]
    return Parsed("email", title, (_office.page(path, None, text, headings, tables),), note)


def _read(name: str, data: bytes, reading: Reading) -> Parsed:
    """An attachment's text. Errors: DocumentError tree; what formats raise becomes that too."""
    from app.retrieval import contents
    from app.retrieval.parser import failures_named

    if reading.depth >= _DEEPEST:
        raise UnknownFormat(path=name)
    if reading.scratch is not None:
        reading.scratch.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=reading.scratch) as folder:
        path = Path(folder) / name
        path.write_bytes(data)
        with failures_named(path):
            loader, _ = contents.loader_of(path)
            return loader.parse(path, replace(reading, depth=reading.depth + 1))


def _message_only(document: Any) -> list[Any]:
    """Nodes of the message itself: xberg puts a list of the attachments and what it can read of
    them behind it."""
    nodes = list(document.document.nodes) if document.document else []
    texts = [_office.fields(node) for node in nodes]
    for at in range(len(nodes) - 1):
        here, below = texts[at], texts[at + 1]
        if (
            here.get("node_type") == "paragraph"
            and here.get("text") == "Attachments:"
            and below.get("node_type") == "paragraph"
            and _LISTED.fullmatch(below.get("text") or "")
        ):
            return nodes[:at]
    return nodes
