"""The model hub: what can be searched there, where it is, and with which token.

A question starts a child and ends it: Loam is online for exactly as long as a person waits for an
answer. Nothing here is ever called without a person's asking.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from app.core.errors import BadInput, Cancelled, ChildStuck
from app.core.hubnames import is_repository
from app.core.messages import HubList, HubListing, HubSearch
from app.core.process import Cancel, WorkerProcess
from app.hub.config import DEFAULT_ADDRESS, WORKER, HubConfig
from app.services import secrets
from app.services.preferences import SettingsService

_GRACE = 1.0  # seconds that a request has to end by itself when it is stopped
_LONGEST_QUERY = 200


class HubService:
    """Of one profile. logs: folder for the child's log."""

    def __init__(self, settings: SettingsService, logs: Path) -> None:
        self._settings = settings
        self._logs = logs

    @property
    def address(self) -> str:
        """Where the hub is. Errors: BadInput when the setting is no address."""
        return checked_address(self._settings.current.hub_address) or DEFAULT_ADDRESS

    def search(self, query: str, limit: int = 20, cancel: Cancel | None = None) -> Iterator[object]:
        """One HubFound. Errors: BadInput, HubError tree, Cancelled."""
        query = " ".join(query.split())
        if not 0 < len(query) <= _LONGEST_QUERY or not 1 <= limit <= 100:
            raise BadInput(problem="A search needs a few words.")
        with self.connected(cancel) as hub:
            yield from hub.ask(HubSearch(query, limit, hub.token))

    def files(self, repository: str, cancel: Cancel | None = None) -> Iterator[object]:
        """One HubListing. Errors: BadInput, HubError tree, Cancelled."""
        with self.connected(cancel) as hub:
            yield hub.files(repository)

    @contextlib.contextmanager
    def connected(self, cancel: Cancel | None = None) -> Iterator[HubConnection]:
        """A connection for several requests. Errors: BadInput for a bad address."""
        config = HubConfig(self.address, checked_address(self._settings.current.proxy))
        child = WorkerProcess("The connection to the hub", WORKER, config, self._logs, _GRACE)
        try:
            yield HubConnection(child, self.token(), cancel or Cancel())
        finally:
            child.close(patience=0.5)

    def token(self) -> str:
        """The person's access token, or ''."""
        return secrets.get(secrets.HUB_TOKEN)

    def set_token(self, token: str) -> None:
        """Keep an access token in the system's keyring; '' forgets it. Errors: NoKeyring,
        BadInput."""
        secrets.put(secrets.HUB_TOKEN, token)


class HubConnection:
    """Loam is online while this is open. token: the person's, or ''."""

    def __init__(self, child: WorkerProcess, token: str, cancel: Cancel) -> None:
        self._child = child
        self._cancel = cancel
        self.token = token

    def files(self, repository: str) -> HubListing:
        """What a repository holds. Errors: BadInput, HubError tree, Cancelled."""
        if not is_repository(repository):
            problem = f"{repository} is not the name of a model on the hub, such as owner/name."
            raise BadInput(problem=problem)
        (found,) = self.ask(HubList(repository, self.token))
        assert isinstance(found, HubListing)
        return found

    def ask(self, request: object) -> Iterator[Any]:
        """Events of one request. Errors: HubError tree, Cancelled."""
        try:
            yield from self._child.stream(request, self._cancel)
        except ChildStuck:
            # A connection that hangs does not hear that it should stop; its process is ended.
            if not self._cancel.is_set():
                raise
        if self._cancel.is_set():
            raise Cancelled


def checked_address(text: str) -> str:
    """An http address without a slash at its end, or ''. Errors: BadInput."""
    text = text.strip().rstrip("/")
    if not text:
        return ""
    try:
        parts = urlsplit(text)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        good = False
    if not good or parts.query or parts.fragment or not text.isprintable() or " " in text:
        raise BadInput(problem=f"{text} is not an address such as https://huggingface.co.")
    return text
