"""What the index is asked when a question leans on the conversation before it.

A question that points back ('it', 'and then', 'which one'), or says too little to be found by
itself, is searched together with the one before it. Limits: English; one question back; a model
that rewrites the question would do better than words, which the small ones do not.
"""

from __future__ import annotations

from collections.abc import Sequence

from app.core.sentences import content_words

_POINTING = frozenset(
    "it its he she they them their his her this that these those there then and but so".split()
)
_POINTING_ONES = ("which one", "which ones", "the same", "what else", "who else")
# How early a word must stand to point back rather than into the question itself.
_EARLY = 4
_FEWEST_WORDS = 4
_FEWEST_TELLING = 2
# Words that carry meaning elsewhere, but tell nothing of what a question is about.
_FILLING = frozenset("how much many long often take place get does cost happen mean about".split())


def leans(question: str) -> bool:
    """Whether a question can't stand alone."""
    words = [word.strip(".,?!'\"") for word in question.lower().split()]
    if len(words) < _FEWEST_WORDS or _POINTING.intersection(words[:_EARLY]):
        return True
    if any(phrase in " ".join(words) for phrase in _POINTING_ONES):
        return True
    telling = [word for word in content_words(question) if word not in _FILLING]
    return len(telling) < _FEWEST_TELLING


def search_text(question: str, earlier: Sequence[str]) -> str:
    """The question, with the last of the earlier ones when it can't stand alone."""
    return f"{earlier[-1]} {question}" if earlier and leans(question) else question
