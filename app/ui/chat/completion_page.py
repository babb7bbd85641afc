"""The completion page of a chat: the editor over the service that continues its text."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.core.messages import AnswerDone, Progress, Token
from app.core.types import Chat
from app.ui.chat.completion_view import CompletionView
from app.ui.chat.runs import Run, Runs
from app.ui.chat.work_words import work_words
from app.ui.context import Context


class CompletionPage(QWidget):
    """`changed`: something in the list of chats may be different. Text that was not continued
    yet is kept while the window is open."""

    changed = Signal()

    def __init__(self, context: Context, runs: Runs) -> None:
        super().__init__()
        self._chats = context.loam.chats
        self._runs = runs
        self._chat: Chat | None = None
        self._drafts: dict[int, str] = {}
        self.view = CompletionView(context.theme)
        self.view.wanted.connect(self._continue)
        self.view.stopped.connect(self.stop)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.view)
        runs.happened.connect(self._happened)
        runs.ended.connect(self._ended)

    def open(self, chat: Chat) -> None:
        """Show a page."""
        if self._chat is not None and self._runs.of(self._chat.id) is None:
            self._drafts[self._chat.id] = self.view.text
        self._chat = chat
        run = self._runs.of(chat.id)
        stored = self._chats.thread(chat.id, limit=1)
        last = stored[-1] if stored else None
        text = last.content if last else ""
        draft = self._drafts.pop(chat.id, text)
        text = run.base + run.text if run is not None else draft
        self.view.show_text(text)
        self.view.show_running(run is not None)
        self.view.show_stats(last.stats if last else None)

    def stop(self) -> None:
        """End the writing under way."""
        run = self._runs.of(self._chat.id) if self._chat is not None else None
        if run is not None:
            run.stop()

    def focus(self) -> None:
        """Put the cursor into the text."""
        self.view.editor.setFocus()

    def _continue(self, text: str) -> None:
        if self._chat is None:
            return
        chat_id = self._chat.id
        started = self._runs.start(
            chat_id, lambda cancel: self._chats.complete(chat_id, text, cancel), self._chat.title
        )
        if started is not None:
            self.view.show_running(True)

    def _happened(self, run: Run, event: object) -> None:
        if self._chat is None or run.chat_id != self._chat.id:
            return
        if isinstance(event, Token):
            self.view.show_work("")
            self.view.append(event.text)
        elif isinstance(event, Progress):
            self.view.show_work(work_words(event))
        elif isinstance(event, AnswerDone):
            self.view.show_stats(event.stats)

    def _ended(self, run: Run) -> None:
        if self._chat is not None and run.chat_id == self._chat.id:
            self.view.show_running(False)
            self.changed.emit()
