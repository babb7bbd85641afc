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
class ParsedPage:
    """A page's text. headings: (offset in this page's text, level from 1, heading). recognised:
    it was read from a picture."""

    number: int | None
    text: str
    headings: tuple[tuple[int, int, str], ...] = ()
    recognised: bool = False


@dataclass(frozen=True, slots=True)
class Parsed:
    """note: what was left out and why, for a person; empty when nothing was."""

    kind: str
    title: str
    pages: tuple[ParsedPage, ...]
    note: str = ""
