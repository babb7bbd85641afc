"""What of a conversation goes to a server, so that it fits there.

Tokens are only reckoned: three letters are taken for one at first, which is too many nearly
always; how many a server counted for the last prompt corrects that.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from app.core.messages import Turn

_TURN_COST = 8  # tokens that a template adds to a turn, about
_PICTURE = 1000  # tokens of a picture, about; models take 64 to 4,000
_ROOM = 512  # tokens kept free for an answer without a limit
_FIRST = 3.0  # bytes of a token, on the safe side
_LEAST, _MOST = 1.5, 4.5
_MARGIN = 0.9
_LONG_ENOUGH = 200  # tokens of a prompt from which its server's count says something
_THOUGHT = re.compile(r"\A\s*<think>.*?(?:</think>\s*|\Z)", re.DOTALL)


class Measure:
    """How many bytes a token of one model has, learnt from what its server counts."""

    def __init__(self) -> None:
        self.bytes_per_token = _FIRST

    def learn(self, turns: Sequence[Turn], tokens: int) -> None:
        """A server counted so many for these turns."""
        # How much of it pictures took is not known.
        if tokens >= _LONG_ENOUGH and not any(turn.pictures for turn in turns):
            net = max(1, tokens - _TURN_COST * len(turns))
            ratio = sum(len(_all_of(turn).encode()) for turn in turns) / net
            self.bytes_per_token = min(_MOST, max(_LEAST, ratio * _MARGIN))

    def tokens(self, text: str) -> int:
        """What a text comes to, rather too much than too little."""
        return round(len(text.encode()) / self.bytes_per_token) + 1

    def of(self, turns: Sequence[Turn]) -> int:
        """What turns come to, with what stands around them."""
        return sum(
            self.tokens(_all_of(turn)) + _TURN_COST + _PICTURE * len(turn.pictures)
            for turn in turns
        )


def room(context: int, max_tokens: int) -> int:
    """Tokens of a prompt that leave room for an answer."""
    return context - min(max_tokens or _ROOM, _ROOM, context // 4)


def fitting(turns: Sequence[Turn], most: int, measure: Measure) -> Sequence[Turn]:
    """The turns without as many of the oldest as are too much for `most` tokens; the system turn
    and the last one always stay."""
    head = list(turns[:1]) if len(turns) > 1 and turns[0].role == "system" else []
    others = list(turns[len(head) :])
    while len(others) > 1 and measure.of([*head, *others]) > most:
        others.pop(0)
        # An answer whose question is gone would only confuse; servers may refuse it too.
        while len(others) > 1 and others[0].role in ("assistant", "tool"):
            others.pop(0)
    return [*head, *others]


def without_thoughts(turns: Sequence[Turn]) -> Sequence[Turn]:
    """Earlier answers as they are told to a model: what it thought before them is not."""
    return [
        replace(turn, content=_THOUGHT.sub("", turn.content)) if turn.role == "assistant" else turn
        for turn in turns
    ]


def _all_of(turn: Turn) -> str:
    return turn.content + "".join(call.name + call.arguments for call in turn.calls)
