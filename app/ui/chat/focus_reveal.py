"""What can be done with a message shows while the keyboard's focus is in it."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication, QWidget

if TYPE_CHECKING:
    from app.ui.chat.message_view import MessageView


class FocusReveal(QObject):
    """Lets the messages that the focus comes to or leaves look whether it is in them. views: the
    messages that are widgets at the time."""

    def __init__(self, views: Callable[[], Collection[MessageView]], parent: QObject) -> None:
        super().__init__(parent)
        self._views = views
        QApplication.instance().focusChanged.connect(self._moved)  # type: ignore[union-attr]

    def _moved(self, old: QWidget | None, new: QWidget | None) -> None:
        views = self._views()
        for widget in (old, new):
            while widget is not None and widget not in views:
                widget = widget.parentWidget()
            if widget is not None:
                cast("MessageView", widget).reveal_if_due()
