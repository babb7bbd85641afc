"""Texts with a label or entities: {"text", "label", "entities": [{"start", "end", "label"}]}.

A text with neither is plain text to go on learning from, or one still to be labelled.
"""

from __future__ import annotations

from typing import Any

from app.services.dataset.formats._base import Unusable, is_text, plain
from app.services.dataset.formats._json import JsonFormat, spans_of, text_of
from app.services.dataset.types import Draft

_LABELS = ("label", "category", "sentiment", "class")
_ENTITIES = ("entities", "spans")


class _Labelled(JsonFormat):
    name = "labelled"
    title = "Texts, with labels or entities"

    def recognises(self, record: dict[str, Any]) -> int:
        return 8 if isinstance(record.get("text"), str) else 0

    def draft(self, record: dict[str, Any]) -> Draft:
        label = next((record[key] for key in _LABELS if record.get(key) is not None), "")
        entities = next((record[key] for key in _ENTITIES if record.get(key) is not None), None)
        if isinstance(label, list) and entities is None:
            # Doccano keeps entities under the name of the label.
            label, entities = "", label
        if isinstance(label, (dict, list)):
            raise Unusable("its label is not a word")
        return Draft(plain(text_of(record, "text")), str(label).strip(), spans_of(entities))

    def record(self, draft: Draft) -> dict[str, Any]:
        if not is_text(draft):
            raise Unusable("it is a conversation, not a text")
        return {"text": draft.turns[0].content}


FORMAT = _Labelled()
