"""A picture beside a message: small, and large when it is clicked."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPainterPath, QPaintEvent, QPixmap
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QToolButton

from app.core.types import Picture
from app.ui.icons import icon
from app.ui.theme import ThemeKeeper
from app.ui.tokens import RADIUS, S4

HEIGHT = 96
"""Pixels of a picture in a message."""
WAITING = 64
"""The same of one that is not sent yet."""
_WIDEST = 2.5  # of its height
_CROSS = 20


class Thumbnail(QAbstractButton):
    """Shows Loam's own small copy at `file`; clicked, it wants to be seen large. removable: a
    cross in the corner tells `removed`."""

    removed = Signal()

    def __init__(
        self, picture: Picture, file: Path, height: int, theme: ThemeKeeper, removable: bool = False
    ) -> None:
        super().__init__()
        self.picture = picture
        self._theme = theme
        self._pixmap = QPixmap(str(file))
        shape = picture.width / max(1, picture.height)
        self._size = QSize(round(height * min(_WIDEST, max(1 / _WIDEST, shape))), height)
        self.setFixedSize(self._size)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        words = self.tr("Picture {name}").replace("{name}", picture.name)
        self.setAccessibleName(words)
        self.setToolTip(picture.name)
        self.cross: QToolButton | None = None
        if removable:
            self.cross = QToolButton(self)
            self.cross.setProperty("kind", "overlay")
            self.cross.setIcon(icon("x", theme.tokens.text, 14))
            self.cross.setFixedSize(_CROSS, _CROSS)
            self.cross.move(self._size.width() - _CROSS - S4 // 2, S4 // 2)
            text = self.tr("Remove {name}").replace("{name}", picture.name)
            self.cross.setAccessibleName(text)
            self.cross.setToolTip(text)
            self.cross.clicked.connect(self.removed)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self.cross and event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.removed.emit()
        else:
            super().keyPressEvent(event)

    def sizeHint(self) -> QSize:
        return self._size

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHints(
            QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform
        )
        tokens = self._theme.tokens
        frame = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        path = QPainterPath()
        path.addRoundedRect(frame, RADIUS, RADIUS)
        painter.fillPath(path, QColor(tokens.hover))
        if self._pixmap.isNull():
            painter.setPen(QColor(tokens.quiet))
            painter.drawText(frame, Qt.AlignmentFlag.AlignCenter, "?")
        else:
            painter.setClipPath(path)
            painter.drawPixmap(frame, self._pixmap, _middle(self._pixmap, frame))
            painter.setClipping(False)
        painter.setPen(QColor(tokens.accent if self.hasFocus() else tokens.line))
        painter.drawPath(path)
        painter.end()


def _middle(pixmap: QPixmap, frame: QRectF) -> QRectF:
    """The part of a picture that fills a frame of another shape."""
    share = max(frame.width() / pixmap.width(), frame.height() / pixmap.height())
    width, height = frame.width() / share, frame.height() / share
    return QRectF((pixmap.width() - width) / 2, (pixmap.height() - height) / 2, width, height)
