"""A card that does something: a picture, what it does, and a line about it."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout

from app.ui.finetune.labels import text_label
from app.ui.icons import pixmap
from app.ui.theme import ThemeKeeper
from app.ui.tokens import S4, S12, S16

_PICTURE = 22


class WayCard(QPushButton):
    """One way to get rows."""

    def __init__(self, theme: ThemeKeeper, picture: str, title: str, about: str) -> None:
        super().__init__()
        self._theme = theme
        self._picture = picture
        self.setProperty("kind", "card")
        self.setAccessibleName(title)
        self.setAccessibleDescription(about)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        self._image = QLabel()
        self._image.setFixedWidth(_PICTURE)
        self._title = text_label(title, "strong")
        self.about = text_label(about, "hint")
        text = QVBoxLayout()
        text.setSpacing(S4)
        text.addWidget(self._title)
        text.addWidget(self.about)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(S16, S12, S16, S12)
        self._row.setSpacing(S16)
        self._row.addWidget(self._image)
        self._row.addLayout(text, 1)
        for label in (self._image, self._title, self.about):
            label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        theme.changed.connect(self._tint)
        self._tint()

    def sizeHint(self) -> QSize:
        return self._row.totalSizeHint()

    def minimumSizeHint(self) -> QSize:
        return self._row.totalMinimumSize()

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return self._row.totalHeightForWidth(width)

    def _tint(self) -> None:
        accent = self._theme.tokens.accent
        self._image.setPixmap(pixmap(self._picture, accent, _PICTURE, self.devicePixelRatioF()))
