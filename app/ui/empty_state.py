"""What an empty page shows: one picture, one sentence, one button, perhaps a second choice."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.ui.icons import pixmap
from app.ui.theme import ThemeKeeper
from app.ui.tokens import S12, S16, S24

_PICTURE = 56
_WIDEST = 420


class EmptyState(QWidget):
    """Centred in its place. Buttons come with `add_button`, the first one leads."""

    def __init__(self, theme: ThemeKeeper, picture: str, sentence: str) -> None:
        super().__init__()
        self._theme = theme
        self._icon = picture
        self._picture = QLabel(alignment=Qt.AlignmentFlag.AlignCenter)
        self.sentence = QLabel(sentence, alignment=Qt.AlignmentFlag.AlignCenter)
        self.sentence.setProperty("kind", "subtitle")
        self.sentence.setWordWrap(True)
        self._buttons = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._buttons.setSpacing(S12)
        self._buttons.addStretch(1)
        self._buttons.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(S24, S24, S24, S24)
        layout.setSpacing(S16)
        layout.addStretch(1)
        layout.addWidget(self._picture)
        layout.addWidget(self.sentence, 0, Qt.AlignmentFlag.AlignCenter)
        layout.addLayout(self._buttons)
        layout.addStretch(2)
        theme.changed.connect(self._tint)
        theme.changed.connect(self._fit)
        self._tint()

    def add_button(self, text: str, action: Callable[[], object]) -> QPushButton:
        """A button under the sentence."""
        button = QPushButton(text)
        button.setAccessibleName(text)
        button.setProperty("kind", "primary" if self._buttons.count() == 2 else "")
        button.clicked.connect(lambda: action())
        self._buttons.insertWidget(
            self._buttons.count() - 1, button, 0, Qt.AlignmentFlag.AlignHCenter
        )
        self._fit()
        return button

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Buttons one above the other where they don't fit side by side."""
        room = self.width() - 2 * S24
        width = max(1, min(round(self._theme.scaled(_WIDEST)), room))
        self.sentence.ensurePolished()
        # Centred in its cell a wrapped label gets the height of its text on one line.
        self.sentence.setFixedSize(width, max(0, self.sentence.heightForWidth(width)))
        hints = [each.sizeHint().width() for each in self.findChildren(QPushButton)]
        fits = sum(hints) + S12 * max(0, len(hints) - 1) <= room
        direction = QBoxLayout.Direction
        self._buttons.setDirection(direction.LeftToRight if fits else direction.TopToBottom)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.DevicePixelRatioChange:
            self._tint()

    def _tint(self) -> None:
        self._picture.setPixmap(
            pixmap(self._icon, self._theme.tokens.accent, _PICTURE, self.devicePixelRatioF())
        )
