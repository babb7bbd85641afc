"""Word documents (.docx): headings kept, tables as rows, no pages: Word makes those."""

from __future__ import annotations

from pathlib import Path

from app.core.messages import Parsed
from app.retrieval.loaders import _office
from app.retrieval.loaders._base import PLAIN, Loader, Reading

_MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def load(path: Path, reading: Reading = PLAIN) -> Parsed:
    """One page without a number. Errors: as `_office.extract` and `_office.parsed`."""
    return _office.parsed(path, "docx", _office.extract(path, _MEDIA_TYPE, reading))


LOADER = Loader((".docx",), "docx", load, read=load)
