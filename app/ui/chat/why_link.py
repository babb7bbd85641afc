"""From an answer to 'Why this answer?', which is loaded when it is first asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QStackedWidget

from app.ui.chat.chat_view import ChatView
from app.ui.context import Context
from app.ui.three_pane import ThreePane

if TYPE_CHECKING:
    from app.ui.why.opener import Opener


class WhyLink(QObject):
    """`opener` exists once an answer was explained."""

    def __init__(
        self, context: Context, body: QStackedWidget, chat: ChatView, panes: ThreePane
    ) -> None:
        super().__init__(body)
        self._parts = (context, body, chat, panes)
        self.opener: Opener | None = None
        chat.conversation.why.connect(self.open)

    def open(self, message_id: int) -> None:
        """Explain an answer."""
        if self.opener is None:
            from app.ui.why.opener import Opener

            self.opener = Opener(*self._parts)
        self.opener.open(message_id)
