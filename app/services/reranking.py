"""Which model puts the passages of a search in order: choose one after trying it, or none."""

from __future__ import annotations

from pathlib import Path

from app.core.messages.reranking import RerankerTried, TryReranker
from app.core.process import Cancel, WorkerProcess
from app.services.preferences import SettingsService


class RerankerService:
    """Of one profile. `use` and `look` talk to the index's process and may take long."""

    def __init__(self, worker: WorkerProcess, settings: SettingsService) -> None:
        self._worker = worker
        self._settings = settings

    @property
    def chosen(self) -> str:
        """The folder or file that the person has chosen; '' for none."""
        return self._settings.current.reranker

    def look(self, path: str, cancel: Cancel | None = None) -> RerankerTried:
        """Try a model and tell how long a search takes with it. Errors: BadReranker, ChildDied
        when trying it ended the index's process."""
        tried: RerankerTried = self._worker.ask(TryReranker(path), cancel)
        return tried

    def use(self, path: str, cancel: Cancel | None = None) -> RerankerTried:
        """Try a model and choose it. Errors: as `look`, and nothing has changed then."""
        tried = self.look(str(Path(path).expanduser().absolute()), cancel)
        self._settings.change(reranker=tried.path)
        return tried

    def off(self) -> None:
        """Search without one."""
        self._settings.change(reranker="")
