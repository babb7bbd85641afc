"""Instructions in the Alpaca layout: {"instruction", "input", "output"}, with "system" and
"history" (earlier questions and answers) where they are given.

Instruction and input become one question, parted by a blank line; written out again, the whole
question stands in the instruction.
"""

from __future__ import annotations

from typing import Any

from app.core.messages import Turn
from app.services.dataset.formats._base import Unusable, conversation, dialogue
from app.services.dataset.formats._json import JsonFormat, optional, text_of
from app.services.dataset.types import Draft


class _Alpaca(JsonFormat):
    name = "alpaca"
    title = "Alpaca instructions"
    suffixes = (".json", ".jsonl", ".ndjson")

    def recognises(self, record: dict[str, Any]) -> int:
        return 10 if "instruction" in record and {"output", "response"} & record.keys() else 0

    def draft(self, record: dict[str, Any]) -> Draft:
        asked = [text_of(record, "instruction"), optional(record, "input", "context")]
        system = optional(record, "system")
        turns = [Turn("system", system)] if system else []
        for pair in record.get("history") or []:
            match pair:
                case [str(question), str(answer)]:
                    turns += [Turn("user", question), Turn("assistant", answer)]
                case _:
                    raise Unusable("its 'history' is not a list of questions and answers")
        turns.append(Turn("user", "\n\n".join(part for part in asked if part)))
        turns.append(Turn("assistant", text_of(record, "output", "response")))
        return Draft(conversation(turns))

    def record(self, draft: Draft) -> dict[str, Any]:
        system, turns = dialogue(draft)
        if turns[-1].role != "assistant":
            raise Unusable("it does not end with an answer")
        said = [turn.content for turn in turns]
        record: dict[str, Any] = {"instruction": said[-2], "input": "", "output": said[-1]}
        if system:
            record["system"] = system
        if said[:-2]:
            record["history"] = [list(pair) for pair in zip(said[:-2:2], said[1:-2:2], strict=True)]
        return record


FORMAT = _Alpaca()
