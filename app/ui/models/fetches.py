"""Downloads of this window: those that run, those that wait, and why one failed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal

from app.core.errors import BadInput, Cancelled, LoamError
from app.core.messages import Downloaded, Progress
from app.core.process import Cancel
from app.services.download_record import record_id
from app.ui.context import Context
from app.ui.deferred import Deferred
from app.ui.tasks import Task


@dataclass
class Fetch:
    """One download. done and total in bytes, total 0 while it is not known; task: while it runs;
    error: why it failed; stopping: 'pause' or 'discard' while it is being stopped."""

    id: str
    repository: str
    name: str
    sha256: tuple[str, ...] = ()
    done: int = 0
    total: int = 0
    task: Task | None = None
    error: LoamError | None = None
    stopping: str = ""


class Fetches(QObject):
    """All downloads by their id, that of `downloads.record_id`. GUI thread only."""

    changed = Signal()
    """There are others than before, or one began or ended."""
    arrived = Signal(object)
    """The paths of a model that has arrived."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._downloads = context.loam.downloads
        self._deferred = Deferred(context.notices, self)
        self._all: dict[str, Fetch] = {}
        self._gone: set[str] = set()

    @property
    def all(self) -> Sequence[Fetch]:
        """By name."""
        return [self._all[key] for key in sorted(self._all)]

    def of(self, repository: str, name: str) -> Fetch | None:
        """The download of a file, if there is one."""
        found = self._all.get(record_id(name))
        return found if found is not None and found.repository == repository else None

    def refresh(self) -> None:
        """Look what unfinished downloads lie on the disk."""
        found = self._downloads.unfinished()
        waiting = {each.id: each for each in found if each.id not in self._gone}
        for identifier, each in waiting.items():
            known = self._all.setdefault(identifier, Fetch(identifier, each.repository, each.name))
            if known.task is None:
                known.done, known.total = each.done, each.total
        for identifier, known in list(self._all.items()):
            if identifier not in waiting and known.task is None and known.error is None:
                del self._all[identifier]
        self.changed.emit()

    def start(self, repository: str, name: str, sha256: Sequence[str] = ()) -> None:
        """Download a file, or go on with it where it was begun."""
        identifier = record_id(name)
        known = self._all.get(identifier)
        if known is not None and known.repository != repository:
            what = f"A file of this name from {known.repository} has arrived in part."
            self._context.notices.show(
                BadInput(problem=f"{what} Go on with that download, or discard it first.")
            )
            return
        if known is None:
            known = self._all[identifier] = Fetch(identifier, repository, name)
        self._gone.discard(identifier)
        known.sha256 = tuple(sha256) or known.sha256
        self.resume(identifier)

    def resume(self, identifier: str) -> None:
        """Go on with a download that waits or failed."""
        fetch = self._all[identifier]
        if fetch.task is not None:
            return
        fetch.error, fetch.stopping = None, ""

        def work(cancel: Cancel) -> Iterator[object]:
            return self._downloads.download(
                fetch.repository, fetch.name, fetch.sha256, cancel=cancel
            )

        def fail(error: LoamError) -> None:
            if not isinstance(error, Cancelled):
                fetch.error = error

        text = self.tr("Downloading {name}").replace("{name}", identifier)
        fetch.task = self._context.tasks.run(
            work,
            title=text,
            on_event=lambda event: self._take(fetch, event),
            on_error=fail,
            on_done=lambda: self._end(fetch),
            shown=True,
        )
        self.changed.emit()

    def pause(self, identifier: str) -> None:
        """Stop, keeping what has arrived."""
        self._stop(identifier, "pause")

    def discard(self, identifier: str) -> None:
        """Stop, and throw away what has arrived; Undo has it back."""
        fetch = self._all[identifier]
        if fetch.task is not None:
            self._stop(identifier, "discard")
            return
        fetch.error = None
        if identifier in {each.id for each in self._downloads.unfinished()}:
            self._gone.add(identifier)
            text = self.tr("Threw away what had arrived of {name}.")
            self._deferred.delete(
                text.replace("{name}", identifier),
                lambda: self._drop(identifier),
                lambda: self._take_back(identifier),
            )
        self.refresh()

    def closing(self) -> None:
        """The window closes: what was thrown away goes now."""
        self._deferred.commit_all()

    def _drop(self, identifier: str) -> None:
        # A download that was begun again meanwhile goes on from what is there.
        if identifier in self._gone:
            self._gone.discard(identifier)
            self._context.tasks.call(
                lambda: self._downloads.discard(identifier), lambda _none: self.refresh()
            )

    def _take_back(self, identifier: str) -> None:
        self._gone.discard(identifier)
        self.refresh()

    def _stop(self, identifier: str, how: str) -> None:
        fetch = self._all[identifier]
        if fetch.task is not None:
            fetch.stopping = how
            fetch.task.cancel()
            self.changed.emit()

    def _take(self, fetch: Fetch, event: object) -> None:
        if isinstance(event, Progress) and event.total > 0:
            fetch.done, fetch.total = round(event.done), round(event.total)
        elif isinstance(event, Downloaded):
            self.arrived.emit(event.paths)

    def _end(self, fetch: Fetch) -> None:
        fetch.task = None
        how, fetch.stopping = fetch.stopping, ""
        if how == "discard":
            self.discard(fetch.id)
        else:
            self.refresh()
