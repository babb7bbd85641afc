"""What the child that talks to servers is asked, and what it says."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.core.messages.engine import Generate
    from app.core.types.servers import ServerModel


@dataclass(frozen=True, slots=True)
class ListServed:
    """The models of a server. certificate: as in Server. Events: one Served. Errors: ServerError
    tree."""

    address: str
    key: str = field(default="", repr=False)
    certificate: str = ""


@dataclass(frozen=True, slots=True)
class AskServer:
    """Let a server answer `request`, whose spec names the model and has the context to stay in.
    Events: Progress, Token..., Generated. Errors: ServerError tree, ContextFull."""

    request: Generate
    kind: str = ""
    key: str = field(default="", repr=False)
    certificate: str = ""


@dataclass(frozen=True, slots=True)
class Served:
    """kind: as in Server."""

    kind: str
    models: tuple[ServerModel, ...]
