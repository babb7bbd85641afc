"""Conversations as OpenAI's fine-tuning takes them: {"messages": [{"role", "content"}, ...]}.

Limits: text only; a record with calls of tools or pictures is turned away by name.
"""

from __future__ import annotations

from typing import Any

from app.core.messages import Turn
from app.services.dataset.formats._base import Unusable, conversation, dialogue
from app.services.dataset.formats._json import JsonFormat
from app.services.dataset.types import Draft

_ROLES = {"developer": "system"}


class _OpenAI(JsonFormat):
    name = "openai"
    title = "OpenAI messages"

    def recognises(self, record: dict[str, Any]) -> int:
        return 10 if isinstance(record.get("messages"), list) else 0

    def draft(self, record: dict[str, Any]) -> Draft:
        messages = record["messages"]
        if not isinstance(messages, list):
            raise Unusable("its 'messages' are not a list")
        return Draft(conversation([_turn(message) for message in messages]))

    def record(self, draft: Draft) -> dict[str, Any]:
        dialogue(draft)
        return {"messages": [{"role": t.role, "content": t.content} for t in draft.turns]}


def _turn(message: object) -> Turn:
    if not isinstance(message, dict):
        raise Unusable("a message is not an object")
    said_by = message.get("role")
    if not isinstance(said_by, str):
        raise Unusable("a message has no role")
    role = _ROLES.get(said_by, said_by)
    if role in ("tool", "function") or message.get("tool_calls") or message.get("function_call"):
        raise Unusable("it has a call of a tool, which Loam can't learn from")
    return Turn(role, _content(message.get("content")))


def _content(content: object) -> str:
    if isinstance(content, str):
        return content
    if content is None:
        raise Unusable("a message has no content")
    if not isinstance(content, list):
        raise Unusable("the content of a message is not text")
    parts = []
    for part in content:
        if not isinstance(part, dict) or not isinstance(part.get("text"), str):
            raise Unusable("a message has a picture or another part that is not text")
        parts.append(part["text"])
    return "".join(parts)


FORMAT = _OpenAI()
