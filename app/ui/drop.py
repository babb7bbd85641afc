"""The whole window takes files: it dims and says what will happen to what is dragged over it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QMimeData, QObject, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QPainter,
    QPaintEvent,
)
from PySide6.QtWidgets import QFrame, QLabel, QVBoxLayout, QWidget

from app.ui.icons import pixmap
from app.ui.theme import ThemeKeeper
from app.ui.tokens import S16, S24, S32

_SHADE_ALPHA = 140


class DropZone(QWidget):
    """Covers `window` while files are dragged over it. Emits the paths that are dropped.

    hint: what would happen to these paths, in words; empty when nothing can be done with them.
    """

    dropped = Signal(list)

    def __init__(
        self, window: QWidget, theme: ThemeKeeper, hint: Callable[[list[str]], str]
    ) -> None:
        super().__init__(window)
        self._theme = theme
        self._hint = hint
        self.setAcceptDrops(True)
        self.setAccessibleName(self.tr("Drop zone"))
        self.hide()
        self._card = QFrame()
        self._card.setProperty("kind", "drop")
        inside = QVBoxLayout(self._card)
        inside.setContentsMargins(S32, S24, S32, S24)
        inside.setSpacing(S16)
        self._picture = QLabel(alignment=Qt.AlignmentFlag.AlignCenter)
        self._words = QLabel(alignment=Qt.AlignmentFlag.AlignCenter)
        self._words.setProperty("kind", "heading")
        self._words.setTextFormat(Qt.TextFormat.PlainText)
        inside.addWidget(self._picture)
        inside.addWidget(self._words)
        layout = QVBoxLayout(self)
        layout.addWidget(self._card, 0, Qt.AlignmentFlag.AlignCenter)

    def watch(self) -> None:
        """Begin to listen; the window must be shown. Text fields take drops of text themselves,
        so files are looked for before any widget sees them."""
        handle = self.window().windowHandle()
        if handle is not None:
            handle.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.DragEnter and isinstance(event, QDragEnterEvent):
            self.offer(local_paths(event.mimeData()))
        return False

    def offer(self, paths: list[str]) -> bool:
        """Cover the window when something can be done with these paths."""
        hint = self._hint(paths) if paths else ""
        if not hint:
            return False
        self._words.setText(hint)
        room = self.window().width() - 2 * (S32 + S24)
        self._words.setWordWrap(False)
        if self._words.sizeHint().width() > room:
            self._words.setWordWrap(True)
            self._words.setFixedWidth(room)
        else:
            self._words.setFixedWidth(self._words.sizeHint().width())
        accent = self._theme.tokens.accent
        self._picture.setPixmap(pixmap("download", accent, 32, self.devicePixelRatioF()))
        self.setGeometry(self.window().rect())
        self.raise_()
        self.show()
        return True

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if local_paths(event.mimeData()):
            event.acceptProposedAction()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        event.acceptProposedAction()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self.hide()

    def dropEvent(self, event: QDropEvent) -> None:
        self.hide()
        paths = local_paths(event.mimeData())
        if paths:
            event.acceptProposedAction()
            self.dropped.emit(paths)

    def paintEvent(self, event: QPaintEvent) -> None:
        shade = QColor(self._theme.tokens.shade)
        shade.setAlpha(_SHADE_ALPHA)
        painter = QPainter(self)
        painter.fillRect(self.rect(), shade)
        painter.end()


def local_paths(data: QMimeData) -> list[str]:
    """Paths of the local files and folders in a drag; what is elsewhere is left out."""
    return [url.toLocalFile() for url in data.urls() if url.isLocalFile()]
