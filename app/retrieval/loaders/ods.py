"""OpenDocument spreadsheets (.ods): each table's name is a heading, its rows are lines of cells,
with the text that people see in them.

Read by Python's own zip and XML parsers. Limits: as `_sheets`; notes and drawings are left out; a
thousand columns; a row that repeats counts a hundred times at most.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from app.core.errors import DocumentError, TooBig
from app.core.messages import Parsed
from app.retrieval.loaders import _office, _sheets
from app.retrieval.loaders._base import PLAIN, Loader, Reading

_CONTENT = "content.xml"
_MOST_BYTES = 400 << 20
_MOST_COLUMNS = 1000
_MOST_SAME = 100


def load(path: Path, reading: Reading = PLAIN) -> Parsed:
    """One page without a number. Errors: as `_office.read` and `_sheets.parsed`; DocumentError,
    TooBig, BadZipFile for what is no package."""
    with zipfile.ZipFile(io.BytesIO(_office.read(path, reading))) as package:
        if _CONTENT not in package.namelist():
            raise DocumentError(path=path.name, reason="it is no spreadsheet")
        if package.getinfo(_CONTENT).file_size > _MOST_BYTES:
            raise TooBig(path=path.name, reason="more than 400 MB when it is unpacked")
        return _sheets.parsed(path, _tables(package))


def _tables(package: zipfile.ZipFile) -> Iterator[tuple[str, list[list[str]]]]:
    """(name, rows of cells); an empty row stands for all that are between two."""
    name, rows = "", list[list[str]]()
    with package.open(_CONTENT) as part:
        # Bounds of expat hold against what entities grow to.
        for event, element in ElementTree.iterparse(part, events=("start", "end")):  # noqa: S314
            kind = _local(element.tag)
            if event == "start":
                if kind == "table":
                    name, rows = _said(element, "name"), []
            elif kind == "table-row":
                cells = _cells(element)
                same = min(_number(_said(element, "number-rows-repeated")), _MOST_SAME)
                element.clear()
                if any(cells):
                    rows += [cells] * same
                elif rows and rows[-1]:
                    rows.append([])
            elif kind == "table":
                element.clear()
                yield name, rows


def _cells(row: Any) -> list[str]:
    cells: list[str] = []
    for cell in row:
        if _local(cell.tag) not in ("table-cell", "covered-table-cell"):
            continue
        lines = ("".join(each.itertext()) for each in cell if _local(each.tag) == "p")
        same = _number(_said(cell, "number-columns-repeated"))
        cells += [" ".join(" ".join(lines).split())] * min(same, _MOST_COLUMNS - len(cells))
    while cells and not cells[-1]:
        cells.pop()
    return cells


def _said(element: Any, wanted: str) -> str:
    return next((value for key, value in element.attrib.items() if _local(key) == wanted), "")


def _number(text: str) -> int:
    return max(1, int(text)) if text.isdigit() else 1


def _local(name: str) -> str:
    return name.rpartition("}")[2]


LOADER = Loader((".ods",), "sheet", load, read=load)
