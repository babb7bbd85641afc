"""Where the index by meaning lives: the way to a Chroma server and back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.core.types.index_server import IndexServer


@dataclass(frozen=True, slots=True)
class UseIndexServer:
    """Keep the index by meaning there from now on; None: on this machine. forget: delete what the
    server before has of this library; when that fails it is a Warned. Events: one HealthReport."""

    server: IndexServer | None
    forget: bool = False


@dataclass(frozen=True, slots=True)
class TryIndexServer:
    """Whether a server can be used; nothing is put there. Events: one IndexServerSeen. Errors:
    IndexServerError tree."""

    server: IndexServer


@dataclass(frozen=True, slots=True)
class IndexServerSeen:
    """It answers. version: as it calls itself; collections: of this library there already."""

    version: str
    collections: int
