"""Guesses what comes next from the text itself: answers repeat what stands before them.

Where the last tokens stood before, what followed them there is guessed to follow again. Costs a
look into a table for each token; good for answers from documents, code and lists.
"""

from __future__ import annotations

from collections.abc import Sequence

from app.engine.picture_tokens import next_picture

_KEY = 3  # tokens that must be the same
_LONGEST = 32  # how far back it is looked how much is the same


class Lookup:
    """Of one answer; `tokens` is its prompt."""

    def __init__(self, tokens: Sequence[int]) -> None:
        self._tokens: list[int] = []
        self._follows: dict[tuple[int, ...], int] = {}
        self.extend(tokens)

    def extend(self, tokens: Sequence[int]) -> None:
        """More of the text."""
        for token in tokens:
            # What follows the last ones is known only now: they are no guess for themselves.
            if len(self._tokens) >= _KEY:
                self._follows[tuple(self._tokens[-_KEY:])] = len(self._tokens)
            self._tokens.append(token)

    def guess(self, most: int) -> tuple[list[int], int]:
        """Up to `most` tokens that may follow, and how many before them were the same: 0 for no
        guess, at most 32."""
        at = self._follows.get(tuple(self._tokens[-_KEY:]), 0)
        if not at:
            return [], 0
        same, end = _KEY, len(self._tokens)
        while (
            same < _LONGEST
            and same < at
            and self._tokens[at - same - 1] == (self._tokens[end - same - 1])
        ):
            same += 1
        found = self._tokens[at : at + most]
        return found[: next_picture(found, 0, len(found))], same
