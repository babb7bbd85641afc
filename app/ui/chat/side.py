"""The panel at the right of a chat: its sources, or its settings; and when it opens by itself."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QStackedWidget, QWidget

from app.core.types import ChatKind
from app.ui.chat.header import ChatHeader
from app.ui.chat.settings_panel import ChatSettingsPanel, default_settings
from app.ui.chat.sources_panel import SourcesPanel
from app.ui.context import Context
from app.ui.three_pane import ThreePane

if TYPE_CHECKING:
    from app.core.types import Chat, ChatSettings, Source

_WIDE_ENOUGH = 1000
_WANTED = "chats.sources"


class ChatSide(QStackedWidget):
    """`kept`: the chat has other settings now. Sources come up by themselves while there is room,
    nothing else is open, and the person has not closed them."""

    kept = Signal()

    def __init__(self, context: Context, header: ChatHeader) -> None:
        super().__init__()
        self._context = context
        self._memory = context.memory
        self._chats = context.loam.chats
        self._chat_id: int | None = None
        self._header = header
        self._panes: ThreePane | None = None
        self.sources = SourcesPanel(context.theme)
        self.settings = ChatSettingsPanel(context.theme)
        self.addWidget(self.sources)
        self.addWidget(self.settings)
        self.sources.opened.connect(self._open)
        self.sources.closed.connect(lambda: self.toggle("sources"))
        self.settings.changed.connect(self._keep)
        self.settings.reset_wanted.connect(self._reset)
        self.settings.closed.connect(lambda: self.toggle("settings"))
        header.side_wanted.connect(self.toggle)

    def live_in(self, panes: ThreePane) -> None:
        """The panes that show and hide this panel."""
        self._panes = panes
        panes.side_shown.connect(self._side_shown)

    def show_chat(self, chat: Chat | None) -> None:
        """Show the settings of a chat; None closes the panel."""
        self.settings.flush()
        self._chat_id = None if chat is None else chat.id
        if chat is None:
            self._show(None)
            return
        self.settings.show_settings(chat.settings)
        self.settings.show_chat_fields(chat.kind is ChatKind.CHAT)

    def show_sources(self, sources: tuple[Source, ...], number: int, asked: bool) -> None:
        """Show an answer's sources. number: the one to mark, 0 for none; asked: the person
        clicked on it, so it is opened too."""
        self.sources.show_sources(sources)
        self._header.allow_sources(bool(sources))
        current = self._current()
        if sources:
            room = self.window().width() >= _WIDE_ENOUGH
            by_itself = current is None and room and self._memory.flag(_WANTED, True)
            if asked or by_itself:
                self._show(self.sources)
        elif current is self.sources:
            self._show(None)
        if number:
            self.sources.select(number)
        if asked:
            for source in sources:
                if source.number == number:
                    self._open_document(source)

    def toggle(self, which: str) -> None:
        """Open or close 'sources' or 'settings', as the person wants it."""
        wanted: QWidget = self.sources if which == "sources" else self.settings
        shown = self._current() is not wanted
        self._show(wanted if shown else None)
        if wanted is self.sources:
            self._memory.put(_WANTED, shown)

    def _open(self, source: Source) -> None:
        self.sources.select(source.number)
        self._open_document(source)

    def _open_document(self, source: Source) -> None:
        passage = source.hit.passage
        self._context.navigator.open_document.emit(passage.file_id, passage.start, passage.end)

    def _keep(self, settings: ChatSettings) -> None:
        if self._chat_id is None:
            return
        before = self._chats.get(self._chat_id).settings
        # The panel knows nothing of adapters and of which documents count.
        settings = dataclasses.replace(
            settings, adapters=before.adapters, only=before.only, over=before.over
        )
        if settings != before:
            self._chats.set_settings(self._chat_id, settings)
            self.kept.emit()

    def _reset(self) -> None:
        settings = default_settings(self._context.loam.settings.current)
        self._keep(settings)
        self.settings.show_settings(settings)

    def _side_shown(self, shown: bool) -> None:
        if not shown:
            self._header.show_sides(False, False)

    def _current(self) -> QWidget | None:
        visible = self._panes is not None and self._panes.side_visible
        return self.currentWidget() if visible else None

    def _show(self, panel: QWidget | None) -> None:
        if panel is not None:
            self.setCurrentWidget(panel)
        if self._panes is not None:
            self._panes.show_side(panel is not None)
        self._header.show_sides(panel is self.sources, panel is self.settings)
