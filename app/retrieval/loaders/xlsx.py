"""Excel workbooks (.xlsx): each sheet's name is a heading, its rows are lines of cells, numbers and
dates as people see them.

Limits: as `_workbook` and `_sheets`.
"""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

from app.core.messages import Parsed
from app.retrieval.loaders import _office, _sheets, _workbook
from app.retrieval.loaders._base import PLAIN, Loader, Reading


def load(path: Path, reading: Reading = PLAIN) -> Parsed:
    """One page without a number. Errors: as `_office.read`, `_workbook.sheets`, `_sheets.parsed`;
    BadZipFile for what is no package."""
    with zipfile.ZipFile(io.BytesIO(_office.read(path, reading))) as package:
        return _sheets.parsed(path, _workbook.sheets(package, path.name))


LOADER = Loader((".xlsx", ".xlsm"), "sheet", load, read=load)
