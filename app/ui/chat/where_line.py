"""Beside the field where one writes: where the text will go, when that is a server; and leave to
send passages of documents there, asked for once a server."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QBoxLayout

from app.core.errors import LoamError
from app.core.servernames import is_remote
from app.core.types import Chat
from app.ui.context import Context

if TYPE_CHECKING:
    from app.core.types import ModelSpec
    from app.ui.chat.where_badge import WhereBadge


class WhereLine:
    """Puts a badge at the front of a layout while the chat in front has a model on a server, or one
    that other machines help with."""

    def __init__(self, context: Context, layout: QBoxLayout) -> None:
        self._context = context
        self._layout = layout
        self._chat: Chat | None = None
        self.badge: WhereBadge | None = None
        context.navigator.chat_opened.connect(self._show_chat)
        context.navigator.settings_changed.connect(lambda _settings: self._show())

    @property
    def height(self) -> int:
        """Pixels that it takes."""
        badge = self.badge
        return badge.sizeHint().height() if badge is not None and not badge.isHidden() else 0

    def guard(self, chat: Chat, go: Callable[[], None]) -> None:
        """Go on, after the person agreed where that must be asked first."""
        spec = self._spec(chat)
        path = spec.path if spec is not None else ""
        book = self._context.loam.models.servers if is_remote(path) else None
        if book is None or not chat.collections or book.may_have_documents(path):
            go()
            return
        from app.ui.chat.where_badge import LeaveDialog

        parent = self._layout.parentWidget()
        assert parent is not None
        dialog = LeaveDialog(parent, path)

        def agreed() -> None:
            try:
                book.allow_documents(path)
            except LoamError as error:
                self._context.notices.show(error)
                return
            go()

        dialog.accepted.connect(agreed)
        dialog.open()

    def _show_chat(self, chat: Chat | None) -> None:
        self._chat = chat
        self._show()

    def _show(self) -> None:
        spec = self._spec(self._chat)
        served = spec is not None and is_remote(spec.path)
        if spec is None or not (served or spec.rpc):
            if self.badge is not None:
                self.badge.hide()
            return
        if self.badge is None:
            from app.ui.chat.where_badge import WhereBadge

            self.badge = WhereBadge(self._context.theme)
            self._layout.insertWidget(0, self.badge)
        if served:
            self.badge.show_model(spec.path)
        else:
            self.badge.show_helpers(spec.rpc)

    def _spec(self, chat: Chat | None) -> ModelSpec | None:
        try:
            return self._context.loam.models.spec_for(chat)
        except LoamError:
            return None
