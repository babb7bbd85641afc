"""JSON and JSON Lines: keys and values as lines, keys that hold more as headings.

Values stay as they were written (1.10 is not 1.1). Limits: what is not valid JSON, or nested too
deeply, is taken as plain text.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from app.core.messages import Parsed, ParsedPage
from app.retrieval.loaders import _decode
from app.retrieval.loaders._base import Loader

_LINES = (".jsonl", ".ndjson")
_DEEPEST = 60
_HEADINGS = 3


def load(path: Path) -> Parsed:
    """One page. Errors: as `_decode.read`."""
    text = _decode.read(path)
    try:
        value = _lines(text) if path.suffix.lower() in _LINES else _value(text)
        writer = _Writer()
        writer.write(value, 0)
    except (ValueError, RecursionError):
        return Parsed("json", path.stem, (ParsedPage(None, text),))
    written = "".join(writer.parts).strip("\n")
    if not any(letter.isalnum() for letter in written):
        return Parsed("json", path.stem, (ParsedPage(None, text),))
    return Parsed("json", path.stem, (ParsedPage(None, written, tuple(writer.headings)),))


def _value(text: str) -> Any:
    return json.loads(text, parse_float=str, parse_int=str, parse_constant=str)


def _lines(text: str) -> list[Any]:
    return [_value(line) for line in text.split("\n") if line.strip()]


class _Writer:
    """Makes the text. Errors: RecursionError for what is nested too deeply."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.headings: list[tuple[int, int, str]] = []
        self._length = 0

    def write(self, value: Any, depth: int) -> None:
        if depth > _DEEPEST:
            raise RecursionError
        if isinstance(value, dict):
            self._object(value, depth)
        elif isinstance(value, list):
            for item in value:
                self.write(item, depth + 1)
                # An empty line between records: passages are cut there first.
                if isinstance(item, (dict, list)):
                    self._gap()
        else:
            self._line(_plain(value))

    def _object(self, value: dict[str, Any], depth: int) -> None:
        for key, inner in value.items():
            name = " ".join(key.split())
            if not isinstance(inner, (dict, list)):
                self._line(f"{name}: {_plain(inner)}")
            elif isinstance(inner, list) and not any(isinstance(i, (dict, list)) for i in inner):
                self._line(f"{name}: {', '.join(map(_plain, inner))}")
            else:
                self._gap()
                if name and depth < _HEADINGS:
                    self.headings.append((self._length, depth + 1, name))
                self._line(name)
                self.write(inner, depth + 1)
                self._gap()

    def _line(self, words: str) -> None:
        self.parts.append(words + "\n")
        self._length += len(words) + 1

    def _gap(self) -> None:
        if self.parts and self.parts[-1] != "\n":
            self.parts.append("\n")
            self._length += 1


def _plain(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


LOADER = Loader((".json", *_LINES), "json", load)
