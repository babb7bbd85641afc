"""Sentences of a text, and the words in them that carry meaning."""

from __future__ import annotations

import re
from dataclasses import dataclass

_BEHIND = r"[\"'”’」』）)\]*_]*(?:\s?\[\d{1,3}\])*"
# Behind wide end marks stands no space.
_END = re.compile(rf"[.!?؟]+{_BEHIND}(?=\s|$)|[。！？।]+{_BEHIND}")
_ABBREVIATION = re.compile(
    r"\b(?:(?i:mr|mrs|ms|dr|prof|st|no|vs|etc|e\.g|i\.e|approx|fig|jr|sr|inc|ltd|co)|[A-Z])\.$"
)
# A comma goes on only in a number: in 'M7x44,133' of a table it ends the first cell.
WORD = re.compile(r"\d+(?:[.,:/-]\d+)+|\w+(?:[.:/-]\d+)*", re.UNICODE)
_ASKS = re.compile(r"[?？؟][\"'”’」』）)\]*_ ]*$")
MARKER = re.compile(r"\s?\[(?:(?:source|passage|text)\s*)?\d{1,3}(?:\s*,\s*\d{1,3})*\]", re.I)
_FENCE = re.compile(r"^(```|~~~)", re.M)
_LEAD = re.compile(r"[ \t>#*|+-]*(?:\d{1,3}[.)][ \t]+)?[*_]*")
# A line of a table; a line that begins something of its own; one that ends what it says.
_ROW = re.compile(r"\t| \| |(?:[,;|](?!\d{3}\b)\S[^,;|\n]*){2}")
_OPENING = re.compile(r"\s*(?:[#>|*+•–-]|\d{1,3}[.)]\s|```|~~~|$)")
_CLOSED = re.compile(r"[.!?؟。！？।:;|][\"'”’)\]*_]*\s*$")
_WRAPPED = 40
_THINKING = re.compile(r"<think>.*?(?:</think>|\Z)", re.S)

# Words that stand in almost any English text and so prove nothing.
_COMMON = frozenset(
    """a an and are as at be been but by can could did do does for from had has have he her his i if
    in into is it its may more most no not of on or our she should so some such than that the their
    them then there these they this those to was we were what when where which who will with would
    you your""".split()
)


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of an answer: text[start:end]."""

    start: int
    end: int
    text: str


def without_markers(text: str) -> str:
    """The text less every [n] outside code."""
    pieces = _FENCE.split(text)
    if len(pieces) == 1:
        return MARKER.sub("", text)
    # Odd stretches between fences are code; they are kept to the letter.
    kept, inside = [], False
    for piece in pieces:
        if piece in ("```", "~~~"):
            inside = not inside
            kept.append(piece)
        else:
            kept.append(piece if inside else MARKER.sub("", piece))
    return "".join(kept)


def sentences(text: str) -> list[Sentence]:
    """The sentences of prose in a Markdown text; code and what a model thought have none."""
    found: list[Sentence] = []
    at, in_code = 0, False
    # As long as it was, so that offsets stay.
    text = _THINKING.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), text)
    for line in text.splitlines(keepends=True):
        if _FENCE.match(line):
            in_code = not in_code
        elif not in_code:
            found.extend(_of_line(line, at))
        at += len(line)
    return found


def sentences_within(passage: str) -> list[Sentence]:
    """The sentences of a passage of a document, those too that its lines break: a line of prose of
    40 letters or more, without an end mark, goes on in the next."""
    lines = passage.split("\n")
    joined = [
        line + (" " if _goes_on(line, after) else "\n")
        for line, after in zip(lines, [*lines[1:], ""], strict=True)
    ]
    # Each blank stands where the line end stood, so that offsets stay.
    return sentences("".join(joined)[: len(passage)])


def is_table(passage: str) -> bool:
    """Whether most lines of a passage are rows of cells."""
    lines = [line for line in passage.splitlines() if line.strip()]
    return sum(bool(_ROW.search(line)) for line in lines) * 2 > len(lines)


def _goes_on(line: str, after: str) -> bool:
    return (
        len(line.strip()) >= _WRAPPED
        and not _CLOSED.search(line)
        and not line.lstrip().startswith(("#", "|"))
        and not _OPENING.match(after)
        and not _ROW.search(line)
        and not _ROW.search(after)
    )


def _of_line(line: str, offset: int) -> list[Sentence]:
    body = line.rstrip()
    lead = _LEAD.match(body)
    start = lead.end() if lead else 0
    found = []
    for match in [*_END.finditer(body), None]:
        end = match.end() if match else len(body)
        piece = body[start:end]
        if match and (_ABBREVIATION.search(piece) or re.fullmatch(r"\d+\.", piece.strip())):
            continue
        left = len(piece) - len(piece.lstrip())
        if WORD.search(piece):
            found.append(Sentence(offset + start + left, offset + end, piece[left:]))
        start = end
    return found


def asks(sentence: str) -> bool:
    """Whether a sentence is a question, which claims nothing; a model often repeats the one it was
    asked."""
    return _ASKS.search(without_markers(sentence)) is not None


def content_words(text: str) -> list[str]:
    """Lower-case words and numbers that carry meaning, lightly stemmed."""
    return [_stem(w) for w in (m.lower() for m in WORD.findall(text)) if w not in _COMMON]


def _stem(word: str) -> str:
    """Enough stemming for matching: plural, -ed, -ing."""
    for ending in ("ing", "ies", "ed", "es", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 3 and not word[0].isdigit():
            return word[: -len(ending)] + ("y" if ending == "ies" else "")
    return word
