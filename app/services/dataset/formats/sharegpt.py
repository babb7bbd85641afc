"""Conversations in the ShareGPT layout: {"conversations": [{"from", "value"}, ...]}.

The pieces of one long conversation, which ShareGPT numbers ('QWJhYvA_0', 'QWJhYvA_1'), become one
group. Other ids say nothing of what belongs together.
"""

from __future__ import annotations

import re
from typing import Any

from app.core.messages import Turn
from app.services.dataset.formats._base import Unusable, conversation, dialogue
from app.services.dataset.formats._json import JsonFormat, optional
from app.services.dataset.types import Draft

_FROM = {
    "human": "user",
    "user": "user",
    "gpt": "assistant",
    "assistant": "assistant",
    "chatgpt": "assistant",
    "bard": "assistant",
    "bing": "assistant",
    "system": "system",
}
_TO = {"user": "human", "assistant": "gpt", "system": "system"}
_PIECE = re.compile(r"(?=[a-z0-9]*[A-Z0-9])([A-Za-z0-9]{7})_\d+")


class _ShareGpt(JsonFormat):
    name = "sharegpt"
    title = "ShareGPT conversations"

    def recognises(self, record: dict[str, Any]) -> int:
        turns = record.get("conversations", record.get("conversation"))
        return 10 if isinstance(turns, list) else 0

    def draft(self, record: dict[str, Any]) -> Draft:
        turns = record.get("conversations", record.get("conversation"))
        if turns is None:
            raise KeyError("conversations")
        if not isinstance(turns, list):
            raise Unusable("its 'conversations' are not a list")
        said = [_turn(turn) for turn in turns]
        system = optional(record, "system")
        if system and not (said and said[0].role == "system"):
            said.insert(0, Turn("system", system))
        piece = _PIECE.fullmatch(record["id"]) if isinstance(record.get("id"), str) else None
        own = record.get("group")
        return Draft(conversation(said), group=piece[1] if piece and not own else "")

    def record(self, draft: Draft) -> dict[str, Any]:
        dialogue(draft)
        turns = [{"from": _TO[turn.role], "value": turn.content} for turn in draft.turns]
        return {"conversations": turns}


def _turn(turn: object) -> Turn:
    if not isinstance(turn, dict):
        raise Unusable("a message is not an object")
    who = turn.get("from", turn.get("role"))
    said = turn.get("value", turn.get("content"))
    if not isinstance(who, str):
        raise Unusable("a message does not say whom it is from")
    if not isinstance(said, str):
        raise Unusable("a message has no text")
    if who.lower() not in _FROM:
        raise Unusable(f"it has a message from {who[:40]!r}, which Loam can't use")
    return Turn(_FROM[who.lower()], said)


FORMAT = _ShareGpt()
