"""What an .xlsx file holds: its sheets in order, with their cells as text as people see them.

Read by Python's own zip and XML parsers, since the libraries at hand give numbers without their
formats; expat bounds what entities may grow to. Limits: charts, comments and drawings are left out;
of merged cells the first has the text; what a formula gives is what was last saved.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from xml.etree import ElementTree

from app.core.errors import DocumentError, TooBig
from app.retrieval.loaders import _numbers
from app.retrieval.loaders._base import MAX_CHARACTERS

_MOST_BYTES = 400 << 20
_MOST_COLUMNS = 1000
_PLACE = re.compile(r"([A-Z]{1,3})(\d+)")
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")

Row = list[str]


@dataclass(slots=True)
class _Book:
    package: zipfile.ZipFile
    name: str
    strings: list[str] = field(default_factory=list)
    formats: list[str] = field(default_factory=list)
    since_1904: bool = False


def sheets(package: zipfile.ZipFile, name: str) -> Iterator[tuple[str, Iterator[Row]]]:
    """(name, rows of cells) of each sheet; an empty row stands for all that are between two.
    Errors: DocumentError, TooBig, and what the parsers raise on damaged files."""
    if sum(part.file_size for part in package.infolist()) > _MOST_BYTES:
        raise TooBig(path=name, reason="more than 400 MB when it is unpacked")
    book = _Book(package, name)
    main = next(iter(_related(book, "", "officeDocument").values()), "xl/workbook.xml")
    if main not in package.namelist():
        raise DocumentError(path=name, reason="it is no Excel workbook")
    folder = posixpath.dirname(main)
    for path in _related(book, main, "sharedStrings").values():
        book.strings = list(_strings(book, path))
    for path in _related(book, main, "styles").values():
        book.formats = _formats(book, path)
    parts = _related(book, main, "worksheet")
    with _root(book, main) as root:
        book.since_1904 = any(
            each.get("date1904") in ("1", "true") for each in root if _local(each) == "workbookPr"
        )
        listed = [each for each in root.iter() if _local(each) == "sheet"]
        named = [
            (each.get("name") or "", next((v for k, v in each.items() if k.endswith("}id")), ""))
            for each in listed
        ]
    for title, identity in named:
        path = parts.get(identity, "")
        if path and posixpath.join(folder, path) in package.namelist():
            path = posixpath.join(folder, path)
        if path in package.namelist():
            yield title, _rows(book, path)


def _related(book: _Book, part: str, kind: str) -> dict[str, str]:
    """Paths of the parts of a kind that another one names, by their ids."""
    folder, file = posixpath.split(part)
    path = posixpath.join(folder, "_rels", f"{file}.rels")
    if path not in book.package.namelist():
        return {}
    with _root(book, path) as root:
        return {
            each.get("Id") or "": posixpath.normpath(
                posixpath.join("/", folder, each.get("Target") or "")
            ).lstrip("/")
            for each in root
            if (each.get("Type") or "").rsplit("/", 1)[-1] == kind
        }


@contextmanager
def _root(book: _Book, path: str) -> Iterator[Any]:
    with book.package.open(path) as part:
        yield ElementTree.parse(part).getroot()  # noqa: S314


def _elements(book: _Book, path: str, wanted: str) -> Iterator[Any]:
    """Each element of a name, freed when the next one is asked for."""
    with book.package.open(path) as part:
        parser = ElementTree.iterparse(part, events=("start", "end"))  # noqa: S314
        above: list[Any] = []
        for event, element in parser:
            if event == "start":
                above.append(element)
                continue
            above.pop()
            if _local(element) == wanted:
                yield element
                element.clear()
                if above:
                    above[-1].remove(element)


def _strings(book: _Book, path: str) -> Iterator[str]:
    length = 0
    for element in _elements(book, path, "si"):
        text = _words(element)
        length += len(text)
        if length > MAX_CHARACTERS:
            raise TooBig(path=book.name, reason="more than 30 million characters")
        yield text


def _words(element: Any) -> str:
    """Text of a rich string, without the sound of Japanese words."""
    said = []
    for child in element:
        if _local(child) == "t":
            said.append(child.text or "")
        elif _local(child) == "r":
            said += [each.text or "" for each in child if _local(each) == "t"]
    text = _ESCAPED.sub(lambda match: chr(int(match[1], 16)), "".join(said))
    return " ".join(text.replace("\0", "").split())


def _formats(book: _Book, path: str) -> list[str]:
    """The format code of each cell style."""
    with _root(book, path) as root:
        own = {
            each.get("numFmtId"): each.get("formatCode") or _numbers.GENERAL
            for each in root.iter()
            if _local(each) == "numFmt"
        }
        styles = [each for each in root if _local(each) == "cellXfs"]
        found = []
        for style in styles[0] if styles else ():
            number = style.get("numFmtId") or "0"
            built_in = _numbers.BUILT_IN.get(int(number)) if number.isdigit() else None
            found.append(own.get(number) or built_in or _numbers.GENERAL)
        return found


def _rows(book: _Book, path: str) -> Iterator[Row]:
    last = 0
    for element in _elements(book, path, "row"):
        given = element.get("r") or ""
        number = int(given) if given.isdigit() else last + 1
        cells: Row = []
        for cell in element:
            if _local(cell) != "c":
                continue
            at = _column(cell.get("r") or "", len(cells))
            if at >= _MOST_COLUMNS:
                break
            cells += [""] * (at - len(cells))
            cells[at:] = [_cell(book, cell)]
        if not any(cells):
            continue
        if last and number > last + 1:
            yield []
        last = number
        yield cells


def _column(place: str, following: int) -> int:
    match = _PLACE.fullmatch(place)
    if match is None:
        return following
    number = 0
    for letter in match[1]:
        number = 26 * number + ord(letter) - 64
    return max(number - 1, following)


def _cell(book: _Book, cell: Any) -> str:
    kind = cell.get("t") or "n"
    parts = {_local(each): each for each in cell}
    if kind == "inlineStr":
        return _words(parts["is"]) if "is" in parts else ""
    value = (parts["v"].text or "").strip() if "v" in parts else ""
    match kind:
        case "s":
            index = int(value) if value.isdigit() else -1
            return book.strings[index] if 0 <= index < len(book.strings) else ""
        case "b":
            return "TRUE" if value == "1" else "FALSE" if value else ""
        case "n":
            return _number(book, value, cell.get("s") or "0")
        case "d":
            return value.removesuffix("T00:00:00").replace("T", " ")
    return " ".join(value.split())  # text of a formula, or an error as it is shown


def _number(book: _Book, value: str, style: str) -> str:
    try:
        number = float(value)
    except ValueError:
        return value
    at = int(style) if style.isdigit() else 0
    code = book.formats[at] if at < len(book.formats) else _numbers.GENERAL
    return _numbers.shown(number, code, book.since_1904)


def _local(element: Any) -> str:
    return str(element.tag).rpartition("}")[2]
