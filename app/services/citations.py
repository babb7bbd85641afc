"""Which sentence of an answer rests on which passage: markers [n] set by code, not by the model.

A sentence is given to a passage when enough of its words stand there together, with all its
numbers, dates and names, the numbers are said of the same, and it denies nothing that the passage
says; of several to the nearest in meaning. That is a check, not a proof. Markers that the model
invents are removed. No least meaning is asked for: it turned true sentences away and hardly a false
one (benchmarks/checks.py).
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from app.core.sentences import (
    MARKER,
    asks,
    content_words,
    is_table,
    sentences,
    sentences_within,
    without_markers,
)
from app.core.types import Passage
from app.services.literals import missing
from app.services.opposing import denied, misplaced

_WORDS_NEEDED = 0.6
_SURELY_NEEDED = 0.7
_TOGETHER = 3
"""Sentences of a passage in which the words of a sentence must stand together."""
_NUMBER = re.compile(r"\d+")
# Words that models say about what they read.
_OF_TEXTS = frozenset(
    content_words(
        "text passage document according based mentions suggests says states indicates provides "
        "describes information"
    )
)
_ENDS = ".!?؟。！？।\"'”’」』）)]*_| "
_CLOSING = re.compile(r"[\"'”’」』）)\]*_]+")
_SAME_NEEDED = 0.7


@dataclass(frozen=True, slots=True)
class Quote:
    """A sentence of passage `number` (from 1)."""

    text: str
    number: int


Similar = Callable[[Sequence[str], Sequence[str]], Sequence[Sequence[float]]]


def support(sentence: str, passage: str, cosine: float, around: str = "") -> float:
    """How far a passage carries a sentence, 0 (not at all) to 1. around: as `literals.missing`."""
    said = content_words(sentence)
    if not said or asks(sentence):
        return 0.0
    share = share_said(sentence, passage, around)
    if share < _WORDS_NEEDED:
        return 0.0
    if denied(sentence, passage) or misplaced(sentence, passage, around):
        return 0.0
    return 0.5 * share + 0.5 * max(cosine, 0.0)


def share_said(sentence: str, passage: str, around: str = "") -> float:
    """The share of a sentence's words that some three sentences of a passage have which also have
    all its numbers, dates and names: words from far apart say something else."""
    said = content_words(sentence)
    best = 0.0
    for text, there in _windows(passage):
        share = sum(word in there for word in said) / max(1, len(said))
        if share > best and not missing(sentence, text, around):
            best = share
    return best


@lru_cache(maxsize=256)
def _windows(passage: str) -> tuple[tuple[str, frozenset[str]], ...]:
    """Each run of so many sentences, and its words; a table whole, whose first row names cells."""
    if is_table(passage):
        return ((passage, frozenset(content_words(passage))),)
    parts = sentences_within(passage)
    runs = [parts[n : n + _TOGETHER] for n in range(max(1, len(parts) - _TOGETHER + 1))]
    texts = [passage[run[0].start : run[-1].end] for run in runs if run] or [passage]
    return tuple((text, frozenset(content_words(text))) for text in texts)


def cite(
    text: str, passages: Sequence[str], similar: Similar, around: Sequence[str] = ()
) -> tuple[str, set[int]]:
    """Put [n] (from 1) behind every sentence that a passage carries.

    `similar(sentences, passages)` gives cosines; around: what stands over each passage. Returns the
    marked text and the numbers used.
    """
    text = without_markers(text)
    parts = sentences(text)
    if not parts or not passages:
        return text, set()
    cosines = similar([p.text for p in parts], list(passages))
    marked, used, at = [], set(), 0
    for part, row in zip(parts, cosines, strict=True):
        scored = [
            support(part.text, p, c, above)
            for p, c, above in zip(passages, row, around or [""] * len(passages), strict=True)
        ]
        number = max(range(len(scored)), key=lambda n: (scored[n], -n))
        if scored[number] > 0:
            # Behind the bar that ends a row of a table it would be one cell too many.
            place = part.start + _end(part.text)
            marked.append(f"{text[at:place]} [{number + 1}]")
            at = place
            used.add(number + 1)
    marked.append(text[at:])
    return "".join(marked), used


def _end(sentence: str) -> int:
    """Where the marker of a sentence stands: before its end mark, behind what closes before that
    (brackets, quotes, bold)."""
    said = len(sentence.rstrip(_ENDS))
    closing = _CLOSING.match(sentence, said)
    return closing.end() if closing else said


def heading_of(passage: Passage) -> str:
    """Title and headings that a passage stands under."""
    return " > ".join((passage.title, *passage.heading))


def surely_cited(marked: str, passages: Sequence[str], question: str) -> str:
    """A text marked by `cite` without the markers of sentences that say much besides their passage
    and the question: of what a tiny model adds, hardly anything is true."""
    kept, at = [], 0
    asked = {*content_words(question), *_OF_TEXTS}
    for part in sentences(marked):
        marker = MARKER.search(part.text)
        if marker is None:
            continue
        there = asked.union(content_words(passages[int(_NUMBER.findall(marker[0])[0]) - 1]))
        said = [word for word in content_words(without_markers(part.text)) if word not in _OF_TEXTS]
        if sum(word in there for word in said) < _SURELY_NEEDED * len(said):
            kept.append(marked[at : part.start] + without_markers(part.text))
            at = part.end
    return "".join(kept) + marked[at:]


def cited_only(marked: str) -> tuple[str, int]:
    """A text marked by `cite` without the sentences that no passage carries, and how many went."""
    kept, at, dropped = [], 0, 0
    for part in sentences(marked):
        if not MARKER.search(part.text):
            kept.append(marked[at : part.start])
            at = part.end
            dropped += 1
    kept.append(marked[at:])
    lines = (re.sub(r"  +", " ", line).rstrip() for line in "".join(kept).splitlines())
    # What is left of a list item whose sentence went is its sign.
    text = "\n".join("" if re.fullmatch(r"\s*(?:[#>*-]+|\d+\.)?", line) else line for line in lines)
    return re.sub(r"\n{3,}", "\n\n", text).strip(), dropped


def uncited(marked: str) -> list[str]:
    """The sentences of a text marked by `cite` that no passage carries."""
    return [part.text for part in sentences(marked) if not MARKER.search(part.text)]


def best_quote(
    question: str, passages: Sequence[str], similar: Similar, longest: int = 400
) -> Quote | None:
    """The sentence of the passages that says most about the question: nearest in meaning, with
    most of its words. None when there is no sentence."""
    asked = set(content_words(question))
    options = [
        Quote(" ".join(part.text.split()), number)
        for number, passage in enumerate(passages, 1)
        for part in sentences_within(passage)
        if 20 <= len(part.text) <= longest
    ]
    if not options:
        return None
    (cosines,) = similar([question], [option.text for option in options])
    words = [set(content_words(option.text)) for option in options]
    # A word that stands in every sentence says nothing about which of them answers.
    weights = {w: math.log1p(len(words) / (1 + sum(w in each for each in words))) for w in asked}
    whole = sum(weights.values()) or 1.0

    def worth(index: int) -> float:
        return cosines[index] + sum(weights[w] for w in words[index] & asked) / whole

    return options[max(range(len(options)), key=worth)]


def says(text: str, quote: str) -> bool:
    """Whether a text holds most of what a quote says, so that quoting it adds nothing."""
    words = set(content_words(quote))
    return len(words & set(content_words(text))) >= _SAME_NEEDED * len(words)
