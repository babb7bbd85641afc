"""Help: what to do when something went wrong, what is new, licences. Sections as in Settings."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from app.ui.context import Context
from app.ui.help.about import AboutSection
from app.ui.help.licences import LicencesSection
from app.ui.help.trouble import TroubleSection
from app.ui.sections import SectionsDialog

_SIZE = (760, 560)
_ASIDE = 180


class HelpDialog(SectionsDialog):
    """Opens at the section given: 'trouble', 'about' or 'licences'."""

    def __init__(
        self, context: Context, parent: QWidget | None = None, section: str = "about"
    ) -> None:
        super().__init__(context, parent, _SIZE)
        self.setWindowTitle(self.tr("Help"))
        self.about = AboutSection(context)
        self.trouble = TroubleSection(context)
        self.licences = LicencesSection(context)
        keys = []
        for key, title, page in (
            ("about", self.tr("About Loam"), self.about),
            ("trouble", self.tr("Problems"), self.trouble),
            ("licences", self.tr("Licences"), self.licences),
        ):
            keys.append(key)
            self.sections.addItem(title)
            self.pages.addWidget(page)
        self.sections.setCurrentRow(keys.index(section))
        self.lay_out(_ASIDE)

    def done(self, result: int) -> None:
        for section in (self.about, self.trouble):
            section.leave()
        super().done(result)
