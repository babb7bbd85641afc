"""PowerPoint presentations of before 2007 (.ppt): text in the order of the slides, no pages."""

from __future__ import annotations

from pathlib import Path

from app.core.messages import Parsed
from app.retrieval.loaders import _office
from app.retrieval.loaders._base import PLAIN, Loader, Reading

_MEDIA_TYPE = "application/vnd.ms-powerpoint"
_NEWER = "application/vnd.openxmlformats-officedocument.presentationml.presentation"


def load(path: Path, reading: Reading = PLAIN) -> Parsed:
    """One page without a number. Errors: as `_office.extract` and `_office.parsed`."""
    return _office.parsed(path, "slides", _office.extract_old(path, _MEDIA_TYPE, _NEWER, reading))


LOADER = Loader((".ppt",), "slides", load, read=load)
