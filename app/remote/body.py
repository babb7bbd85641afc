"""The request that a server gets: the OpenAI API, and what servers of each kind know beyond it.

A penalty is sent only where a person chose another than the usual one: servers count the prompt
in, so that it also punishes the words of the question and of the documents.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from app.core.errors import BadInput, BadPicture
from app.core.messages import Generate, Turn
from app.core.servernames import SAMPLERS
from app.core.types import Sampling, ToolSpec

_USUAL_PENALTY = Sampling().repeat_penalty


def body(
    request: Generate, model: str, kind: str, turns: Sequence[Turn], most: int, bare: bool
) -> bytes:
    """turns: what goes of the conversation; most: tokens of an answer, 0 for no limit; bare: only
    what every server must know. Errors: BadInput when the server can't hold an answer to a form."""
    sampling = request.sampling
    asked: dict[str, Any] = {"model": model, "stream": True}
    if request.turns:
        asked["messages"] = _messages(turns)
        if request.tools and not bare:
            asked["tools"] = [_tool(each) for each in request.tools]
        if request.prefill:
            asked["messages"].append({"role": "assistant", "content": request.prefill})
            if kind == "vllm":
                asked.update(continue_final_message=True, add_generation_prompt=False)
    else:
        asked["prompt"] = (request.prompt + request.prefill) or "\n"
    asked.update(_form(request, kind))
    if most:
        asked["max_tokens"] = most
    if bare:
        return json.dumps(asked).encode()
    asked["stream_options"] = {"include_usage": True}
    asked["temperature"] = max(0.0, sampling.temperature)
    if 0 < sampling.top_p < 1 and sampling.temperature > 0:
        asked["top_p"] = sampling.top_p
    if sampling.seed >= 0:
        asked["seed"] = sampling.seed & 0x7FFFFFFF
    if request.stop:
        asked["stop"] = list(request.stop[:4])
    asked.update(_beyond(sampling, kind))
    if kind == "llama.cpp":
        asked.update(return_progress=True, cache_prompt=True)
    return json.dumps(asked).encode()


def _beyond(sampling: Sampling, kind: str) -> dict[str, float]:
    """What a kind of server takes besides what all do, by its own names."""
    names = SAMPLERS.get(kind, {})
    made = {}
    if sampling.temperature > 0:
        made = {names[own]: getattr(sampling, own) for own in ("top_k", "min_p") if own in names}
    if "repeat_penalty" in names and sampling.repeat_penalty != _USUAL_PENALTY:
        made[names["repeat_penalty"]] = sampling.repeat_penalty
    return made


def _messages(turns: Sequence[Turn]) -> list[dict[str, Any]]:
    """Turns as the API has them; each answer of a tool names the call that it answers."""
    made: list[dict[str, Any]] = []
    waiting: list[str] = []
    for number, turn in enumerate(turns):
        message: dict[str, Any] = {"role": turn.role, "content": _content(turn)}
        if turn.calls:
            waiting = [f"call_{number}_{place}" for place in range(len(turn.calls))]
            message["tool_calls"] = [
                {
                    "id": name,
                    "type": "function",
                    "function": {"name": call.name, "arguments": call.arguments},
                }
                for name, call in zip(waiting, turn.calls, strict=True)
            ]
        elif turn.role == "tool":
            message["tool_call_id"] = waiting.pop(0) if waiting else f"call_{number}"
        made.append(message)
    return made


def _content(turn: Turn) -> str | list[dict[str, Any]]:
    """Text, or with pictures a list of parts: those that go are in it, none is fetched from here.
    Errors: BadPicture when one has gone."""
    if not turn.pictures:
        return turn.content
    parts: list[dict[str, Any]] = [
        {"type": "image_url", "image_url": {"url": _data_url(Path(each))}} for each in turn.pictures
    ]
    return [*parts, {"type": "text", "text": turn.content}] if turn.content else parts


def _data_url(path: Path) -> str:
    try:
        encoded = base64.b64encode(path.read_bytes()).decode()
    except OSError as error:
        raise BadPicture(repr(error), name=path.name, reason="it can't be opened") from error
    return f"data:image/{'jpeg' if path.suffix == '.jpg' else 'png'};base64,{encoded}"


def _tool(tool: ToolSpec) -> dict[str, Any]:
    described = {"name": tool.name, "description": tool.description}
    return {
        "type": "function",
        "function": {**described, "parameters": json.loads(tool.parameters)},
    }


def _form(request: Generate, kind: str) -> dict[str, Any]:
    form = request.form
    if not form:
        return {}
    if form.grammar.strip():
        if kind != "llama.cpp":
            problem = "Only servers of llama.cpp hold answers to a grammar. Use a JSON schema."
            raise BadInput(problem=problem)
        return {"grammar": form.grammar}
    try:
        schema = json.loads(form.schema)
    except (ValueError, RecursionError):
        raise BadInput(problem="The JSON schema is no JSON.") from None
    if schema == {}:
        return {"response_format": {"type": "json_object"}}
    described = {"name": "answer", "schema": schema, "strict": True}
    return {"response_format": {"type": "json_schema", "json_schema": described}}
