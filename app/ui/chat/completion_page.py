"""The completion page of a chat: the editor over the service that continues its text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.core import messages
from app.core.messages import Progress
from app.core.types import ChatKind
from app.ui.chat.completion_view import CompletionView
from app.ui.chat.drafts import Drafts
from app.ui.chat.runs import Run, Runs
from app.ui.chat.where_line import WhereLine
from app.ui.chat.work_words import work_words
from app.ui.context import Context
from app.ui.tokens import S24

if TYPE_CHECKING:
    from app.core.types import Chat


class CompletionPage(QWidget):
    """`changed`: something in the list of chats may be different. Text that was not continued
    yet is kept as a draft."""

    changed = Signal()

    def __init__(self, context: Context, runs: Runs, drafts: Drafts) -> None:
        super().__init__()
        self._chats = context.loam.chats
        self._runs = runs
        self._chat: Chat | None = None
        self._drafts = drafts
        self._stored = ""
        self.view = CompletionView(context.theme)
        self.view.wanted.connect(self._continue)
        self.view.stopped.connect(self.stop)
        self.view.editor.textChanged.connect(self._keep_draft)
        context.keys.watch("stop", lambda: self.view.show_keys(context.keys.words("stop")))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.view)
        foot = QVBoxLayout()
        foot.setContentsMargins(S24, 0, S24, 0)
        layout.addLayout(foot)
        self.where = WhereLine(context, foot)
        runs.happened.connect(self._happened)
        runs.ended.connect(self._ended)

    @property
    def foot(self) -> int:
        """Height in pixels of what stands below the text."""
        return (
            self.height() - self.view.editor.mapTo(self, self.view.editor.rect().bottomLeft()).y()
        )

    def open(self, chat: Chat) -> None:
        """Show a page."""
        self._chat = None  # what is put into the editor now is nobody's draft
        run = self._runs.of(chat.id)
        stored = self._chats.thread(chat.id, limit=1)
        last = stored[-1] if stored else None
        self._stored = last.content if last else ""
        draft = self._drafts.text(chat.id)
        text = self._stored if draft is None else draft
        self.view.show_text(run.base + run.text if run is not None else text)
        self._chat = chat
        self.view.show_running(run is not None)
        self.view.show_stats(last.stats if last else None)

    def stop(self) -> None:
        """End the writing under way."""
        if self._chat is not None:
            self._runs.stop(self._chat.id)

    def focus(self) -> None:
        """Put the cursor into the text."""
        self.view.editor.setFocus()

    def _keep_draft(self) -> None:
        chat = self._chat
        if chat is not None and self._runs.of(chat.id) is None:
            text = self.view.text
            self._drafts.keep(chat.id, text if text != self._stored else None)

    def _continue(self, text: str) -> None:
        if self._chat is None:
            return
        chat_id = self._chat.id
        started = self._runs.start(
            chat_id,
            lambda cancel: self._chats.complete(chat_id, text, cancel),
            self._chat.title,
            base=text,
        )
        if started is not None:
            self.view.show_running(True)

    def _happened(self, run: Run, event: object) -> None:
        if isinstance(event, messages.MessageStarted) and self._is_page(run):
            # The store has the text now, and what the model adds to it.
            self._drafts.keep(run.chat_id, None)
        if self._chat is None or run.chat_id != self._chat.id:
            return
        if isinstance(event, messages.Token):
            self.view.show_work("")
            self.view.append(event.text)
        elif isinstance(event, Progress):
            self.view.show_work(work_words(event))
        elif isinstance(event, messages.AnswerDone):
            self.view.show_stats(event.stats)

    def _ended(self, run: Run) -> None:
        if self._chat is not None and run.chat_id == self._chat.id:
            self._stored = self.view.text
            self.view.show_running(False)
            self.changed.emit()

    def _is_page(self, run: Run) -> bool:
        return self._chats.get(run.chat_id).kind is ChatKind.COMPLETION
