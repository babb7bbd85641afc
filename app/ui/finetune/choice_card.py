"""A card that is chosen among others: a name, a line or two below it, a tick when it is chosen."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout

from app.ui.finetune.labels import text_label
from app.ui.icons import pixmap
from app.ui.theme import ThemeKeeper
from app.ui.tokens import S4, S8, S12

_TICK = 16


class ChoiceCard(QPushButton):
    """Checkable; put several into an exclusive QButtonGroup. `note` stands apart below."""

    def __init__(self, theme: ThemeKeeper, title: str, about: str) -> None:
        super().__init__()
        self._theme = theme
        self.setProperty("kind", "choice")
        self.setCheckable(True)
        self.setAccessibleName(title)
        self.setAccessibleDescription(about)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        self._tick = QLabel()
        self._tick.setFixedSize(_TICK, _TICK)
        self._title = text_label(title, "strong")
        self.about = text_label(about, "hint")
        self.note = text_label("", "hint")
        head = QHBoxLayout()
        head.setSpacing(S8)
        head.addWidget(self._title, 1)
        head.addWidget(self._tick)
        column = self._column = QVBoxLayout(self)
        column.setContentsMargins(S12, S12, S12, S12)
        column.setSpacing(S4)
        column.addLayout(head)
        column.addWidget(self.about)
        column.addStretch(1)
        column.addWidget(self.note)
        for label in (self._tick, self._title, self.about, self.note):
            label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.toggled.connect(self._draw)
        theme.changed.connect(self._draw)
        self._draw()

    def say(self, note: str) -> None:
        """What stands below, such as a time."""
        self.note.setText(note)
        self.note.setVisible(bool(note))
        self.setAccessibleDescription(f"{self.about.text()} {note}".strip())

    def sizeHint(self) -> QSize:
        return self._column.totalSizeHint()

    def minimumSizeHint(self) -> QSize:
        return self._column.totalMinimumSize()

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return self._column.totalHeightForWidth(width)

    def _draw(self) -> None:
        if not self.isChecked():
            self._tick.clear()
            return
        color = self._theme.tokens.accent
        self._tick.setPixmap(pixmap("check", color, _TICK, self.devicePixelRatioF()))
