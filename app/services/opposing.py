"""What in a passage speaks against a sentence that has its words: a 'not', a number said of
something else."""

from __future__ import annotations

import re

from app.core.sentences import content_words, sentences
from app.services.literals import Kind, Literal, literals, numbers_in, values_of

_NOT = re.compile(
    r"\b(?:not|never|no|none|nor|neither|nothing|nobody|without|cannot)\b|n['’]t\b", re.I
)
_NEAR = 4  # content words on each side of a number that say what it is said of
_SHARED = 1 / 3


def denied(sentence: str, passage: str) -> bool:
    """Whether a sentence has a 'not' that what is most like it in a passage does not have. The
    other way round escapes: a passage may well say more than the sentence."""
    if not _NOT.search(sentence):
        return False
    said = set(content_words(sentence))
    # Where a line ends says nothing about sentences in a passage.
    parts = [part.text for part in sentences(" ".join(passage.split()))]
    nearest = max(parts, key=lambda part: len(said & set(content_words(part))), default="")
    return not _NOT.search(nearest)


def misplaced(sentence: str, passage: str, around: str = "") -> tuple[Literal, ...]:
    """The numbers of a sentence that a passage has, but says of something else: no sentence of the
    passage that has the number shares a third of the words around it. around: as
    `literals.missing`. Of sentences with a number of their passage put in another's place (XQuAD,
    SciFact, Cranfield) it finds three of four, and doubts no true one; of true answers told in
    other words it doubts one in twenty-five."""
    numbers = [each for each in literals(sentence) if each.kind is Kind.NUMBER]
    if not numbers:
        return ()
    above = set(content_words(around))
    parts = [part.text for part in sentences(" ".join(passage.split()))]
    found = [(numbers_in(part), above | set(content_words(part))) for part in parts]

    def elsewhere(number: Literal) -> bool:
        near = _near(sentence, number)
        values = values_of(number.text)
        having = [words for has, words in found if not values.isdisjoint(has)]
        if not near or not having:
            return False
        return all(len(near & words) < _SHARED * len(near) for words in having)

    return tuple(each for each in numbers if elsewhere(each))


def _near(sentence: str, number: Literal) -> set[str]:
    before = content_words(sentence[: number.start])[-_NEAR:]
    after = content_words(sentence[number.end :])[:_NEAR]
    return {word for word in (*before, *after) if not word[0].isdigit()}
