"""Where the index by meaning lives: on this machine, or on a Chroma server that the person chose
and, where it is another machine, agreed to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from app.core import servernames
from app.core.errors import BadInput, IndexStays, LoamError
from app.core.messages import (
    HealthReport,
    IndexServerSeen,
    TryIndexServer,
    UseIndexServer,
    Warned,
)
from app.core.process import WorkerProcess
from app.core.types import IndexServer
from app.services import secrets

if TYPE_CHECKING:
    from app.core.child import Child
    from app.core.process import Cancel
    from app.core.settings import Settings
    from app.retrieval.config import RetrievalConfig
    from app.services.preferences import SettingsService

_PORT = 8000
_MOST_NAME = 200


def checked(text: str) -> str:
    """A server's address as it is kept: 'localhost:8000' becomes 'http://localhost:8000'. Errors:
    BadInput."""
    base, path = servernames.plain(text, _PORT)
    if path:
        raise BadInput(problem=f"{text[:300]} has a path; Loam reaches Chroma at {base} itself.")
    return base


@dataclass(frozen=True, slots=True)
class Where:
    """address: of the server chosen, '' for this machine; waits: the person has not agreed to it
    yet, so that the index stays here; has_token: one is kept in the keyring."""

    address: str = ""
    waits: bool = False
    has_token: bool = False
    tenant: str = ""
    database: str = ""


def where(settings: Settings) -> Where:
    """What the settings say. An address that can't be used counts as none."""
    try:
        address = checked(settings.index_server) if settings.index_server.strip() else ""
    except BadInput:
        return Where()
    if not address:
        return Where()
    return Where(
        address,
        not servernames.is_here(address) and settings.index_server_agreed != address,
        settings.index_server_token == address,
        settings.index_server_tenant,
        settings.index_server_database,
    )


def server(settings: Settings) -> IndexServer | None:
    """The server to use now; None: this machine. May wait for the keyring."""
    now = where(settings)
    if not now.address or now.waits:
        return None
    token = secrets.get(_secret(now.address)) if now.has_token else ""
    return IndexServer(now.address, token, now.tenant, now.database)


class RetrievalProcess(WorkerProcess):
    """The child that owns an index. server: where the index by meaning lives, asked whenever the
    child starts."""

    def __init__(
        self, config: RetrievalConfig, logs: Path, server: Callable[[], IndexServer | None]
    ) -> None:
        super().__init__(
            "The document index", "app.retrieval.worker:Worker", config, logs, grace=15.0
        )
        self._plain = config
        self._server = server

    def _running(self) -> Child:
        if self.pid is None:
            # Asked before anything is locked: the keyring may wait for the person.
            self._config = replace(self._plain, server=self._server())
        return super()._running()


class IndexPlace:
    """Changes where the index of one profile lives. Every method but `where` may take long."""

    def __init__(self, worker: WorkerProcess, settings: SettingsService) -> None:
        self._worker = worker
        self._settings = settings

    @property
    def where(self) -> Where:
        """What was chosen."""
        return where(self._settings.current)

    def test(
        self,
        address: str,
        token: str | None = None,
        tenant: str = "",
        database: str = "",
        cancel: Cancel | None = None,
    ) -> IndexServerSeen:
        """Ask a server whether it can be used; nothing is put there. token: None: the one that is
        kept. Errors: BadInput, IndexServerError tree."""
        wanted = self._wanted(address, token, tenant, database)
        seen: IndexServerSeen = self._worker.ask(TryIndexServer(wanted), cancel)
        return seen

    def use(
        self,
        address: str,
        token: str | None = None,
        tenant: str = "",
        database: str = "",
        agreed: bool = False,
    ) -> HealthReport:
        """Keep the index there from now on. token: None keeps the one there is, '' forgets it;
        agreed: the person knows what leaves this machine. Errors: BadInput, IndexStays, NoKeyring,
        StoreError."""
        wanted = self._wanted(address, token, tenant, database)
        before, settings = self.where, self._settings.current
        away = not servernames.is_here(wanted.address)
        if away and not agreed and settings.index_server_agreed != wanted.address:
            raise IndexStays(place=servernames.place(wanted.address))
        if token is not None and (token or before.has_token):
            secrets.put(_secret(wanted.address), wanted.token)
        self._settings.change(
            index_server=wanted.address,
            index_server_agreed=wanted.address if away else "",
            index_server_token=wanted.address if wanted.token else "",
            index_server_tenant=wanted.tenant,
            index_server_database=wanted.database,
        )
        report: HealthReport = self._worker.ask(UseIndexServer(wanted, forget=True))
        return report

    def back(self) -> LoamError | None:
        """Keep the index on this machine from now on, and delete what the server has of it. Gives
        why that could not be done. Errors: StoreError."""
        token_of = self._settings.current.index_server_token
        # First the child, which still knows the way there.
        problem: LoamError | None = None
        for event in self._worker.stream(UseIndexServer(None, forget=True)):
            if isinstance(event, Warned):
                problem = event.error
        self._settings.change(
            index_server="",
            index_server_agreed="",
            index_server_token="",
            index_server_tenant="",
            index_server_database="",
        )
        if token_of:
            secrets.put(_secret(token_of), "")
        return problem

    def _wanted(self, address: str, token: str | None, tenant: str, database: str) -> IndexServer:
        address, tenant, database = checked(address), tenant.strip(), database.strip()
        for name in (tenant, database):
            if len(name) > _MOST_NAME or not name.isprintable() or "/" in name:
                raise BadInput(problem="The tenant and the database are names without a slash.")
        if token is None:
            now = self.where
            kept = now.has_token and now.address == address
            token = secrets.get(_secret(address)) if kept else ""
        return IndexServer(address, token.strip(), tenant, database)


def _secret(address: str) -> str:
    return f"index server {address}"
