"""What a format of datasets gives, and what they share.

A format reads lazily: a file may be larger than memory. A record that can't be used is said with
its line and reason, and reading goes on after it.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, TextIO

from app.core.messages import Turn
from app.services.dataset.types import ROLES, TEXT, Draft, Rejected

MAX_CHARACTERS = 1_000_000
"""More than any context holds; also what a broken file may cost in memory."""


class Unusable(Exception):
    """Why a record can't become a row, or a row can't be written in a format; for a person."""


@dataclass(frozen=True, slots=True)
class Beginning:
    """How a file begins: its suffix in lower case, its first characters, and its first records
    when they are JSON objects."""

    suffix: str
    text: str
    records: tuple[dict[str, Any], ...] = field(default=())


class Format(Protocol):
    """A file format. name: for the terminal; title: for people; suffixes: the first is the usual
    one; columns: whether a mapping of columns is used."""

    name: str
    title: str
    suffixes: tuple[str, ...]
    columns: bool

    def fits(self, beginning: Beginning) -> int:
        """How sure it is that a file is of this format: 0 not at all, 10 entirely."""
        ...

    def read(self, path: Path, mapping: Mapping[str, str]) -> Iterator[Draft | Rejected]:
        """The records of a file in order. Errors: BadInput for a mapping that doesn't fit the
        file, OSError."""
        ...

    def write(self, drafts: Iterable[Draft], target: TextIO, suffix: str) -> Iterator[str]:
        """Write rows; yields for each what speaks against it, or '' when it is written."""
        ...


def conversation(turns: Iterable[Turn]) -> tuple[Turn, ...]:
    """Turns that can be learnt from. Errors: Unusable."""
    kept = tuple(turns)
    if not kept:
        raise Unusable("it is empty")
    for turn in kept:
        if turn.role not in ROLES:
            raise Unusable(f"it has a message of the role {turn.role[:40]!r}, which Loam can't use")
    if any(turn.role == "system" for turn in kept[1:]):
        raise Unusable("it has a system message that does not stand at the beginning")
    said = [turn for turn in kept if turn.role != "system"]
    if not any(turn.role == "assistant" for turn in said):
        raise Unusable("it has no answer")
    if said[0].role == "assistant":
        raise Unusable("it begins with an answer; there is no message before it")
    for one, other in itertools.pairwise(said):
        if one.role == other.role:
            raise Unusable(f"it has two {one.role} messages in a row")
    if not any(turn.content.strip() for turn in said):
        raise Unusable("it is empty")
    return kept


def exchange(question: str, answer: str, system: str = "") -> tuple[Turn, ...]:
    """A question and its answer as turns. Errors: Unusable."""
    before = [Turn("system", system)] if system else []
    return conversation([*before, Turn("user", question), Turn("assistant", answer)])


def plain(text: str) -> tuple[Turn, ...]:
    """A text as the turn of a row that is no conversation. Errors: Unusable."""
    if not text.strip():
        raise Unusable("it is empty")
    return (Turn(TEXT, text),)


def is_text(draft: Draft) -> bool:
    """Whether a row is plain or labelled text, not a conversation."""
    return draft.turns[0].role == TEXT


def dialogue(draft: Draft) -> tuple[str, list[Turn]]:
    """(system message, the other turns) of a conversation. Errors: Unusable for texts."""
    if is_text(draft):
        raise Unusable("it is a text, not a conversation")
    if draft.turns[0].role == "system":
        return draft.turns[0].content, list(draft.turns[1:])
    return "", list(draft.turns)


def single(draft: Draft) -> tuple[str, str, str]:
    """(system message, question, answer) of a conversation with one answer. Errors: Unusable."""
    system, turns = dialogue(draft)
    if [turn.role for turn in turns] != ["user", "assistant"]:
        raise Unusable("it has more than one question and its answer")
    return system, turns[0].content, turns[1].content


def checked(draft: Draft) -> Draft:
    """The draft, when it can be stored. Errors: Unusable."""
    whole = "".join([*(turn.content for turn in draft.turns), draft.label, draft.group])
    if len(whole) > MAX_CHARACTERS:
        raise Unusable(f"it is longer than {MAX_CHARACTERS:,} characters")
    if "\0" in whole:
        raise Unusable("it has characters that are not text")
    try:
        whole.encode()
    except UnicodeEncodeError:
        raise Unusable("it has half a character (a lone surrogate)") from None
    size = len(draft.turns[0].content)
    for span in draft.spans:
        if not 0 <= span.start < span.end <= size:
            raise Unusable(f"the entity at {span.start} to {span.end} is not inside the text")
        if not span.label.strip() or "\0" in span.label:
            raise Unusable(f"the entity at {span.start} to {span.end} has no label")
    return draft
