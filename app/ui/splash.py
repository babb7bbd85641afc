"""What the screen shows while the window is put together: a card with the name.

Not QSplashScreen: where no window manager answers, that one waits a second for it.
"""

from __future__ import annotations

import time

from PySide6.QtCore import QCoreApplication, QEventLoop, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QGuiApplication, QPainter, QPaintEvent, QRasterWindow

from app.core.settings import Theme
from app.ui.icons import pixmap
from app.ui.tokens import BASE_POINTS, DARK, HEADING_POINTS, LIGHT, S8, S32, Tokens

_SIZE = QSize(340, 180)
_ICON = 56
_PATIENCE_S = 0.15
_PAINTS = QEventLoop.ProcessEventsFlag.ExcludeSocketNotifiers
"""Another start that knocks meanwhile waits until there is a window that hears it."""


class Splash(QRasterWindow):
    """Needs no widgets and takes no focus. theme: as the person chose it."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._tokens = _tokens(theme)
        self._painted = False
        self.setFlags(
            Qt.WindowType.SplashScreen
            | Qt.WindowType.FramelessWindowHint
            | Qt.WindowType.WindowDoesNotAcceptFocus
        )
        self.setTitle(QCoreApplication.translate("Splash", "Loam is starting"))
        self.resize(_SIZE)
        screen = QGuiApplication.primaryScreen().availableGeometry()
        self.setPosition(screen.center() - self.geometry().center() + self.position())

    def appear(self) -> None:
        """Show it, and return when it can be seen; a screen that is slow to show it is not
        waited for."""
        self.show()
        end = time.monotonic() + _PATIENCE_S
        while not self._painted and time.monotonic() < end:
            QGuiApplication.processEvents(_PAINTS)
            time.sleep(0.001)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        area = QRectF(0, 0, self.width(), self.height())
        painter.fillRect(area, QColor(self._tokens.ground))
        painter.setPen(QColor(self._tokens.line))
        painter.drawRect(area.adjusted(0, 0, -1, -1))
        top = S32
        picture = pixmap("sprout", self._tokens.accent, _ICON, self.devicePixelRatio())
        painter.drawPixmap((self.width() - _ICON) // 2, top, picture)
        top += _ICON + S8
        for text, points, color in (
            ("Loam", HEADING_POINTS[0], self._tokens.text),
            (QCoreApplication.translate("Splash", "Starting"), BASE_POINTS, self._tokens.quiet),
        ):
            font = QFont(QGuiApplication.font())
            font.setPointSizeF(points)
            font.setBold(points > BASE_POINTS)
            painter.setFont(font)
            painter.setPen(QColor(color))
            place = QRectF(0, top, self.width(), painter.fontMetrics().height())
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter, text)
            top += painter.fontMetrics().height() + S8
        painter.end()
        self._painted = True


def _tokens(theme: Theme) -> Tokens:
    if theme is Theme.SYSTEM:
        dark = QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark
        return DARK if dark else LIGHT
    return DARK if theme is Theme.DARK else LIGHT
