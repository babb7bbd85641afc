"""The engine's worker with a model that calls the search before it answers: no model that fits a
test does so by itself. Its answers are the real model's."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from app.core.messages import Generate, Generated, Inspected, Token
from app.core.types import GenerationStats, Status
from app.engine import worker

NEVER = "Just say hello."
"""A question for which it does not search."""
ALWAYS = "Search on and on."
"""One for which it never stops to."""


class Worker(worker.Worker):
    """Handler of the child."""

    def _answer(self, request: Any, cancelled: Callable[[], bool]) -> Iterator[Any]:
        for event in super()._answer(request, cancelled):
            if isinstance(event, Inspected):
                event = Inspected(replace(event.info, calls_tools=True))
            yield event

    def _generate(self, request: Generate, cancelled: Callable[[], bool]) -> Iterator[Any]:
        asked = next(turn.content for turn in reversed(request.turns) if turn.role == "user")
        searched = sum(turn.role == "tool" for turn in request.turns)
        if not request.tools or asked == NEVER or (searched and asked != ALWAYS):
            yield from super()._generate(request, cancelled)
            return
        call = {"name": request.tools[0].name, "arguments": {"query": asked}}
        for piece in ("<tool", "_call>", json.dumps(call), "</tool_call>"):
            yield Token(piece)
        yield Generated(Status.COMPLETE, GenerationStats(0, 0, 0, 0.0, 0.0, 0, 0))
