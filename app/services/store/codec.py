"""Frozen dataclasses of core/types as JSON and back.

Unknown keys are left out and missing ones take their defaults, so that data written by another
version still opens.
"""

from __future__ import annotations

import dataclasses
import functools
import json
import sys
import types
import typing
from enum import Enum
from typing import Any, TypeVar, cast

from app.core import types as known_types

T = TypeVar("T")


def dump(value: Any) -> str:
    """JSON of a dataclass, or of a sequence of them."""
    if isinstance(value, (list, tuple)):
        return json.dumps([_plain(v) for v in value], ensure_ascii=False)
    return json.dumps(_plain(value), ensure_ascii=False)


def load(kind: type[T], text: str) -> T:
    """A `kind` from JSON. Errors: ValueError, TypeError, KeyError when the text is not one."""
    return cast("T", _build(kind, json.loads(text)))


def load_all(kind: type[T], text: str) -> tuple[T, ...]:
    """A tuple of `kind` from a JSON list; the same errors."""
    return tuple(cast("T", _build(kind, item)) for item in json.loads(text))


def _plain(value: Any) -> Any:
    return dataclasses.asdict(value) if dataclasses.is_dataclass(value) else value  # type: ignore[arg-type]


def _build(kind: Any, raw: Any) -> Any:
    if dataclasses.is_dataclass(kind):
        hints = _hints(cast("type", kind))
        known = {f.name for f in dataclasses.fields(kind)}
        values = {k: _build(hints[k], v) for k, v in raw.items() if k in known}
        return kind(**values)  # type: ignore[operator]
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind(raw)
    origin = typing.get_origin(kind)
    if origin is tuple:
        return tuple(_build(typing.get_args(kind)[0], item) for item in raw)
    if origin in (typing.Union, types.UnionType):
        inner = [a for a in typing.get_args(kind) if a is not type(None)]
        return None if raw is None else _build(inner[0], raw)
    return raw


class _Names(dict[str, Any]):
    """The names of a module, and those of core/types, of which a module that only annotates with
    them imports none."""

    def __missing__(self, name: str) -> Any:
        try:
            return getattr(known_types, name)
        except AttributeError:
            raise KeyError(name) from None


@functools.cache
def _hints(kind: type) -> dict[str, Any]:
    return typing.get_type_hints(kind, localns=_Names(vars(sys.modules[kind.__module__])))
