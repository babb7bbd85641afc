"""Plain text: the decoded file is the text. No headings, no pages."""

from __future__ import annotations

from pathlib import Path

from app.core.messages import Parsed, ParsedPage
from app.retrieval.loaders import _decode
from app.retrieval.loaders._base import Loader


def load(path: Path) -> Parsed:
    """The whole file as one page. Errors: as `_decode.read`."""
    return Parsed("text", path.stem, (ParsedPage(None, _decode.read(path)),))


LOADER = Loader((".txt", ".text", ".log", ".org", ".tex"), "text", load)
