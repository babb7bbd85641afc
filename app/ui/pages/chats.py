"""The Chats page: the list, the open chat, and the panel with its sources or settings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtGui import QShortcut
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from app.core.errors import NotFound, StoreError
from app.core.types import ChatKind
from app.ui.context import Context
from app.ui.page import Page

if TYPE_CHECKING:
    from app.core.types import AdapterUse, Chat

_AFTER_FIRST_FRAME_MS = 300
_WARM_MS = 600
_CURRENT = "chats.current"


class ChatsPage(Page):
    """Wires the parts together; each of them knows nothing of the others."""

    key = "chats"
    title = "Chats"
    icon = "messages-square"
    order = 10

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        from app.ui.chat.chat_documents import ChatDocuments
        from app.ui.chat.chat_list import ChatList
        from app.ui.chat.chat_view import ChatView
        from app.ui.chat.completion_page import CompletionPage
        from app.ui.chat.drafts import Drafts
        from app.ui.chat.header import ChatHeader
        from app.ui.chat.model_choice import ModelChoice
        from app.ui.chat.runs import Runs
        from app.ui.chat.shelf import Shelf
        from app.ui.chat.side import ChatSide
        from app.ui.chat.why_link import WhyLink
        from app.ui.empty_state import EmptyState
        from app.ui.three_pane import ThreePane

        self._chats = context.loam.chats
        self._chat: Chat | None = None
        self._opened = False
        self.runs = Runs(context)
        self.choice = ModelChoice(context)
        self.list = ChatList(context.theme)
        self.shelf = Shelf(context, self.list)
        self.drafts = Drafts(context.tasks, context.loam.profile.drafts)
        self.drafts.forget_all_but(self.shelf.knows)
        self.view = ChatView(context, self.runs, self.drafts)
        self.documents = ChatDocuments(context, self.view, lambda: self._chat, self._one_to_ask)
        self.completion = CompletionPage(context, self.runs, self.drafts)
        self.header = ChatHeader(context.theme)
        self.side = ChatSide(context, self.header)
        self._empty = EmptyState(
            context.theme, "messages-square", self.tr("A chat is where you ask and read answers.")
        )
        self._empty.add_button(self.tr("New chat"), lambda: self.new_chat())
        self._body = QStackedWidget()
        for widget in (self._empty, self.view, self.completion):
            self._body.addWidget(widget)
        middle = QWidget()
        column = QVBoxLayout(middle)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.header)
        column.addWidget(self._body, 1)
        self.panes = ThreePane(context.memory, "chats", self.list, middle, self.side)
        self.side.live_in(self.panes)
        self.why = WhyLink(context, self._body, self.view, self.panes)
        self.panes.before_tab = lambda: self.view.conversation.put_in_order(self.header.settings)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.panes)
        self._escape = QShortcut(self)
        self._escape.setEnabled(False)
        self._escape.activated.connect(self.stop)
        context.keys.govern({"stop": self._escape})
        self._connect()

    # --- what the window asks --------------------------------------------------------------------

    def shown(self) -> None:
        if self.isVisible():
            self.documents.attacher.refresh()
        else:
            # The child that this starts would compete with the window's first frame.
            QTimer.singleShot(_AFTER_FIRST_FRAME_MS, self, self.documents.attacher.refresh)
        if not self._opened:
            self._opened = True
            self._open_first()
            QTimer.singleShot(_WARM_MS, self, self.view.painter.warm_up)
        self._focus()

    def hidden(self) -> None:
        self.side.settings.flush()

    def closing(self) -> None:
        self.side.settings.flush()
        self.list.forget_search()
        try:
            self.drafts.flush()
        except StoreError as error:
            self.context.notices.show(error)

    @property
    def foot(self) -> int:
        return int(getattr(self._body.currentWidget(), "foot", 0))

    def search(self) -> None:
        self.list.search.setFocus()
        self.list.search.selectAll()

    def accept_paths(self, paths: Sequence[str]) -> bool:
        self.documents.take(paths)
        return True

    def _one_to_ask(self) -> Chat:
        """The chat in front, or a new one where it can't have documents."""
        if self._chat is None or self._chat.kind is not ChatKind.CHAT:
            self.new_chat()
        assert self._chat is not None
        return self._chat

    def drop_hint(self, paths: Sequence[str]) -> str:
        return self.documents.hint(paths)

    # --- chats -----------------------------------------------------------------------------------

    @property
    def chat(self) -> Chat | None:
        """The chat in front."""
        return self._chat

    def new_chat(self, collections: tuple[int, ...] = (), kind: ChatKind = ChatKind.CHAT) -> None:
        """Begin a chat; the one in front is taken when nothing was said in it yet."""
        chat = self._chat
        empty = chat is not None and chat.leaf is None and not self.runs.of(chat.id)
        if chat is not None and empty and self.choice.kind.takes(chat, kind, collections):
            if collections:
                self._chats.set_collections(chat.id, collections)
            self.open_chat(chat.id)
        else:
            self.open_chat(self._chats.create(kind, collections).id)
        self._refresh_list()
        self._focus()

    def try_adapter(self, model: str, use: AdapterUse) -> None:
        """Begin a chat with a model and an adapter on it."""
        self.new_chat()
        assert self._chat is not None
        self.choice.begin(self._chat, model, use)
        self.open_chat(self._chat.id)

    def open_chat(self, chat_id: int) -> None:
        """Bring a chat to the front."""
        self.side.settings.flush()
        self._chat = self._chats.get(chat_id)
        self.context.memory.put(_CURRENT, chat_id)
        if self._chat.kind is ChatKind.COMPLETION:
            self._body.setCurrentWidget(self.completion)
            self.completion.open(self._chat)
            self.side.show_sources((), 0, False)
        else:
            self._body.setCurrentWidget(self.view)
            self.view.open(self._chat)
        self._show_chat()
        self.list.select(chat_id)

    def delete_chat(self, chat_id: int) -> None:
        """Delete a chat; a toast takes it back."""
        self.runs.stop(chat_id)
        self._chats.delete(chat_id)
        if self._chat is not None and self._chat.id == chat_id:
            self._chat = None
            self._open_first(make=False)
        self._refresh_list()

        def undo() -> None:
            self._chats.restore(chat_id)
            self.open_chat(chat_id)
            self._refresh_list()

        self.context.notices.toast(self.tr("Chat deleted"), undo)

    def stop(self) -> None:
        """End the answer under way in the chat in front."""
        if self._chat is not None:
            self.runs.stop(self._chat.id)

    # --- inside ----------------------------------------------------------------------------------

    def _connect(self) -> None:
        navigator = self.context.navigator
        navigator.new_chat.connect(lambda collections: self.new_chat(tuple(collections)))
        navigator.suggest_questions.connect(self.view.start.show_questions)
        navigator.try_adapter.connect(self.try_adapter)
        self.choice.changed.connect(self._show_model)
        self.choice.kind.changed.connect(self._show_kind)
        self.list.opened.connect(self._open_from_list)
        self.list.new_wanted.connect(lambda kind: self.new_chat(kind=kind))
        self.list.deleted.connect(self.delete_chat)
        self.shelf.changed.connect(self._refresh)
        self.view.changed.connect(self._refresh)
        self.view.sources_shown.connect(self.side.show_sources)
        self.documents.changed.connect(self._refresh)
        self.completion.changed.connect(self._refresh)
        self.side.kept.connect(self._refresh)
        self.runs.began.connect(lambda _run: self._show_running())
        self.runs.ended.connect(lambda _run: self._show_running())

    def _open_first(self, make: bool = True) -> None:
        chats = self._chats.chats()
        kept = self.context.memory.number(_CURRENT)
        ids = [each.id for each in chats]
        if self._chat is None and (chats or make):
            if chats:
                self.open_chat(kept if kept in ids else ids[0])
            elif self._begin_first():
                return
        elif self._chat is None:
            self._body.setCurrentWidget(self._empty)
            self._show_chat()
        self._refresh_list()

    def _begin_first(self) -> bool:
        """Whether there is a chat now; a window opens on a full disk as well, and tells of it."""
        try:
            self.new_chat()
        except StoreError as error:
            told = error
            QTimer.singleShot(0, self, lambda: self.context.notices.show(told))
            self._body.setCurrentWidget(self._empty)
            self._show_chat()
            return False
        return True

    def _open_from_list(self, chat_id: int) -> None:
        if self._chat is None or self._chat.id != chat_id:
            self.open_chat(chat_id)

    def _show_chat(self) -> None:
        chat = self._chat
        self.header.setVisible(chat is not None)
        if chat is not None:
            self.header.show_title(chat.title)
        self.side.show_chat(chat)
        self.documents.show()
        self._show_running()
        self.choice.show_chat(chat)
        self.context.navigator.chat_opened.emit(chat)

    def _refresh(self) -> None:
        """The chat in front changed in the store."""
        if self._chat is not None:
            try:
                self._chat = self._chats.get(self._chat.id)
            except NotFound:
                self._chat = None
                self._open_first(make=False)
                return
            self.view.update_chat(self._chat)
            self.header.show_title(self._chat.title)
        self._show_running()
        self._refresh_list()

    def _refresh_list(self) -> None:
        self.shelf.show(self._chat.id if self._chat is not None else None)

    def _show_running(self) -> None:
        running = self._chat is not None and self.runs.of(self._chat.id) is not None
        self._escape.setEnabled(running)

    def _focus(self) -> None:
        if self._chat is not None and self._chat.kind is ChatKind.CHAT:
            self.view.composer.field.setFocus()
        elif self._chat is not None:
            self.completion.focus()

    def _show_model(self) -> None:
        self._refresh()
        self.context.navigator.chat_opened.emit(self._chat)
        self.choice.show_chat(self._chat)

    def _show_kind(self) -> None:
        if self._chat is not None:
            self.open_chat(self._chat.id)
            self._focus()


PAGE = ChatsPage
