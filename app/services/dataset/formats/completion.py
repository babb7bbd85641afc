"""A prompt and its completion: {"prompt", "completion"}, as text or as messages."""

from __future__ import annotations

from typing import Any

from app.core.messages import Turn
from app.services.dataset.formats._base import Unusable, conversation, exchange, single
from app.services.dataset.formats._json import JsonFormat, optional, text_of
from app.services.dataset.types import Draft

_PAIRS = (("prompt", "completion"), ("prompt", "response"), ("question", "answer"))


class _Completion(JsonFormat):
    name = "completion"
    title = "Prompt and completion"

    def recognises(self, record: dict[str, Any]) -> int:
        return 9 if any(set(pair) <= record.keys() for pair in _PAIRS) else 0

    def draft(self, record: dict[str, Any]) -> Draft:
        asked, answered = next((p for p in _PAIRS if set(p) <= record.keys()), _PAIRS[0])
        if isinstance(record.get(asked), list) and isinstance(record.get(answered), list):
            return Draft(conversation(map(_turn, [*record[asked], *record[answered]])))
        question, answer = text_of(record, asked), text_of(record, answered)
        return Draft(exchange(question, answer, optional(record, "system")))

    def record(self, draft: Draft) -> dict[str, Any]:
        system, question, answer = single(draft)
        record = {"prompt": question, "completion": answer}
        return record | ({"system": system} if system else {})


def _turn(message: object) -> Turn:
    match message:
        case {"role": str(role), "content": str(content)}:
            return Turn(role, content)
    raise Unusable("a message has no role or no text")


FORMAT = _Completion()
