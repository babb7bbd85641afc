"""Below the list of collections: where the index lives, when that is not this machine; and a word
when its server goes away."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QWidget

from app.core.messages import HealthReport
from app.ui.context import Context
from app.ui.documents import index_words
from app.ui.finetune.labels import text_label
from app.ui.icons import pixmap
from app.ui.tokens import S4, S8

_ICON = 14
_EVERY_MS, _AWAY_MS, _SOON_MS = 15_000, 4_000, 1_000


class IndexBadge(QWidget):
    """Hidden for an index on this machine. While it is seen, it asks how the server is."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._place = context.loam.index_place
        self._report: HealthReport | None = None
        self._picture, self._warned = "", False
        self._said = ""
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
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._ask)
        context.theme.changed.connect(self._tint)
        context.navigator.settings_changed.connect(self._settings_changed)
        context.navigator.library_changed.connect(self._ask_soon)
        self.draw()

    @property
    def text(self) -> str:
        """What it says."""
        return self._text.text()

    def open_dialog(self) -> None:
        """Choose another place."""
        from app.ui.documents.index_dialog import IndexDialog

        dialog = IndexDialog(self.window(), self._place, self._context.tasks)
        dialog.finished.connect(self._ask)
        dialog.open()

    def draw(self) -> None:
        """Say how it is by now."""
        where = self._place.where
        text, self._picture, self._warned = index_words.badge(where, self._report)
        self._text.setText(text)
        self.setToolTip(index_words.explained(where))
        self.setAccessibleName(text)
        self.setVisible(bool(text))
        self._tint()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._ask_soon()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._timer.stop()

    def _settings_changed(self, _settings: object) -> None:
        self.draw()
        self._ask_soon()

    def _ask_soon(self) -> None:
        if self._place.where.address:
            self._timer.start(_SOON_MS)

    def _ask(self) -> None:
        if self._place.where.address or self._report is not None:
            self._context.tasks.call(
                self._context.loam.library.health, self._take, on_error=lambda _error: None
            )

    def _take(self, report: HealthReport) -> None:
        self._report = report
        self.draw()
        trouble = report.trouble
        said = str(trouble) if trouble is not None else ""
        if trouble is not None and said != self._said:
            self._context.notices.show(trouble)
        self._said = said
        if self.isVisible() and self._place.where.address:
            pauses = {"ready": _EVERY_MS, "away": _AWAY_MS}
            self._timer.start(pauses.get(report.dense_index, _SOON_MS))

    def _tint(self) -> None:
        if self._picture:
            tokens = self._context.theme.tokens
            color = tokens.warning if self._warned else tokens.quiet
            drawn = pixmap(self._picture, color, _ICON, self.devicePixelRatioF())
            self._image.setPixmap(drawn)
