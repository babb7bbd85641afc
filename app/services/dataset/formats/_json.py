"""JSON records in either layout: an object a line (JSONL), or one array of objects.

Label, entities and group are read and written beside what each format defines, so that nothing
of a row is lost on the way out and back.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TextIO

from app.services.dataset.formats._array import Broken, elements
from app.services.dataset.formats._base import (
    MAX_CHARACTERS,
    Beginning,
    Unusable,
    checked,
)
from app.services.dataset.formats._decode import encoding_of, marked
from app.services.dataset.types import Draft, Rejected, Span

# A character may take six in JSON, and keys are needed beside them.
_LONGEST = 8 * MAX_CHARACTERS
_CLOSED = (ValueError, RecursionError)


class JsonFormat:
    """A format whose records are JSON objects; a subclass says what stands in them."""

    name: str
    title: str
    suffixes: tuple[str, ...] = (".jsonl", ".json", ".ndjson")
    columns = False

    def recognises(self, record: dict[str, Any]) -> int:
        """How sure it is that a record is of this format: 0 to 10."""
        raise NotImplementedError

    def draft(self, record: dict[str, Any]) -> Draft:
        """A record as a row. Errors: Unusable, KeyError for what is missing."""
        raise NotImplementedError

    def record(self, draft: Draft) -> dict[str, Any]:
        """A row as a record. Errors: Unusable."""
        raise NotImplementedError

    def fits(self, beginning: Beginning) -> int:
        """The mean over its first records: one of them may be faulty."""
        sure = sum(map(self.recognises, beginning.records))
        return sure // max(1, len(beginning.records))

    def read(self, path: Path, mapping: Mapping[str, str]) -> Iterator[Draft | Rejected]:
        """As Format.read; the mapping is not used."""
        for line, found in records(path):
            if isinstance(found, str):
                yield Rejected(line, found)
                continue
            try:
                yield checked(with_marks(self.draft(found), found, line))
            except Unusable as problem:
                yield Rejected(line, str(problem))
            except KeyError as missing:
                yield Rejected(line, f"it has no {missing.args[0]!r}")

    def write(self, drafts: Iterable[Draft], target: TextIO, suffix: str) -> Iterator[str]:
        """As Format.write; '.json' makes an array, all else an object a line."""
        array = suffix == ".json"
        between, first = (",\n", "[\n") if array else ("\n", "")
        written = False
        for draft in drafts:
            try:
                record = self.record(draft) | marks(draft)
            except Unusable as problem:
                yield str(problem)
                continue
            target.write(between if written else first)
            target.write(json.dumps(record, ensure_ascii=False))
            written = True
            yield ""
        if written or array:
            target.write(("" if written else "[") + ("\n]\n" if array else "\n"))


def records(path: Path) -> Iterator[tuple[int, dict[str, Any] | str]]:
    """(line, the JSON object there, or why it is none) for each record of a file. Errors:
    OSError."""
    if begins_with_bracket(path):
        with path.open(encoding=encoding_of(path), errors="replace", newline="") as file:
            try:
                for line, text in elements(file, _LONGEST):
                    yield line, _object(text)
            except Broken as broken:
                yield broken.line, broken.reason
        return
    for line, data in enumerate(_lines(path), 1):
        if not data:
            yield line, f"it is longer than {_LONGEST:,} characters"
        elif not data.isspace():
            try:
                yield line, _object(data.decode() if isinstance(data, bytes) else data)
            except UnicodeDecodeError:
                yield line, "it is not text in UTF-8"


def begins_with_bracket(path: Path) -> bool:
    """Whether the first sign of a file is '['. Errors: OSError."""
    with path.open(encoding=marked(path) or "utf-8", errors="replace") as file:
        while start := file.read(4096):
            if start.strip():
                return start.lstrip().startswith("[")
    return False


def _lines(path: Path) -> Iterator[bytes | str]:
    """Lines with their ends; '' for one that is too long. In UTF-8 each is decoded for itself, so
    that one bad byte costs one line."""
    encoding = marked(path)
    if encoding is None or encoding == "utf-8-sig":
        with path.open("rb") as file:
            if encoding:
                file.seek(3)
            yield from _bounded(file.readline)
    else:
        with path.open(encoding=encoding, errors="replace", newline="\n") as text:
            yield from _bounded(text.readline)


def _bounded(readline: Any) -> Iterator[bytes | str]:
    while line := readline(_LONGEST):
        if len(line) < _LONGEST:
            yield line
            continue
        yield line[:0]
        while len(readline(_LONGEST)) == _LONGEST:
            pass


def _object(text: str) -> dict[str, Any] | str:
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        return f"it is not valid JSON: {error.msg} (character {error.pos + 1})"
    except _CLOSED:
        return "it is not valid JSON"
    return value if isinstance(value, dict) else "it is not a JSON object"


def text_of(record: Mapping[str, Any], *keys: str) -> str:
    """The text under the first of `keys` that is there. Errors: KeyError, Unusable when it is no
    text."""
    for key in keys:
        if key in record:
            value = record[key]
            if not isinstance(value, str):
                raise Unusable(f"its {key!r} is not text")
            return value
    raise KeyError(keys[0])


def optional(record: Mapping[str, Any], *keys: str) -> str:
    """As `text_of`; '' when it is missing or null."""
    held = {key: record[key] for key in keys if record.get(key) is not None}
    return text_of(held, *keys) if held else ""


def marks(draft: Draft) -> dict[str, Any]:
    """Label, entities and group as keys of a record; those that are empty are left out."""
    entities = [{"start": s.start, "end": s.end, "label": s.label} for s in draft.spans]
    held = {"label": draft.label, "entities": entities, "group": draft.group}
    return {key: value for key, value in held.items() if value}


def with_marks(draft: Draft, record: Mapping[str, Any], line: int) -> Draft:
    """A draft with what `marks` wrote. Errors: Unusable."""
    return Draft(
        draft.turns,
        draft.label or _label(record.get("label")),
        draft.spans or spans_of(record.get("entities")),
        draft.group or _label(record.get("group")),
        line,
    )


def _label(value: object) -> str:
    if value is None or isinstance(value, (dict, list)):
        return ""
    return str(value).strip()


def spans_of(value: object) -> tuple[Span, ...]:
    """Entities as objects {start, end, label} or lists [start, end, label]. Errors: Unusable."""
    if value is None:
        return ()
    if not isinstance(value, list):
        raise Unusable("its entities are not a list")
    found = []
    for entity in value:
        held = entity
        if isinstance(entity, dict):
            held = [entity.get("start"), entity.get("end"), entity.get("label")]
        match held:
            case [int(start), int(end), str(label)]:
                found.append(Span(start, end, label))
            case _:
                raise Unusable("an entity is not of the form start, end, label")
    return tuple(found)
