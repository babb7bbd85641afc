"""Jupyter notebooks (.ipynb): text and code of the cells in order, and what they printed.

Limits: pictures and tables that a cell shows are left out.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from app.core.errors import DocumentError, NoWords
from app.core.messages import Parsed, ParsedPage
from app.retrieval.loaders import _decode, markdown
from app.retrieval.loaders._base import Loader


def load(path: Path) -> Parsed:
    """One page; the first heading is the title. Errors: as `_decode.read`, and DocumentError."""
    try:
        cells = json.loads(_decode.read(path))["cells"]
        found = [part for cell in cells for part in _cell(cell)]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DocumentError(repr(error), path=path.name, reason="it is no notebook") from None
    parts: list[str] = []
    headings: list[tuple[int, int, str]] = []
    length = 0
    for text, is_prose in found:
        if parts:
            parts.append("\n\n")
            length += 2
        if is_prose:
            headings.extend((length + at, lv, words) for at, lv, words in markdown.headings(text))
        parts.append(text)
        length += len(text)
    if not any(letter.isalnum() for part in parts for letter in part):
        raise NoWords(path=path.name)
    title = next((words for _, level, words in headings if level == 1), path.stem)
    page = ParsedPage(None, "".join(parts), tuple(headings))
    return Parsed("notebook", title[:200], (page,))


def _cell(cell: dict[str, Any]) -> list[tuple[str, bool]]:
    """(text, whether it is prose) of a cell and of what it printed."""
    found = [(_joined(cell.get("source")), cell.get("cell_type") == "markdown")]
    for output in cell.get("outputs") or ():
        data = output.get("data") or {}
        found.append((_joined(output.get("text") or data.get("text/plain")), False))
    return [(text, is_prose) for text, is_prose in found if text.strip()]


def _joined(source: Any) -> str:
    return "".join(source) if isinstance(source, list) else str(source or "")


LOADER = Loader((".ipynb",), "notebook", load)
