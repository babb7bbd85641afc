"""What single lines of Markdown mean for the blocks that they stand in."""

from __future__ import annotations

import re

FENCE = re.compile(r"^( {0,3})(`{3,}|~{3,})\s*([^`\n]*)$")
"""A line that opens a code block: its indentation, its mark, its info string."""

_HEADING = re.compile(r"^#{1,6}(?:[ \t]|$)")
_BULLET = re.compile(r"^[-+*][ \t]+\S")
_NUMBER = re.compile(r"^(\d{1,9})[.)][ \t]+\S")
_DELIMITER = re.compile(r"^ {0,3}\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?\s*$")


class Fence:
    """An open code block. match: of FENCE."""

    def __init__(self, match: re.Match[str]) -> None:
        self._indent = len(match[1])
        self._mark = match[2][0]
        self._length = len(match[2])
        info = match[3].strip().split(maxsplit=1)
        self.language = info[0].strip("{}.").lower() if info else ""
        self.continued = False

    def closed_by(self, line: str) -> bool:
        """Whether `line` is its end mark."""
        bare = line.strip()
        return (
            len(line) - len(line.lstrip(" ")) < 4
            and len(bare) >= self._length
            and set(bare) == {self._mark}
        )

    def inside(self, line: str) -> str:
        """A line of code less the indentation of the fence."""
        spaces = len(line) - len(line.lstrip(" "))
        return line[min(self._indent, spaces) :]


class TextState:
    """What is known of the open text block from its lines so far."""

    def __init__(self) -> None:
        self.item = self.quote = self.table = self.math = self.inner_fence = False
        self.table_at = 0
        self._lines = 0
        self._last = ""
        self._heading = False

    def begins_block(self, line: str) -> bool:
        """Whether `line` starts a new block at the top level."""
        if self._lines == 0 or self.math or not line.strip():
            return False
        if self._heading or _HEADING.match(line) or _BULLET.match(line):
            return True
        number = _NUMBER.match(line)
        if number and (self.item or int(number[1]) == 1):
            return True
        if self._last.strip():
            return False
        return not line[0].isspace() or not (self.item or line.startswith(("    ", "\t")))

    def note(self, line: str) -> None:
        """`line` was added to the block."""
        bare = line.strip()
        if self._lines == 0:
            self.item = bool(_BULLET.match(line) or _NUMBER.match(line))
            self.quote = line.startswith(">")
            self._heading = bool(_HEADING.match(line))
        elif not self.table and "|" in self._last and "-" in line and _DELIMITER.match(line):
            self.table, self.table_at = True, self._lines - 1
        if bare.startswith(("```", "~~~")):
            self.inner_fence = not self.inner_fence
        self._note_math(bare)
        self._lines += 1
        self._last = line

    def _note_math(self, bare: str) -> None:
        if self.math:
            self.math = bool(bare) and not bare.endswith(("$$", r"\]"))
        elif bare.startswith("$$"):
            self.math = len(bare) < 4 or not bare.endswith("$$")
        elif bare.startswith(r"\["):
            self.math = not bare.endswith(r"\]")
