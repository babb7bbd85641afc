"""OpenDocument text (.odt): headings kept, tables as rows."""

from __future__ import annotations

from pathlib import Path

from app.core.messages import Parsed
from app.retrieval.loaders import _office
from app.retrieval.loaders._base import Loader

_MEDIA_TYPE = "application/vnd.oasis.opendocument.text"


def load(path: Path) -> Parsed:
    """One page without a number. Errors: as `_office.extract` and `_office.parsed`."""
    return _office.parsed(path, "odt", _office.extract(path, _MEDIA_TYPE))


LOADER = Loader((".odt",), "odt", load)
