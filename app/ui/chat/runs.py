"""Answers under way, by chat: they go on when the person looks at another chat."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.core import messages
from app.core.errors import Cancelled, ChildDied, LoamError, OutOfMemory
from app.core.messages import Progress
from app.core.process import Cancel
from app.core.types import Role
from app.ui.context import Context
from app.ui.tasks import Task

if TYPE_CHECKING:
    from app.core.types import Source

Work = Callable[[Cancel], Iterator[object]]


class Run(QObject):
    """One answer under way. answer_id: the message being written, 0 before it exists; base: what
    stood in it before; sources and work: the last ones told."""

    def __init__(self, chat_id: int, base: str, sources: tuple[Source, ...]) -> None:
        super().__init__()
        self.chat_id = chat_id
        self.answer_id = 0
        self.base = base
        self.pieces: list[str] = []
        self.sources = sources
        self.work: Progress | None = None
        self.error: LoamError | None = None
        self.task: Task | None = None

    @property
    def text(self) -> str:
        """Written so far."""
        return "".join(self.pieces)

    def stop(self) -> None:
        """Ask it to end early."""
        if self.task is not None:
            self.task.cancel()

    def note(self, event: object) -> None:
        """Remember what an event says, for a view that comes later."""
        if isinstance(event, messages.Token):
            self.pieces.append(event.text)
            self.work = None
        elif isinstance(event, Progress):
            self.work = event
        elif isinstance(event, messages.SourcesFound):
            self.sources = event.sources


class Runs(QObject):
    """At most one run a chat. `began` carries a Run, `happened` (Run, event), `ended` a Run, once
    and last."""

    began = Signal(object)
    happened = Signal(object, object)
    ended = Signal(object)

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._running: dict[int, Run] = {}

    def of(self, chat_id: int) -> Run | None:
        """The run of a chat, if one is under way."""
        return self._running.get(chat_id)

    def stop(self, chat_id: int) -> None:
        """End the answer under way in a chat, if there is one."""
        run = self._running.get(chat_id)
        if run is not None:
            run.stop()

    def start(
        self,
        chat_id: int,
        work: Work,
        title: str,
        base: str = "",
        sources: tuple[Source, ...] = (),
    ) -> Run | None:
        """Begin an answer, or go on with one of which `base` and `sources` are there; None when
        the chat has one under way."""
        if chat_id in self._running:
            return None
        run = self._running[chat_id] = Run(chat_id, base, sources)
        run.task = self._context.tasks.run(
            work,
            title=title,
            on_event=lambda event: self._take(run, event),
            on_error=lambda error: self._fail(run, error),
            on_done=lambda: self._end(run),
        )
        self.began.emit(run)
        return run

    def _take(self, run: Run, event: object) -> None:
        run.note(event)
        if isinstance(event, messages.MessageStarted):
            # Its text in the store may be further than the events that were delivered.
            message = self._context.loam.chats.message(event.message_id)
            if message.role is Role.ASSISTANT:
                run.answer_id = message.id
        if isinstance(event, (Progress, messages.Loaded, messages.AnswerDone)):
            self._context.navigator.model_event.emit(event)
        if isinstance(event, messages.SourcesFound):
            self._context.see_to_index()
        self.happened.emit(run, event)

    def _fail(self, run: Run, error: LoamError) -> None:
        run.error = error
        if isinstance(error, (OutOfMemory, ChildDied)):
            self._trouble(run, error)
        elif not isinstance(error, Cancelled):
            self._context.notices.show(error)

    def _trouble(self, run: Run, error: LoamError) -> None:
        """Memory may have run out: then a smaller way to load the model is offered."""
        from app.ui.chat import load_trouble

        loam = self._context.loam
        try:
            chat = loam.chats.get(run.chat_id)
            load_trouble.show(self._context, error, loam.models.spec_for(chat), chat)
        except LoamError:
            self._context.notices.show(error)

    def _end(self, run: Run) -> None:
        del self._running[run.chat_id]
        self.ended.emit(run)
