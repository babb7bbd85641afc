"""Rows that say the same: exactly (but for case and blanks), nearly, or across the split.

Of each set of duplicates the first row stays unmarked, so that rejecting what is marked keeps it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from app.services.dataset.types import Finding, Kind, Row, Split


class Groups:
    """Numbers from 0 that were said to belong together (union-find)."""

    def __init__(self) -> None:
        self._parents: list[int] = []

    def add(self) -> int:
        """One more, by itself."""
        self._parents.append(len(self._parents))
        return self._parents[-1]

    def join(self, one: int, other: int) -> None:
        """These two belong together; the lowest number stands for all."""
        one, other = self.first(one), self.first(other)
        self._parents[max(one, other)] = min(one, other)

    def first(self, number: int) -> int:
        """The lowest number that belongs with this one."""
        while self._parents[number] != number:
            self._parents[number] = self._parents[self._parents[number]]
            number = self._parents[number]
        return number


class Duplicates:
    """Collects rows (those rejected are the caller's to leave out), then gives what is double."""

    def __init__(self) -> None:
        # numpy comes with it, which the window starts without.
        from app.services.dataset.checks.minhash import Near

        self._rows: list[tuple[int, Split]] = []
        self._same: dict[bytes, int] = {}
        self._exact: dict[int, int] = {}  # place of a row -> place of the first like it
        self._near = Near()
        self._texts: list[int] = []  # place of the row of each text given to _near
        self.groups = Groups()

    def add(self, row: Row) -> None:
        """The next row."""
        place = self.groups.add()
        self._rows.append((row.id, row.split))
        first = self._same.setdefault(fingerprint(row), place)
        if first != place:
            self._exact[place] = first
            self.groups.join(place, first)
        else:
            self._texts.append(place)
            self._near.add(said(row))

    def find(self) -> Iterator[Finding]:
        """Exact and near duplicates, and duplicates of a training row among those held out."""
        near = self._marked()
        trained: dict[int, int] = {}
        for place, (row_id, split) in enumerate(self._rows):
            if split is Split.TRAIN:
                trained.setdefault(self.groups.first(place), row_id)
        for place, (row_id, split) in enumerate(self._rows):
            first = self.groups.first(place)
            if place in self._exact:
                other = self._rows[self._exact[place]][0]
                what = f"It says the same as row {other}."
                yield Finding(row_id, Kind.DUPLICATE, what, related=other)
            elif place in near:
                other = self._rows[near[place]][0]
                what = f"It says nearly the same as row {other}."
                yield Finding(row_id, Kind.NEAR_DUPLICATE, what, related=other)
            if split is Split.VALIDATION and first in trained:
                other = trained[first]
                what = f"Row {other}, which is trained on, says the same or nearly so."
                yield Finding(row_id, Kind.LEAK, what, related=other)

    def _marked(self) -> dict[int, int]:
        """Place of each near duplicate -> place of an unmarked row that it is like."""
        marked: dict[int, int] = {}
        for text, other in sorted(self._near.pairs()):
            place, like = self._texts[text], self._texts[other]
            self.groups.join(place, like)
            if like not in marked:
                marked.setdefault(place, like)
        return marked


def fingerprint(row: Row) -> bytes:
    """The same for rows whose turns and label are the same but for case and blanks."""
    parts = [f"{turn.role}\0{_plain(turn.content)}" for turn in row.turns]
    entities = [f"{span.start} {span.end} {span.label}" for span in row.spans]
    whole = "\1".join([*parts, _plain(row.label), *entities])
    return hashlib.blake2b(whole.encode(), digest_size=16).digest()


def said(row: Row) -> str:
    """What is compared: all turns but the system's, which many rows share."""
    return "\n".join(turn.content for turn in row.turns if turn.role != "system")


def asked(row: Row) -> str:
    """Everything before the last answer, in plain form; for a text, the text."""
    last = len(row.turns) - (row.turns[-1].role == "assistant")
    return _plain("\n".join(turn.content for turn in row.turns[:last] if turn.role != "system"))


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())
