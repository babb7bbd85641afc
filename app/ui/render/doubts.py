"""Marks around stretches of Markdown that survive its rendering: letters of Unicode's private area
go into the source and come out of the HTML as links, which can be hovered, clicked and reached
with the Tab key.

A stretch lies within one line of prose. Limits: the first 2,000 of a text; a text that has such
letters of its own gets no marks.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_END = "\ue0d1"
_FIRST, _MOST = 0xE100, 2000
_OURS = f"{_END}{chr(_FIRST)}-{chr(_FIRST + _MOST - 1)}"
OURS = re.compile(f"[{_OURS}]")
"""Letters that are marks."""
_PIECES = re.compile(f"<[^>]*>|[{_OURS}]|[^<{_OURS}]+")
# Signs that close emphasis, a quotation or a cell: a mark between them and their word would keep
# Markdown from seeing them.
_CLOSING = "*_`~|\"'”’)] \t"


def marked(text: str, places: Sequence[tuple[int, int]]) -> str:
    """The text with marks around text[start:end] of each place, which are in order and apart."""
    if not places or OURS.search(text):
        return text
    pieces, at = [], 0
    for index, (start, end) in enumerate(places[:_MOST]):
        end = start + len(text[start:end].rstrip(_CLOSING))
        pieces += [text[at:start], chr(_FIRST + index), text[start:end], _END]
        at = end
    return "".join(pieces) + text[at:]


def without(text: str) -> str:
    """The text less all marks."""
    return OURS.sub("", text)


def linked(html: str) -> str:
    """HTML whose marks have become links to check:N, N being the number of the place from 0."""
    pieces: list[str] = []
    number, links = -1, 0
    for piece in _PIECES.findall(html):
        if piece[0] == "<":
            links += piece.startswith("<a ")
            links -= piece.startswith("</a")
            pieces.append(without(piece))
        elif piece == _END:
            number = -1
        elif OURS.match(piece):
            number = ord(piece) - _FIRST
        elif number >= 0 and not links and piece.strip():
            pieces.append(f'<a class="unsaid" href="check:{number}">{piece}</a>')
        else:
            pieces.append(piece)
    return "".join(pieces)
