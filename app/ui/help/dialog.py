"""Help: what to do when something went wrong, what is new, licences. Sections as in Settings."""

from __future__ import annotations

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
from app.ui.help.about import AboutSection
from app.ui.help.licences import LicencesSection
from app.ui.help.trouble import TroubleSection
from app.ui.tokens import S8, S12, S16

_SIZE = (760, 560)
_ASIDE = 180


class HelpDialog(QDialog):
    """Opens at the section given: 'trouble', 'about' or 'licences'."""

    def __init__(
        self, context: Context, parent: QWidget | None = None, section: str = "about"
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Help"))
        scaled = context.theme.scaled
        room = parent.size() if parent is not None else QSize(*_SIZE) * 2
        self.resize(QSize(*(round(scaled(each)) for each in _SIZE)).boundedTo(room))
        self.about = AboutSection(context)
        self.trouble = TroubleSection(context)
        self.licences = LicencesSection(context)

        self.sections = QListWidget()
        self.sections.setProperty("kind", "list")
        self.sections.setAccessibleName(self.tr("Sections"))
        self.sections.ensurePolished()
        pages = QStackedWidget()
        keys = []
        for key, title, page in (
            ("about", self.tr("About Loam"), self.about),
            ("trouble", self.tr("Problems"), self.trouble),
            ("licences", self.tr("Licences"), self.licences),
        ):
            keys.append(key)
            self.sections.addItem(title)
            pages.addWidget(page)
        self.sections.currentRowChanged.connect(pages.setCurrentIndex)
        self.sections.setCurrentRow(keys.index(section))

        close = QPushButton(self.tr("Close"))
        close.setAccessibleName(self.tr("Close"))
        close.setProperty("kind", "primary")
        close.setAutoDefault(False)
        close.clicked.connect(self.accept)
        foot = QHBoxLayout()
        foot.setContentsMargins(S16, S12, S16, S12)
        foot.addStretch(1)
        foot.addWidget(close)
        aside = QFrame()
        aside.setProperty("kind", "sunken")
        aside.setFixedWidth(round(scaled(_ASIDE)))
        inside = QVBoxLayout(aside)
        inside.setContentsMargins(S8, S16, S8, S16)
        inside.addWidget(self.sections, 1)
        body = QVBoxLayout()
        body.setSpacing(0)
        body.addWidget(pages, 1)
        body.addLayout(foot)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(aside)
        layout.addLayout(body, 1)

    def done(self, result: int) -> None:
        for section in (self.about, self.trouble):
            section.leave()
        super().done(result)
