"""The text of an answer out of the pieces that a server sends, whatever it calls them."""

from __future__ import annotations

import json
import math
from typing import Any

from app.core.types import GenerationStats
from app.remote.replies import number, sound

_THOUGHTS = ("reasoning_content", "reasoning")
_MOST_CALLS = 8
_LONGEST_CALL = 8000  # characters


class Pieces:
    """Puts thoughts into <think> tags as models here write them, and leaves out the beginning that
    was given when a server says it again. finish: why the answer ended, '' until it has."""

    def __init__(self, prefill: str) -> None:
        self._expected = prefill
        self._held = ""
        self._thinking = False
        self.finish = ""
        self.count = 0
        self._calls: dict[int, tuple[str, str]] = {}
        self._usage: dict[str, Any] = {}
        self._timings: dict[str, Any] = {}

    def take(self, event: dict[str, Any]) -> str:
        """The text that an event adds to the answer."""
        for name, kept in (("usage", self._usage), ("timings", self._timings)):
            found = event.get(name)
            if isinstance(found, dict):
                kept.update(found)
        choices = event.get("choices")
        choice = choices[0] if isinstance(choices, list) and choices else None
        if not isinstance(choice, dict):
            return ""
        if isinstance(choice.get("finish_reason"), str):
            self.finish = choice["finish_reason"]
        said = choice.get("delta") or choice.get("message")
        if not isinstance(said, dict):
            return self._said(_text(choice.get("text")), "")
        self._take_calls(said.get("tool_calls"))
        thought = next((text for name in _THOUGHTS if (text := _text(said.get(name)))), "")
        return self._said(_text(said.get("content")), thought)

    def rest(self) -> str:
        """What was held back, at the end, and the calls of tools as models here write them."""
        held, self._held = self._held, ""
        if self._thinking:
            self._thinking = False
            held += "\n</think>\n"
        for name, arguments in self._calls.values():
            call = f'{{"name": {json.dumps(name)}, "arguments": {arguments or "{}"}}}'
            held += f"<tool_call>\n{call}\n</tool_call>\n"
        self._calls.clear()
        return held

    def progress(self, event: dict[str, Any]) -> tuple[int, int]:
        """(tokens read, of all) of a prompt, (0, 0) where nothing is told."""
        told = event.get("prompt_progress")
        if not isinstance(told, dict):
            return 0, 0
        return number(told.get("processed")), number(told.get("total"))

    def stats(self, reckoned: int, context: int, reading: float, writing: float) -> GenerationStats:
        """What the answer cost: as the server counts it, else as reckoned. reading, writing:
        seconds until the first word and from there on."""
        usage, timings = self._usage, self._timings
        details = usage.get("prompt_tokens_details")
        cached = number(details.get("cached_tokens")) if isinstance(details, dict) else 0
        prompt = number(usage.get("prompt_tokens")) or reckoned
        answer = number(usage.get("completion_tokens")) or self.count
        fresh = max(0, prompt - cached)
        return GenerationStats(
            prompt_tokens=prompt,
            prompt_cached=min(cached, prompt),
            answer_tokens=answer,
            prompt_rate=_rate(timings.get("prompt_per_second")) or fresh / max(reading, 1e-3),
            answer_rate=_rate(timings.get("predicted_per_second")) or answer / max(writing, 1e-3),
            context_used=prompt + answer,
            context_length=context,
        )

    @property
    def prompt_tokens(self) -> int:
        """What the server counted for the prompt, 0 where it does not tell."""
        return number(self._usage.get("prompt_tokens"))

    def _take_calls(self, told: object) -> None:
        """Calls come in pieces too, each with the number of its call."""
        for piece in told if isinstance(told, list) else ():
            called = piece.get("function") if isinstance(piece, dict) else None
            place = number(piece.get("index")) if isinstance(piece, dict) else 0
            known = place in self._calls or len(self._calls) < _MOST_CALLS
            if not isinstance(called, dict) or not known:
                continue
            self.count += 1
            name, arguments = self._calls.get(place, ("", ""))
            arguments += _text(called.get("arguments"))
            self._calls[place] = (name or _text(called.get("name")), arguments[:_LONGEST_CALL])

    def _said(self, text: str, thought: str) -> str:
        made = ""
        if thought:
            self.count += 1
            made = thought if self._thinking else f"<think>\n{thought}"
            self._thinking = True
        if text:
            self.count += 1
            if self._thinking:
                made += "\n</think>\n\n"
                self._thinking = False
                text = text.lstrip("\n")
            made += self._new(text)
        return made

    def _new(self, text: str) -> str:
        """Without the prefill, if the answer begins with it."""
        if not self._expected:
            return text
        self._held += text
        if self._expected.startswith(self._held) and self._held != self._expected:
            return ""
        held, expected = self._held, self._expected
        self._held = self._expected = ""
        return held.removeprefix(expected)


def _text(value: object) -> str:
    return sound(value) if isinstance(value, str) else ""


def _rate(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return 0.0
    return float(value) if math.isfinite(value) and 0 < value < 1e6 else 0.0
