"""Tools and their calls as chat templates take them: JSON, with an id for each call."""

from __future__ import annotations

import json
from collections.abc import Sequence

from app.core.messages import Turn
from app.core.types import ToolSpec


def tools_as_json(tools: Sequence[ToolSpec]) -> str:
    """The list that a template gets as `tools`; '' for none."""
    if not tools:
        return ""
    told = [
        {
            "type": "function",
            "function": {
                "name": tool.name,
                "description": tool.description,
                "parameters": json.loads(tool.parameters),
            },
        }
        for tool in tools
    ]
    return json.dumps(told, ensure_ascii=False)


def calls_as_json(turns: Sequence[Turn]) -> tuple[str, ...]:
    """For each turn what it called: [[id, name, arguments], ...]; for a tool's turn the name and id
    of the call that it answers; '' for others. Ids have nine letters and digits, as Mistral's
    templates insist."""
    found, waiting, count = [], list[tuple[str, str]](), 0
    for turn in turns:
        entry = ""
        if turn.role == "tool" and waiting:
            call_id, name = waiting.pop(0)
            entry = json.dumps([name, call_id])
        elif turn.calls:
            waiting, listed = [], []
            for call in turn.calls:
                count += 1
                waiting.append((f"call{count:05d}", call.name))
                listed.append([f"call{count:05d}", call.name, json.loads(call.arguments)])
            entry = json.dumps(listed, ensure_ascii=False)
        found.append(entry)
    return tuple(found)
