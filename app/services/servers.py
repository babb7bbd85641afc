"""Servers that answer in place of a model here: what they have, and letting them answer.

One child talks to all of them. It is started with the first question and ended with Loam.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from app.core import servernames
from app.core.errors import BadInput, Cancelled, ChildStuck, DocumentsStay
from app.core.messages import (
    AskServer,
    Counted,
    CountTokens,
    Generate,
    Inspect,
    Inspected,
    ListServed,
    Load,
    Served,
)
from app.core.process import Cancel, WorkerProcess
from app.core.types import ModelInfo
from app.remote.config import WORKER, RemoteConfig
from app.services.server_book import ServerBook

_GRACE = 2.0  # seconds that a request has to end by itself when it is stopped
_BYTES_PER_TOKEN = 3


class ServerService:
    """book: who is known; logs: folder for the child's log."""

    def __init__(self, book: ServerBook, logs: Path, config: RemoteConfig | None = None) -> None:
        self.book = book
        name = "The connection to the server"
        self._child = WorkerProcess(name, WORKER, config or RemoteConfig(), logs, _GRACE)

    def look(
        self, address: str, key: str, cancel: Cancel | None = None, certificate: str = ""
    ) -> Served:
        """Which models there are at an address. Errors: BadInput, ServerError tree, Cancelled."""
        cancel = cancel or Cancel()
        request = ListServed(servernames.checked(address), key.strip(), certificate)
        try:
            found = self._child.ask(request, cancel)
        except ChildStuck:
            if not cancel.is_set():
                raise
            raise Cancelled from None
        if not isinstance(found, Served):
            raise Cancelled
        return found

    def stream(self, request: Any, cancel: Cancel | None = None) -> Iterator[Any]:
        """As the engine's child would answer, for a model on a server. Errors: ServerError tree,
        ContextFull, DocumentsStay, BadInput for what only a file can do."""
        match request:
            case Load():
                self.book.get(request.spec.path)
            case Inspect():
                yield Inspected(info(request.path, self.book.context(request.path)))
            case CountTokens():
                counts = (len(text.encode()) // _BYTES_PER_TOKEN + 1 for text in request.texts)
                yield Counted(tuple(counts))
            case Generate():
                yield from self._child.stream(self._addressed(request), cancel)
            case _:
                raise BadInput(problem="The model is on a server; this works with files only.")

    def close(self, patience: float = 3.0) -> None:
        """No method may follow."""
        self._child.close(patience)

    def rest(self) -> None:
        """End the child; the next question starts another."""
        self._child.rest()

    def _addressed(self, request: Generate) -> AskServer:
        """Where text leaves Loam, so that it is here that leave is asked."""
        path = request.spec.path
        server = self.book.get(path)
        if request.documents and not self.book.may_have_documents(path):
            raise DocumentsStay(place=servernames.place(server.address))
        known = self.book.context(path)
        context = min(request.spec.context_length or known, known)
        spec = replace(request.spec, context_length=context, adapters=())
        asked = replace(request, spec=spec)
        return AskServer(asked, server.kind, self.book.key(server), server.certificate)


def info(path: str, context: int) -> ModelInfo:
    """What is known of a model on a server."""
    return ModelInfo(
        path=path,
        name=servernames.split(path)[1],
        architecture="",
        quantization="",
        size_bytes=0,
        parameters=0,
        context_trained=context,
        has_chat_template=True,
        calls_tools=True,  # a server that can't is asked again without them
    )
