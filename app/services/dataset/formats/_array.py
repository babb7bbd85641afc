"""The elements of a JSON array one by one, without reading the whole file.

Only brackets, strings and commas are looked at, so that an element with a fault costs itself and
not what follows it, unless its brackets don't match.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TextIO

_AT_ONCE = 1 << 16
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*+(?:"|(?P<open>\\?\Z))|[{}\[\],]', re.DOTALL)
_BLANK = re.compile(r"\s*")


class Broken(Exception):
    """What follows from `line` on can't be read; `reason` for a person."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(reason)
        self.line = line
        self.reason = reason


class _Window:
    """What was read of a file and is still needed."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._line, self._counted = 1, 0
        self.text = ""

    def line(self, at: int) -> int:
        """The line of the first character at or after `at` that is not blank; `at` never goes
        back."""
        blank = _BLANK.match(self.text, at)
        place = blank.end() if blank else at
        self._count(place)
        return self._line

    def more(self, keep: int) -> bool:
        """Forget what stands before `keep` and read on; False at the end of the file."""
        self._count(keep)
        read = self._file.read(_AT_ONCE)
        self.text = self.text[keep:] + read
        self._counted -= keep
        return bool(read)

    def _count(self, place: int) -> None:
        if place > self._counted:
            self._line += self.text.count("\n", self._counted, place)
            self._counted = place


def elements(file: TextIO, longest: int) -> Iterator[tuple[int, str]]:
    """(line where it begins, its text) of each element of the array that `file` holds. Errors:
    Broken: no end, an element of more than `longest` characters, or text after the array."""
    window = _Window(file)
    begin = at = depth = 0
    while True:
        token = _TOKEN.search(window.text, at)
        if token is None or token["open"] is not None:
            at = (len(window.text) if token is None else token.start()) - begin
            if len(window.text) - begin > longest:
                raise Broken(window.line(begin), f"it is longer than {longest:,} characters")
            if not window.more(begin):
                raise Broken(window.line(0), "the list has no end here; the file may be cut off")
            begin = 0
            continue
        at, sign = token.end(), token.group()[0]
        if sign in "{[":
            depth += 1
            if depth == 1:
                begin = at
        elif depth == 1 and sign in "],}":
            piece = window.text[begin : token.start()]
            if piece.strip():
                yield window.line(begin), piece
            begin = at
            if sign != ",":
                break
        elif sign in "}]":
            depth -= 1
    while True:
        rest = window.text[begin:]
        if rest.strip():
            raise Broken(window.line(begin), "there is more text after the end of the list")
        if not window.more(len(window.text)):
            return
        begin = 0
