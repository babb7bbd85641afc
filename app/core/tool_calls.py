"""Reads the calls of tools out of what a model wrote, in the forms of the common families.

Hermes and Qwen write `<tool_call>{"name": ..., "arguments": {...}}</tool_call>`, Llama 3 a bare
JSON object (with "parameters"), at times after `<|python_tag|>`, Mistral `[TOOL_CALLS][{...}]` or
`[TOOL_CALLS]name[ARGS]{...}`. Model output is hostile input: sizes, depth and number are bounded,
and what is not a call of a tool that was offered is text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence

from app.core.types import ToolCall

MOST_CALLS = 4
_MOST_CHARACTERS = 32_000
_MOST_ARGUMENTS = 4_000
_HERMES, _MISTRAL, _LLAMA = "<tool_call>", "[TOOL_CALLS]", "<|python_tag|>"
MARKS = (_HERMES, _MISTRAL, _LLAMA)
_TAGGED = re.compile(r"<tool_call>(.*?)(?:</tool_call>|\Z)", re.DOTALL)
_NAMED = re.compile(r"\s*([\w.-]{1,64})\s*(?:\[CALL_ID\]\w{0,32})?(?:\[ARGS\])?\s*(?=\{)")


def parse(text: str, offered: Sequence[str]) -> tuple[str, tuple[ToolCall, ...]]:
    """What is said besides, and the calls of tools among `offered`; no calls: all is said."""
    said, found = text[:_MOST_CHARACTERS], []
    if _HERMES in said:
        found = [call for body in _TAGGED.findall(said) for call in _calls(body)]
        said = _TAGGED.sub("", said)
    elif _MISTRAL in said:
        said, _, body = said.partition(_MISTRAL)
        found = list(_calls(body.replace(_MISTRAL, "\n")))
    elif _LLAMA in said or said.lstrip()[:1] in ("{", "["):
        before, mark, body = said.partition(_LLAMA)
        found = list(_calls(body if mark else said))
        said = before if mark else ""
    calls = tuple(call for call in found if call.name in offered)[:MOST_CALLS]
    return (said.strip(), calls) if calls else (text, ())


def without_calls(text: str) -> str:
    """What is left of a last answer that still calls, or was stopped in the middle of a call."""
    text = _TAGGED.sub("", text)
    for mark in (_MISTRAL, _LLAMA):
        text = text.partition(mark)[0]
    return text.strip()


def may_be_call(text: str) -> bool:
    """Whether an answer that begins so, or goes on so, may become a call: it is not shown yet."""
    begun = text.lstrip()
    if begun[:1] in ("{", "["):
        return True
    return any(mark in text or _ends_with_part(text, mark) for mark in MARKS)


def _ends_with_part(text: str, mark: str) -> bool:
    return any(text.endswith(mark[:length]) for length in range(1, len(mark)))


def _calls(body: str) -> Iterator[ToolCall]:
    """Calls in a row: objects, lists of them, or names with their arguments."""
    decoder, at = json.JSONDecoder(), 0
    for _ in range(4 * MOST_CALLS):
        named = _NAMED.match(body, at)
        at = named.end() if named else at + len(body[at:]) - len(body[at:].lstrip(" \n\r\t,;"))
        try:
            value, at = decoder.raw_decode(body, at)
        except (ValueError, RecursionError):
            return
        if named:
            value = {"name": named.group(1), "arguments": value}
        for each in value if isinstance(value, list) else [value]:
            if call := _call(each):
                yield call


def _call(value: object) -> ToolCall | None:
    if not isinstance(value, dict):
        return None
    inner = value.get("function")
    value = inner if isinstance(inner, dict) else value
    arguments = value.get("arguments", value.get("parameters", {}))
    if isinstance(arguments, str):
        try:
            arguments = json.loads(arguments)
        except (ValueError, RecursionError):
            return None
    name = value.get("name")
    if not isinstance(name, str) or not isinstance(arguments, dict):
        return None
    try:
        text = json.dumps(arguments, ensure_ascii=False)
    except RecursionError:
        return None
    return ToolCall(name, text) if len(text) <= _MOST_ARGUMENTS else None
