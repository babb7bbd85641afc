"""Excel workbooks (.xlsx): each sheet's name is a heading, its rows are lines of cells."""

from __future__ import annotations

from pathlib import Path

from app.core.messages import Parsed
from app.retrieval.loaders import _office
from app.retrieval.loaders._base import PLAIN, Loader, Reading

_MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def load(path: Path, reading: Reading = PLAIN) -> Parsed:
    """One page without a number. Errors: as `_office.extract` and `_office.parsed`."""
    return _office.parsed(path, "sheet", _office.extract(path, _MEDIA_TYPE, reading))


LOADER = Loader((".xlsx",), "sheet", load, read=load)
