"""The engine as services see it: a child for models on this machine, a server for the others."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from app.core import helpers
from app.core.errors import ChildDied, HelperMissing
from app.core.process import Cancel, WorkerProcess
from app.core.servernames import is_remote
from app.engine.config import EngineConfig

if TYPE_CHECKING:
    from pathlib import Path

    from app.services.servers import ServerService


class EngineProcess(WorkerProcess):
    """What names a model on a server goes there, all else to llama.cpp's child. servers: the file
    in which they are kept."""

    def __init__(self, config: EngineConfig, logs: Path, servers: Path) -> None:
        super().__init__("The model", "app.engine.worker:Worker", config, logs)
        self._servers_file = servers
        self._servers: ServerService | None = None

    @property
    def servers(self) -> ServerService:
        """Made when a model on a server is first named."""
        if self._servers is None:
            from app.services.server_book import ServerBook
            from app.services.servers import ServerService

            self._servers = ServerService(ServerBook(self._servers_file), self._logs)
        return self._servers

    def stream(self, request: object, cancel: Cancel | None = None) -> Iterator[Any]:
        """As WorkerProcess. Errors: those of servers too."""
        if is_remote(_model_of(request)):
            return self.servers.stream(request, cancel)
        others = getattr(getattr(request, "spec", None), "rpc", ())
        events = super().stream(request, cancel)
        return _helped(events, others) if others else events

    def close(self, patience: float = 3.0) -> None:
        if self._servers is not None:
            self._servers.close(patience)
        super().close(patience)


def _helped(events: Iterator[Any], others: tuple[str, ...]) -> Iterator[Any]:
    """llama.cpp ends the process when another machine goes away that the model works on: then that
    is what happened. Errors: HelperMissing too."""
    try:
        yield from events
    except ChildDied as error:
        for place in others:
            if not helpers.listens(place):
                reason = "it went away while the model worked there"
                raise HelperMissing(error.detail, place=place, reason=reason) from None
        raise


def _model_of(request: object) -> str:
    """The model that a request names, '' for none."""
    path = getattr(getattr(request, "spec", None), "path", None)
    for name in ("path", "source"):
        path = path or getattr(request, name, None)
    return path if isinstance(path, str) else ""
