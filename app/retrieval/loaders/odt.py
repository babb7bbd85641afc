"""OpenDocument text (.odt): headings kept, tables as rows."""

from __future__ import annotations

from pathlib import Path

from app.core.messages import Parsed
from app.retrieval.loaders import _office
from app.retrieval.loaders._base import PLAIN, Loader, Reading

_MEDIA_TYPE = "application/vnd.oasis.opendocument.text"


def load(path: Path, reading: Reading = PLAIN) -> Parsed:
    """One page without a number. Errors: as `_office.extract` and `_office.parsed`."""
    return _office.parsed(path, "odt", _office.extract(path, _MEDIA_TYPE, reading))


LOADER = Loader((".odt",), "odt", load, read=load)
