"""What became of each sentence of an answer: which source says it, or what no source has.

It is a check, not a proof. `citations` decides which passage carries a sentence; here the others
are looked at for numbers, dates and names that stand nowhere. Limits: 'not', and who did what to
whom, escape it; headings, questions and lines that only lead over to a list claim nothing and are
passed over.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from app.core.sentences import asks, content_words, sentences, without_markers
from app.core.types import Passage, SentenceCheck, Source
from app.services import citations
from app.services.literals import Kind, Literal, literals, missing

_NUMBERS = re.compile(r"\[(\d{1,3})\]")
_YEAR = re.compile(r"[12]\d{3}")
_TABLE_HEAD = re.compile(r"[^\n]*\n[ \t]*\|?[ \t]*:?-+:?[ \t]*\|[|:\- \t]*(?:\n|\Z)")
_UNIT = re.compile(r"\s?(?:[%‰°€$£]|[^\W\d_]{3,}(?![\w'’]))")


def check(marked: str, sources: Sequence[Source]) -> tuple[SentenceCheck, ...]:
    """The sentences of an answer that `citations.cite` has marked, in order. It needs nothing but
    the answer and its sources."""
    numbers = {source.number for source in sources}
    passages = [source.hit.passage for source in sources]
    found = []
    for part in sentences(marked):
        plain = without_markers(part.text)
        if not _claims(plain, marked, part.start, part.end):
            continue
        marker = _NUMBERS.search(part.text)
        number = int(marker[1]) if marker and int(marker[1]) in numbers else 0
        lacking = () if number else _nowhere(plain, passages)
        found.append(SentenceCheck(part.start, part.end, number, lacking))
    return tuple(found)


def summary(checks: Sequence[SentenceCheck]) -> str:
    """The line below an answer; empty when there was nothing to check."""
    if not checks:
        return ""
    said = sum(each.supported for each in checks)
    what = "sentence stands" if len(checks) == 1 else "sentences stand"
    return f"Check: {said} of {len(checks)} {what} in the sources. A check, not a proof."


def doubt(each: SentenceCheck) -> str:
    """What is to be said of a sentence that no source says."""
    words = " ".join(f"“{one}” is not in the passages." for one in each.missing)
    return f"No passage says this. {words}".strip()


def _claims(sentence: str, text: str, start: int, end: int) -> bool:
    line = text[text.rfind("\n", 0, start) + 1 : start].lstrip()
    bare = sentence.rstrip("*_ \t")
    leads_over = bare.endswith(":") or asks(sentence) or line.startswith("#")
    if leads_over or _TABLE_HEAD.match(text, end):
        return False
    return bool(content_words(sentence))


def _nowhere(sentence: str, passages: Sequence[Passage]) -> tuple[str, ...]:
    """What of a sentence must stand in a passage as it is, and stands in none."""
    lacking = set(literals(sentence))
    for passage in passages:
        lacking &= set(missing(sentence, passage.text, citations.heading_of(passage)))
    return tuple(dict.fromkeys(_shown(one, sentence) for one in sorted(lacking, key=_place)))


def _place(literal: Literal) -> int:
    return literal.start


def _shown(literal: Literal, sentence: str) -> str:
    """A literal as a person would say it: a number with its unit."""
    if literal.kind is not Kind.NUMBER:
        return literal.text
    before = sentence[max(0, literal.start - 1) : literal.start]
    unit = _UNIT.match(sentence, literal.end)
    tail = unit[0] if unit and not _YEAR.fullmatch(literal.text) else ""
    if tail.strip().isalpha() and not (tail.islower() and content_words(tail)):
        tail = ""
    return f"{before if before in tuple('€$£') else ''}{literal.text}{tail}"
