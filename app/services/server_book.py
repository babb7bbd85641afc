"""Which servers the person connected to: addresses and models in a file, keys in the keyring."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from app.core import servernames
from app.core.errors import BadInput, LoamError, ServerForgotten, StoreError
from app.core.files import write_atomically
from app.core.types import SERVER_CONTEXT, Server, ServerModel
from app.services import secrets

_log = logging.getLogger(__name__)
_writing = threading.Lock()
_LONGEST_TITLE = 120
_MOST_CONTEXT = 100_000_000


@dataclass(frozen=True, slots=True)
class Removed:
    """A server that can be put back with its key."""

    server: Server
    key: str = field(default="", repr=False)


class ServerBook:
    """The servers of one profile. Nothing here goes online."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._known: tuple[object, Sequence[Server]] = (None, ())

    def servers(self) -> Sequence[Server]:
        """All of them, by title and address."""
        try:
            stamp = self._file.stat()
            key = (stamp.st_mtime_ns, stamp.st_size)
        except OSError:
            return ()
        if self._known[0] != key:
            self._known = (key, tuple(sorted(self._read(), key=lambda each: title(each).lower())))
        return self._known[1]

    def names(self) -> Sequence[str]:
        """Names of all models on servers, as chats and settings keep them."""
        return [
            servernames.join(server.address, model.name)
            for server in self.servers()
            for model in server.models
        ]

    def get(self, path_or_address: str) -> Server:
        """The server of a model, or at an address. Errors: ServerForgotten."""
        address = servernames.split(path_or_address)[0]
        for server in self.servers():
            if server.address == address:
                return server
        raise ServerForgotten(place=servernames.place(address))

    def context(self, path: str) -> int:
        """Tokens that a model on a server can keep in mind, so far as is known."""
        address, name = servernames.split(path)
        found = [
            m.context
            for s in self.servers()
            for m in s.models
            if (s.address, m.name) == (address, name)
        ]
        return next(iter(found), 0) or SERVER_CONTEXT

    def key(self, server: Server) -> str:
        """Its key, or ''. May wait for the person to unlock the keyring."""
        return secrets.get(_secret(server.address)) if server.has_key else ""

    def put(self, server: Server, key: str | None = None) -> Server:
        """Keep a server, in place of the one at its address. key: None keeps the one it has, ''
        forgets it. Errors: BadInput, NoKeyring, StoreError."""
        server = _checked(server)
        if key is not None:
            key = key.strip()
            if key or server.has_key:
                secrets.put(_secret(server.address), key)
            server = replace(server, has_key=bool(key))
        others = [each for each in self.servers() if each.address != server.address]
        self._save([*others, server])
        return server

    def move(self, before: Server, server: Server, key: str | None = None) -> Server:
        """Keep a server under another address than before; its key goes with it unless another is
        given. Errors: as `put`."""
        if before.address == server.address:
            return self.put(server, key)
        carried = self.key(before) if key is None else key
        # Who agreed to one place did not agree to another.
        kept = self.put(replace(server, documents=False, has_key=False), carried)
        self.remove(before.address)
        return kept

    def remove(self, address: str) -> Removed:
        """Forget a server and its key. Errors: ServerForgotten, StoreError."""
        server = self.get(address)
        key = self.key(server)
        self._save([each for each in self.servers() if each.address != server.address])
        if server.has_key:
            try:
                secrets.put(_secret(server.address), "")
            except LoamError as error:
                _log.warning("The key of a server stays in the keyring: %s", error)
        return Removed(server, key)

    def restore(self, removed: Removed) -> None:
        """Undo `remove`. Errors: as `put`."""
        self.put(replace(removed.server, has_key=False), removed.key)

    def allow_documents(self, address: str) -> None:
        """The person agreed that passages of documents go there. Errors: ServerForgotten,
        StoreError."""
        self.put(replace(self.get(address), documents=True))

    def may_have_documents(self, path: str) -> bool:
        """Whether passages of documents may go to the server of a model: one on this machine
        always has them."""
        address = servernames.split(path)[0]
        if servernames.is_here(address):
            return True
        return any(each.address == address and each.documents for each in self.servers())

    def named(self, text: str) -> str:
        """The model that a person means by its name, by 'title/name' or by its whole name; '' for
        none. Errors: BadInput when there are several."""
        found = []
        for server in self.servers():
            for model in server.models:
                path = servernames.join(server.address, model.name)
                if text in (path, model.name, f"{title(server)}/{model.name}"):
                    found.append(path)
        if len(found) > 1:
            problem = f"Several servers have a model {text}: {', '.join(found)}."
            raise BadInput(problem=problem)
        return found[0] if found else ""

    def _read(self) -> list[Server]:
        try:
            raw = json.loads(self._file.read_text(encoding="utf-8"))
            entries = raw if isinstance(raw, list) else []
        except (OSError, ValueError, RecursionError) as error:
            _log.warning("The list of servers could not be read: %r", error)
            return []
        found: dict[str, Server] = {}
        for entry in entries:
            try:
                server = _server(entry)
            except (LoamError, KeyError, TypeError, ValueError) as error:
                _log.warning("A server could not be read: %r", error)
                continue
            found[server.address] = server
        return list(found.values())

    def _save(self, servers: Sequence[Server]) -> None:
        with _writing:
            try:
                text = json.dumps([asdict(each) for each in servers], indent=1, ensure_ascii=False)
                self._file.parent.mkdir(parents=True, exist_ok=True)
                write_atomically(self._file, text.encode())
            except OSError as error:
                raise StoreError.of(error, self._file.parent) from error
            self._known = (None, ())


def title(server: Server) -> str:
    """What a server is called: as the person said, or by its place."""
    return server.title or servernames.place(server.address)


def _secret(address: str) -> str:
    return f"server {address}"


def _server(entry: Any) -> Server:
    models = tuple(
        ServerModel(str(each["name"]), _bounded(each.get("context"))) for each in entry["models"]
    )
    return _checked(
        Server(
            address=str(entry["address"]),
            title=str(entry.get("title", "")),
            models=models,
            kind=str(entry.get("kind", "")),
            has_key=entry.get("has_key") is True,
            documents=entry.get("documents") is True,
            certificate=str(entry.get("certificate", "")),
        )
    )


def _bounded(context: object) -> int:
    whole = isinstance(context, int) and not isinstance(context, bool)
    return int(str(context)) if whole and 0 <= int(str(context)) <= _MOST_CONTEXT else 0


def _checked(server: Server) -> Server:
    """Errors: BadInput."""
    name = " ".join(server.title.split())
    if len(name) > _LONGEST_TITLE or not name.isprintable():
        raise BadInput(problem="A title is a line of at most 120 characters.")
    if not server.models:
        raise BadInput(problem="Choose at least one model of the server.")
    for model in server.models:
        if not model.name or not model.name.isprintable():
            raise BadInput(problem="The name of a model is a line of text.")
    return replace(server, title=name, address=servernames.checked(server.address))
