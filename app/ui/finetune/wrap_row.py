"""A row of controls that goes on in the next line where the page is narrow."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QWidget

from app.ui.tokens import S8
from app.ui.wrap_layout import WrapLayout


class WrapRow(WrapLayout):
    """Asks for room for one line."""

    def __init__(self, *widgets: QWidget) -> None:
        super().__init__(spacing=S8)
        for widget in widgets:
            self.addWidget(widget)

    def sizeHint(self) -> QSize:
        shown = [
            item for n in range(self.count()) if (item := self.itemAt(n)) and not item.isEmpty()
        ]
        hints = [item.sizeHint() for item in shown]
        width = sum(hint.width() for hint in hints) + S8 * max(0, len(hints) - 1)
        return QSize(width, max((hint.height() for hint in hints), default=0))
