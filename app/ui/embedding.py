"""Preparing the documents for another embedding model while the window is open: at most one task,
which the foot of the window lists and the Documents page tells of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.core.errors import BadInput, Cancelled, LoamError
from app.core.messages import EmbedderSeen
from app.ui.tasks import Task

if TYPE_CHECKING:
    from app.core.messages import Progress
    from app.core.types import EmbedderState
    from app.ui.context import Context

_MOST_DEATHS = 2


class EmbeddingWork(QObject):
    """`state` is what was known last, None before anything was asked."""

    changed = Signal()

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._task: Task | None = None
        self._again = False
        self._asked = 0
        self._go_on = False
        self.state: EmbedderState | None = None
        self.error: LoamError | None = None

    @property
    def running(self) -> bool:
        """Whether documents are being prepared."""
        return self._task is not None

    @property
    def stopping(self) -> bool:
        """Whether it was asked to stop."""
        return self._task is not None and self._task.stopping

    @property
    def progress(self) -> Progress | None:
        """How far it is; None while unknown."""
        return self._task.progress if self._task is not None else None

    def look(self, go_on: bool = False) -> None:
        """Ask how the library is, if there is one. go_on: prepare what is due."""
        if not any(self._context.loam.profile.library.iterdir()):
            return

        self._asked += 1
        asked = self._asked
        # Who looks meanwhile doesn't take the wish away.
        self._go_on |= go_on

        def take(state: EmbedderState) -> None:
            if asked != self._asked:
                return  # something newer is known, or on its way
            wished, self._go_on = self._go_on, False
            self.state = state
            self.changed.emit()
            # What ended the process twice would do so at every start.
            if wished and state.is_due and state.wanted is not None and state.deaths < _MOST_DEATHS:
                self.begin()

        service = self._context.loam.embedding
        self._context.tasks.call(service.look, take, on_error=lambda _error: None)

    def choose(self, place: str) -> None:
        """Take the model at a place ('': the default one) from now on."""
        try:
            self._context.loam.embedding.choose(place)
        except LoamError as error:
            self._context.notices.show(error)
            return
        self._context.navigator.settings_changed.emit(self._context.loam.settings.current)
        if self._task is not None:
            # What it prepares is wanted no longer; it is kept all the same.
            self._again = True
            self._task.cancel()
        else:
            self.begin()

    def begin(self) -> None:
        """Prepare the documents, or go on with it."""
        if self._task is not None:
            return
        self.error = None
        self._task = self._context.tasks.run(
            self._context.loam.embedding.build,
            title=self.tr("Preparing documents for the embedding model"),
            shown=True,
            on_event=self._take,
            on_error=self._failed,
            on_done=self._done,
        )
        self.changed.emit()
        # What was known before may be of another model than the one chosen.
        self.look()

    def stop(self) -> None:
        """Leave it for later; what is prepared is kept."""
        if self._task is not None:
            self._task.cancel()
            self.changed.emit()

    def _take(self, event: object) -> None:
        if isinstance(event, EmbedderSeen):
            self._asked += 1
            self.state = event.state
        self.changed.emit()

    def _failed(self, error: LoamError) -> None:
        # Another one is at it already, which is as good.
        if not isinstance(error, (BadInput, Cancelled)):
            self.error = error
            self._context.notices.show(error)

    def _done(self) -> None:
        self._task = None
        if self._again:
            self._again = False
            self.begin()
        else:
            self.look()
            self._context.navigator.library_changed.emit()
