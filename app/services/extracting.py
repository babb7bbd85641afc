"""A summary without a model: the sentences of old messages that say most, as they were said.

For models too small to sum anything up. What says most is reckoned from numbers, names and telling
words; what the person said counts more than what a model answered. Limits: names are words with a
capital inside a sentence.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from app.core.messages import Turn
from app.core.sentences import content_words, sentences

_NUMBER = re.compile(r"\d+")
_NAME = re.compile(r"(?<=\w\s)[A-ZÄÖÜ]\w+")
_PERSON = 1.5
_LONGEST_SENTENCE = 240
_FEWEST_LETTERS = 12


def extract(turns: Sequence[Turn], most_characters: int) -> str:
    """The sentences that say most, in their order, none twice; at most so many characters."""
    found: dict[str, tuple[float, int]] = {}
    for turn in turns:
        for sentence in sentences(turn.content):
            text = " ".join(sentence.text.split())
            if _FEWEST_LETTERS <= len(text) <= _LONGEST_SENTENCE and text not in found:
                found[text] = (_weight(text, turn.role == "user"), len(found))
    chosen, left = [], most_characters
    for text, (_, place) in sorted(found.items(), key=lambda each: -each[1][0]):
        if len(text) + 1 <= left:
            chosen.append((place, text))
            left -= len(text) + 1
    return " ".join(text for _, text in sorted(chosen))


def _weight(sentence: str, by_person: bool) -> float:
    telling = len(set(content_words(sentence)))
    marks = len(_NUMBER.findall(sentence)) + len(_NAME.findall(sentence))
    asked = 0.3 if sentence.endswith("?") else 1.0  # a question says little
    return (telling + 3 * marks) * asked * (_PERSON if by_person else 1.0)
