"""Below the list of collections: where the index lives, when that is not this machine."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QWidget

from app.ui.context import Context
from app.ui.documents import index_words
from app.ui.finetune.labels import text_label
from app.ui.icons import pixmap
from app.ui.tokens import S4, S8

_ICON = 14


class IndexBadge(QWidget):
    """Hidden for an index on this machine. While it is seen, the server is asked how it is."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._place = context.loam.index_place
        self._watch = context.index
        self._picture, self._warned = "", False
        self._image = QLabel()
        self._text = text_label("", "hint")
        self.change = QPushButton(self.tr("Change"))
        self.change.setProperty("kind", "link")
        self.change.setAccessibleName(self.tr("Change where the index is kept"))
        self.change.clicked.connect(self.open_dialog)
        row = QHBoxLayout(self)
        row.setContentsMargins(S8, S4, 0, S4)
        row.setSpacing(S8)
        row.addWidget(self._image, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(self._text, 1)
        row.addWidget(self.change)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        self._watch.changed.connect(self.draw)
        context.theme.changed.connect(self._tint)
        context.navigator.settings_changed.connect(self._settings_changed)
        context.navigator.library_changed.connect(self._watch.look_soon)
        self.draw()

    @property
    def text(self) -> str:
        """What it says."""
        return self._text.text()

    def open_dialog(self) -> None:
        """Choose another place."""
        from app.ui.documents.index_dialog import IndexDialog

        dialog = IndexDialog(self.window(), self._place, self._context.tasks)
        dialog.finished.connect(self._watch.look)
        dialog.open()

    def draw(self) -> None:
        """Say how it is by now."""
        where = self._place.where
        text, self._picture, self._warned = index_words.badge(where, self._watch.report)
        self._text.setText(text)
        self.setToolTip(index_words.explained(where))
        self.setAccessibleName(text)
        self.setVisible(bool(text))
        self._tint()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._watch.seen(True)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._watch.seen(False)

    def _settings_changed(self, _settings: object) -> None:
        self.draw()
        self._watch.look_soon()

    def _tint(self) -> None:
        if self._picture:
            tokens = self._context.theme.tokens
            color = tokens.warning if self._warned else tokens.quiet
            drawn = pixmap(self._picture, color, _ICON, self.devicePixelRatioF())
            self._image.setPixmap(drawn)
