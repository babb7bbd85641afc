"""A label of one line that is cut with dots where there is no room; its tooltip has the whole."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy

_FEWEST = 4


class ElidedLabel(QLabel):
    """Takes what width it is given. Plain text only."""

    def __init__(self, text: str = "", kind: str = "") -> None:
        super().__init__()
        self._whole = ""
        self._tip = ""
        self.setProperty("kind", kind)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.show_text(text)

    @property
    def whole(self) -> str:
        """The text without a cut."""
        return self._whole

    def show_text(self, text: str, tip: str = "") -> None:
        """Show a text. tip: what the tooltip says in place of a text that was cut."""
        self._whole, self._tip = text, tip
        self.setAccessibleName(text)
        self._cut()

    def minimumSizeHint(self) -> QSize:
        letters = _FEWEST * self.fontMetrics().averageCharWidth()
        return QSize(letters, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._cut()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._cut()

    def _cut(self) -> None:
        text = self.fontMetrics().elidedText(
            self._whole, Qt.TextElideMode.ElideRight, max(self.width(), 1)
        )
        self.setText(text)
        self.setToolTip(self._tip or (self._whole if text != self._whole else ""))
