"""Answers that are empty, or seem to be cut off.

Whether a text is cut is guessed from its end: a long answer that stops in a sentence, an open
code block. Short answers, lists, headings and code may end without a full stop.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from app.services.dataset.types import TEXT, Finding, Kind, Row

_LONG = 160
_OPEN_END = re.compile(r"[,;:(\[{–—-]\s*$|\b(?:and|or|but|the|a|an|of|to|with|for|in|by)\s*$", re.I)
_WHOLE_END = re.compile(r"[.!?…。！？:;|>*_`~\])}\"'”’»%€$\d]\s*$|\W$")
_NOT_PROSE = re.compile(r"^\s*(?:[-*+•#>|]|\d+[.)]|```|~~~|    |\t|https?://)|[=;{}<>]")
_FENCE = re.compile(r"^\s*(```|~~~)", re.MULTILINE)


def check(row: Row) -> Iterator[Finding]:
    """Findings for each turn that is empty, and for answers that end too early."""
    for number, turn in enumerate(row.turns):
        if not turn.content.strip():
            what = "The answer is empty." if turn.role == "assistant" else "A message is empty."
            yield Finding(row.id, Kind.EMPTY, what, number)
        elif turn.role == "assistant" and (why := truncated(turn.content)):
            length = len(turn.content)
            yield Finding(row.id, Kind.TRUNCATED, why, number, max(0, length - 40), length)
    if row.turns[-1].role not in ("assistant", TEXT):
        yield Finding(row.id, Kind.EMPTY, "The last message has no answer.", len(row.turns) - 1)


def truncated(text: str) -> str:
    """Why a text seems cut, in plain words; '' when it doesn't."""
    if len(_FENCE.findall(text)) % 2:
        return "A block of code is not closed."
    last = text.rstrip().rsplit("\n", 1)[-1]
    if len(text.rstrip()) < _LONG or _NOT_PROSE.search(last) or len(last.split()) < 4:
        return ""
    if _OPEN_END.search(last):
        return "The answer stops in the middle of a sentence."
    return "" if _WHOLE_END.search(last) else "The answer ends without the end of a sentence."
