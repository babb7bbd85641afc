"""What a question over everything asks for."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """FILES: which documents there are; FILES_WITH: those that hold some words; MENTIONS: how
    often they do; VALUES: dates, addresses and the like; SUM: what documents or things add up to.
    These five need no model. LIST, COUNT:
    items of any sort; COMPARE: a value for each document; SUMMARY; ANYTHING: what else a person
    wants all passages read for."""

    FILES = "files"
    FILES_WITH = "files_with"
    MENTIONS = "mentions"
    VALUES = "values"
    SUM = "sum"
    LIST = "list"
    COUNT = "count"
    COMPARE = "compare"
    SUMMARY = "summary"
    ANYTHING = "anything"


EXACT = (Kind.FILES, Kind.FILES_WITH, Kind.MENTIONS, Kind.VALUES, Kind.SUM)
"""Answered by code alone."""


@dataclass(frozen=True, slots=True)
class Wish:
    """terms: words to look for, any of which counts, of a sum what the documents to add up call
    themselves; values: the kind of value asked for
    ('dates'), of a list what each item must be; subject: the things to list or count; attributes:
    what documents are compared by, none: by what they say; names: documents that the question
    names, none: all; counting: a number is asked for; things: the subject without the attributes
    that are asked for beside it ('courses and their prices'), of a list what each item is to say;
    unsure: a single passage may as well answer it, so that only what documents list counts."""

    kind: Kind
    question: str
    terms: tuple[str, ...] = ()
    values: str = ""
    subject: str = ""
    attributes: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    counting: bool = False
    things: str = ""
    unsure: bool = False

    @property
    def listed(self) -> str:
        """The things alone."""
        return self.things or self.subject

    @property
    def exact(self) -> bool:
        """Whether code alone answers it, to the letter."""
        return self.kind in EXACT
