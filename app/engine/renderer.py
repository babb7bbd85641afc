"""The child that renders chat templates: Jinja that came with a model file and may be hostile.

The sandbox keeps a template from Python's insides; this process being apart keeps it from memory
and time: its address space and processor time are limited, and the engine ends it when an answer
takes too long. It knows nothing but the request.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

from app.core.errors import BadTemplate

if TYPE_CHECKING:  # the engine takes Render from here, and renders nothing itself
    from jinja2.sandbox import ImmutableSandboxedEnvironment

_MEMORY = 512 << 20
_SECONDS = 1  # of a processor, up to one more for rounding
_OUTPUT_FACTOR = 4
_OUTPUT_LEAST = 1 << 20


@dataclass(frozen=True, slots=True)
class Render:
    """A template and what it is given. Events: one Rendered. Errors: BadTemplate, whose detail is
    'refused' when the template itself objects to the conversation. calls: for each turn the tools
    that it called, as a JSON list, or ''; tools: those there are, as a JSON list, or ''. parts:
    a turn's text is given as a list of one part, which some templates of models that see want."""

    template: str
    turns: tuple[tuple[str, str], ...]
    bos: str
    eos: str
    calls: tuple[str, ...] = ()
    tools: str = ""
    parts: bool = False


@dataclass(frozen=True, slots=True)
class Rendered:
    text: str


class Worker:
    """Handler of the child."""

    parallel = 1

    def __init__(self, _: object) -> None:
        import jinja2.ext
        import jinja2.sandbox  # noqa: F401  # before memory is limited

        self._compiled: tuple[str, Any] | None = None
        _limit("RLIMIT_AS", _address_space() + _MEMORY)

    def handle(self, request: Render, cancelled: Callable[[], bool]) -> Iterator[Rendered]:
        """Render once."""
        from jinja2.exceptions import SecurityError, TemplateError

        _limit("RLIMIT_CPU", math.ceil(time.process_time()) + _SECONDS)
        try:
            yield Rendered(self._render(request))
        except _Refused as error:
            raise BadTemplate("refused", reason=str(error)[:200]) from None
        except SecurityError as error:
            raise BadTemplate(repr(error)[:500], reason="it is not allowed to do that") from None
        except TemplateError as error:
            raise BadTemplate(repr(error)[:500], reason="it has an error") from None
        except MemoryError:
            raise BadTemplate(reason="it makes too much text") from None
        except Exception as error:
            raise BadTemplate(repr(error)[:500], reason="it has an error") from None

    def close(self) -> None:
        """Nothing is open."""

    def _render(self, request: Render) -> str:
        if self._compiled is None or self._compiled[0] != request.template:
            self._compiled = (request.template, _environment().from_string(request.template))
        messages: list[dict[str, Any]] = [
            {"role": role, "content": _parts(content) if request.parts else content}
            for role, content in request.turns
        ]
        for message, calls in zip(messages, request.calls, strict=False):
            if calls:
                _add_calls(message, calls)
        given = sum(len(content) for _, content in request.turns)
        given += sum(map(len, request.calls)) + 4 * len(request.tools)
        longest = _OUTPUT_LEAST + _OUTPUT_FACTOR * given
        parts: list[str] = []
        length = 0
        pieces = self._compiled[1].generate(
            messages=messages,
            bos_token=request.bos,
            eos_token=request.eos,
            add_generation_prompt=True,
            tools=json.loads(request.tools) if request.tools else None,
            documents=None,
        )
        for piece in pieces:
            length += len(piece)
            if length > longest:
                raise MemoryError
            parts.append(piece)
        return "".join(parts)


def _parts(content: str) -> list[dict[str, str]]:
    return [{"type": "text", "text": content}]


def _add_calls(message: dict[str, Any], calls: str) -> None:
    """As the templates of Hermes, Llama and Mistral expect them; a turn of a tool gets its name."""
    if message["role"] == "tool":
        message["name"], message["tool_call_id"] = json.loads(calls)
        return
    message["tool_calls"] = [
        {"id": call_id, "type": "function", "function": {"name": name, "arguments": arguments}}
        for call_id, name, arguments in json.loads(calls)
    ]


class _Refused(Exception):
    """Raised by a template that does not accept the conversation."""


def _environment() -> ImmutableSandboxedEnvironment:
    from jinja2.ext import loopcontrols
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    environment = ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=[loopcontrols]
    )
    environment.filters["tojson"] = _to_json
    environment.globals["raise_exception"] = _refuse
    environment.globals["strftime_now"] = time.strftime
    return environment


def _to_json(
    value: object,
    ensure_ascii: bool = False,
    indent: int | None = None,
    separators: tuple[str, str] | None = None,
    sort_keys: bool = False,
) -> str:
    # Jinja's own escapes HTML, which the models were not trained on.
    return json.dumps(
        value,
        ensure_ascii=ensure_ascii,
        indent=indent,
        separators=separators,
        sort_keys=sort_keys,
    )


def _refuse(message: str) -> NoReturn:
    raise _Refused(message)


def _address_space() -> int:
    """Bytes of address space that this process has now."""
    try:
        with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123
            return int(file.read().split()[0]) * 4096
    except OSError:
        return 1 << 30


def _limit(name: str, value: int) -> None:
    """Lower a soft limit, where the system has it."""
    try:
        import resource
    except ImportError:
        return
    which = getattr(resource, name)
    hard = resource.getrlimit(which)[1]
    if hard == resource.RLIM_INFINITY or value < hard:
        resource.setrlimit(which, (value, hard))
