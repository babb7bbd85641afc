"""Between offsets in a document's text and positions in a Qt text field.

Loam counts characters; Qt counts UTF-16 units and takes a carriage return with the line feed
after it as one. A large text is shown in parts, so that opening it takes no longer.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

PART = 200_000
"""Most characters that are shown at once."""

_UNBROKEN = re.compile(r"\S{5000}")


@dataclass(frozen=True, slots=True)
class Part:
    """text[start:end] of a document, cut at line ends where there are any near."""

    start: int
    end: int


def part_around(text: str, place: int, most: int = PART) -> Part:
    """The part to show so that the character at `place` is in it, with some text before."""
    if len(text) <= most:
        return Part(0, len(text))
    start = max(0, min(place - most // 4, len(text) - most))
    if start:
        line = text.find("\n", start, start + most // 8)
        start = line + 1 if 0 <= line < place else start
    end = min(len(text), start + most)
    if end < len(text):
        line = text.rfind("\n", max(place, end - most // 8), end)
        end = line + 1 if line > 0 else end
    return Part(start, end)


def position(text: str, part: Part, offset: int) -> int:
    """Where the character at `offset` of `text` stands in a Qt field that shows `part`."""
    offset = max(part.start, min(offset, part.end))
    before = shown(text[part.start : offset])
    return len(before.encode("utf-16-le", "surrogatepass")) // 2


def offset(text: str, part: Part, place: int) -> int:
    """The other way: the offset in `text` of position `place` of a Qt field that shows `part`."""
    at, units = part.start, 0
    while at < part.end and units < place:
        pair = text[at] == "\r" and text[at + 1 : at + 2] == "\n"
        units += 2 if ord(text[at]) > 0xFFFF else 1
        at += 2 if pair else 1
    return at


def unbroken(text: str, part: Part) -> bool:
    """Whether a part has a run without spaces that is so long (base64, say) that Qt takes seconds
    to look for a place to break it: its time grows with the square of the run's length."""
    return _UNBROKEN.search(text, part.start, part.end) is not None


def shown(text: str) -> str:
    """The text as it is put into the field: one line feed a line, nothing Qt would swallow."""
    return text.replace("\r\n", "\n").replace("\r", "\n")
