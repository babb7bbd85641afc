"""The frames that carry calls and events over the pipe."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.core.errors import LoamError


@dataclass(frozen=True, slots=True)
class Call:
    """Parent to child: begin."""

    id: int
    request: object


@dataclass(frozen=True, slots=True)
class Stop:
    """Parent to child: end call `id` early; it still says End."""

    id: int


@dataclass(frozen=True, slots=True)
class Quit:
    """Parent to child: close what is open and exit. patience: seconds until it is ended."""

    patience: float = 0.0


@dataclass(frozen=True, slots=True)
class Item:
    """Child to parent: one event of call `id`."""

    id: int
    event: object


@dataclass(frozen=True, slots=True)
class End:
    """Child to parent: call `id` is over, well or with an error."""

    id: int
    error: LoamError | None = None
