"""Which embedding model a profile's documents are searched with: look at one, change to it, go on.

The choice is a setting; the library itself knows what its vectors were made with. Every method
talks to the index's process and may take long.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from app.core.errors import BadEmbedder, LoamError
from app.core.messages import EmbedderSeen, LookAtEmbedder, UseEmbedder
from app.core.process import Cancel, WorkerProcess
from app.core.types import EmbedderState
from app.engine import header
from app.services.preferences import SettingsService


class EmbedderService:
    """Of one profile."""

    def __init__(self, worker: WorkerProcess, settings: SettingsService) -> None:
        self._worker = worker
        self._settings = settings

    @property
    def chosen(self) -> str:
        """The folder or file that the person has chosen; '' for the default one."""
        return self._settings.current.embedding_model

    def look(self, place: str | None = None, measured: bool = False) -> EmbedderState:
        """How far the library is with a model (None: with the one chosen). measured: try it, so
        that a time can be told. Errors: ChildDied when trying it ended the index's process."""
        wanted = self.chosen if place is None else place
        seen: EmbedderSeen = self._worker.ask(LookAtEmbedder(wanted, measured))
        return seen.state

    def choose(self, place: str) -> None:
        """Keep the choice; `build` makes it count. Errors: StoreError."""
        self._settings.change(embedding_model=place)

    def build(self, cancel: Cancel | None = None) -> Iterator[object]:
        """Bring the library to the model chosen, or go on with that: Progress, then EmbedderSeen.
        Stopped, it keeps what is done. Errors: NoEmbedder, BadInput while another one does it."""
        yield from self._worker.stream(UseEmbedder(self.chosen), cancel)

    def use(self, place: str, cancel: Cancel | None = None) -> Iterator[object]:
        """Try a model, choose it and build the library with it: EmbedderSeen with the time that it
        takes, then as `build`. Errors: BadEmbedder, and nothing has changed then."""
        state = self.look(place, measured=True)
        if state.wanted is None:
            raise BadEmbedder(state.problem, path=place, reason=_reason(state.problem))
        yield EmbedderSeen(state)
        self.choose(place)
        yield from self.build(cancel)

    def known(self, models: Sequence[Path]) -> list[tuple[str, str]]:
        """(name, path) of those of the person's models that make vectors of texts."""
        found = []
        for path in models:
            try:
                info = header.inspect(str(path))
            except LoamError:
                continue
            if info.is_embedding:
                found.append((info.name, str(path)))
        return found


def absolute(place: str) -> str:
    """A folder or file as it is kept; '' stays what it is."""
    return str(Path(place).expanduser().absolute()) if place.strip() else ""


def _reason(problem: str) -> str:
    """What is wrong, of the sentence that says it."""
    return problem.partition(": ")[2].partition(". ")[0].rstrip(".") or problem
