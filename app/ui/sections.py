"""A dialog of sections: their names at the left, what is in them at the right, Close below."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QHBoxLayout,
    QListWidget,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app.ui.context import Context
from app.ui.tokens import S8, S12, S16, S24


class SectionsDialog(QDialog):
    """size: (width, height) in pixels at 100 % text, bounded by the parent's. Subclasses fill
    `sections` and `pages` side by side, then call `lay_out`."""

    def __init__(self, context: Context, parent: QWidget | None, size: tuple[int, int]) -> None:
        super().__init__(parent)
        self._scaled = context.theme.scaled
        room = parent.size() if parent is not None else QSize(*size) * 2
        self.resize(QSize(*(round(self._scaled(each)) for each in size)).boundedTo(room))
        self.sections = QListWidget()
        self.sections.setProperty("kind", "list")
        self.sections.setAccessibleName(self.tr("Sections"))
        self.sections.ensurePolished()
        self.pages = QStackedWidget()
        self.sections.currentRowChanged.connect(self.pages.setCurrentIndex)

    def lay_out(
        self, aside: int, links: Sequence[QPushButton] = (), beside: QWidget | None = None
    ) -> None:
        """aside: width of the names; links: buttons below them; beside: left of Close."""
        close = QPushButton(self.tr("Close"))
        close.setAccessibleName(self.tr("Close"))
        close.setProperty("kind", "primary")
        close.setAutoDefault(False)
        close.clicked.connect(self.accept)
        foot = QHBoxLayout()
        foot.setContentsMargins(S24, S12, S24, S12)
        if beside is None:
            foot.addStretch(1)
        else:
            foot.addWidget(beside, 1)
        foot.addWidget(close)
        left = QFrame()
        left.setProperty("kind", "sunken")
        left.setFixedWidth(round(self._scaled(aside)))
        inside = QVBoxLayout(left)
        inside.setContentsMargins(S8, S16, S8, S16)
        inside.addWidget(self.sections, 1)
        for link in links:
            link.setProperty("kind", "link")
            link.setAccessibleName(link.text())
            link.setAutoDefault(False)
            inside.addWidget(link)
        body = QVBoxLayout()
        body.setSpacing(0)
        body.addWidget(self.pages, 1)
        body.addLayout(foot)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(left)
        layout.addLayout(body, 1)
