"""Tools that a model may call while it answers. All of Loam's are local."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ToolSpec:
    """What a model is told of a tool. parameters: the JSON schema of its arguments, as text."""

    name: str
    description: str
    parameters: str


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A call that a model wrote; arguments: a JSON object, as text."""

    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class ToolStep:
    """A call that was carried out for an answer. asked: what for, in plain words; found: titles of
    what it gave; problem: why it gave nothing, empty when it did."""

    name: str
    asked: str
    found: tuple[str, ...] = ()
    problem: str = ""
