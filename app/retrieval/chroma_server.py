"""Chroma on a server, which keeps vectors and ids of passages and nothing else of them.

The server is a stranger: it has so much time for an answer and so much room in it, is not followed
elsewhere, and says only what the library confirms. Collections are named after the library, its
place on this machine and the embedding model, so that libraries never mix on one server, nor do
copies of one, nor vectors of two models.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import platform
import re
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from app.core import servernames
from app.core.errors import IndexServerAway, IndexServerDenied, IndexServerError, LoamError
from app.core.messages import IndexServerSeen
from app.core.types import IndexServer
from app.retrieval.chroma import Chroma
from app.retrieval.passages import Passages

_CONNECT_S, _READ_S, _WHOLE_S = 4.0, 15.0, 60.0
_MOST_BYTES = 64_000_000
_DEFAULT_TENANT, _DEFAULT_DATABASE = "default_tenant", "default_database"
_SAID = 160
_opening = threading.local()


class There:
    """identity: the library's; folder: where it lives; model: what its vectors were made by, as it
    is now."""

    checked = True

    def __init__(
        self, server: IndexServer, identity: str, folder: Path, model: Callable[[], str]
    ) -> None:
        self.server = server
        self._prefix = f"loam-{identity}-{_place(folder)}-"
        self._model = model
        self._sessions: list[Any] = []

    def settings(self) -> dict[str, Any]:
        """How collections are made."""
        return {"space": "cosine", "ef_search": 200}

    def name(self, collection_id: int) -> str:
        """Of one collection, with this embedding model."""
        return f"{self._prefix}{_short(self._model())}-{collection_id}"

    def owns(self, name: str) -> bool:
        """Whether it is this library's."""
        return name.startswith(self._prefix)

    def void(self) -> None:
        """What is there is compared with the library each time it is opened."""

    def open(self) -> Any:
        """A client that has answered. Errors: whatever Chroma raises, httpx's."""
        parts = urlsplit(self.server.address)
        headers = {}
        if token := self.server.token:
            # Chroma's own servers take one, proxies in front of it the other.
            headers = {"Authorization": f"Bearer {token}", "X-Chroma-Token": token}
        try:
            return _http_client(
                self._sessions,
                host=self.server.address,
                port=servernames.port(self.server.address),
                ssl=parts.scheme == "https",
                headers={**headers, "Accept-Encoding": "identity"},
                tenant=self.server.tenant or _DEFAULT_TENANT,
                database=self.server.database or _DEFAULT_DATABASE,
            )
        except BaseException:
            self._close_sessions()
            raise

    def close(self, client: Any) -> None:
        """Let go of it."""
        client.close()
        self._close_sessions()

    def _close_sessions(self) -> None:
        # Chroma closes its client and leaves the connections open.
        while self._sessions:
            self._sessions.pop().close()


def seen(server: IndexServer, identity: str, folder: Path) -> IndexServerSeen:
    """Ask a server for its version and for what it has of a library. Errors: IndexServerError
    tree."""
    home = There(server, identity, folder, str)
    try:
        client = home.open()
        try:
            names = [str(each.name) for each in client.list_collections()]
            version = re.sub(r"[^\w.+-]", "", str(client.get_version()))[:20]
            return IndexServerSeen(version, sum(map(home.owns, names)))
        finally:
            home.close(client)
    except Exception as error:
        raise said_of(server, error) from None


def forgotten(home: There, passages: Passages, opened: Chroma | None) -> LoamError | None:
    """Delete what a server has of this library, over a connection if there is one. Gives why it
    could not be done."""
    try:
        if opened is not None:
            opened.forget()
        else:
            with contextlib.closing(Chroma(home, passages)) as chroma:
                chroma.forget()
    except Exception as error:
        return said_of(home.server, error)
    return None


def said_of(server: IndexServer, error: BaseException) -> LoamError:
    """What went wrong with a server, for a person."""
    place = servernames.place(server.address)
    status = _status(error)
    if isinstance(error, LoamError):
        return error
    if status in (401, 403) or type(error).__name__ == "ChromaAuthError":
        return IndexServerDenied(repr(error), place=place, reason=str(status or "refused"))
    names = {each.__name__ for each in _causes(error)}
    if "ConnectTimeout" in names or "ReadTimeout" in names:
        return IndexServerAway(repr(error), place=place, reason="no answer in time")
    if "ConnectError" in names or "Could not connect" in str(error):
        return IndexServerAway(repr(error), place=place, reason="no connection")
    reason = " ".join(re.sub(r"[^\x20-\x7e]", " ", str(error)).split())[:_SAID]
    reason = reason or (f"HTTP {status}" if status else type(error).__name__)
    return IndexServerError(repr(error), place=place, reason=reason)


def _causes(error: BaseException) -> Iterator[type]:
    at: BaseException | None = error
    for _ in range(8):
        if at is None:
            return
        yield type(at)
        at = at.__cause__ or at.__context__


def _status(error: BaseException) -> int:
    at: BaseException | None = error
    for _ in range(8):
        if at is None:
            return 0
        code = getattr(getattr(at, "response", None), "status_code", 0)
        if code:
            return int(code)
        at = at.__cause__ or at.__context__
    return 0


def _http_client(sessions: list[Any], **more: Any) -> Any:
    """chromadb's HttpClient. sessions: gets its connections, also when it could not be made."""
    from chromadb import HttpClient
    from chromadb.config import Settings

    _bound()
    _opening.sessions = sessions
    try:
        return HttpClient(settings=Settings(anonymized_telemetry=False), **more)
    finally:
        del _opening.sessions


@functools.cache
def _bound() -> None:
    """See to it that requests of Chroma's clients end: of themselves they wait for ever, and take
    any answer."""
    import httpx
    from chromadb.api import fastapi

    class Stream(httpx.SyncByteStream):
        def __init__(self, inner: Any) -> None:
            self._inner = inner

        def __iter__(self) -> Iterator[bytes]:
            size, until = 0, time.monotonic() + _WHOLE_S
            for part in self._inner:
                size += len(part)
                if size > _MOST_BYTES or time.monotonic() > until:
                    raise httpx.ReadTimeout("the answer does not end")
                yield part

        def close(self) -> None:
            self._inner.close()

    def end(response: httpx.Response) -> None:
        if response.headers.get("content-encoding", "identity") != "identity":
            raise httpx.DecodingError("the answer is packed")
        response.stream = Stream(response.stream)

    class Session(httpx.Client):
        def __init__(self, **more: Any) -> None:
            more["timeout"] = httpx.Timeout(_READ_S, connect=_CONNECT_S)
            more["event_hooks"] = {"response": [end]}
            super().__init__(follow_redirects=False, **more)
            if (sessions := getattr(_opening, "sessions", None)) is not None:
                sessions.append(self)

    class Bounded:
        Client = Session

    # Nothing else of httpx is used there; the rest of this process keeps httpx as it is.
    fastapi.httpx = Bounded  # type: ignore[assignment,attr-defined]


def _place(folder: Path) -> str:
    """Names this folder on this machine: a copy of the library has an index of its own."""
    try:
        machine = Path("/etc/machine-id").read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        machine = f"{platform.node()} {uuid.getnode():x}"
    return _short(f"{machine}\0{folder.resolve()}")


def _short(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]
