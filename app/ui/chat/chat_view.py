"""One chat: its messages and the composer, and the answer that is under way."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from app.core import messages
from app.core.lazy import on_first_use
from app.core.messages import Progress
from app.core.types import Role, Status
from app.ui.chat.answer_acts import AnswerActs
from app.ui.chat.composer import Composer
from app.ui.chat.conversation import Conversation
from app.ui.chat.drafts import Drafts
from app.ui.chat.over_flow import OverFlow
from app.ui.chat.painter import Painter
from app.ui.chat.runs import Run, Runs, Work
from app.ui.chat.start_view import StartView
from app.ui.chat.stretch import PAGE
from app.ui.chat.where_line import WhereLine
from app.ui.chat.work_words import work_words
from app.ui.context import Context
from app.ui.tokens import READING_WIDTH, S8, S16, S24

if TYPE_CHECKING:
    from app.core.types import Chat, Message, Source
    from app.ui.chat.frames import Frames
    from app.ui.chat.long_text import LongText
    from app.ui.chat.message_view import MessageView
    from app.ui.chat.picture_flow import PictureFlow


class ChatView(QWidget):
    """`sources_shown`: an answer's sources are of interest (sources, number or 0, asked for by a
    click). `changed`: something in the list of chats may be different. `text_wanted`: the
    chat, and paths of pictures that its model can't see. `note_wanted`: a text as a document."""

    sources_shown = Signal(object, int, bool)
    changed = Signal()
    add_files = Signal()
    note_wanted = Signal(str)
    text_wanted = Signal(object, object)

    def __init__(self, context: Context, runs: Runs, drafts: Drafts) -> None:
        super().__init__()
        self._chats = context.loam.chats
        self._context = context
        self._runs = runs
        self._chat: Chat | None = None
        self._drafts = drafts
        self.painter = Painter(context)
        self.conversation = Conversation(self.painter)
        self._acts = AnswerActs(context, self.conversation, self._start)
        self.composer = Composer(context.theme)
        self.composer.follow(context.keys)
        self.start = StartView(
            context.theme, self.add_files.emit, context.navigator.prepare_samples.emit
        )
        self._stack = QStackedWidget()
        self._stack.addWidget(self.start)
        self._stack.addWidget(self.conversation)
        inside = QWidget()
        inside.setMaximumWidth(READING_WIDTH)
        column = self._column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.composer)
        self.where = WhereLine(context, column)
        self.over = OverFlow(context, self.composer, column, self._start)
        across = QHBoxLayout()
        # As much more at the right as the scroll bar takes from the messages.
        bar = self.conversation.verticalScrollBar().sizeHint().width()
        across.setContentsMargins(S24, S8, S24 + bar, S16)
        across.addStretch(1)
        across.addWidget(inside, 10_000)
        across.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._stack, 1)
        layout.addLayout(across)
        self._connect()

    @property
    def chat(self) -> Chat | None:
        """The chat that is open."""
        return self._chat

    @on_first_use
    def _frames(self) -> Frames:
        from app.ui.chat.frames import Frames

        return Frames(self._under_way, self.conversation.settle, self)

    @on_first_use
    def pictures(self) -> PictureFlow:
        """Those that go out with the next message."""
        from app.ui.chat.picture_flow import PictureFlow

        made = PictureFlow(self._context, self.composer, self._column)
        made.text_wanted.connect(lambda paths: self.text_wanted.emit(self._chat, paths))
        if self._chat is not None:
            made.show_chat(self._chat.id)
        return made

    @on_first_use
    def long_text(self) -> LongText:
        """The question about a long text that was pasted."""
        from app.ui.chat.long_text import LongText

        made = LongText(self.composer, self._column)
        made.wanted.connect(self.note_wanted)
        return made

    @property
    def _made_pictures(self) -> PictureFlow | None:
        made: PictureFlow | None = self.__dict__.get("pictures")
        return made

    @property
    def foot(self) -> int:
        """Height in pixels of what stands below the messages."""
        asked = self._made_pictures.height if self._made_pictures else 0
        return self.composer.height() + self.where.height + self.over.height + asked + S16

    @property
    def running(self) -> bool:
        """Whether an answer is under way in it."""
        return self._chat is not None and self._runs.of(self._chat.id) is not None

    def open(self, chat: Chat) -> None:
        """Show a chat; what was being written in the last one waits there."""
        self._chat = chat
        self.over.show_chat(chat)
        if self._made_pictures:
            self._made_pictures.show_chat(chat.id)
        self.start.show_questions(())
        self._reload()
        self.composer.field.setPlainText(self._drafts.text(chat.id) or "")
        self.composer.show_running(self.running)
        self._show_last()

    def update_chat(self, chat: Chat) -> None:
        """The open chat's record changed; its messages did not."""
        self._chat = chat
        self.over.show_chat(chat)

    def send(self, text: str) -> None:
        """Say something in the open chat."""
        shown = self._made_pictures.waiting if self._made_pictures else ()
        if self._chat is not None and (text.strip() or shown):
            self.over.send(self._chat.id, text, shown)

    def stop(self) -> None:
        """End the answer under way."""
        if self._chat is not None:
            self._runs.stop(self._chat.id)

    # --- what the person wants -------------------------------------------------------------------

    def _connect(self) -> None:
        self.composer.submitted.connect(self.send)
        self.composer.field.textChanged.connect(self._keep_draft)
        self.composer.stopped.connect(self.stop)
        self.composer.add_files.connect(self.add_files)
        self.composer.add_pictures.connect(lambda: self.pictures.choose())
        self.composer.field.pasted.connect(lambda found: self.pictures.paste(found))
        self.composer.field.long_pasted.connect(lambda text: self.long_text.offer(text))
        self.start.asked.connect(self.send)
        talk = self.conversation
        talk.over.connect(self.over.answer_again)
        talk.branch.connect(self._switch)
        self._acts.sources_shown.connect(self.sources_shown)
        self._acts.written.connect(self._written)
        self._runs.happened.connect(self._happened)
        self._runs.ended.connect(self._ended)

    def _keep_draft(self) -> None:
        if self._chat is not None:
            self._drafts.keep(self._chat.id, self.composer.field.toPlainText() or None)

    def _start(self, work: Work, base: str = "", sources: tuple[Source, ...] = ()) -> None:
        chat = self._chat
        if chat is not None:
            self.where.guard(chat, lambda: self._begin(chat, work, base, sources))

    def _begin(self, chat: Chat, work: Work, base: str, sources: tuple[Source, ...]) -> None:
        run = self._runs.start(chat.id, work, chat.title, base, sources)
        if run is not None and self._chat is not None and self._chat.id == chat.id:
            self.composer.show_running(True)

    def _switch(self, message_id: int, branch: int) -> None:
        if not self.running:
            self._chats.switch_branch(message_id, branch)
            self._reload(keep_place=True)
            self._show_last()

    def _written(self, message_id: int) -> None:
        self._reload(keep_place=True)
        self._show_last()
        if (view := self.conversation.view(message_id)) is not None:
            view.setFocus()
        self.changed.emit()

    # --- the answer under way --------------------------------------------------------------------

    def _happened(self, run: Run, event: object) -> None:
        if self._chat is None or run.chat_id != self._chat.id:
            return
        if isinstance(event, messages.MessageStarted):
            self._show_started(run, self._chats.message(event.message_id))
            return
        self.over.take(run, event)
        view = self.conversation.view(run.answer_id)
        if isinstance(event, messages.Token):
            if view is not None:
                view.append(event.text)
            self._frames.ask()
        elif isinstance(event, Progress):
            if view is not None:
                view.show_work(work_words(event), lasting=event.unit == "passages")
                self.conversation.settle()
        elif isinstance(event, messages.SourcesFound):
            if view is not None:
                view.show_sources(event.sources)
            if event.sources:
                self.sources_shown.emit(event.sources, 0, False)
        elif isinstance(event, messages.AnswerDone):
            self.composer.show_stats(event.stats)

    def _show_started(self, run: Run, message: Message) -> None:
        talk = self.conversation
        if talk.view(message.id) is None:
            known = talk.messages
            if message.parent_id == (known[-1].id if known else None):
                if message.role is Role.ASSISTANT:
                    # A window that was busy hears of an answer when more of it is stored.
                    message = replace(message, content=run.base, status=Status.STREAMING)
                talk.append(message)
                self._stack.setCurrentWidget(talk)
            else:
                self._reload()
        if message.role is Role.USER:
            if self.composer.text == message.content.strip():
                self.composer.clear()
            if self._made_pictures:
                self._made_pictures.sent(message.pictures)
            self.changed.emit()
            return
        view = talk.view(message.id)
        if view is not None:
            view.begin_stream(run.base, run.sources)
            talk.settle()

    def _under_way(self) -> MessageView | None:
        run = self._runs.of(self._chat.id) if self._chat is not None else None
        return self.conversation.view(run.answer_id) if run is not None else None

    def _ended(self, run: Run) -> None:
        if self._chat is None or run.chat_id != self._chat.id:
            return
        self._frames.stop()
        if run.answer_id:
            message = self._chats.message(run.answer_id)
            self.conversation.replace(message)
            if message.sources:
                self.sources_shown.emit(_rests_on(message), 0, False)
        self.composer.show_running(False)
        self.changed.emit()

    # --- what is shown ---------------------------------------------------------------------------

    def _reload(self, keep_place: bool = False) -> None:
        assert self._chat is not None
        chat_id = self._chat.id
        self.conversation.open(lambda before: self._chats.thread(chat_id, before, PAGE), keep_place)
        has_messages = bool(self.conversation.messages)
        self._stack.setCurrentWidget(self.conversation if has_messages else self.start)
        run = self._runs.of(chat_id)
        view = self._under_way()
        if run is not None and view is not None and not view.streaming:
            view.begin_stream(run.base + run.text, run.sources)
            if run.work is not None:
                view.show_work(work_words(run.work))
            self.conversation.settle()

    def _show_last(self) -> None:
        """Gauge and sources as the last answer left them."""
        answers = [m for m in self.conversation.messages if m.role is Role.ASSISTANT]
        last = answers[-1] if answers else None
        self.composer.show_stats(last.stats if last else None)
        self.sources_shown.emit(_rests_on(last) if last else (), 0, False)


def _rests_on(message: Message) -> tuple[Source, ...]:
    """What an answer was drawn from; passages that are only near belong to no answer."""
    return () if message.declined else message.sources
