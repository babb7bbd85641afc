"""E-books (.epub): chapters in reading order, their headings kept."""

from __future__ import annotations

from pathlib import Path

from app.core.messages import Parsed
from app.retrieval.loaders import _office
from app.retrieval.loaders._base import Loader

_MEDIA_TYPE = "application/epub+zip"


def load(path: Path) -> Parsed:
    """One page without a number. Errors: as `_office.extract` and `_office.parsed`."""
    return _office.parsed(path, "epub", _office.extract(path, _MEDIA_TYPE))


LOADER = Loader((".epub",), "epub", load)
