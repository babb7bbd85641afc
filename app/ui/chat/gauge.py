"""How much of what the model can keep in mind is used: a short bar and two numbers."""

from __future__ import annotations

from PySide6.QtCore import QLocale, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from app.ui.theme import ThemeKeeper
from app.ui.tokens import S4, S8

_NEARLY_FULL = 0.85


class ContextGauge(QWidget):
    """Hidden until there is something to say."""

    def __init__(self, theme: ThemeKeeper) -> None:
        super().__init__()
        self._bar = _Bar(theme)
        self._label = QLabel()
        self._label.setProperty("kind", "hint")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(S8)
        layout.addWidget(self._bar)
        layout.addWidget(self._label)
        self.setMinimumWidth(self._bar.width())  # the numbers must not keep a window wide
        self.hide()

    def show_use(self, used: int, length: int) -> None:
        """Tokens used of `length`; a length of 0 hides the gauge."""
        self.setVisible(length > 0)
        if length <= 0:
            return
        self._bar.show_share(used / length)
        local = QLocale()
        words = f"{local.toString(used)} / {local.toString(length)}"
        self._label.setText(words)
        tip = self.tr(
            "Context: {used} of the {length} tokens that the model can keep in mind are in use. "
            "When it is full, the oldest messages are left out."
        )
        tip = tip.replace("{used}", local.toString(used))
        self.setToolTip(tip.replace("{length}", local.toString(length)))
        self.setAccessibleName(self.toolTip())

    def fit(self, room: int) -> int:
        """Leave the numbers out where they do not fit into `room` pixels, and the whole where the
        bar does not; the tip has them. Returns the width that is left to others."""
        whole = self._bar.width() + S8 + self._label.sizeHint().width() + S4
        self._label.setVisible(whole <= room)
        self.setVisible(self._bar.width() <= room)
        return room - (whole if whole <= room else self._bar.width())


class _Bar(QWidget):
    def __init__(self, theme: ThemeKeeper) -> None:
        super().__init__()
        self._theme = theme
        self._share = 0.0
        self.setFixedSize(QSize(48, 6))
        theme.changed.connect(self.update)

    def show_share(self, share: float) -> None:
        self._share = max(0.0, min(1.0, share))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        tokens = self._theme.tokens
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        whole = QRectF(self.rect())
        painter.setBrush(QColor(tokens.line))
        painter.drawRoundedRect(whole, 3, 3)
        if self._share > 0:
            full = self._share >= _NEARLY_FULL
            painter.setBrush(QColor(tokens.warning if full else tokens.accent))
            whole.setWidth(max(6.0, whole.width() * self._share))
            painter.drawRoundedRect(whole, 3, 3)
        painter.end()
