"""What the parser is asked, and what it says."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Parse:
    """Extract one file. Events: Progress (pages) where pictures are read, one Parsed. Errors:
    DocumentError tree."""

    path: str
    password: str = field(default="", repr=False)
    languages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FindBoxes:
    """Where text stands on its pages: spans of (page, start, end in that page's text). Events:
    one Located, without boxes for formats without page geometry. Errors: as Parse."""

    path: str
    spans: tuple[tuple[int, int, int], ...]
    password: str = field(default="", repr=False)
    languages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ParsedTable:
    """A table in a page's text: where each of its rows begins, in order, and where the last one
    ends. header: text[header[0] : header[1]] names the columns and stands in one of the first
    rows; empty where no row does."""

    rows: tuple[int, ...]
    end: int
    header: tuple[int, int] = (0, 0)


@dataclass(frozen=True, slots=True)
class ParsedPage:
    """A page's text. headings: (offset in this page's text, level from 1, heading). recognised:
    it was read from a picture. tables: those that are known to be some, in order."""

    number: int | None
    text: str
    headings: tuple[tuple[int, int, str], ...] = ()
    recognised: bool = False
    tables: tuple[ParsedTable, ...] = ()


@dataclass(frozen=True, slots=True)
class Parsed:
    """note: what was left out and why, for a person; empty when nothing was."""

    kind: str
    title: str
    pages: tuple[ParsedPage, ...]
    note: str = ""
